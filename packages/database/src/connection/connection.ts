import { readFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import pg from "pg";
import { ConnectionFailed, ConnectionLost, type DatabaseError, SettingsError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { type Address, formatUrl, type SslMode } from "../url.ts";
import { fromDriver } from "./server-error.ts";
import { typeParsers } from "./types.ts";

export interface ConnectOptions extends Address {
  /** Seconds to connect, TLS and authentication included. */
  readonly connectTimeout: number;
  /** Seconds after which the server cancels a statement; 0 never. */
  readonly statementTimeout: number;
  /** Seconds after which the server gives up waiting for a lock; 0 never. */
  readonly lockTimeout: number;
  readonly logger: Logger;
}

/** What a statement answered: rows as arrays in the order of `columns`. */
export interface Result {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Rows returned, inserted, updated or deleted. */
  readonly rowCount: number;
  /** The command tag's first word: SELECT, INSERT, COMMIT, ROLLBACK … */
  readonly command: string;
}

/**
 * One connection to the server: the only place that touches the driver. One statement at a time; statements always go
 * by the extended protocol, so a text can never hold two of them and values are never part of it.
 */
export class Connection {
  readonly openedAt = Date.now();
  readonly #client: pg.Client;
  readonly #options: ConnectOptions;
  #lost: Error | undefined;
  /** Settles when the statements given so far have: the wire takes one at a time. */
  #running: Promise<void> | undefined;
  /** Settles when the server has dealt with the last cancel request. */
  #cancelling: Promise<void> | undefined;

  private constructor(client: pg.Client, options: ConnectOptions) {
    this.#client = client;
    this.#options = options;
    // A client without listeners turns a dying connection into an uncaught exception, and one death can emit twice.
    client.on("error", (error) => {
      this.#lost ??= error;
    });
    client.on("end", () => {
      this.#lost ??= new Error("The server closed the connection.");
    });
    client.on("notice", (notice) => {
      options.logger.debug({ severity: notice.severity, sqlState: notice.code }, notice.message ?? "notice");
    });
  }

  /**
   * Connects, authenticates and applies the timeouts.
   *
   * @throws {ConnectionFailed} saying what was tried and what to check; its message never holds the password.
   */
  static async open(options: ConnectOptions): Promise<Connection> {
    let failure: unknown;
    for (const ssl of tlsAttempts(options)) {
      const client = new pg.Client({
        host: options.host,
        port: options.port,
        user: options.user,
        // A function, because the driver looks at PGPASSWORD and ~/.pgpass when it is given no password.
        password: () => options.password ?? "",
        database: options.database,
        application_name: options.applicationName ?? "hypertroq",
        connectionTimeoutMillis: options.connectTimeout * 1000,
        keepAlive: true,
        ssl,
        types: typeParsers,
      });
      const connection = new Connection(client, options);
      try {
        await client.connect();
        await connection.#applyTimeouts();
        return connection;
      } catch (error) {
        failure = error;
        client.end().catch(() => {});
        if (!isTlsRefusal(error)) break;
        withoutTls.add(options);
      }
    }
    throw connectFailure(failure, options);
  }

  /** Whether the connection is known to be dead. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** The server process behind this connection (`pg_backend_pid()`). */
  get processId(): number {
    return (this.#client as unknown as { processID: number }).processID;
  }

  /**
   * Runs one statement, after those given before it.
   *
   * @param signal aborting it sends a cancel request to the server; the statement then fails with `QueryCanceled`
   *   (unless it finished first) and the connection stays usable. An already aborted signal sends nothing.
   * @throws {StatementFailed} when the server refuses it. @throws {ConnectionLost} when the connection dies.
   */
  async query(text: string, values: readonly unknown[] = [], signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    const earlier = this.#running;
    let finish = (): void => {};
    this.#running = new Promise<void>((resolve) => {
      finish = resolve;
    });
    try {
      await earlier;
      await this.#cancelling; // a cancel request that comes late must not hit this statement
      signal?.throwIfAborted();
      return await this.#send(text, values, signal);
    } finally {
      finish();
    }
  }

  /**
   * Asks the server to cancel what is running, by CancelRequest (PostgreSQL, "Message Formats") on a connection of its
   * own, as the protocol wants it. Returns at once; the statement then fails with `QueryCanceled` or finishes first.
   */
  cancel(): void {
    const { processID, secretKey } = this.#client as unknown as { processID: number; secretKey: number };
    const { host, port } = this.#options;
    const socket = host.startsWith("/") ? connectSocket(`${host}/.s.PGSQL.${port}`) : connectSocket(port, host);
    const message = Buffer.alloc(16);
    message.writeInt32BE(16, 0);
    message.writeInt32BE(80_877_102, 4);
    message.writeInt32BE(processID, 8);
    message.writeInt32BE(secretKey, 12);
    this.#cancelling = new Promise((resolve) => {
      socket.once("close", () => resolve());
    });
    socket.setTimeout(this.#options.connectTimeout * 1000, () => socket.destroy());
    socket.on("error", (error) => {
      this.#options.logger.warn({ code: (error as NodeJS.ErrnoException).code }, "a cancel request could not be sent");
    });
    socket.end(message);
  }

  /** Says goodbye to the server and closes; safe on a dead connection. */
  async close(): Promise<void> {
    this.#lost ??= new Error("The connection was closed.");
    await this.#client.end().catch(() => {});
  }

  /** Closes the socket without waiting for whatever is running. */
  destroy(): void {
    this.#lost ??= new Error("The connection was destroyed.");
    (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  async #send(text: string, values: readonly unknown[], signal: AbortSignal | undefined): Promise<Result> {
    if (this.#lost !== undefined) throw this.#lostError();
    const cancel = (): void => this.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const result = await this.#client.query({
        text,
        values: values as unknown[],
        rowMode: "array",
        queryMode: "extended",
      } as pg.QueryArrayConfig);
      return {
        columns: result.fields.map((field) => field.name),
        rows: result.rows as unknown[][],
        rowCount: result.rowCount ?? 0,
        command: result.command,
      };
    } catch (error) {
      const failure = fromDriver(error);
      if (failure instanceof ConnectionLost) this.#lost ??= failure;
      throw failure;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  #lostError(): DatabaseError {
    return new ConnectionLost("The connection to the database was lost.", { cause: this.#lost });
  }

  async #applyTimeouts(): Promise<void> {
    // After connecting, not as startup parameters: PgBouncer refuses those it does not know.
    const { statementTimeout, lockTimeout } = this.#options;
    if (statementTimeout > 0) await this.query(`set statement_timeout = ${Math.ceil(statementTimeout * 1000)}`);
    if (lockTimeout > 0) await this.query(`set lock_timeout = ${Math.ceil(lockTimeout * 1000)}`);
  }
}

/** Options whose server said that it has no TLS: `prefer` does not ask it again. */
const withoutTls = new WeakSet<ConnectOptions>();

/** The TLS settings to try in turn for libpq's sslmode (PostgreSQL, "SSL Support", table of modes). */
function tlsAttempts(options: ConnectOptions): (TlsOptions | false)[] {
  const mode: SslMode = options.host.startsWith("/") ? "disable" : (options.sslMode ?? "prefer");
  if (mode === "disable") return [false];
  const ca = options.sslRootCert === undefined ? {} : { ca: readRootCertificate(options.sslRootCert) };
  if (mode === "prefer") return withoutTls.has(options) ? [false] : [{ rejectUnauthorized: false }, false];
  if (mode === "require") return [{ rejectUnauthorized: false }];
  if (mode === "verify-ca") return [{ ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined }];
  return [{ ...ca, rejectUnauthorized: true }];
}

function readRootCertificate(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SettingsError([
      `DB_SSL_ROOT_CERT names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code})`,
    ]);
  }
}

