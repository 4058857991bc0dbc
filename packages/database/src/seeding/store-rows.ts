import { DefinitionError, NotNullViolation, StatementFailed, UniqueViolation } from "../errors.ts";
import { quote } from "../identifier.ts";
import { seenRows } from "../query/clauses.ts";
import { baseSource } from "../query/source.ts";
import { type Sql, sql } from "../query/sql.ts";
import { columnOf, TABLE, type Table, type TableColumn, tableOf, type Writable } from "../query/table.ts";
import type { Fragment } from "../query/writer.ts";
import { copiedColumns } from "../session/copy-rows.ts";
import type { Session } from "../session/session.ts";
import { advanceSequences } from "./advance-sequences.ts";
import type { Seed } from "./define-seed.ts";
import { peekRows, type Rows, type Values } from "./peek-rows.ts";

/** What became of a seed's rows. */
export interface SeedCounts {
  readonly added: number;
  readonly updated: number;
  /** Were there, as the seed has them. */
  readonly unchanged: number;
}

const NAME = "hypertroq_seed";
const STAGED = sql.id("pg_temp", NAME);

/**
 * Stores a seed's rows by their natural key, however many: they stream by COPY into a temporary table of the columns that
 * they give, and the database compares it with the seed's own. A row in which nothing changes is not written.
 *
 * @param taken called for each row that is sent.
 * @throws {DefinitionError} when two rows have the same natural key, one has none, or no unique index is over its columns.
 */
export async function storeRows(db: Session, seed: Seed, rows: Rows, taken: () => void): Promise<SeedCounts> {
  const table = tableOf(seed.model);
  const given = new Set<string>();
  const on = seed.on.map((property) => columnOf(table, property));
  const begun = await peekRows(rows, (row) => {
    for (const property in row) if (row[property] !== undefined) given.add(property);
    taken();
  });
  if (begun === undefined) return { added: 0, updated: 0, unchanged: 0 };
  const columns = await stage(db, seed, table, begun.first).catch(async (error: unknown) => {
    await begun.close().catch(() => {}); // why no table can be made is the one to tell
    throw error;
  });
  const staged = Object.assign(class {}, { [TABLE]: { ...table, sql: `"pg_temp".${quote(NAME)}` } });
  const sent = await db.copyIn(staged as unknown as Writable<never>, begun.rows as Iterable<never>);
  await run(db, seed, sql`alter table ${STAGED} add primary key (${names(on)})`);
  const kept = [...seed.keep, ...seed.on, ...[...table.primaryKey, table.version].map((column) => column?.property)];
  const set = columns.filter(({ property }) => given.has(property) && !kept.includes(property));
  const updated = set.length === 0 ? 0 : await run(db, seed, updateStatement(seed, table, on, set));
  const added = await run(db, seed, insertStatement(seed, table, on, columns));
  await advanceSequences(db, table, columns, STAGED);
  await db.execute(sql`drop table ${STAGED}`);
  return { added, updated, unchanged: sent - added - updated };
}

/** Makes the temporary table. @returns its columns. */
async function stage(db: Session, seed: Seed, table: Table, first: Values): Promise<readonly TableColumn[]> {
  const columns = copiedColumns(table, table.withDefaults(first));
  await db.execute(
    sql`create temp table ${STAGED} on commit drop as select ${names(columns)} from ${seed.model} with no data`,
  );
  return columns;
}

/** The rows that are there and differ. */
function updateStatement(seed: Seed, table: Table, on: readonly TableColumn[], set: readonly TableColumn[]): Sql {
  const assigned = table.columns.flatMap((column) => {
    const name = sql.id(column.name);
    if (set.includes(column)) return [sql`${name} = ${sql.id(NAME, column.name)}`];
    if (column === table.version) return [sql`${name} = ${sql.id(table.name, column.name)} + 1`];
    return column.onUpdate === undefined ? [] : [sql`${name} = ${column.onUpdate}`];
  });
  // As images, because not every type has an equality: json, point (PostgreSQL, "Composite Type Comparison").
  const differ = sql`row(${names(set, table.name)})::record *<> row(${names(set, NAME)})::record`;
  return sql`update ${seed.model} set ${sql.join(assigned)} from ${STAGED} where ${same(table, on)} and ${differ}`;
}

/** The rows that are not there, in the order in which they were given. */
function insertStatement(seed: Seed, table: Table, on: readonly TableColumn[], columns: readonly TableColumn[]): Sql {
  const living = seenRows(baseSource(table), "without");
  const where = living === undefined ? sql`` : sql` where ${living}`;
  return sql`insert into ${seed.model} (${names(columns)}) select ${names(columns, NAME)} from ${STAGED}
    where not exists (select from ${seed.model} where ${same(table, on)}) order by ${sql.id(NAME, "ctid")}
    on conflict (${names(on)})${where} do nothing`;
}

/** Whether a row of the table, a living one where it keeps deleted ones, has the natural key of the one that was sent. */
function same(table: Table, on: readonly TableColumn[]): Fragment {
  const living = seenRows(baseSource(table), "without");
  const equal = on.map(({ name }) => sql`${sql.id(table.name, name)} = ${sql.id(NAME, name)}`);
  return sql.join(living === undefined ? equal : [...equal, living], sql` and `);
}

function names(columns: readonly TableColumn[], ...qualifiers: readonly string[]): Fragment {
  return sql.join(columns.map(({ name }) => sql.id(...qualifiers, name)));
}

/** Runs a statement, whose failure may be about what the seed says and not about the data. */
async function run(db: Session, seed: Seed, statement: Sql): Promise<number> {
  try {
    return await db.execute(statement);
  } catch (error) {
    const problem = error instanceof StatementFailed ? problemOf(error) : undefined;
    if (problem === undefined) throw error;
    throw new DefinitionError(`The seed ${seed.name} goes by (${seed.on.join(", ")}), ${problem}`, { cause: error });
  }
}

function problemOf(error: StatementFailed): string | undefined {
  if (error.sqlState === "42P10") return "which no unique index is over.";
  if (error.table !== NAME) return undefined;
  if (error instanceof UniqueViolation) return "and two of its rows have the same.";
  return error instanceof NotNullViolation ? "and one of its rows has none there." : undefined;
}
