import type { Connection } from "../../connection/connection.ts";
import { StatementFailed } from "../../errors.ts";
import { VersionRowsChanged } from "../errors.ts";
import type { Statement } from "../operations/step.ts";
import type { Step } from "../script/revision-graph.ts";

/** Alembic's own table, letter for letter, so that Alembic can still read and go on with it. */
export const CREATE_VERSION_TABLE = `create table alembic_version (
  version_num varchar(32) not null,
  constraint alembic_version_pkc primary key (version_num)
)`;

export const SELECT_VERSION_ROWS = "select version_num from alembic_version order by version_num";

/** What reads the version rows: a {@link Connection}, or anything that answers a statement with rows as arrays. */
export interface VersionReader {
  /** Sends a statement without parameters. */
  query(text: string): Promise<{ readonly rows: readonly (readonly unknown[])[] }>;
}

/**
 * The rows of the version table, sorted; undefined when there is no such table. One SELECT.
 *
 * Not for use inside a transaction: where there is no table, the SELECT fails and the transaction with it.
 */
export async function readVersionRows(reader: VersionReader): Promise<readonly string[] | undefined> {
  try {
    return idsIn((await reader.query(SELECT_VERSION_ROWS)).rows);
  } catch (error) {
    if (isTableMissing(error)) return undefined;
    throw error;
  }
}

export function idsIn(rows: readonly (readonly unknown[])[]): readonly string[] {
  return rows.map(([id]) => String(id));
}

export function isTableMissing(error: unknown): boolean {
  return error instanceof StatementFailed && error.sqlState === "42P01"; // undefined_table
}

/** A change of one row. */
export interface VersionWrite {
  /** The row that must be there, or for an insert the one that comes. */
  readonly row: string;
  readonly kind: "insert" | "update" | "delete";
  readonly statement: Statement;
}

/** What makes the rows say what a step leads to: as many as possible change their id, the rest are inserted or deleted. */
export function versionWrites({ rowsBefore, rowsAfter }: Step): readonly VersionWrite[] {
  const gone = rowsBefore.filter((row) => !rowsAfter.includes(row));
  const come = rowsAfter.filter((row) => !rowsBefore.includes(row));
  return Array.from({ length: Math.max(gone.length, come.length) }, (_, index) => write(gone[index], come[index]));
}

function write(before: string | undefined, after: string | undefined): VersionWrite {
  if (before === undefined) {
    const text = "insert into alembic_version (version_num) values ($1)";
    return { row: after!, kind: "insert", statement: { text, values: [after] } };
  }
  if (after === undefined) {
    const text = "delete from alembic_version where version_num = $1";
    return { row: before, kind: "delete", statement: { text, values: [before] } };
  }
  const text = "update alembic_version set version_num = $1 where version_num = $2";
  return { row: before, kind: "update", statement: { text, values: [after, before] } };
}

/** @throws {VersionRowsChanged} when a write does not hit exactly one row. */
export async function writeVersionRows(connection: Connection, step: Step): Promise<void> {
  for (const { row, statement } of versionWrites(step)) {
    const { rowCount } = await connection.query(statement.text, statement.values);
    if (rowCount !== 1) throw new VersionRowsChanged(row, rowCount);
  }
}
