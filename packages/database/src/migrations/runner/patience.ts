import type { Connection } from "../../connection/connection.ts";
import { LockNotAvailable, TransactionConflict } from "../../errors.ts";
import { pause } from "../../pause.ts";
import type { Blocker } from "./events.ts";

/** Seconds before the second try; doubled each time. */
const FIRST_PAUSE = 0.5;
const LONGEST_PAUSE = 30;

/** How long a lock is waited for, and how often. */
export interface Patience {
  /** Seconds that a statement waits for a lock; 0: as long as it takes. */
  readonly lockTimeout: number;
  /** How often it is tried before it counts as failed. */
  readonly lockAttempts: number;
}

/** A try that gave way. */
export interface Retry {
  /** The try that failed, from 1. */
  readonly attempt: number;
  readonly attempts: number;
  /** Seconds until the next. */
  readonly pause: number;
  /** Whoever has had a transaction open the longest. */
  readonly blockers: readonly Blocker[];
}

/**
 * Tries again what had to wait too long for a lock (55P03), or met another transaction (40P01, 40001), after a pause that
 * doubles each time and is drawn between half and the whole of itself, so that two that met do not meet again.
 *
 * Giving way matters: whoever waits for a strong lock makes every later query on the table wait behind it (PostgreSQL,
 * "Explicit Locking").
 *
 * @param work leaves nothing behind when it fails: a transaction that was rolled back.
 * @throws the signal's reason when it is aborted.
 */
export async function withPatience<T>(
  connection: Connection,
  attempts: number,
  work: () => Promise<T>,
  onRetry: (retry: Retry) => void,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!gaveWay(error) || attempt >= attempts) throw error;
      const longest = Math.min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE);
      const seconds = longest * (0.5 + Math.random() / 2);
      onRetry({ attempt, attempts, pause: seconds, blockers: await findBlockers(connection, signal) });
      await pause(seconds * 1000, signal);
    }
  }
}

function gaveWay(error: unknown): boolean {
  return error instanceof LockNotAvailable || error instanceof TransactionConflict;
}

/** Asked after the try, when it holds no lock any more; what this role may not see is undefined. */
async function findBlockers(connection: Connection, signal?: AbortSignal): Promise<readonly Blocker[]> {
  const { rows } = await connection.query(
    `select pid, usename, application_name, state, extract(epoch from clock_timestamp() - xact_start)::float8
     from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
     order by xact_start limit 3`,
    [],
    signal,
  );
  return rows.map((row) => {
    const [processId, user, applicationName, state, openFor] = row.map((fact) => fact ?? undefined);
    return { processId, user, applicationName, state, openFor } as Blocker;
  });
}
