import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { Connection } from "../../connection/connection.ts";
import type { RecordedStep } from "../operations/step.ts";
import type { VersionReader } from "./version-table.ts";

/** The name of our own table, which is left out of every comparison of schemas. */
export const LOG_TABLE = "hypertroq_migration_log";

/** What Alembic's table cannot hold. It is made with the first revision that this runner applies. */
export const CREATE_LOG_TABLE = `create table ${LOG_TABLE} (
  id bigint generated always as identity primary key,
  revision varchar(32) not null,
  direction text not null,
  checksum text,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  abandoned boolean not null default false,
  steps_done integer not null default 0,
  steps_digest text,
  position jsonb,
  applied_by text not null default session_user,
  host text
)`;

/** One line of the log. */
export interface LogEntry {
  readonly id: string;
  readonly revision: string;
  readonly direction: "upgrade" | "downgrade" | "stamp";
  /** SHA-256 of the revision's file as it was then; undefined where there was none. */
  readonly checksum: string | undefined;
  readonly startedAt: Date;
  /** Undefined while a revision that runs step by step is under way, or was broken off. */
  readonly finishedAt: Date | undefined;
  /** Whether it was broken off and then given up by a stamp. */
  readonly abandoned: boolean;
  readonly stepsDone: number;
  /** See {@link stepsDigest}; undefined before the first step. */
  readonly stepsDigest: string | undefined;
  /** How far a data migration under way has come. */
  readonly position: Position | undefined;
  /** The role that connected. */
  readonly appliedBy: string;
  /** The machine it was run from. */
  readonly host: string | undefined;
}

/** A data migration's place: in its `call`-th walk of a table (from 0), behind this key; its values as text. */
export interface Position {
  readonly call: number;
  readonly after: readonly string[] | null;
}

/**
 * The log, oldest first; undefined when there is no table, and empty for a role that may not read it, which may only find
 * that there is nothing to do. One or two SELECTs, also fit for a transaction.
 */
export async function readLog(reader: VersionReader): Promise<readonly LogEntry[] | undefined> {
  const { rows: found } = await reader.query(`select has_table_privilege(to_regclass('${LOG_TABLE}'), 'select')`);
  const isReadable = found[0]?.[0];
  if (typeof isReadable !== "boolean") return undefined;
  if (!isReadable) return [];
  const { rows } = await reader.query(
    `select id::text, revision, direction, checksum, started_at, finished_at, abandoned, steps_done, steps_digest,
            position, applied_by, host
     from ${LOG_TABLE} order by id`,
  );
  return rows.map(entry);
}

function entry(row: readonly unknown[]): LogEntry {
  const [id, revision, direction, checksum, startedAt, finishedAt, abandoned, ...more] = row.map(
    (fact) => fact ?? undefined,
  );
  const [stepsDone, stepsDigest, position, appliedBy, host] = more;
  return {
    id,
    revision,
    direction,
    checksum,
    startedAt,
    finishedAt,
    abandoned,
    stepsDone,
    stepsDigest,
    position,
    appliedBy,
    host,
  } as LogEntry;
}

/** The revision that a run broke off in the middle; at most one, because no other is begun before it is dealt with. */
export function unfinished(log: readonly LogEntry[]): LogEntry | undefined {
  return log.findLast((one) => one.finishedAt === undefined && !one.abandoned);
}

/** Of each revision the last thing that was finished with it. */
export function lastOfEach(log: readonly LogEntry[]): ReadonlyMap<string, LogEntry> {
  return new Map(log.filter((one) => one.finishedAt !== undefined && !one.abandoned).map((one) => [one.revision, one]));
}

/** What an entry is begun with. */
export interface NewEntry extends Pick<LogEntry, "revision" | "direction"> {
  readonly checksum: string | undefined;
  /** When it was begun, by this machine's clock. */
  readonly startedAt: Date;
}

/** Writes an entry for what is done with the transaction it is in. */
export async function logDone(
  connection: Connection,
  { revision, direction, checksum, startedAt }: NewEntry,
): Promise<void> {
  const elapsed = (Date.now() - startedAt.getTime()) / 1000;
  await connection.query(
    `insert into ${LOG_TABLE} (revision, direction, checksum, host, started_at, finished_at)
     values ($1, $2, $3, $4, clock_timestamp() - make_interval(secs => $5), clock_timestamp())`,
    [revision, direction, checksum ?? null, hostname(), elapsed],
  );
}

/** Writes an entry for what is begun, and returns its id. */
export async function logBegun(connection: Connection, { revision, direction, checksum }: NewEntry): Promise<string> {
  const { rows } = await connection.query(
    `insert into ${LOG_TABLE} (revision, direction, checksum, host) values ($1, $2, $3, $4) returning id::text`,
    [revision, direction, checksum ?? null, hostname()],
  );
  return String(rows[0]![0]);
}

/** Notes that so many steps are done, with the digest of them. */
export async function logStep(connection: Connection, id: string, done: readonly RecordedStep[]): Promise<void> {
  await connection.query(`update ${LOG_TABLE} set steps_done = $2, steps_digest = $3, position = null where id = $1`, [
    id,
    done.length,
    stepsDigest(done),
  ]);
}

/** Notes how far a data migration has come. */
export async function logPosition(connection: Connection, id: string, position: Position): Promise<void> {
  await connection.query(`update ${LOG_TABLE} set position = $2 where id = $1`, [id, JSON.stringify(position)]);
}

/** Notes that all is done. The checksum is the file's as it is at the end: steps that failed may have been corrected. */
export async function logFinished(connection: Connection, id: string, checksum: string): Promise<void> {
  await connection.query(
    `update ${LOG_TABLE} set finished_at = clock_timestamp(), checksum = $2, position = null where id = $1`,
    [id, checksum],
  );
}

/** Gives up what was broken off. */
export async function logAbandoned(connection: Connection): Promise<void> {
  await connection.query(`update ${LOG_TABLE} set abandoned = true where finished_at is null`);
}

/** Tells whether the steps that were done are still the same in the file. */
export function stepsDigest(steps: readonly RecordedStep[]): string {
  const facts = steps.map((step) => (step.kind === "sql" ? step.statement : [step.title, String(step.run)]));
  return createHash("sha256")
    .update(JSON.stringify(facts, (_, value) => (typeof value === "bigint" ? String(value) : value)))
    .digest("hex");
}
