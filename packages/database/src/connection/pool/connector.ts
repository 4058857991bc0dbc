import { setMaxListeners } from "node:events";
import { ConnectionFailed } from "../../errors.ts";
import { Backoff } from "./backoff.ts";
import type { Counters } from "./counters.ts";
import type { PoolOptions } from "./options.ts";
import { type Poolable, within } from "./poolable.ts";
import { Slot } from "./slot.ts";

/** What becomes of the attempts to connect. */
export interface ConnectorEvents<C extends Poolable> {
  onOpen(slot: Slot<C>): void;
  /** @param isTransient it may go well a moment later, and a pause has begun. */
  onFail(error: unknown, isTransient: boolean): void;
  /** The pause after a failure is over. */
  onRetry(): void;
}

/**
 * Opens connections, few at a time and with pauses after failures that pass, so that a server that has just come back is
 * not stormed. For whom a connection is, the pool decides when it is there.
 */
export class Connector<C extends Poolable> {
  readonly #options: PoolOptions<C>;
  readonly #events: ConnectorEvents<C>;
  readonly #counters: Counters;
  readonly #abort = new AbortController();
  readonly backoff: Backoff;
  /** How many attempts are under way. */
  connecting = 0;

  constructor(options: PoolOptions<C>, counters: Counters, events: ConnectorEvents<C>) {
    this.#options = options;
    this.#counters = counters;
    this.#events = events;
    this.backoff = new Backoff(events.onRetry);
    setMaxListeners(0, this.#abort.signal); // each attempt listens for as long as it lasts
  }

  /** Whether another attempt may be made now. */
  get isReady(): boolean {
    return this.connecting < this.#options.maxConnecting && !this.backoff.isPausing;
  }

  /** @param epoch the pool's. */
  async start(epoch: number): Promise<void> {
    this.connecting += 1;
    const start = performance.now();
    let slot: Slot<C>;
    try {
      slot = new Slot(await this.#open(), epoch, this.#options.recycle);
    } catch (error) {
      const isTransient = error instanceof ConnectionFailed && error.isTransient;
      this.connecting -= 1;
      this.#counters.connectFailures += 1;
      if (isTransient) this.backoff.fail(error);
      this.#events.onFail(error, isTransient);
      return;
    }
    this.connecting -= 1; // in one go with what follows, so that the place is not given away between
    this.#counters.connects += 1;
    this.#counters.creations.record(performance.now() - start);
    this.backoff.reset();
    this.#events.onOpen(slot);
  }

  /** Gives up what is under way. */
  abort(): void {
    this.#abort.abort();
  }

  async #open(): Promise<C> {
    const { open, hooks, patience } = this.#options;
    const connection = await open(this.#abort.signal);
    try {
      await within(patience, connection, hooks.connect?.(connection));
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }
}
