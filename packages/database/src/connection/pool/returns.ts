import { DefinitionError, PoolClosed } from "../../errors.ts";
import type { CloseReason, Counters } from "./counters.ts";
import type { Exchange } from "./exchange.ts";
import type { Lender, PooledLease } from "./lease.ts";
import type { PoolOptions } from "./options.ts";
import type { Poolable } from "./poolable.ts";
import { needsReset, reset } from "./reset.ts";

/** The ways in which a lease ends, or gets another connection. */
export class Returns<C extends Poolable> implements Lender<C> {
  readonly #options: PoolOptions<C>;
  readonly #counters: Counters;
  readonly #exchange: Exchange<C>;

  constructor(options: PoolOptions<C>, counters: Counters, exchange: Exchange<C>) {
    this.#options = options;
    this.#counters = counters;
    this.#exchange = exchange;
  }

  giveBack(lease: PooledLease<C>): void | Promise<void> {
    if (lease.renewal !== undefined) return this.#withdraw(lease);
    lease.isOver = true;
    if (!lease.isInvalid && needsReset(lease.connection, this.#options)) return this.#reset(lease);
    this.#checkin(lease);
  }

  detach(lease: PooledLease<C>): void {
    this.#end(lease);
    this.#counters.detached += 1;
    this.#exchange.dispatch();
  }

  renew(lease: PooledLease<C>, signal: AbortSignal | undefined): Promise<void> {
    const { places, queues, isClosed } = this.#exchange;
    this.#counters.renewals += 1;
    places.discard(lease.slot, lease.connection.isLost ? "lost" : "invalidated");
    return new Promise((resolve, reject) => {
      lease.renewal = queues.renewals.join({
        signal,
        failuresBefore: this.#counters.connectFailures,
        resolve: (slot) => {
          lease.renewal = undefined;
          lease.slot = slot;
          lease.isFresh = true;
          resolve(this.#options.hooks.checkout === undefined ? undefined : this.#exchange.greet(lease).then(() => {}));
        },
        reject: (reason) => {
          this.#end(lease);
          reject(reason);
        },
      });
      if (signal?.aborted) queues.renewals.abort(lease.renewal, signal.reason);
      else if (isClosed) queues.renewals.abort(lease.renewal, new PoolClosed());
      this.#exchange.dispatch();
      queues.watch();
    });
  }

  /** Its owner has no use for the connection that it waits for. */
  #withdraw(lease: PooledLease<C>): void {
    const { renewals } = this.#exchange.queues;
    renewals.abort(lease.renewal!, new DefinitionError("The connection was returned while it was being renewed."));
  }

  async #reset(lease: PooledLease<C>): Promise<void> {
    try {
      await reset(lease.connection, this.#options);
      this.#checkin(lease);
    } catch (error) {
      this.#options.logger.warn({ err: error }, "what was left open on a connection could not be ended; closed");
      this.#checkin(lease, "reset");
    }
  }

  /** @param objection why the connection must not be lent again, if that is known. */
  #checkin(lease: PooledLease<C>, objection?: CloseReason): void {
    const { slot, connection } = lease;
    const now = performance.now();
    // What was asked for may be a standby; who connects now finds one, if there is one.
    if (connection.hasNewRole && slot.epoch === this.#exchange.places.epoch) this.#exchange.places.invalidate();
    this.#end(lease);
    this.#counters.holds.record(now - lease.since);
    const reason = connection.isLost
      ? "lost"
      : lease.isInvalid
        ? "invalidated"
        : (objection ?? this.#refusal(connection));
    if (reason === undefined) {
      slot.idleSince = now;
      slot.aliveAt = now;
      this.#exchange.place(slot, "returned");
    } else {
      this.#exchange.places.discard(slot, reason);
      this.#exchange.dispatch();
    }
  }

  /** What the checkin hook has against a connection. */
  #refusal(connection: C): CloseReason | undefined {
    try {
      this.#options.hooks.checkin?.(connection);
      return undefined;
    } catch (error) {
      this.#options.logger.error({ err: error, hook: "checkin" }, "a hook of the pool failed");
      return "hook";
    }
  }

  #end(lease: PooledLease<C>): void {
    lease.isOver = true;
    lease.renewal = undefined;
    this.#exchange.places.lent.remove(lease);
  }
}
