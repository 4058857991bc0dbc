import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { Connection } from "../../connection/connection.ts";
import { quoteName } from "../operations/identifier.ts";
import type { RecordedStep } from "../operations/step.ts";

/** The name of our own table, which is left out of every comparison of schemas. */
export const LOG_TABLE = "hypertroq_migration_log";

/**
 * What Alembic's table cannot hold. It is made with the first revision that this runner applies.
 *
 * @param table its name, quoted if need be.
 */
export const createLogTable = (table: string): string => `create table ${table} (
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
  /** See `stepDigest`; undefined before the first step. */
  readonly stepsDigest: string | undefined;
  /** How far a data migration under way has come. */
  readonly position: Position | undefined;
  /** The role that connected. */
  readonly appliedBy: string;
  /** The machine it was run from. */
  readonly host: string | undefined;
}

/** A data migration's place. */
export interface Position {
  /** The step's title. */
  readonly title: string;
  /** What it has walked: tables by keys, in order. */
  readonly walks: readonly string[];
  /** The key behind which the last walk goes on, its values as text; null: that is done as well. */
  readonly after: readonly string[] | null;
}

/** What is found of the log. */
export interface FoundLog {
  /** The table's name with its schema, quoted; it is in the schema of the version table, beside it. */
  readonly table: string;
  /** Oldest first; undefined: there is no table. Empty also for a role that may not read it. */
  readonly entries: readonly LogEntry[] | undefined;
}

/** Finds the log, for {@link readLog}: one row. */
export const FIND_LOG = `
  select n.nspname, has_table_privilege(l.oid, 'select')
  from (select coalesce((select relnamespace from pg_class where oid = to_regclass('alembic_version')),
                        to_regnamespace(quote_ident(current_schema())))) here (oid)
    left join pg_namespace n using (oid)
    left join pg_class l on l.relnamespace = n.oid and l.relname = '${LOG_TABLE}'`;

/** @param found what {@link FIND_LOG} answered. */
export async function readLog(connection: Connection, found: readonly unknown[]): Promise<FoundLog> {
  const [schema, isReadable] = found as [string | null, boolean | null];
  const table = schema === null ? LOG_TABLE : `${quoteName(schema)}.${LOG_TABLE}`;
  if (isReadable === null) return { table, entries: undefined };
  if (!isReadable) return { table, entries: [] };
  const { rows } = await connection.query(
    `select id::text, revision, direction, checksum, started_at, finished_at, abandoned, steps_done, steps_digest,
            position, applied_by, host
     from ${table} log order by log.id`,
  );
  return { table, entries: rows.map(entry) };
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

/** Writes the log. */
export class LogTable {
  readonly #connection: Connection;
  readonly #table: string;

  /** @param table see {@link FoundLog}. */
  constructor(connection: Connection, table: string) {
    this.#connection = connection;
    this.#table = table;
  }

  async create(): Promise<void> {
    await this.#connection.query(createLogTable(this.#table));
  }

  /** An entry for what is done with the transaction that it is in. */
  async done({ revision, direction, checksum, startedAt }: NewEntry): Promise<void> {
    const elapsed = (Date.now() - startedAt.getTime()) / 1000;
    await this.#connection.query(
      `insert into ${this.#table} (revision, direction, checksum, host, started_at, finished_at)
       values ($1, $2, $3, $4, clock_timestamp() - make_interval(secs => $5), clock_timestamp())`,
      [revision, direction, checksum ?? null, hostname(), elapsed],
    );
  }

  /** An entry for what is begun; returns its id. */
  async begun({ revision, direction, checksum }: Omit<NewEntry, "startedAt">): Promise<string> {
    const { rows } = await this.#connection.query(
      `insert into ${this.#table} (revision, direction, checksum, host) values ($1, $2, $3, $4) returning id::text`,
      [revision, direction, checksum ?? null, hostname()],
    );
    return String(rows[0]![0]);
  }

  /** @param digest see {@link stepDigest}. */
  async steps(id: string, stepsDone: number, digest: string): Promise<void> {
    await this.#connection.query(
      `update ${this.#table} set steps_done = $2, steps_digest = $3, position = null where id = $1`,
      [id, stepsDone, digest],
    );
  }

  /** How far a data migration has come. */
  async position(id: string, position: Position): Promise<void> {
    await this.#connection.query(`update ${this.#table} set position = $2 where id = $1`, [
      id,
      JSON.stringify(position),
    ]);
  }

  /** All is done. The checksum is the file's as it is at the end: steps that failed may have been corrected. */
  async finished(id: string, checksum: string): Promise<void> {
    await this.#connection.query(
      `update ${this.#table} set finished_at = clock_timestamp(), checksum = $2, position = null where id = $1`,
      [id, checksum],
    );
  }

  /** What was broken off is given up. */
  async abandon(): Promise<void> {
    await this.#connection.query(`update ${this.#table} set abandoned = true where finished_at is null`);
  }
}

/**
 * Tells whether the steps that were done are still the same in the file.
 *
 * @param before the digest of those before it; none before the first.
 */
export function stepDigest(before: string | undefined, step: RecordedStep): string {
  const facts = step.kind === "sql" ? step.statement : [step.title, String(step.run)];
  const text = JSON.stringify([before, facts], (_, value) => (typeof value === "bigint" ? String(value) : value));
  return createHash("sha256").update(text).digest("hex");
}
