import { ConnectionFailed } from "../errors.ts";
import type { ConnectOptions } from "./connect.ts";
import type { Connection } from "./connection.ts";
import type { Result } from "./flight.ts";

type ServerProcess = NonNullable<Connection["facts"]["process"]>;

/**
 * Finds out about a connection whose peer is gone without a word: a black hole, of which TCP tells only after many
 * minutes, because Node has no TCP_USER_TIMEOUT.
 *
 * A statement may well run for an hour, so silence alone proves nothing. After `watchdog` seconds without a byte, a
 * second connection asks `pg_stat_activity` what the process does: when twice in a row it is not at work on our flight
 * (it never got it, or its answer never got here), or the server cannot be reached at all, the connection is destroyed,
 * and the process ended, so that it does not keep its locks for somebody who is gone. Behind a pooler the process is not
 * known, and only a server out of reach is found out.
 */
export class Watchdog {
  readonly #subject: Connection;
  readonly #open: () => Promise<Connection>;
  readonly #options: ConnectOptions;
  #flight: object | undefined;
  #bytes = 0;
  #silentSince = 0;
  #strikes = 0;
  #isAsking = false;

  /** @param open connects to the host of the connection looked after. */
  constructor(subject: Connection, open: () => Promise<Connection>, options: ConnectOptions) {
    this.#subject = subject;
    this.#open = open;
    this.#options = options;
  }

  /** Costs two comparisons unless the connection has been silent for long. */
  check(): void {
    const { flight, bytesRead, isPaused } = this.#subject;
    if (flight === undefined || flight !== this.#flight || bytesRead !== this.#bytes || isPaused) {
      this.#flight = flight;
      this.#bytes = bytesRead;
      this.#rest();
      return;
    }
    const { watchdog } = this.#options;
    if (watchdog === 0 || this.#isAsking || Date.now() - this.#silentSince < watchdog * 1000) return;
    void this.#ask(flight);
  }

  async #ask(flight: object): Promise<void> {
    this.#isAsking = true;
    const isSilent = (): boolean => this.#subject.flight === flight && this.#subject.bytesRead === this.#bytes;
    let other: Connection | undefined;
    try {
      other = await this.#open();
      if (await this.#isAtWork(other)) this.#rest();
      else this.#strikes += 1;
      if (this.#strikes >= 2 && isSilent()) {
        this.#destroy();
        await this.#endProcess(other);
      }
    } catch (error) {
      // A server that has no slot for us is alive; one that cannot be reached is not.
      if (error instanceof ConnectionFailed && error.sqlState === undefined && isSilent()) this.#destroy();
      else this.#rest();
    } finally {
      void other?.close();
      this.#isAsking = false;
    }
  }

  #destroy(): void {
    const { processId, host } = this.#subject;
    this.#options.logger.warn({ processId, ...host }, "a connection went silent and was destroyed");
    this.#subject.destroy();
  }

  #rest(): void {
    this.#silentSince = Date.now();
    this.#strikes = 0;
  }

  async #isAtWork(other: Connection): Promise<boolean> {
    const { process } = this.#subject.facts;
    if (process === undefined) return true;
    const { rows } = await this.#query(other, "select state, wait_event", process);
    const [state, waitEvent] = rows[0] ?? ["gone", null];
    // A process that waits for its client to read is as good as silent: nothing has been read here.
    return state === null || (state === "active" && waitEvent !== "ClientWrite");
  }

  async #endProcess(other: Connection): Promise<void> {
    const { process } = this.#subject.facts;
    if (process !== undefined) await this.#query(other, "select pg_terminate_backend(pid)", process);
  }

  /** Not a later process that was given the same id. */
  async #query(other: Connection, select: string, { id, startedAt }: ServerProcess): Promise<Result> {
    const text = `${select} from pg_stat_activity where pid = $1 and backend_start = $2`;
    return await other.query(text, [id, startedAt], AbortSignal.timeout(this.#options.connectTimeout * 1000));
  }
}
