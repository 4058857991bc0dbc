import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectOptions } from "../connection/connect.ts";
import type { Connection } from "../connection/connection.ts";
import { type CreateBackupOptions, createBackup } from "./create.ts";
import type { DrillRecord } from "./directory.ts";
import { type DrillBackupOptions, drillBackup } from "./drill.ts";
import { BackupNotFound } from "./errors.ts";
import type { Manifest } from "./manifest.ts";
import { newestGoodBackup } from "./newest.ts";
import { type Pruned, pruneBackups, type Retention } from "./retention.ts";
import { connectForBackup } from "./sql.ts";

interface Turn {
  /** The database whose backups they are. */
  readonly connect: ConnectOptions;
  /**
   * Milliseconds for which no other process does it, from when this one began: clocks of machines do not agree. Default
   * 60,000.
   */
  readonly hold?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Released {
  /** Settles when another process may do it the next time. */
  readonly released: Promise<void>;
}

/** Options of {@link scheduledBackup}. */
export interface ScheduledBackupOptions extends CreateBackupOptions, Turn {
  readonly keep?: Retention | undefined;
}

/** What a scheduled backup has made and removed. */
export interface ScheduledBackup extends Released {
  readonly made: Manifest;
  readonly pruned: Pruned;
}

/** Options of {@link scheduledDrill}. */
export interface ScheduledDrillOptions extends DrillBackupOptions, Turn {}

/** What a scheduled drill has found. */
export interface ScheduledDrill extends Released {
  readonly record: DrillRecord;
}

/**
 * Makes a backup and removes those that are not needed any more, if no other process does it at the same time.
 *
 * @param options.signal also ends the time for which others are held off.
 * @returns undefined when another process does it.
 * @throws as `createBackup`.
 */
export function scheduledBackup(options: ScheduledBackupOptions): Promise<ScheduledBackup | undefined> {
  const { directory, keep } = options;
  return byOne("backups", options, async () => {
    const made = await createBackup(options);
    return { made, pruned: await pruneBackups({ directory, keep }) };
  });
}

/**
 * Drills the newest good backup of the database, or the one that is named, if no other process does it at the same time.
 *
 * @param options.signal also ends the time for which others are held off.
 * @returns undefined when another process does it.
 * @throws as `drillBackup`.
 */
export function scheduledDrill(options: ScheduledDrillOptions): Promise<ScheduledDrill | undefined> {
  const { directory, connect } = options;
  return byOne("drills", options, async () => {
    const backup = options.backup ?? (await newestGoodBackup(directory, connect.database))?.name;
    if (backup === undefined) throw new BackupNotFound(directory, undefined);
    return { record: await drillBackup({ ...options, backup }) };
  });
}

/** Does something under a lock of the database's, the same for all processes that work on it. */
async function byOne<T>(
  what: string,
  { connect, hold = 60_000, signal }: Turn,
  work: () => Promise<T>,
): Promise<(T & Released) | undefined> {
  const until = performance.now() + hold;
  const connection = await connectForBackup(connect, signal);
  let released: Promise<void> | undefined;
  try {
    const lock = createHash("sha256").update(`hypertroq/${what}`).digest().readBigInt64BE();
    const { rows } = await connection.query("select pg_try_advisory_lock($1)", [lock]);
    if (rows[0]![0] !== true) return undefined;
    const result = await work();
    const rest = Math.max(0, until - performance.now());
    released = sleep(rest, undefined, { ref: false, ...(signal && { signal }) })
      .catch(() => {}) // told to stop
      .then(() => release(connection));
    return { ...result, released };
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