function isTlsRefusal(error: unknown): boolean {
  return error instanceof Error && error.message === "The server does not support SSL connections";
}

/** What an operator can do about the common ways in which connecting fails, by SQLSTATE or by the socket's error code. */
const ADVICE: Readonly<Record<string, string>> = {
  "28P01": "the server does not accept this user and password. Check both in DATABASE_URL",
  "28000": "the server does not let this user in from here. Check pg_hba.conf and sslmode",
  "3D000": "this database does not exist on the server. Create it, or correct its name in DATABASE_URL",
  "53300": "the server has no connection left. Lower DB_POOL_SIZE or raise max_connections",
  "57P03": "the server is starting up or shutting down. Try again in a moment",
  ECONNREFUSED: "nothing listens there. Check host and port in DATABASE_URL, and that PostgreSQL is running",
  ENOTFOUND: "this host name is not known. Check the host in DATABASE_URL",
  EAI_AGAIN: "this host name cannot be looked up now. Check the host in DATABASE_URL and the network",
  ENOENT: "there is no such socket. Check the socket directory in DATABASE_URL",
  ECONNRESET: "the server closed the connection while it was being made. Is it PostgreSQL that listens there?",
};

function connectFailure(error: unknown, options: ConnectOptions): DatabaseError {
  if (error instanceof SettingsError) return error;
  const { host, port } = options;
  const where = `Cannot connect to ${formatUrl(options)}`;
  const serverCode = error instanceof pg.DatabaseError ? error.code : undefined;
  const code = serverCode ?? socketCode(error);
  if (code !== undefined && code in ADVICE) {
    return new ConnectionFailed(`${where}: ${ADVICE[code]} (${code}).`, { host, port, sqlState: serverCode });
  }
  if (serverCode !== undefined) {
    const said = (error as Error).message;
    return new ConnectionFailed(`${where}: the server said "${said}" (${serverCode}).`, {
      host,
      port,
      sqlState: serverCode,
    });
  }
  const reason = /timeout/i.test(String(error))
    ? `no answer within ${options.connectTimeout} s (DB_CONNECT_TIMEOUT)`
    : error instanceof Error
      ? error.message
      : String(error);
  return new ConnectionFailed(`${where}: ${reason}.`, { host, port }, { cause: error });
}

/** Connecting to a name with several addresses fails with an AggregateError around each address's error. */
function socketCode(error: unknown): string | undefined {
  const failure = error instanceof AggregateError ? error.errors[0] : error;
  return (failure as NodeJS.ErrnoException | undefined)?.code;
}
