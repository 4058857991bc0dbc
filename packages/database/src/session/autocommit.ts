import type { Connection } from "../connection/connection.ts";
import type { Flown, Result, Step } from "../connection/flight.ts";
import type { Lease } from "../connection/pool/lease.ts";
import type { Pool } from "../connection/pool/pool.ts";
import { CommitOutcomeUnknown, ConnectionLost, type DatabaseError, ReadOnlyTransaction } from "../errors.ts";
import type { Observers } from "./observers.ts";

/** A connection on loan, and what sessions use of it. */
export interface Borrowed extends Pick<Lease, "renew" | "release"> {
  readonly connection: Pick<Connection, "fly" | "isLost" | "inTransaction" | "isFailed">;
  /**
   * After a failure that may be the host's: changes to a connection to another host, on which the same can be tried.
   *
   * @returns whether it has. @throws what `Pool.checkout` throws when no connection to that one can be had.
   */
  moveOn?(failure: DatabaseError): Promise<boolean>;
}

/** Where sessions borrow connections: a pool, or what stands in for it. */
export interface ConnectionSource extends Pick<Pool, "invalidate"> {
  checkout(signal?: AbortSignal): Promise<Borrowed>;
}

/** What is needed to borrow a connection and to trust it. */
export interface Lender {
  /** Whether the application asked for servers that take writes (`target_session_attrs`). */
  readonly wantsWritable: boolean;
  readonly pool: ConnectionSource;
  /** Whether the first flight on an idle connection may be sent again when that turns out to be dead. */
  readonly prePing: boolean;
  readonly observers: Observers;
  /** Whether commits tell their place in the server's log, by which replicas are chosen. */
  readonly tellsPositions: boolean;
}

/**
 * Runs statements as one transaction of their own, in one round trip, on a connection borrowed for them (PostgreSQL,
 * "Pipelining": without BEGIN, what lies before a Sync is an implicit transaction).
 *
 * @param onlyReads whether they are known to change nothing, and so may be sent again.
 * @throws {CommitOutcomeUnknown} when the connection died and they may have been committed.
 */
export async function autocommit(
  lender: Lender,
  steps: readonly Step[],
  onlyReads: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly Result[]> {
  const lease = await lender.pool.checkout(signal);
  try {
    const flown = await firstFlight(lender, lease, steps, !onlyReads, signal);
    const { results, failure } = flown;
    if (failure === undefined) return results;
    if (onlyReads || !(failure instanceof ConnectionLost) || isRolledBack(flown, steps)) throw failure;
    throw new CommitOutcomeUnknown(
      "The connection was lost before the answer to a statement that commits by itself. It has either happened or not; " +
        "look at the data before doing it again.",
      { cause: failure },
    );
  } finally {
    const released = lease.release();
    if (released !== undefined) await released;
  }
}

/** PgBouncer's code for a statement that it had no server for in time: to wait for one again would make the queue longer. */
const WAITED_IN_VAIN = "08P01";

/**
 * The first flight on a borrowed connection, which is the pool's pre-ping at the same time: when the connection turns out
 * to be dead, it is replaced and the flight sent once more. Also on one that was opened for it, which a server that stops
 * just then takes along.
 *
 * Not sent again: what contains its commit, because a write may have happened although no answer came, unless the server
 * said goodbye instead of completing it; after a part of the answer has come; and without `prePing`. What a replica fails
 * at is run on the primary, unless it was a COPY, whose data somebody has already.
 */
export async function firstFlight(
  lender: Lender,
  lease: Borrowed,
  steps: readonly Step[],
  commits: boolean,
  signal: AbortSignal | undefined,
): Promise<Flown> {
  const { prePing, observers } = lender;
  const flown = await observers.fly(lease.connection, steps, signal);
  const { failure, answered } = flown;
  if (failure === undefined) return flown;
  if (lease.moveOn !== undefined && !steps.some(({ copy }) => copy !== undefined) && (await lease.moveOn(failure))) {
    return await firstFlight(lender, lease, steps, commits, signal);
  }
  if (!(failure instanceof ConnectionLost) || !prePing || answered) return flown;
  if (failure.sqlState === WAITED_IN_VAIN || (commits && !isRolledBack(flown, steps))) return flown;
  signal?.throwIfAborted();
  await lease.renew(signal);
  return await observers.fly(lease.connection, steps, signal);
}

/** Whether statements that commit by themselves are known not to have happened although the connection was lost. */
function isRolledBack({ failure, results }: Flown, steps: readonly Step[]): boolean {
  if (!(failure instanceof ConnectionLost)) return false;
  // A goodbye (57P01) comes in the protocol's order: what was not completed before it never will be.
  return failure.wasSent === false || (failure.sqlState === "57P01" && results.length < steps.length);
}

/**
 * Looks at why a statement failed that was not in a read-only transaction: a server that took writes when we connected, and
 * takes none now, has changed its role, and all connections to it are of no use any more.
 */
export function noticeRoleChange({ pool, wantsWritable }: Lender, error: unknown): void {
  if (wantsWritable && error instanceof ReadOnlyTransaction) pool.invalidate();
}

/** A result whose rows can be used. @throws why they cannot. */
export function usable(result: Result): Result {
  if (result.refusal !== undefined) throw result.refusal;
  return result;
}
