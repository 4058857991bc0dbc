import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../connection/connection.ts";
import { type CreateBackupOptions, createBackup } from "./create.ts";
import type { Manifest } from "./manifest.ts";
import { type Pruned, pruneBackups, type Retention } from "./retention.ts";
import { connectForBackup } from "./sql.ts";

export interface ScheduledBackupOptions extends CreateBackupOptions {
  readonly keep?: Retention | undefined;
  /**
   * Milliseconds for which no other process makes one, from when this one began: clocks of machines do not agree. Default
   * 60,000.
   */
  readonly hold?: number | undefined;
}

export interface ScheduledBackup {
  readonly made: Manifest;
  readonly pruned: Pruned;
  /** Settles when another process may make the next one. */
  readonly released: Promise<void>;
}

/** In each database another lock; the same for all that make backups of it by schedule. */
const LOCK = createHash("sha256").update("hypertroq/backups").digest().readBigInt64BE();

/**
 * Makes a backup and removes those that are not needed any more, if no other process does it at the same time.
 *
 * @param options.signal also ends the time for which others are held off.
 * @returns undefined when another process does it.
 * @throws as `createBackup`.
 */
export async function scheduledBackup(options: ScheduledBackupOptions): Promise<ScheduledBackup | undefined> {
  const { connect, directory, keep, hold = 60_000, signal } = options;
  const until = performance.now() + hold;
  const connection = await connectForBackup(connect, signal);
  let released: Promise<void> | undefined;
  try {
    const { rows } = await connection.query("select pg_try_advisory_lock($1)", [LOCK]);
    if (rows[0]![0] !== true) return undefined;
    const made = await createBackup(options);
    const pruned = await pruneBackups({ directory, keep });
    const rest = Math.max(0, until - performance.now());
    released = sleep(rest, undefined, { ref: false, ...(signal && { signal }) })
      .catch(() => {}) // told to stop
      .then(() => release(connection));
    return { made, pruned, released };
  } finally {
    if (released === undefined) await release(connection);
  }
}

/** Asked for, and waited for: a server notices some time after a connection is closed that it is, and holds the lock till then. */
async function release(connection: Connection): Promise<void> {
  try {
    await connection.query("select pg_advisory_unlock_all()");
  } catch {
    // The connection is lost, and the lock with it.
  }
  await connection.close();
}
