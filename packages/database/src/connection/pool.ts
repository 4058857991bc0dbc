import { ConnectionLost, PoolClosed, type PoolStatus, PoolTimeout } from "../errors.ts";
import type { Connection } from "./connection.ts";

export interface PoolOptions {
  /** Connections kept; 0: no limit. */
  readonly size: number;
  /** Connections beyond `size`, closed when returned; -1: no limit. */
  readonly maxOverflow: number;
  /** Seconds to wait in the queue; 0 fails at once. */
  readonly timeout: number;
  /** Seconds after which a connection is replaced at its next checkout; -1: never. */
  readonly recycle: number;
  /** Test an idle connection before handing it out. */
  readonly prePing: boolean;
  /** Seconds after which a connection that does not answer a ping or a rollback counts as dead. */
  readonly patience: number;
  readonly open: () => Promise<Connection>;
}

/** A connection on loan. */
export interface Lease {
  readonly connection: Connection;
  /**
   * Gives the connection back, once; a second call does nothing.
   *
   * @param dirty a transaction is open: roll it back first; when that fails the connection is discarded.
   */
  release(dirty: boolean): Promise<void>;
}

interface Slot {
  readonly connection: Connection;
  /** The pool's epoch when the connection was opened; older than the pool's: to be replaced. */
  readonly epoch: number;
}

interface Waiter {
  resolve(lease: Lease): void;
  reject(error: unknown): void;
  timer: NodeJS.Timeout | undefined;
  settled: boolean;
}

