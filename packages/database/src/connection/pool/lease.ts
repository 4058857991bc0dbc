import { DefinitionError } from "../../errors.ts";
import type { Connection } from "../connection.ts";
import type { Link } from "./linked-list.ts";
import type { Poolable } from "./poolable.ts";
import type { Slot } from "./slot.ts";
import type { Waiter } from "./wait-queue.ts";

/** A connection on loan, to be given back once. */
export interface Lease<C extends Poolable = Connection> {
  /** Another one after `renew`. */
  readonly connection: C;
  /** Opened for this checkout and never used before. */
  readonly isFresh: boolean;
  /**
   * Replaces the connection, found dead before it was of use, by a newly opened one in the same place.
   *
   * @param signal aborting it ends the wait and the lease, and rejects with the signal's reason.
   * @throws what `Pool.checkout` throws when a connection has to be made and cannot. The lease is over then, and its place
   *   is free.
   */
  renew(signal?: AbortSignal): Promise<void>;
  /** The connection will be closed when it is returned. */
  invalidate(): void;
  /**
   * Takes the connection out of the pool for good; its place is free, and the caller closes it.
   *
   * @throws {DefinitionError} when the lease is over.
   */
  detach(): C;
  /**
   * Gives the connection back, after ending what was left open on it. Once; a second call does nothing. Never rejects.
   *
   * @returns a promise when there is something to wait for: a statement still under way, a reset.
   */
  release(): void | Promise<void>;
}

/** What a lease asks of its pool. */
export interface Lender<C extends Poolable> {
  renew(lease: PooledLease<C>, signal: AbortSignal | undefined): Promise<void>;
  detach(lease: PooledLease<C>): void;
  giveBack(lease: PooledLease<C>): void | Promise<void>;
}

/** One per checkout and not per connection, so that a stale owner cannot return what is the next owner's. */
export class PooledLease<C extends Poolable> implements Lease<C>, Link<PooledLease<C>> {
  previous: PooledLease<C> | undefined = undefined;
  next: PooledLease<C> | undefined = undefined;
  readonly #lender: Lender<C>;
  /** Where the connection goes back to. */
  slot: Slot<C>;
  isFresh: boolean;
  /** When it was lent, by `performance.now()`. */
  readonly since: number;
  /** The stack of the checkout, when leak detection is on. */
  readonly site: string | undefined;
  /** Set while the slot's connection is dead and another is waited for. */
  renewal: Waiter<Slot<C>> | undefined = undefined;
  isOver = false;
  isInvalid = false;
  isLeakReported = false;

  constructor(lender: Lender<C>, slot: Slot<C>, isFresh: boolean, since: number, site: string | undefined) {
    this.#lender = lender;
    this.slot = slot;
    this.isFresh = isFresh;
    this.since = since;
    this.site = site;
  }

  get connection(): C {
    return this.slot.connection;
  }

  async renew(signal?: AbortSignal): Promise<void> {
    this.#assertLent("renewed");
    await this.#lender.renew(this, signal);
  }

  invalidate(): void {
    this.isInvalid = true;
  }

  detach(): C {
    this.#assertLent("detached");
    this.#lender.detach(this);
    return this.connection;
  }

  release(): void | Promise<void> {
    if (!this.isOver) return this.#lender.giveBack(this);
  }

  #assertLent(verb: string): void {
    if (this.isOver) throw new DefinitionError(`The connection cannot be ${verb}: it has been returned.`);
    if (this.renewal !== undefined) throw new DefinitionError(`The connection cannot be ${verb} while it is renewed.`);
  }
}
