import { createHash } from "node:crypto";
import type { Connection } from "../../connection/connection.ts";
import { pause } from "../../pause.ts";

/** Who holds the migration lock, as pg_stat_activity tells; what this role may not see is undefined. */
export interface LockHolder {
  /** The server process, as `pg_terminate_backend` takes it. */
  readonly processId: number;
  readonly user: string | undefined;
  readonly applicationName: string | undefined;
  /** The client's address; undefined over a Unix socket. */
  readonly address: string | undefined;
  /** Seconds since it connected. */
  readonly connectedFor: number | undefined;
}

/**
 * The advisory lock's key. PostgreSQL keeps advisory locks apart by database, so the version table's name is all there
 * is to tell; the database's name would be harmful, because a pooler may know it under several.
 */
export const LOCK_KEY = createHash("sha256").update("hypertroq/migrations/alembic_version").digest().readBigInt64BE();

/** Between two tries, in milliseconds, drawn anew each time so that many waiters do not try in step. */
const POLL = { least: 50, most: 250 };

/**
 * Waits until this connection holds the migration lock, which it keeps until it is closed or unlocked.
 *
 * It polls, and never waits inside a statement: a waiting statement holds a snapshot, for which CREATE INDEX
 * CONCURRENTLY of the lock's holder would wait, and each would wait for the other.
 *
 * @param onWait told who holds the lock, at the first failed try and whenever the holder changes.
 * @throws the signal's reason when it is aborted.
 */
export async function acquireLock(
  connection: Connection,
  onWait: (holder: LockHolder | undefined) => void,
  signal?: AbortSignal,
): Promise<void> {
  let told: number | undefined;
  for (let first = true; !(await tryLock(connection, signal)); first = false) {
    const holder = await findHolder(connection, signal);
    if (first || holder?.processId !== told) {
      told = holder?.processId;
      onWait(holder);
    }
    await pause(POLL.least + Math.random() * (POLL.most - POLL.least), signal);
  }
}

/** Lets the next run in. Where it fails the connection is dead, and the lock goes with it. */
export async function releaseLock(connection: Connection): Promise<void> {
  await connection.query("select pg_advisory_unlock($1)", [LOCK_KEY]).catch(() => {});
}

async function tryLock(connection: Connection, signal?: AbortSignal): Promise<boolean> {
  const { rows } = await connection.query("select pg_try_advisory_lock($1)", [LOCK_KEY], signal);
  return rows[0]?.[0] === true;
}

/** pg_locks shows a 64-bit advisory key as classid (high half) and objid (low half) with objsubid 1. */
async function findHolder(connection: Connection, signal?: AbortSignal): Promise<LockHolder | undefined> {
  const { rows } = await connection.query(
    `select a.pid, a.usename, a.application_name, host(a.client_addr),
            extract(epoch from clock_timestamp() - a.backend_start)::float8
     from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())
       and (l.classid::int8 << 32 | l.objid::int8) = $1`,
    [LOCK_KEY],
    signal,
  );
  const holder = rows[0];
  if (holder === undefined) return undefined;
  const [processId, user, applicationName, address, connectedFor] = holder.map((fact) => fact ?? undefined);
  return { processId, user, applicationName, address, connectedFor } as LockHolder;
}
