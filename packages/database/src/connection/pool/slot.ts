import type { CloseReason } from "./counters.ts";
import type { Link } from "./linked-list.ts";
import type { Poolable } from "./poolable.ts";

/**
 * How much shorter than `recycle` a connection's life may be, so that those opened together do not all die together:
 * HikariCP's variance of maxLifetime, which also leaves short lives alone.
 */
const JITTER = 0.1;
const SHORT_LIFE = 10;

/** A connection's place in the pool. */
export class Slot<C extends Poolable> implements Link<Slot<C>> {
  previous: Slot<C> | undefined = undefined;
  next: Slot<C> | undefined = undefined;
  readonly connection: C;
  /** The pool's epoch when the connection began to be opened; older than the pool's: to be replaced. */
  readonly epoch: number;
  /** When it has passed its recycle age, by `performance.now()`. */
  readonly #expiresAt: number;
  /** When it was last returned, or opened. */
  idleSince: number;
  /** When it last gave a sign of life. */
  aliveAt: number;

  /** @param recycle seconds; negative: never. */
  constructor(connection: C, epoch: number, recycle: number) {
    const now = performance.now();
    this.connection = connection;
    this.epoch = epoch;
    this.idleSince = now;
    this.aliveAt = now;
    const age = Date.now() - connection.openedAt;
    this.#expiresAt = recycle < 0 ? Number.POSITIVE_INFINITY : now - age + lifetime(recycle) * 1000;
  }

  /** Why the connection must not be lent again; undefined: it may. */
  unfitness(epoch: number, now: number): CloseReason | undefined {
    if (this.connection.isLost) return "lost";
    if (this.epoch !== epoch) return "invalidated";
    if (now > this.#expiresAt) return "recycled";
    return undefined;
  }
}

function lifetime(recycle: number): number {
  return recycle > SHORT_LIFE ? recycle * (1 - Math.random() * JITTER) : recycle;
}
