import { connect as connectSocket } from "node:net";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import pg from "pg";
import { ConnectionLost, type DatabaseError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Address, Host } from "../url.ts";
import { connectFailure, firstOrAll, isAboutHost } from "./connect-failure.ts";
import { encodeParameters } from "./parameters.ts";
import { fromDriver } from "./server-error.ts";
import { isTlsRefusal, tlsAttempts } from "./tls.ts";
import { typeParsers } from "./types.ts";

export interface ConnectOptions extends Address {
  /** Seconds to connect to one host, TLS and authentication included. */
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
  readonly #host: Host;
  #lost: Error | undefined;
  /** Settles when the statements given so far have: the wire takes one at a time. */
  #running: Promise<void> | undefined;
  /** Settles when the server has dealt with the last cancel request. */
  #cancelling: Promise<void> | undefined;
  /** How long a cancelled statement is waited for. */
  #patience: NodeJS.Timeout | undefined;

  private constructor(client: pg.Client, host: Host, options: ConnectOptions) {
    this.#client = client;
    this.#host = host;
    this.#options = options;
    // A client without listeners turns a dying connection into an uncaught exception, and one death can emit twice.
    client.on("error", (error) => {
      this.#lost ??= error;
    });
    client.on("end", () => {
      this.#lost ??= new Error("The server closed the connection.");
    });
    // COPY FROM STDIN has no place in a query; the driver refuses it, and forgets the Sync that the server then waits for.
    const { connection } = client as unknown as {
      connection: { on(event: string, run: () => void): void; sync(): void };
    };
    connection.on("copyInResponse", () => setImmediate(() => connection.sync()));
    client.on("notice", (notice) => {
      options.logger.debug({ severity: notice.severity, sqlState: notice.code }, notice.message ?? "notice");
    });
  }

  /**
   * Connects to the first of the hosts that accepts, authenticates, and makes the session's settings what this layer
   * relies on.
   *
   * @throws {ConnectionFailed} saying what was tried and what to check; its message never holds the password.
   */
  static async open(options: ConnectOptions): Promise<Connection> {
    const failures: DatabaseError[] = [];
    for (const host of options.hosts) {
      try {
        return await Connection.#openAt(host, options);
      } catch (error) {
        failures.push(error as DatabaseError);
        if (!isAboutHost(error)) break;
      }
    }
    throw firstOrAll(failures, options);
  }

  static async #openAt(host: Host, options: ConnectOptions): Promise<Connection> {
    let current: Connection | undefined;
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      current?.destroy();
    }, options.connectTimeout * 1000);
    try {
      for (const ssl of tlsAttempts(host, options)) {
        current = new Connection(clientFor(host, options, ssl), host, options);
        try {
          await current.#client.connect();
          await current.#settle();
          return current;
        } catch (error) {
          current.destroy(); // a peer that keeps its side open would keep the process alive
          if (timedOut || !isTlsRefusal(error, host)) throw error;
        }
      }
      throw new Error("The server does not support SSL connections");
    } catch (error) {
      throw connectFailure(error, host, options, timedOut);
    } finally {
      clearTimeout(deadline);
    }
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
   * @throws {DefinitionError} when a value cannot be sent, or there are more than 65,535; nothing is sent then.
   */
  async query(text: string, values: readonly unknown[] = [], signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    const parameters = encodeParameters(values);
    const earlier = this.#running;
    let finish = (): void => {};
    this.#running = new Promise<void>((resolve) => {
      finish = resolve;
    });
    try {
      await earlier;
      await this.#cancelling; // a cancel request that comes late must not hit this statement
      signal?.throwIfAborted();
      return await this.#send(text, parameters, signal);
    } finally {
      finish();
    }
  }

  /**
   * Asks the server to cancel what is running, by CancelRequest (PostgreSQL, "Message Formats") on a connection of its
   * own, as the protocol wants it. Returns at once; the statement then fails with `QueryCanceled` or finishes first, or,
   * when the server says nothing for `connectTimeout` seconds, with `ConnectionLost`.
   */
  cancel(): void {
    const { processID, secretKey } = this.#client as unknown as { processID: number; secretKey: number };
    const { host, port } = this.#host;
    const socket = host.startsWith("/") ? connectSocket(`${host}/.s.PGSQL.${port}`) : connectSocket(port, host);
    const message = Buffer.alloc(16);
    message.writeInt32BE(16, 0);
    message.writeInt32BE(80_877_102, 4);
    message.writeInt32BE(processID, 8);
    message.writeInt32BE(secretKey, 12);
    this.#cancelling = new Promise((resolve) => {
      socket.once("close", () => resolve());
    });
    const patience = this.#options.connectTimeout * 1000;
    socket.setTimeout(patience, () => socket.destroy());
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.destroy(), patience);
    socket.on("error", (error) => {
      this.#options.logger.warn({ code: (error as NodeJS.ErrnoException).code }, "a cancel request could not be sent");
    });
    socket.end(message);
  }

  /** Says goodbye to the server and closes; a peer that does not answer is waited for a second. */
  async close(): Promise<void> {
    this.#lost ??= new Error("The connection was closed.");
    const timer = setTimeout(() => this.destroy(), 1000);
    await this.#client.end().catch(() => {});
    clearTimeout(timer);
  }

  /** Closes the socket without waiting for whatever is running. */
  destroy(): void {
    this.#lost ??= new Error("The connection was destroyed.");
    clearTimeout(this.#patience);
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
      const failure = fromDriver(error, values);
      if (failure instanceof ConnectionLost) this.#lost ??= failure;
      throw failure;
    } finally {
      signal?.removeEventListener("abort", cancel);
      clearTimeout(this.#patience);
    }
  }

  #lostError(): DatabaseError {
    return new ConnectionLost("The connection to the database was lost.", { cause: this.#lost });
  }

  /**
   * The settings that decide how values read (a role or database may have others), and the timeouts. After connecting,
   * not as startup parameters: PgBouncer refuses those it does not know.
   */
  async #settle(): Promise<void> {
    const { statementTimeout, lockTimeout } = this.#options;
    const settings: [name: string, value: string][] = [
      ["DateStyle", "ISO"],
      ["IntervalStyle", "postgres"],
      ["bytea_output", "hex"],
      ["extra_float_digits", "1"],
    ];
    if (statementTimeout > 0) settings.push(["statement_timeout", `${Math.ceil(statementTimeout * 1000)}`]);
    if (lockTimeout > 0) settings.push(["lock_timeout", `${Math.ceil(lockTimeout * 1000)}`]);
    await this.query(
      `select ${settings.map(([name, value]) => `set_config('${name}', '${value}', false)`).join(", ")}`,
    );
  }
}

function clientFor({ host, port }: Host, options: ConnectOptions, ssl: TlsOptions | false): pg.Client {
  return new pg.Client({
    host,
    port,
    user: options.user,
    // A function, because the driver looks at PGPASSWORD and ~/.pgpass when it is given no password.
    password: () => options.password ?? "",
    database: options.database,
    application_name: options.applicationName ?? "hypertroq",
    keepAlive: true,
    ssl,
    types: typeParsers,
  });
}
