import type { Flown, Step } from "../connection/flight.ts";
import type { Lease } from "../connection/pool/lease.ts";
import {
  ConnectionFailed,
  ConnectionLost,
  type DatabaseError,
  DataError,
  QueryCanceled,
  StatementFailed,
} from "../errors.ts";
import { type Position, positionOf } from "../replicas/position.ts";
import type { Replica } from "../replicas/replica.ts";
import type { Replicas } from "../replicas/replicas.ts";
import type { Borrowed, ConnectionSource } from "./autocommit.ts";

/**
 * Where one read-only session reads: a replica that has what the session's token asks for, and the same one always, so that
 * the session never sees the database as it was before; or the primary, from when the replica could not serve.
 */
export class ReadingHost implements ConnectionSource {
  readonly #primary: ConnectionSource;
  readonly #replicas: Replicas;
  readonly #needed: Position | undefined;
  /** The one that the session began on. */
  #replica: Replica | undefined;
  #isAtPrimary = false;

  constructor(primary: ConnectionSource, replicas: Replicas, token: string | undefined) {
    this.#primary = primary;
    this.#replicas = replicas;
    this.#needed = token === undefined ? undefined : positionOf(token);
  }

  checkout(signal?: AbortSignal): Promise<Borrowed> {
    if (!this.#isAtPrimary) this.#replica ??= this.#replicas.choose();
    if (!this.#isAtPrimary && this.#replica !== undefined) return this.#checkout(this.#replica, signal);
    this.#isAtPrimary = true;
    return this.#primary.checkout(signal);
  }

  invalidate(): void {
    this.#primary.invalidate();
  }

  async #checkout(replica: Replica, signal: AbortSignal | undefined): Promise<Borrowed> {
    const lease = replica.isUp ? await this.#lease(replica, signal) : undefined;
    if (lease !== undefined) return new ReadingLease(lease, replica, () => this.#leave(replica, signal));
    return await this.#leave(replica, signal);
  }

  /** From now on the session reads from the primary. */
  #leave(replica: Replica, signal: AbortSignal | undefined): Promise<Borrowed> {
    replica.fallbacks += 1;
    this.#isAtPrimary = true;
    return this.#primary.checkout(signal);
  }

  /** A connection to the replica; undefined: it cannot serve this session. */
  async #lease(replica: Replica, signal: AbortSignal | undefined): Promise<Lease | undefined> {
    const work = replica.pool.checkout(signal);
    try {
      const lease = await replica.unlessDown(work);
      if (lease === undefined || this.#needed === undefined || (await hasReached(replica, this.#needed, lease))) {
        if (lease === undefined) giveBackLater(work);
        return lease;
      }
    } catch (error) {
      if (!isGone(error)) throw error;
      replica.failed(error);
    }
    return undefined;
  }
}

/** Whether the replica has come that far; if not, the lease is over. */
async function hasReached(replica: Replica, needed: Position, lease: Lease): Promise<boolean> {
  let answer: boolean | undefined;
  try {
    answer = await replica.unlessDown(replica.hasReached(needed, lease.connection));
  } catch (error) {
    if (isGone(error)) replica.failed(error);
  }
  if (answer === true) return true;
  if (answer === undefined) lease.invalidate(); // it may still be busy with the question
  void lease.release();
  return false;
}

function giveBackLater(work: Promise<Lease>): void {
  work.then(
    (lease) => lease.release(),
    () => {},
  );
}

/** A connection to a replica, of which the primary's takes the place when the replica does not answer or refuses. */
class ReadingLease implements Borrowed {
  readonly #lease: Lease;
  readonly #replica: Replica;
  readonly #leave: () => Promise<Borrowed>;
  /** What took its place. */
  #other: Borrowed | undefined;
  /** A flight was given up, and may still come back. */
  #isAbandoned = false;

  constructor(lease: Lease, replica: Replica, leave: () => Promise<Borrowed>) {
    this.#lease = lease;
    this.#replica = replica;
    this.#leave = leave;
    replica.reads += 1;
  }

  get connection(): Borrowed["connection"] {
    if (this.#other !== undefined) return this.#other.connection;
    const { connection } = this.#lease;
    const fly = (steps: readonly Step[], signal?: AbortSignal): Promise<Flown> => this.#fly(steps, signal);
    const { isLost, inTransaction, isFailed } = connection;
    return { fly, isLost: isLost || this.#isAbandoned, inTransaction, isFailed };
  }

  async renew(signal?: AbortSignal): Promise<void> {
    await (this.#other ?? this.#lease).renew(signal);
  }

  async moveOn(failure: DatabaseError): Promise<boolean> {
    if (this.#other !== undefined || !isHosts(failure)) return false;
    if (isGone(failure)) this.#replica.failed(failure);
    await this.#giveBack();
    this.#other = await this.#leave();
    return true;
  }

  release(): void | Promise<void> {
    return this.#other === undefined ? this.#giveBack() : this.#other.release();
  }

  #giveBack(): void | Promise<void> {
    if (!this.#isAbandoned) return this.#lease.release();
    this.#lease.invalidate();
    void this.#lease.release();
  }

  async #fly(steps: readonly Step[], signal: AbortSignal | undefined): Promise<Flown> {
    const flown = await this.#replica.unlessDown(this.#lease.connection.fly(steps, signal));
    if (flown !== undefined) return flown;
    this.#isAbandoned = true;
    return { results: [], failure: new ConnectionLost("The replica does not answer any more."), answered: false };
  }
}

function isGone(error: unknown): boolean {
  return error instanceof ConnectionFailed || error instanceof ConnectionLost;
}

/**
 * Whether a failure may be the host's: a conflict with what it replays (40001), a table that it does not have yet or cannot
 * read (unlogged), a write (25006). What was cancelled, and what the values are to blame for, fails everywhere.
 */
function isHosts(failure: DatabaseError): boolean {
  if (failure instanceof QueryCanceled || failure instanceof DataError) return false;
  return failure instanceof StatementFailed || isGone(failure);
}
