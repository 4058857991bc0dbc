import { PoolClosed, type PoolStatus, SettingsError } from "../../errors.ts";
import { milliseconds } from "../../seconds.ts";
import type { Connection } from "../connection.ts";
import type { PoolObservations } from "./advisor.ts";
import { Counters, type DurationListener, type PoolCounters, type PoolDurations } from "./counters.ts";
import { Exchange } from "./exchange.ts";
import { stackOf } from "./leaks.ts";
import type { Lease } from "./lease.ts";
import { Maintenance } from "./maintenance.ts";
import type { PoolLimits, PoolOptions } from "./options.ts";
import type { Poolable } from "./poolable.ts";

/**
 * Lends connections, with the options and the meaning of SQLAlchemy's QueuePool.
 *
 * Callers wait on the pool and not on a connect of their own: whatever comes free first, returned or newly opened, goes
 * to whoever has waited longest. The pool sends nothing at a checkout: the first flight is the ping, and `Lease.renew`
 * replaces a connection that fails it.
 */
export class Pool<C extends Poolable = Connection> {
  readonly #options: PoolOptions<C>;
  readonly #counters = new Counters();
  readonly #exchange: Exchange<C>;
  readonly #maintenance: Maintenance<C>;
  #closing: Promise<void> | undefined;

  /** Opens nothing yet. */
  constructor(options: PoolOptions<C>) {
    this.#options = options;
    this.#exchange = new Exchange(options, this.#counters, () => this.#maintenance.start());
    this.#maintenance = new Maintenance(this.#exchange, options, this.#counters);
  }

  /** What is there at this moment. */
  status(): PoolStatus {
    return this.#exchange.status();
  }

  /** What the pool has done since it was made. */
  counters(): PoolCounters {
    return this.#counters.snapshot();
  }

  /** How long waits, loans and connects took since it was made. */
  durations(): PoolDurations {
    return this.#counters.durations();
  }

  /** Tells a listener of each of them as it comes, which must not throw; returns what ends it. */
  observeDurations(listener: DurationListener): () => void {
    const ends = (["waits", "holds", "creations"] as const).map((kind) => {
      const { listeners } = this.#counters[kind];
      const own = (milliseconds: number): void => listener(kind, milliseconds);
      listeners.add(own);
      return () => listeners.delete(own);
    });
    return () => {
      for (const end of ends) end();
    };
  }

  /** What `advisePool` wants to know: what the pool has seen since it was made. */
  observations(): PoolObservations {
    return this.#counters.observations(this.#exchange.places.limit);
  }

  /**
   * Borrows a connection, opening one when none is idle and the limit allows.
   *
   * @param signal aborting it gives up the place in the queue and rejects with the signal's reason.
   * @throws {PoolTimeout} when none came free within `poolTimeout`; one that is being opened for the caller is waited for.
   * @throws {PoolClosed} after `close` began.
   * @throws {ConnectionFailed} when a connection had to be opened and could not: at once, or, when the reason may pass,
   *   after trying for `connectRetry` or `poolTimeout`, whichever is shorter.
   */
  checkout(signal?: AbortSignal): Promise<Lease<C>> {
    const exchange = this.#exchange;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (exchange.isClosed) return Promise.reject(new PoolClosed());
    const { lent } = exchange.places;
    const { waiters } = exchange.queues;
    const site = this.#options.leakThreshold > 0 ? stackOf(this.checkout) : undefined;
    this.#counters.demand.record(lent.size + waiters.size + 1);
    const now = performance.now();
    const slot = exchange.takeIdle(now);
    if (slot !== undefined) return Promise.resolve(exchange.lend(slot, false, now, site));
    return new Promise((resolve, reject) => {
      const waiter = waiters.join({ resolve, reject, signal, site, failuresBefore: this.#counters.connectFailures });
      exchange.dispatch();
      if (this.#options.timeout === 0 && !exchange.isInReach) {
        waiters.remove(waiter); // not by `abort`: nobody has given up
        waiter.reject(exchange.refusal(waiter));
        exchange.queues.rest();
      }
      exchange.queues.watch();
    });
  }

  /** Marks every connection opened so far for replacement: idle ones at their next checkout, lent ones on return. */
  invalidate(): void {
    this.#exchange.places.invalidate();
  }

  /**
   * Changes how many connections there may be. More room serves those who wait at once; with less, idle surplus is closed
   * now and lent surplus when it is returned.
   *
   * @throws {SettingsError} when a number is none that `poolSize` or `maxOverflow` accepts.
   */
  resize(limits: PoolLimits): void {
    const problems = [
      ...(Number.isInteger(limits.size) && limits.size >= 0 ? [] : ["size must be a whole number, at least 0"]),
      ...(Number.isInteger(limits.maxOverflow) && limits.maxOverflow >= -1
        ? []
        : ["maxOverflow must be a whole number, at least -1"]),
    ];
    if (problems.length > 0) throw new SettingsError(problems);
    this.#exchange.limitTo(limits);
  }

  /**
   * Opens connections until `count`, or as many as the pool keeps, are open.
   *
   * @throws what `checkout` throws when a connection cannot be opened.
   */
  async warmUp(count: number): Promise<void> {
    if (this.#exchange.isClosed) throw new PoolClosed();
    await this.#exchange.warmUp(count);
  }

  /**
   * Refuses new work, fails whoever waits, closes idle connections and waits for the lent ones; after `timeout` seconds
   * what still runs is cancelled, and a second later its sockets are destroyed. Infinity waits for as long as it takes. It
   * opens nothing. Called again, it waits for the first call.
   *
   * @throws {SettingsError} when the timeout is no number or negative; nothing is closed then.
   */
  async close(timeout: number): Promise<void> {
    const patience = milliseconds(timeout, "timeout");
    this.#closing ??= this.#close(patience);
    await this.#closing;
  }

  async #close(patience: number): Promise<void> {
    const { places, connector } = this.#exchange;
    this.#exchange.close();
    if (!(await this.#isDrained(patience))) {
      connector.abort();
      places.asked?.connection.destroy();
      for (const { connection } of places.lent) connection.cancel();
      if (!(await this.#isDrained(1000))) {
        for (const { connection } of places.lent) connection.destroy();
        await this.#isDrained(1000);
      }
    }
    this.#maintenance.stop();
  }

  /** @param patience milliseconds. */
  async #isDrained(patience: number): Promise<boolean> {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), patience);
      this.#exchange.onDrained = () => {
        clearTimeout(timer);
        resolve(true);
      };
      this.#exchange.checkDrained();
    });
  }
}
