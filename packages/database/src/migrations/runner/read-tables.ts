import type { Connection } from "../../connection/connection.ts";
import { FIND_LOG, type FoundLog, readLog } from "./log-table.ts";
import { idsIn, isTableMissing, SELECT_VERSION_ROWS } from "./version-table.ts";

/** What Alembic's table says, and ours. */
export interface Tables {
  /** The version rows, sorted; undefined: there is no table. */
  readonly rows: readonly string[] | undefined;
  readonly log: FoundLog;
}

/** Reads both in two round trips; one where there is no log. Not for use inside a transaction, as `readVersionRows` is not. */
export async function readTables(connection: Connection): Promise<Tables> {
  const { results, failure } = await connection.fly([
    { text: FIND_LOG, values: [] },
    { text: SELECT_VERSION_ROWS, values: [] },
  ]);
  const [found, versions] = results;
  if (failure !== undefined && (found === undefined || !isTableMissing(failure))) throw failure;
  return { rows: versions && idsIn(versions.rows), log: await readLog(connection, found!.rows[0]!) };
}
