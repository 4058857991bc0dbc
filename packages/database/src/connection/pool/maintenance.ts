import type { Counters } from "./counters.ts";
import type { Exchange } from "./exchange.ts";
import { reportLeaks } from "./leaks.ts";
import type { PoolOptions } from "./options.ts";
import type { Places } from "./places.ts";
import { type Poolable, within } from "./poolable.ts";
import type { Slot } from "./slot.ts";

/** Milliseconds. */
const PERIOD = 1000;

/**
 * The pool's housekeeping, once a second while anything is open: it closes what is dead, too old, or idle for too long
 * beyond `minIdle`; opens what `minIdle` misses; asks idle connections for a sign of life; lets lent ones check theirs;
 * and reports those that have been held for too long. It keeps no process alive.
 */
export class Maintenance<C extends Poolable> {
  readonly #exchange: Exchange<C>;
  readonly #places: Places<C>;
  readonly #options: PoolOptions<C>;
  readonly #counters: Counters;
  #timer: NodeJS.Timeout | undefined;

  constructor(exchange: Exchange<C>, options: PoolOptions<C>, counters: Counters) {
    this.#exchange = exchange;
    this.#places = exchange.places;
    this.#options = options;
    this.#counters = counters;
  }

  /** Does nothing when it runs already. */
  start(): void {
    this.#timer ??= setInterval(() => this.#run(), PERIOD).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #run(): void {
    if (this.#exchange.isDeserted) {
      this.stop();
      return;
    }
    const { lent } = this.#places;
    for (const lease of lent) if (lease.renewal === undefined) lease.connection.checkPulse();
    const { leakThreshold, logger } = this.#options;
    if (leakThreshold > 0) this.#counters.leaks += reportLeaks(lent, leakThreshold, logger);
    this.#sweep(performance.now());
    this.#exchange.refill();
    void this.#keepAlive();
  }

  #sweep(now: number): void {
    const { idle } = this.#places;
    const { idleTimeout, minIdle } = this.#options;
    const isUnused = (slot: Slot<C>): boolean =>
      idleTimeout > 0 && idle.size > minIdle && now - slot.idleSince >= idleTimeout * 1000;
    for (const slot of idle) {
      const reason = slot.unfitness(this.#places.epoch, now) ?? (isUnused(slot) ? "idle" : undefined);
      if (reason === undefined) continue;
      idle.remove(slot);
      this.#places.discard(slot, reason);
    }
  }

  async #keepAlive(): Promise<void> {
    if (this.#places.asked !== undefined || this.#options.keepalive === 0) return;
    for (let slot = this.#silent(); slot !== undefined; slot = this.#silent()) await this.#ask(slot);
  }

  #silent(): Slot<C> | undefined {
    const { idle, epoch } = this.#places;
    const now = performance.now();
    const before = now - this.#options.keepalive * 1000;
    for (const slot of idle) if (slot.aliveAt <= before && slot.unfitness(epoch, now) === undefined) return slot;
    return undefined;
  }

  /** One at a time, so that the others can be lent. */
  async #ask(slot: Slot<C>): Promise<void> {
    const { connection } = slot;
    this.#places.idle.remove(slot);
    this.#places.asked = slot;
    this.#counters.keepalives += 1;
    const failure = await within(this.#options.patience, connection, connection.query("select 1")).then(
      () => undefined,
      (error: unknown) => ({ err: error }),
    );
    this.#places.asked = undefined;
    if (failure === undefined) {
      slot.aliveAt = performance.now();
      this.#exchange.place(slot, "asked");
    } else {
      this.#options.logger.warn(failure, "an idle connection gave no sign of life; closed");
      this.#places.discard(slot, connection.isLost ? "lost" : "reset");
      this.#exchange.refill();
    }
  }
}
