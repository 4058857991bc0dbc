import { ConnectionFailed } from "../errors.ts";
import type { ConnectOptions } from "./connect.ts";
import type { Connection } from "./connection.ts";

/** What another connection says of a server process that has been silent. */
type Pulse = "working" | "silent";

/**
 * Finds out about a connection whose peer is gone without a word: a black hole, of which TCP tells only after many
 * minutes, because Node has no TCP_USER_TIMEOUT.
 *
 * A statement may well run for an hour, so silence alone proves nothing. After `watchdog` seconds without a byte, a
 * second connection asks `pg_stat_activity` what the process does: when twice in a row it is not at work on our flight
 * (it never got it, or its answer never got here), or the server cannot be reached at all, the connection is destroyed.
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
    const { flight, bytesRead } = this.#subject;
    if (flight === undefined || flight !== this.#flight || bytesRead !== this.#bytes) {
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
    const pulse = await this.#pulse();
    this.#isAsking = false;
    const { logger } = this.#options;
    if (this.#subject.flight !== flight || this.#subject.bytesRead !== this.#bytes) return; // it spoke meanwhile
    if (pulse === "working") return this.#rest();
    this.#strikes += 1;
    if (this.#strikes < 2) return;
    logger.warn({ processId: this.#subject.processId, ...this.#subject.host }, "a connection went silent; destroyed");
    this.#subject.destroy();
  }

  #rest(): void {
    this.#silentSince = Date.now();
    this.#strikes = 0;
  }

  async #pulse(): Promise<Pulse> {
    try {
      const connection = await this.#open();
      try {
        const { rows } = await connection.query(
          "select state, wait_event from pg_stat_activity where pid = $1",
          [this.#subject.processId],
          AbortSignal.timeout(this.#options.connectTimeout * 1000),
        );
        const [state, waitEvent] = rows[0] ?? ["gone", null];
        // A process that waits for its client to read is as good as silent: nothing has been read here.
        const isWorking = state === null || (state === "active" && waitEvent !== "ClientWrite");
        return isWorking ? "working" : "silent";
      } finally {
        void connection.close();
      }
    } catch (error) {
      // A server that has no slot for us is alive; one that cannot be reached is not.
      return error instanceof ConnectionFailed && error.sqlState === undefined ? "silent" : "working";
    }
  }
}
