import type { Duplex } from "node:stream";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type pg from "pg";
import { ConnectionLost, type DatabaseError, StalePlan } from "../errors.ts";
import type { Host } from "../url.ts";
import { sendCancelRequest } from "./cancel-request.ts";
import { Canceller } from "./canceller.ts";
import type { ConnectOptions } from "./connect.ts";
import { type DriverWire, goOnInPlainText, splitMessages, wireOf } from "./driver-wire.ts";
import { Flight, type Flown, type Limit, type Result, type Step } from "./flight.ts";
import { encodeParameters } from "./parameters.ts";
import { withoutValues } from "./redact.ts";
import { fromDriver } from "./server-error.ts";
import { StatementCache } from "./statements.ts";
import { refusalIn, withSettings } from "./transaction-pooler.ts";
import { Watchdog } from "./watchdog.ts";

/** What `connect` makes a connection from. */
interface Made {
  readonly host: Host;
  readonly ssl: TlsOptions | false;
  readonly options: ConnectOptions;
  /** Opens another connection to the same host. */
  readonly open: () => Promise<Connection>;
}

/** What the server says of the session at its other end. */
export interface ServerSession {
  /** The isolation level of transactions that do not choose one. */
  readonly isolation: string;
  /** Its process; undefined behind a pooler, where it may be another one for each transaction. */
  readonly process: { readonly id: number; readonly startedAt: string } | undefined;
  /** What makes the connection's settings in each transaction, behind a pooler that lends a server for just one. */
  readonly settings: Step | undefined;
}

/** What LISTEN is for, as it comes. */
export interface Notification {
  readonly channel: string;
  readonly payload: string;
  /** The process that sent it. */
  readonly processId: number;
}

/** A flight that waits for the one before it. */
interface Waiting {
  readonly steps: readonly Step[];
  readonly signal: AbortSignal | undefined;
  resolve(flown: Flown): void;
  reject(reason: unknown): void;
}

/**
 * One connection to the server, made by `connect`: with it the only place that touches the driver. One flight at a time,
 * in the order given; always by the extended protocol, so that a text can never hold two statements and values are never
 * part of it.
 */
export class Connection {
  readonly openedAt = Date.now();
  readonly host: Host;
  /** Is told of notifications on the channels that this session listens on. */
  onNotification: ((notification: Notification) => void) | undefined;
  #facts: ServerSession = { isolation: "read committed", process: undefined, settings: undefined };
  readonly #client: pg.Client;
  readonly #wire: DriverWire;
  readonly #options: ConnectOptions;
  #ssl: TlsOptions | false;
  #statements: StatementCache;
  readonly #watchdog: Watchdog;
  readonly #canceller: Canceller;
  #limit: Limit;
  #status = "I";
  #hasNewRole = false;
  #lost: ConnectionLost | undefined;
  #flight: Flight | undefined;
  readonly #queue: Waiting[] = [];
  /** See `ended`. */
  readonly #ending = new AbortController();
  readonly #onIdle: (() => void)[] = [];

