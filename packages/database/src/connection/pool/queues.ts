import type { PooledLease } from "./lease.ts";
import type { Poolable } from "./poolable.ts";
import type { Slot } from "./slot.ts";
import { type Waiter, WaitQueue } from "./wait-queue.ts";

/** What somebody who waits for a lease gets; a promise while the checkout hook runs. */
export type Lent<C extends Poolable> = PooledLease<C> | Promise<PooledLease<C>>;

/** Anybody who waits. */
export type AnyWaiter = Pick<Waiter<unknown>, "since" | "failuresBefore" | "reject">;

/** What decides how long somebody may wait. Whoever came first stands at position 0, whichever queue they are in. */
export interface Patience {
  /** How many, counted from the first, have an attempt to connect under way; they wait for its end. */
  readonly spared: number;
  /** Seconds. It never falls from one to the next. */
  limitOf(waiter: AnyWaiter, position: number): number;
  /** Why somebody has waited in vain; they are out of their queue already. */
  refusal(waiter: AnyWaiter): Error;
  /** A caller of `checkout` has given up. */
  onAbort(): void;
}

/**
 * All who wait for a connection, each queue first come, first served. One timer serves them all: in each queue whoever
 * came first gives up first.
 */
export class Queues<C extends Poolable> {
  /** Leases whose connection was dead. They hold their places, and get new connections before anybody else. */
  readonly renewals: WaitQueue<Slot<C>>;
  /** Callers of `checkout`. */
  readonly waiters: WaitQueue<Lent<C>>;
  /** Those who want connections to be open, and none for themselves. */
  readonly warmers: WaitQueue<void>;
  readonly #patience: Patience;
  #alarm: NodeJS.Timeout | undefined;

  constructor(patience: Patience) {
    this.#patience = patience;
    this.renewals = new WaitQueue(() => this.rest());
    this.warmers = new WaitQueue(() => this.rest());
    this.waiters = new WaitQueue(() => {
      patience.onAbort();
      this.rest();
    });
  }

  /** How many connections are waited for. */
  get wanted(): number {
    return this.renewals.size + this.waiters.size + this.warmers.size;
  }

  /** In the order in which new connections are given to them. */
  get #inTurn(): readonly WaitQueue<never>[] {
    return [this.renewals, this.waiters, this.warmers] as readonly WaitQueue<unknown>[] as readonly WaitQueue<never>[];
  }

  /** To be called when somebody has joined. */
  watch(): void {
    if (this.#alarm === undefined) this.expire();
  }

  /** To be called when somebody has left: a timer for nobody would keep the process alive. */
  rest(): void {
    if (this.#alarm === undefined || this.wanted > 0) return;
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
  }

  /** Refuses those who have waited for too long, and sets the timer for the next. */
  expire(): void {
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    const now = performance.now();
    const spared = this.#patience.spared;
    let next = Number.POSITIVE_INFINITY;
    let ahead = 0;
    for (const queue of this.#inTurn) {
      let position = ahead - 1;
      ahead += queue.size;
      for (const waiter of queue) {
        position += 1;
        if (position < spared) continue;
        const deadline = waiter.since + this.#patience.limitOf(waiter, position) * 1000;
        if (deadline > now) {
          next = Math.min(next, deadline);
          break;
        }
        queue.remove(waiter);
        waiter.reject(this.#patience.refusal(waiter));
      }
    }
    if (next !== Number.POSITIVE_INFINITY) this.#alarm = setTimeout(() => this.expire(), Math.ceil(next - now));
  }

  /** Fails whoever is first. @returns whether there was somebody. */
  rejectFirst(error: unknown): boolean {
    const waiter = this.renewals.shift() ?? this.waiters.shift() ?? this.warmers.shift();
    waiter?.reject(error);
    this.rest();
    return waiter !== undefined;
  }

  rejectAll(error: () => Error): void {
    for (const queue of this.#inTurn) queue.rejectAll(error);
    this.rest();
  }
}