/**
 * Lends connections, with the options and the meaning of SQLAlchemy's QueuePool.
 *
 * Callers wait on the pool and not on a connect of their own: whatever comes free first, returned or newly opened, goes
 * to whoever has waited longest. Idle connections are lent last-in first-out, so that surplus ones stay idle and age.
 *
 * Invariants: `#open` counts every connection that exists or is being made, and never exceeds the limit; a connection
 * is in exactly one of `#idle`, `#lent`, `#testing`, or being made.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #limit: number;
  readonly #idle: Slot[] = [];
  readonly #lent = new Set<Slot>();
  /** Idle ones that a waiter is about to get, if they answer. */
  readonly #testing = new Set<Connection>();
  readonly #queue: Waiter[] = [];
  #open = 0;
  #connecting = 0;
  #epoch = 0;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    const unlimited = options.size === 0 || options.maxOverflow === -1;
    this.#limit = unlimited ? Number.POSITIVE_INFINITY : options.size + options.maxOverflow;
  }

  status(): PoolStatus {
    const { size } = this.#options;
    return {
      size,
      checkedIn: this.#idle.length,
      checkedOut: this.#lent.size,
      overflow: size === 0 ? 0 : Math.max(0, this.#open - size),
      waiting: this.#queue.length,
    };
  }

  /**
   * Borrows a connection, opening one when none is idle and the limit allows.
   *
   * @param signal aborting it gives up the place in the queue and rejects with the signal's reason.
   * @throws {PoolTimeout} when none came free in time. @throws {PoolClosed} after `close` began.
   * @throws {ConnectionFailed} when a connection had to be made and could not.
   */
  async checkout(signal?: AbortSignal): Promise<Lease> {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw new PoolClosed();
    return await new Promise<Lease>((resolve, reject) => {
      const settle = (): void => {
        waiter.settled = true;
        clearTimeout(waiter.timer);
        signal?.removeEventListener("abort", abort);
      };
      const waiter: Waiter = {
        settled: false,
        timer: undefined,
        resolve: (lease) => {
          settle();
          resolve(lease);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const abort = (): void => {
        this.#forget(waiter);
        waiter.reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#queue.push(waiter);
      this.#dispatch();
      if (waiter.settled || !this.#queue.includes(waiter)) return;
      if (this.#options.timeout > 0) {
        waiter.timer = setTimeout(() => this.#expire(waiter), this.#options.timeout * 1000);
      } else {
        this.#expire(waiter);
      }
    });
  }

  /** Marks every connection opened so far for replacement: idle ones at their next checkout, lent ones on return. */
  invalidate(): void {
    this.#epoch += 1;
  }

  /**
   * Refuses new work, fails whoever waits, closes idle connections and waits for the lent ones; after `timeout` seconds
   * what still runs is cancelled, and a second later its sockets are destroyed. Called again, it waits for the first call.
   */
  close(timeout: number): Promise<void> {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  async #close(timeout: number): Promise<void> {
    await Promise.resolve(); // so that #closing is set, and what this wakes up sees it
    for (const waiter of this.#queue.splice(0)) waiter.reject(new PoolClosed());
    const idle = this.#idle.splice(0);
    this.#open -= idle.length;
    await Promise.all(idle.map((slot) => slot.connection.close()));
    if (await this.#isDrained(timeout)) return;
    for (const connection of this.#testing) connection.destroy();
    for (const { connection } of this.#lent) connection.cancel();
    if (await this.#isDrained(1)) return;
    for (const { connection } of this.#lent) connection.destroy();
    await this.#isDrained(1);
  }

  async #isDrained(timeout: number): Promise<boolean> {
    if (this.#open === 0) return true;
    return await new Promise((resolve) => {
      const timer = timeout === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => resolve(false), timeout * 1000);
      this.#drained = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  /** Serves waiters from idle connections, and starts as many connects as there are waiters without one. */
  #dispatch(): void {
    while (this.#queue.length > 0) {
      const slot = this.#idle.pop();
      if (slot !== undefined) {
        void this.#serve(this.#queue.shift()!, slot);
      } else if (this.#connecting < this.#queue.length && this.#open < this.#limit) {
        void this.#connect();
      } else {
        return;
      }
    }
  }

  async #connect(): Promise<void> {
    this.#open += 1;
    this.#connecting += 1;
    const epoch = this.#epoch;
    try {
      const connection = await this.#options.open();
      this.#connecting -= 1;
      this.#handOver({ connection, epoch });
    } catch (error) {
      this.#connecting -= 1;
      this.#vanish();
      this.#queue.shift()?.reject(error);
      this.#dispatch();
    }
  }

  /** Lends an idle connection to a waiter, after making sure that it works. */
  async #serve(waiter: Waiter, slot: Slot): Promise<void> {
    try {
      const usable = await this.#refresh(slot);
      if (waiter.settled) this.#handOver(usable);
      else this.#lend(waiter, usable);
    } catch (error) {
      void slot.connection.close();
      this.#vanish();
      waiter.reject(error);
      this.#dispatch();
    }
  }

  /** The slot itself, or one with a new connection in its place when it is dead, too old or marked for replacement. */
  async #refresh(slot: Slot): Promise<Slot> {
    const { connection } = slot;
    if (!this.#isStale(slot) && (!this.#options.prePing || (await this.#answers(slot)))) return slot;
    void connection.close();
    if (this.#closing !== undefined) throw new PoolClosed();
    const epoch = this.#epoch;
    return { connection: await this.#options.open(), epoch };
  }

  #isStale({ connection, epoch }: Slot): boolean {
    const { recycle } = this.#options;
    const expired = recycle >= 0 && Date.now() - connection.openedAt > recycle * 1000;
    return connection.isLost || epoch < this.#epoch || expired;
  }

  /** Pre-ping. A dead connection tells that its contemporaries are likely dead too; any other error propagates. */
  async #answers(slot: Slot): Promise<boolean> {
    const { connection } = slot;
    this.#testing.add(connection);
    try {
      await within(this.#options.patience, connection, "select 1");
      return true;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      this.#invalidateWith(slot);
      return false;
    } finally {
      this.#testing.delete(connection);
    }
  }

  /** A connection died: its contemporaries are suspect, those opened since an earlier death was seen are not. */
  #invalidateWith(slot: Slot): void {
    if (slot.epoch === this.#epoch) this.invalidate();
  }

  #lend(waiter: Waiter, slot: Slot): void {
    this.#lent.add(slot);
    let released = false;
    waiter.resolve({
      connection: slot.connection,
      release: async (dirty) => {
        if (released) return;
        released = true;
        const clean = !dirty || (await this.#rollback(slot.connection));
        this.#lent.delete(slot);
        if (slot.connection.isLost) this.#invalidateWith(slot);
        if (clean && !this.#isStale(slot)) {
          this.#handOver(slot);
        } else {
          void slot.connection.close();
          this.#vanish();
          this.#dispatch();
        }
      },
    });
  }

  /** A working connection has come free: to the first waiter, else to the idle ones, else it is surplus. */
  #handOver(slot: Slot): void {
    const { size } = this.#options;
    const waiter = this.#queue.shift();
    if (waiter !== undefined) {
      this.#lend(waiter, slot);
    } else if (this.#closing === undefined && (size === 0 || this.#idle.length < size)) {
      this.#idle.push(slot);
    } else {
      void slot.connection.close();
      this.#vanish();
    }
  }

  async #rollback(connection: Connection): Promise<boolean> {
    try {
      await within(this.#options.patience, connection, "rollback");
      return true;
    } catch {
      return false;
    }
  }

  #vanish(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#drained?.();
  }

  #expire(waiter: Waiter): void {
    // The first in the queue have a connect under way, which DB_CONNECT_TIMEOUT bounds; the timeout is the queue's.
    if (this.#queue.indexOf(waiter) < this.#connecting) return;
    this.#forget(waiter);
    waiter.reject(new PoolTimeout(this.#options.timeout, this.#limit, this.status()));
  }

  #forget(waiter: Waiter): void {
    const place = this.#queue.indexOf(waiter);
    if (place !== -1) this.#queue.splice(place, 1);
  }
}

/** Runs a statement; a connection that does not answer within `seconds` is destroyed, and so lost. */
async function within(seconds: number, connection: Connection, text: string): Promise<void> {
  const timer = setTimeout(() => connection.destroy(), seconds * 1000);
  try {
    await connection.query(text);
  } finally {
    clearTimeout(timer);
  }
}
