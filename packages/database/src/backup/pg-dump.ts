import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Login } from "../connection/authentication.ts";
import type { ConnectOptions } from "../connection/connect.ts";
import { PgDumpFailed, PgDumpMissing } from "./errors.ts";
import { findWasmPgDump, wasmPgDump } from "./wasm-pg-dump.ts";

export type Section = "pre-data" | "post-data";

/** Something that writes a schema as SQL. */
export interface SchemaWriter {
  /** What it calls itself. */
  readonly version: string;
  /** @throws {PgDumpFailed} */
  write(section: Section, snapshot: string, signal?: AbortSignal): Promise<string>;
}

/**
 * The pg_dump for a server: the first on PATH that is of the server's major version or newer, because an older one refuses
 * (PostgreSQL, pg_dump, "Notes"), else the one that is WebAssembly.
 *
 * @param options to connect with, to the very host that the snapshot is of.
 * @param path default PATH.
 * @throws {PgDumpMissing}
 */
export async function findPgDump(
  options: ConnectOptions,
  versionNumber: number,
  path = process.env["PATH"] ?? "",
): Promise<SchemaWriter> {
  const server = Math.floor(versionNumber / 10_000);
  let passedOver: string | undefined;
  for (const folder of path.split(delimiter)) {
    const program = join(folder, "pg_dump");
    if (folder === "" || !existsSync(program)) continue;
    const version = (await run(program, ["--version"], {}).catch(() => "")).trim();
    const major = Number(/\(PostgreSQL\) (\d+)/.exec(version)?.[1] ?? 0);
    if (major >= server) return new Native(program, version, options);
    passedOver ??= `${program} of version ${major === 0 ? "unknown" : major}`;
  }
  const module = findWasmPgDump();
  if (module === undefined) throw new PgDumpMissing(server, passedOver);
  const write: SchemaWriter["write"] = (section, snapshot, signal) =>
    wasmPgDump(module, options, argumentsFor(section, snapshot), signal).then(withoutRestriction);
  return { version: "pg_dump as WebAssembly", write };
}

class Native implements SchemaWriter {
  readonly version: string;
  readonly #program: string;
  readonly #options: ConnectOptions;

  constructor(program: string, version: string, options: ConnectOptions) {
    this.version = version;
    this.#program = program;
    this.#options = options;
  }

  async write(section: Section, snapshot: string, signal?: AbortSignal): Promise<string> {
    const args = [...argumentsFor(section, snapshot), "--no-password"];
    const login = new Login(this.#options.hosts[0]!, this.#options, signal ?? new AbortController().signal);
    const variables = environment(await login.options());
    return withoutRestriction(await run(this.#program, args, variables, signal));
  }
}

/** No subscriptions: a copy of a database would begin to take the original's changes. */
function argumentsFor(section: Section, snapshot: string): readonly string[] {
  return [`--section=${section}`, `--snapshot=${snapshot}`, "--encoding=UTF8", "--no-subscriptions", "-B"];
}

/** For libpq. A command line is everybody's to read, an environment only the same user's. */
function environment(options: ConnectOptions): Readonly<Record<string, string>> {
  const { host, port } = options.hosts[0]!;
  const variables = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: options.user,
    PGPASSWORD: options.password,
    PGDATABASE: options.database,
    PGSSLMODE: options.sslMode,
    PGSSLROOTCERT: options.sslRootCert,
    PGSSLCERT: options.sslCert,
    PGSSLKEY: options.sslKey,
    PGCHANNELBINDING: options.channelBinding,
    PGCONNECT_TIMEOUT: String(Math.ceil(options.connectTimeout)),
    PGAPPNAME: "hypertroq backup",
  };
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** @returns standard output. @throws {PgDumpFailed} */
function run(
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<string> {
  const { PATH = "", HOME = "" } = process.env;
  return new Promise((resolve, reject) => {
    const env = { PATH, HOME, LC_ALL: "C", ...variables };
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"], ...(signal && { signal }) });
    const output: Buffer[] = [];
    let said = "";
    child.stdout.on("data", (bytes: Buffer) => output.push(bytes));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.once("error", (error) => reject(signal?.aborted ? signal.reason : new PgDumpFailed(error.message)));
    child.once("close", (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString("utf8"));
      // What stands in its place may say all that it was given.
      else
        reject(
          new PgDumpFailed(said.trim().replaceAll(variables["PGPASSWORD"] || "\0", "***") || `it ended with ${code}`),
        );
    });
  });
}

/** Newer ones begin and end with a command for psql, which has another random word each time. */
function withoutRestriction(sql: string): string {
  const key = /^(?:--.*\n|\n)*\\restrict (\w+)\n/.exec(sql)?.[1];
  return key === undefined ? sql : sql.replace(`\\restrict ${key}\n`, "").replace(`\\unrestrict ${key}\n`, "");
}