  /** For `connect`. The client must not have been connected yet. */
  constructor(client: pg.Client, { host, ssl, options, open }: Made) {
    this.#client = client;
    this.#wire = wireOf(client);
    this.host = host;
    this.#ssl = ssl;
    this.#options = options;
    this.#statements = new StatementCache(options.statementCacheSize);
    this.#limit = { bytes: Number.POSITIVE_INFINITY, onExceeded: () => this.cancel() };
    this.#watchdog = new Watchdog(this, open, options);
    this.#canceller = new Canceller(this, {
      patience: options.connectTimeout,
      request: () => this.#requestCancel(),
      onDealtWith: () => this.#next(),
    });
    splitMessages(this.#wire, {
      row: (bytes, start, end) => this.#flight?.row(bytes, start, end),
      copyData: (bytes, start, end) => this.#flight?.copyData(bytes, start, end),
    });
    // A client without listeners turns a dying connection into an uncaught exception, and one death can emit twice.
    client.on("error", (error) => this.#die(error));
    client.on("end", () => this.#die(new Error("The server closed the connection.")));
    client.on("notification", ({ channel, payload = "", processId }) => {
      this.onNotification?.({ channel, payload, processId });
    });
    client.on("notice", ({ severity, code: sqlState = "00000", message = "" }) => {
      const level = sqlState.startsWith("00") ? "debug" : "warn"; // class 01 is warnings
      options.logger[level]({ severity, sqlState }, withoutValues(message, sqlState, this.#flight?.values ?? []));
    });
  }

  /**
   * For `connect`, while the driver connects: a server without TLS is spoken to in plain text (`goOnInPlainText`).
   *
   * @param onPlainText called when it is.
   */
  allowPlainText(onPlainText: () => void): void {
    goOnInPlainText(this.#wire, () => {
      this.#ssl = false;
      onPlainText();
    });
  }

  /** For `connect`: from now on flights can be sent. */
  start(): void {
    this.#wire.on("readyForQuery", ({ status }) => {
      this.#status = status;
      this.#flight?.ready();
    });
    // Told at connecting, and again when it changes, before the server is ready again (PostgreSQL, "Asynchronous Operations").
    this.#wire.on("parameterStatus", ({ parameterName }) => {
      if (parameterName === "in_hot_standby") this.#hasNewRole = true;
    });
  }

  /** For `connect`: its own questions are answered, and what is asked from now on is the application's. */
  begin(facts: ServerSession): void {
    this.#facts = facts;
    // What was prepared on one server would be missing on the next.
    if (facts.settings !== undefined && this.#options.pooler !== "transaction-prepared") {
      this.#statements = new StatementCache(0);
    }
    this.#limit = { ...this.#limit, bytes: this.#options.maxResultBytes || Number.POSITIVE_INFINITY };
  }

  /** What the server said of itself. */
  get facts(): ServerSession {
    return this.#facts;
  }

  /** Whether the connection is known to be dead. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Aborted when the connection is gone. */
  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  /** Whether the server was a standby when the connection was made and has been promoted since. */
  get hasNewRole(): boolean {
    return this.#hasNewRole;
  }

  /** Whether a transaction is open, failed or not, as the server said after the last flight. */
  get inTransaction(): boolean {
    return this.#status !== "I";
  }

  /** Whether a statement of the open transaction has failed, so that it takes no others. */
  get isFailed(): boolean {
    return this.#status === "E";
  }

  /** Whether a flight, or a cancel request that could still hit the next one, is under way. */
  get isBusy(): boolean {
    return this.#flight !== undefined || this.#canceller.isAsking || this.#queue.length > 0;
  }

  /** Settles when the connection is not busy any more, or lost. */
  async whenIdle(): Promise<void> {
    if (this.isBusy && !this.isLost) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** The server process behind this connection (`pg_backend_pid()`). */
  get processId(): number {
    return (this.#client as unknown as { processID: number }).processID;
  }

  /** How many bytes the server has sent so far. */
  get bytesRead(): number {
    return this.#wire.stream.bytesRead;
  }

  /** Whether what the server sends is not read just now, because a COPY's data have not been taken. */
  get isPaused(): boolean {
    return this.#wire.stream.isPaused();
  }

  /** What is in the air; another object for each flight. */
  get flight(): object | undefined {
    return this.#flight;
  }

  /** Called about once a second while the connection is lent: see `Watchdog`. */
  checkPulse(): void {
    this.#watchdog.check();
  }

  /**
   * Runs one statement, after those given before it.
   *
   * @param signal see `fly`.
   * @throws {StatementFailed} when the server refuses it. @throws {ConnectionLost} when the connection dies.
   * @throws {DefinitionError} when a value cannot be sent, or there are more than 65,535; nothing is sent then.
   */
  async query(text: string, values: readonly unknown[] = [], signal?: AbortSignal): Promise<Result> {
    const { results, failure } = await this.fly([{ text, values: encodeParameters(values) }], signal);
    const refusal = failure ?? results[0]!.refusal;
    if (refusal !== undefined) throw refusal;
    return results[0]!;
  }

  /**
   * Sends statements in one round trip, after the flights given before it; see `Flight`. Resolves when the server is
   * ready again, also when a statement failed or the connection died: the outcome tells.
   *
   * When the server says that a prepared statement no longer fits its tables, the flight is sent once more with the
   * statement prepared anew, unless a transaction was open before it.
   *
   * @param signal aborting it sends a cancel request to the server; the statement under way then fails with
   *   `QueryCanceled` (unless it finished first) and the connection stays usable.
   * @throws the signal's reason when it is aborted before the flight was sent.
   */
  fly(steps: readonly Step[], signal?: AbortSignal): Promise<Flown> {
    return new Promise((resolve, reject) => {
      const waiting = { steps, signal, resolve, reject };
      if (this.isBusy) this.#queue.push(waiting);
      else this.#send(waiting);
    });
  }

  /**
   * Asks the server to cancel what is running, again and again until it ends: a request that gets there before the
   * statement has begun meets nothing. Returns at once; the statement then fails with `QueryCanceled` or finishes first,
   * or, when the server says nothing for `connectTimeout` seconds, with `ConnectionLost`. No flight is sent before the
   * server has dealt with a request, which could hit it otherwise.
   */
  cancel(): void {
    const flight = this.#flight;
    if (flight === undefined || this.#lost !== undefined) return;
    if (this.#canceller.begin(flight)) flight.abandonCopy();
  }

  async #requestCancel(): Promise<void> {
    const { processID: processId, secretKey } = this.#client as unknown as { processID: number; secretKey: number };
    const { connectTimeout: timeout, logger } = this.#options;
    const { signal } = this.#ending;
    try {
      const address = this.#wire.stream.remoteAddress;
      await sendCancelRequest({ ...this.host, address, ssl: this.#ssl, processId, secretKey, timeout, signal });
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, "a cancel request could not be sent");
    }
  }

  /** Says goodbye to the server and closes; a peer that does not answer is waited for a second. */
  async close(): Promise<void> {
    this.#lost ??= new ConnectionLost("The connection was closed.");
    const timer = setTimeout(() => this.destroy(), 1000);
    await this.#client.end().catch(() => {});
    clearTimeout(timer);
  }

  /** Closes the socket without waiting for whatever is running. */
  destroy(): void {
    this.#wire.stream.destroy();
    this.#die(new Error("The connection was destroyed."));
  }

  /**
   * Gives the stream, authenticated and with nothing under way, to somebody who speaks the protocol himself. This connection
   * takes no statement any more; `destroy` ends the stream too.
   */
  handOver(): Duplex {
    this.#lost ??= new ConnectionLost("The connection was handed over.", { wasSent: false });
    this.#ending.abort();
    const stream = this.#wire.stream as unknown as Duplex;
    stream.removeAllListeners("data");
    return stream;
  }

  #send(waiting: Waiting, isRetry = false): void {
    const { signal, resolve, reject } = waiting;
    if (signal?.aborted) reject(signal.reason);
    else if (this.#lost === undefined) this.#launch(waiting, isRetry);
    else resolve({ results: [], failure: this.#lostError(), answered: false });
  }

  #launch(waiting: Waiting, isRetry: boolean): void {
    const { signal, resolve } = waiting;
    const startsIdle = !this.inTransaction;
    const { settings } = this.#facts;
    let { steps } = waiting;
    let settingsAt = -1;
    if (settings !== undefined) {
      const failure = refusalIn(steps);
      if (failure !== undefined) {
        resolve({ results: [], failure, answered: false });
        return;
      }
      if (startsIdle) ({ steps, at: settingsAt } = withSettings(steps, settings));
    }
    const cancel = signal === undefined ? undefined : () => this.cancel();
    const flight = new Flight(steps, this.#statements, this.#limit, (flown) => {
      if (cancel !== undefined) signal?.removeEventListener("abort", cancel);
      this.#flight = undefined;
      this.#canceller.end();
      if (flown.failure instanceof ConnectionLost) this.#die(flown.failure);
      if (flown.failure instanceof StalePlan && startsIdle && !isRetry && !flight.hasCopied) {
        this.#sendAgain(waiting);
      } else {
        resolve(settingsAt === -1 ? flown : { ...flown, results: flown.results.filter((_, at) => at !== settingsAt) });
        this.#next();
      }
    });
    if (cancel !== undefined) signal?.addEventListener("abort", cancel, { once: true });
    this.#flight = flight;
    this.#client.query(flight);
  }

  /** The same flight from the start; the transaction that it opened, if it did, is rolled back first. */
  #sendAgain(waiting: Waiting): void {
    const again = (): void => this.#send(waiting, true);
    const rollback = { steps: [{ text: "rollback", values: [] }], signal: undefined, resolve: again, reject: again };
    if (this.inTransaction) this.#send(rollback, true);
    else again();
  }

  #next(): void {
    while (this.#flight === undefined && !this.#canceller.isAsking && this.#queue.length > 0) {
      this.#send(this.#queue.shift()!);
    }
    if (!this.isBusy || this.#lost !== undefined) for (const run of this.#onIdle.splice(0)) run();
  }

  #die(cause: Error): void {
    this.#lost ??= asLoss(cause);
    this.#ending.abort();
    this.#flight?.lost(cause);
    this.#next();
  }

  /** For what was never sent, because the connection was dead already. */
  #lostError(): DatabaseError {
    const { message, sqlState } = this.#lost!;
    return new ConnectionLost(message, { cause: this.#lost, wasSent: false, sqlState });
  }
}

/** What the driver says of a connection's end; an error of the server's outside a statement ends it too. */
function asLoss(cause: Error): ConnectionLost {
  const error = fromDriver(cause, []);
  if (error instanceof ConnectionLost) return error;
  return new ConnectionLost(error.message, { cause: error });
}
