import type { PoolStatus } from "../../errors.ts";
import type { CloseReason, Counters } from "./counters.ts";
import type { PooledLease } from "./lease.ts";
import { LinkedList } from "./linked-list.ts";
import type { PoolLimits, PoolOptions } from "./options.ts";
import type { Poolable } from "./poolable.ts";
import type { Slot } from "./slot.ts";

/**
 * Where the pool's connections are, how many there may be, and how they leave.
 *
 * A connection is in one place: `idle`, the slot of a lease in `lent`, or `asked`. How many there are is counted by these
 * and kept nowhere else, so that it cannot be wrong.
 */
export class Places<C extends Poolable> {
  readonly #options: PoolOptions<C>;
  readonly #counters: Counters;
  /** The longest idle first. */
  readonly idle = new LinkedList<Slot<C>>();
  /** The longest lent first. */
  readonly lent = new LinkedList<PooledLease<C>>();
  /** An idle connection that is being asked for a sign of life. */
  asked: Slot<C> | undefined;
  /** Connections that began to be opened in an earlier one are suspect. */
  epoch = 0;
  size = 0;
  /** Most connections that may exist. */
  limit = 0;
  /** Most connections that may be idle. */
  keep = 0;
  #farewells = 0;
  readonly #onGone: () => void;

  /** @param onGone called when a connection has been closed, and the server told. */
  constructor(options: PoolOptions<C>, counters: Counters, onGone: () => void) {
    this.#options = options;
    this.#counters = counters;
    this.#onGone = onGone;
    this.limitTo(options);
  }

  limitTo({ size, maxOverflow }: PoolLimits): void {
    this.size = size;
    this.keep = size === 0 ? Number.POSITIVE_INFINITY : size;
    this.limit = size === 0 || maxOverflow === -1 ? Number.POSITIVE_INFINITY : size + maxOverflow;
  }

  /** Connections that exist, leases whose connection is being replaced included. */
  get occupied(): number {
    return this.idle.size + this.lent.size + (this.asked === undefined ? 0 : 1);
  }

  /** Whether some are still being closed. */
  get isClosing(): boolean {
    return this.#farewells > 0;
  }

  /** The idle connection whose turn it is. */
  get nextIdle(): Slot<C> | undefined {
    return this.#options.lifo ? this.idle.last : this.idle.first;
  }

  status(open: number, waiting: number): PoolStatus {
    return {
      size: this.size,
      checkedIn: this.idle.size + (this.asked === undefined ? 0 : 1),
      checkedOut: this.lent.size,
      overflow: this.size === 0 ? 0 : Math.max(0, open - this.size),
      waiting,
    };
  }

  /** Makes every connection opened so far suspect. */
  invalidate(): void {
    this.epoch += 1;
    this.#counters.invalidations += 1;
  }

  /** Closes a connection, which must have left its place. */
  discard(slot: Slot<C>, reason: CloseReason): void {
    const { connection } = slot;
    // When one has died, its contemporaries are suspect; those opened since an earlier death was seen are not.
    if (reason === "lost" && slot.epoch === this.epoch) this.invalidate();
    this.#counters.closes[reason] += 1;
    if (reason === "lost" || reason === "invalidated") this.#tell("invalidate", connection);
    this.#tell("close", connection);
    void this.#close(connection);
  }

  async #close(connection: C): Promise<void> {
    this.#farewells += 1;
    try {
      await connection.close();
    } catch (error) {
      this.#options.logger.warn({ err: error }, "a connection could not be closed; its socket was destroyed");
      connection.destroy();
    }
    this.#farewells -= 1;
    this.#onGone();
  }

  #tell(hook: "invalidate" | "close", connection: C): void {
    try {
      this.#options.hooks[hook]?.(connection);
    } catch (error) {
      this.#options.logger.error({ err: error, hook }, "a hook of the pool failed");
    }
  }
}
