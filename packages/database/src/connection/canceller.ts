import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "./connection.ts";

/** The first pause between two requests, in milliseconds, which doubles, and the longest. */
const PAUSE = { first: 20, most: 1000 };

/** What cancelling needs beside the connection. */
export interface CancellerOptions {
  /** Seconds that a cancelled statement is waited for; then its connection is destroyed. */
  readonly patience: number;
  /** Sends one cancel request, and settles when the server has dealt with it. Never rejects. */
  request(): Promise<void>;
  /** Called then: flights can be sent again. */
  onDealtWith(): void;
}

/**
 * Has the server cancel what a connection runs, again and again until it ends: a request that gets there before the
 * statement has begun meets nothing. One that is under way could hit the next flight, which has to wait for its end.
 */
export class Canceller {
  readonly #subject: Connection;
  readonly #options: CancellerOptions;
  /** The last flight that was to be cancelled. */
  #flight: object | undefined;
  #isAsking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(subject: Connection, options: CancellerOptions) {
    this.#subject = subject;
    this.#options = options;
  }

  /** Whether a request is under way. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** Begins with a flight that is in the air. @returns whether it is the first time for this one. */
  begin(flight: object): boolean {
    if (flight === this.#flight) return false;
    this.#flight = flight;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#subject.destroy(), this.#options.patience * 1000);
    void this.#keepAsking(flight);
    return true;
  }

  /** The flight in the air is over: it is waited for no longer. */
  end(): void {
    clearTimeout(this.#timer);
  }

  async #keepAsking(flight: object): Promise<void> {
    const { request, onDealtWith } = this.#options;
    const isRunning = (): boolean => this.#subject.flight === flight && !this.#subject.isLost;
    for (let pause = PAUSE.first; isRunning(); pause = Math.min(pause * 2, PAUSE.most)) {
      this.#isAsking = true;
      await request();
      this.#isAsking = false;
      onDealtWith();
      if (this.#subject.flight !== flight) return;
      await sleep(pause, undefined, { signal: this.#subject.ended, ref: false }).catch(() => {});
    }
  }
}
