import { resolve } from "node:path";
import { InvalidOption } from "./errors.ts";

/** What `tls` takes: PEM text or the path of a PEM file. `ca` makes the server verify clients' certificates (ssl_ca_file). */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

export interface StartOptions {
  /**
   * Where the data is kept. Absent: a throw-away server in the temporary directory, without fsync, full_page_writes and
   * synchronous_commit (Non-Durable Settings), which is gone after `stop`.
   */
  readonly dataDir?: string;
  /** A TCP port on 127.0.0.1. Default: the one of the last run when it is free, else any free one, never 5432. */
  readonly port?: number;
  /**
   * Server parameters, given on PostgreSQL's command line: they win over its files and are visible in the process list, so
   * no place for secrets. `port`, `listen_addresses` and the like are not among them.
   */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** TLS beside plain connections. `true`: with a self-signed certificate for localhost and 127.0.0.1. Default: off. */
  readonly tls?: boolean | TlsFiles;
  /** Seconds until a server that does not get ready is given up; recovery after a crash counts. Default 60. */
  readonly startTimeout?: number;
  /** Ends a start: what was begun is stopped and removed, and `start` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told, in one line, what a user should know. Default: writes it to stderr. */
  readonly log?: (line: string) => void;
}

/** Options after validation, with the defaults filled in. */
export interface Request {
  readonly dataDir: string | undefined;
  readonly port: number | undefined;
  readonly settings: readonly string[];
  readonly tls: boolean | TlsFiles;
  readonly startTimeout: number;
  readonly signal: AbortSignal | undefined;
  readonly log: (line: string) => void;
}

/** The supervisor relies on these. */
const reserved =
  /^(port|listen_addresses|unix_socket_directories|data_directory|external_pid_file|ssl|ssl_(cert|key|ca)_file)$/i;

/** @throws InvalidOption; nothing has been done yet. */
export function checkOptions(options: StartOptions): Request {
  const { dataDir, port, settings = {}, tls = false, startTimeout = 60, signal, log = toStderr } = options;
  if (dataDir !== undefined && (typeof dataDir !== "string" || dataDir === "" || /[\0\n]/.test(dataDir))) {
    throw new InvalidOption("dataDir", "must be a path (without line breaks), or absent for a throw-away server");
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65535)) {
    throw new InvalidOption("port", `must be a whole number from 1 to 65535, not ${port}`);
  }
  if (!(startTimeout > 0 && startTimeout <= 86_400)) {
    throw new InvalidOption("startTimeout", "must be a number of seconds above 0, a day at most");
  }
  const pairs = Object.entries(settings).map(([name, value]) => {
    if (!/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i.test(name)) {
      throw new InvalidOption("settings", `${JSON.stringify(name)} is no name of a server parameter`);
    }
    if (reserved.test(name))
      throw new InvalidOption("settings", `${name} is set by this package (options port and tls)`);
    if (!["string", "number", "boolean"].includes(typeof value) || String(value).includes("\0")) {
      throw new InvalidOption("settings", `the value of ${name} must be a string, a number or a boolean`);
    }
    return `${name}=${typeof value === "boolean" ? (value ? "on" : "off") : value}`;
  });
  return {
    dataDir: dataDir === undefined ? undefined : resolve(dataDir),
    port,
    settings: pairs,
    tls,
    startTimeout,
    signal,
    log,
  };
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
