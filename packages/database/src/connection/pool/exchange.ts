import { ConnectionFailed, PoolClosed, type PoolStatus, PoolTimeout } from "../../errors.ts";
import { Connector } from "./connector.ts";
import type { Counters } from "./counters.ts";
import { type Lender, PooledLease } from "./lease.ts";
import type { PoolLimits, PoolOptions } from "./options.ts";
import { Places } from "./places.ts";
import { type Poolable, within } from "./poolable.ts";
import { type AnyWaiter, type Lent, Queues } from "./queues.ts";
import { Returns } from "./returns.ts";
import type { Slot } from "./slot.ts";

/** Where a connection comes from that is to be given to somebody. */
export type Origin = "opened" | "returned" | "asked";

/**
 * Where connections meet those who wait for them.
 *
 * How it can go wrong: a step that awaits while a connection is in no place, so that the limit is exceeded or somebody
 * waits beside a free place. So each step takes a connection from one place to the next, or to its end, without an await
 * between, and then calls `dispatch`.
 */
export class Exchange<C extends Poolable> {
  readonly #options: PoolOptions<C>;
  readonly #counters: Counters;
  readonly #lender: Lender<C>;
  readonly #onOpening: () => void;
  readonly places: Places<C>;
  readonly queues: Queues<C>;
  readonly connector: Connector<C>;
  isClosed = false;
  /** Called when nothing is open any more after `isClosed` was set. */
  onDrained: (() => void) | undefined;

  /** @param onOpening called before a connection is opened. */
  constructor(options: PoolOptions<C>, counters: Counters, onOpening: () => void) {
    this.#options = options;
    this.#counters = counters;
    this.#lender = new Returns(options, counters, this);
    this.#onOpening = onOpening;
    this.places = new Places(options, counters, () => this.checkDrained());
    const connector = new Connector(options, counters, {
      onOpen: (slot) => this.place(slot, "opened"),
      onFail: (error, isTransient) => this.#onFail(error, isTransient),
      onRetry: () => (this.queues.wanted === 0 ? connector.backoff.reset() : this.dispatch()),
    });
    this.connector = connector;
    this.queues = new Queues({
      get spared() {
        return connector.connecting;
      },
      limitOf: (waiter, position) => this.#limitOf(waiter, position),
      refusal: (waiter) => this.refusal(waiter),
      onAbort: () => {
        counters.aborts += 1;
      },
    });
  }

  status(): PoolStatus {
    return this.places.status(this.open, this.queues.waiters.size);
  }

  /** Connections that exist or are being made. A lease that waits for a new one has its place already. */
  get open(): number {
    return this.places.occupied + Math.max(0, this.connector.connecting - this.queues.renewals.size);
  }

