import type { Connection } from "../../connection/connection.ts";
import { StatementFailed } from "../../errors.ts";
import { VersionRowsChanged } from "../errors.ts";
import type { Step } from "../script/revision-graph.ts";

/** Alembic's own table, letter for letter, so that Alembic can still read and go on with it. */
const CREATE = `create table alembic_version (
  version_num varchar(32) not null,
  constraint alembic_version_pkc primary key (version_num)
)`;

/** What reads the version rows: a {@link Connection}, or anything that answers a statement with rows as arrays. */
export interface VersionReader {
  query(text: string): Promise<{ readonly rows: readonly (readonly unknown[])[] }>;
}

/**
 * The rows of the version table, sorted; undefined when there is no such table. One SELECT.
 *
 * Not for use inside a transaction: where there is no table, the SELECT fails and the transaction with it.
 */
export async function readVersionRows(reader: VersionReader): Promise<readonly string[] | undefined> {
  try {
    const { rows } = await reader.query("select version_num from alembic_version order by version_num");
    return rows.map(([id]) => String(id));
  } catch (error) {
    if (error instanceof StatementFailed && error.sqlState === "42P01") return undefined; // undefined_table
    throw error;
  }
}

export async function createVersionTable(connection: Connection): Promise<void> {
  await connection.query(CREATE);
}

/**
 * Makes the rows say what a step leads to: as many rows as possible change their id, the rest are inserted or deleted.
 *
 * @throws {VersionRowsChanged} when a write does not hit exactly one row.
 */
export async function writeVersionRows(connection: Connection, { rowsBefore, rowsAfter }: Step): Promise<void> {
  const gone = rowsBefore.filter((row) => !rowsAfter.includes(row));
  const come = rowsAfter.filter((row) => !rowsBefore.includes(row));
  const write = async (row: string, text: string, values: readonly string[]): Promise<void> => {
    const { rowCount } = await connection.query(text, values);
    if (rowCount !== 1) throw new VersionRowsChanged(row, rowCount);
  };
  for (let i = 0; i < Math.max(gone.length, come.length); i++) {
    const before = gone[i];
    const after = come[i];
    if (before === undefined) {
      await write(after!, "insert into alembic_version (version_num) values ($1)", [after!]);
    } else if (after === undefined) {
      await write(before, "delete from alembic_version where version_num = $1", [before]);
    } else {
      await write(before, "update alembic_version set version_num = $2 where version_num = $1", [before, after]);
    }
  }
}