  /** How many of those who wait, counted from the first, new connections are being made for or could be. */
  get #reach(): number {
    const covered = Math.max(this.connector.connecting, this.queues.renewals.size);
    return covered + Math.max(0, this.places.limit - this.open);
  }

  /** Whether nobody who waits now does so for a connection that only its owner can free. */
  get isInReach(): boolean {
    return this.queues.renewals.size + this.queues.waiters.size <= this.#reach;
  }

  /**
   * Opens connections for those who wait, as far as the limits allow. What is idle is not for them: somebody waits only
   * while none is idle that may be lent, and what comes free goes to them before it can be idle.
   */
  dispatch(): void {
    if (this.isClosed) {
      this.checkDrained();
      return;
    }
    const { renewals, warmers } = this.queues;
    while (this.connector.isReady && this.connector.connecting < this.queues.wanted) {
      if (this.connector.connecting >= renewals.size && !this.#makeRoom()) break;
      this.#onOpening();
      void this.connector.start(this.places.epoch);
    }
    if (this.connector.connecting === 0 && this.open >= this.places.limit) {
      for (let warmer = warmers.shift(); warmer !== undefined; warmer = warmers.shift()) warmer.resolve();
    }
    this.queues.rest();
  }

  /** Gives a connection that has just left its place to whoever is first; else it is kept; else it is closed. */
  place(slot: Slot<C>, origin: Origin): void {
    const { idle, keep, limit, epoch } = this.places;
    const { renewals, waiters, warmers, wanted } = this.queues;
    const now = performance.now();
    const isFresh = origin === "opened";
    // One that was too old or lost as soon as it was open would be followed by others without end.
    const unfitness = isFresh ? (slot.epoch === epoch ? undefined : "invalidated") : slot.unfitness(epoch, now);
    if (this.isClosed) this.places.discard(slot, "closed");
    else if (unfitness !== undefined) this.places.discard(slot, unfitness);
    else if (isFresh && renewals.size > 0) renewals.shift()!.resolve(slot);
    else if (this.open >= limit) this.places.discard(slot, "surplus");
    else if (waiters.size > 0) this.#serve(slot, isFresh, now);
    else {
      if (idle.size >= keep) this.places.discard(slot, "surplus");
      else if (origin === "asked") idle.unshift(slot);
      else idle.push(slot);
      if (isFresh) warmers.shift()?.resolve();
    }
    if (wanted > 0 || this.isClosed) this.dispatch();
  }

  /** Writes a connection, which must have left its place, down as lent. */
  lend(slot: Slot<C>, isFresh: boolean, now: number, site: string | undefined): Lent<C> {
    const { lent } = this.places;
    const lease = new PooledLease(this.#lender, slot, isFresh, now, site);
    lent.push(lease);
    this.#counters.checkouts += 1;
    if (lent.size > this.#counters.mostLent) this.#counters.mostLent = lent.size;
    return this.#options.hooks.checkout === undefined ? lease : this.greet(lease);
  }

  /** Runs the checkout hook. @throws what it throws; the lease is over then. */
  async greet(lease: PooledLease<C>): Promise<PooledLease<C>> {
    try {
      const { connection } = lease;
      await within(this.#options.patience, connection, this.#options.hooks.checkout?.(connection));
      return lease;
    } catch (error) {
      lease.isOver = true;
      this.places.lent.remove(lease);
      this.places.discard(lease.slot, lease.connection.isLost ? "lost" : "hook");
      this.dispatch();
      throw error;
    }
  }

  /** Takes the idle connection whose turn it is among those that may be lent. */
  takeIdle(now: number): Slot<C> | undefined {
    const { idle, nextIdle, epoch } = this.places;
    for (let slot = nextIdle; slot !== undefined; slot = this.#options.lifo ? slot.previous : slot.next) {
      if (slot.unfitness(epoch, now) !== undefined) continue;
      idle.remove(slot);
      return slot;
    }
    return undefined;
  }

  /** Why somebody who waits in vain does so. */
  refusal(waiter: AnyWaiter): Error {
    const { failure } = this.connector.backoff;
    const { places, connector } = this;
    const seconds = (performance.now() - waiter.since) / 1000;
    if (failure instanceof ConnectionFailed) {
      const tried = this.#counters.connectFailures - waiter.failuresBefore;
      const times = tried === 0 ? "not tried again" : `tried ${tried === 1 ? "once" : `${tried} times`}`;
      const { host, port, reason, isTransient, sqlState } = failure;
      const facts = { host, port, reason, isTransient, sqlState };
      return new ConnectionFailed(`${failure.message} It was ${times} in ${seconds.toFixed(1)} s.`, facts, {
        cause: failure.cause,
      });
    }
    this.#counters.timeouts += 1;
    const holder = places.lent.first;
    return new PoolTimeout({
      timeout: this.#options.timeout,
      limit: places.limit,
      status: this.status(),
      connecting: connector.connecting,
      longestHold: holder === undefined ? undefined : (performance.now() - holder.since) / 1000,
      longestHolder: holder?.site,
    });
  }

  /** More room serves those who wait at once; with less, idle surplus goes at once. */
  limitTo(limits: PoolLimits): void {
    const { places } = this;
    places.limitTo(limits);
    while (places.idle.size > 0 && (this.open > places.limit || places.idle.size > places.keep)) {
      places.discard(places.idle.shift()!, "surplus");
    }
    this.dispatch();
  }

  /** Opens connections until `count`, or as many as may be idle, are open. @throws as a checkout does. */
  async warmUp(count: number): Promise<void> {
    const coming = Math.max(this.connector.connecting - this.queues.renewals.size, this.queues.warmers.size);
    await this.#warm(Math.min(count, this.places.keep) - this.places.occupied - coming);
  }

  /** After connections have gone that nobody returned: opens what those who wait need, and what `minIdle` misses. */
  refill(): void {
    this.dispatch();
    if (this.isClosed) return;
    const { idle, asked, keep } = this.places;
    const present = idle.size + (asked === undefined ? 0 : 1) + this.queues.warmers.size;
    this.#warm(Math.min(this.#options.minIdle, keep) - present).catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, "the pool could not open the connections of minIdle");
    });
  }

  /** Whether nothing is open and nothing is to be opened. */
  get isDeserted(): boolean {
    return this.open === 0 && this.queues.wanted === 0 && (this.isClosed || this.#options.minIdle === 0);
  }

  /** Refuses everybody and closes what is idle; the rest is closed as it comes. */
  close(): void {
    const { idle } = this.places;
    this.isClosed = true;
    this.connector.backoff.reset();
    this.queues.rejectAll(() => new PoolClosed());
    for (let slot = idle.shift(); slot !== undefined; slot = idle.shift()) this.places.discard(slot, "closed");
  }

  checkDrained(): void {
    if (this.isClosed && this.open === 0 && !this.places.isClosing) this.onDrained?.();
  }

  async #warm(count: number): Promise<void> {
    if (count <= 0) return;
    const failuresBefore = this.#counters.connectFailures;
    const opened = Array.from(
      { length: count },
      () =>
        new Promise<void>((resolve, reject) => {
          this.queues.warmers.join({ resolve, reject, failuresBefore });
        }),
    );
    this.dispatch();
    this.queues.watch();
    const failed = (await Promise.allSettled(opened)).find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  #serve(slot: Slot<C>, isFresh: boolean, now: number): void {
    const waiter = this.queues.waiters.shift()!;
    this.#counters.waits.record(now - waiter.since);
    waiter.resolve(this.lend(slot, isFresh, now, waiter.site));
  }

  /** Whether one more connection may be opened. For somebody who waits, an idle one that is unfit makes room. */
  #makeRoom(): boolean {
    const { nextIdle, idle, epoch } = this.places;
    const now = performance.now();
    const unfitness = this.queues.waiters.size > 0 ? nextIdle?.unfitness(epoch, now) : undefined;
    if (nextIdle !== undefined && unfitness !== undefined) {
      idle.remove(nextIdle);
      this.places.discard(nextIdle, unfitness);
    }
    return this.open < this.places.limit;
  }

  #onFail(error: unknown, isTransient: boolean): void {
    if (!this.isClosed) {
      if (isTransient) this.queues.expire();
      else if (!this.queues.rejectFirst(error)) {
        this.#options.logger.warn({ err: error }, "a connection that nobody waits for any more could not be opened");
      }
    }
    this.dispatch();
  }

  #limitOf({ failuresBefore }: AnyWaiter, position: number): number {
    const { timeout, connectRetry, patience } = this.#options;
    // What is lent may still be returned to those whom no new connection could reach.
    const reach = this.places.lent.size === this.queues.renewals.size ? Number.POSITIVE_INFINITY : this.#reach;
    const isOutage = this.connector.backoff.failure !== undefined && this.#counters.connectFailures > failuresBefore;
    if (isOutage && position < reach) return Math.min(timeout, connectRetry);
    return timeout === 0 ? patience : timeout;
  }
}
