import { join } from "node:path";
import type { Connection } from "../connection/connection.ts";
import { quote } from "../identifier.ts";
import { columnList, sqlName } from "./contents.ts";
import { RestoreRefused } from "./errors.ts";
import { type BackedUpTable, keyFor, type Manifest } from "./manifest.ts";
import { PartReader } from "./part-reader.ts";
import { findRestorable, inTransaction, type RestoreBackupOptions, told } from "./restore.ts";
import { copyIn, runOnce } from "./sql.ts";

/** Options of {@link restoreTable}. */
export interface RestoreTableOptions extends Omit<RestoreBackupOptions, "replace" | "owners"> {
  /** `users`, `audit.log`. A partitioned table comes with the rows of all its partitions. */
  readonly table: string;
  /**
   * The name of a new table for the rows, in the same schema: with the columns and their types, and nothing else. Default:
   * they go into the table itself, which has to be there and empty.
   */
  readonly as?: string | undefined;
}

/**
 * Restores the rows of one table, in one transaction. Those of an existing table are held to its constraints: a row whose
 * foreign key leads to nothing ends the restore. Triggers that users have made do not fire. Sequences of the table's columns
 * are moved on to what they were at in the backup, never back.
 *
 * @returns how many rows there are now.
 * @throws {RestoreRefused} when the backup has no such table, the table is not there or not empty, or the new one is there.
 * @throws as `restoreBackup`.
 */
export async function restoreTable(options: RestoreTableOptions): Promise<number> {
  const { connect, directory, table, as, onProgress, signal } = options;
  const found = await findRestorable(directory, options.backup, connect.database);
  const { manifest, name } = found;
  const reader = new PartReader(join(directory, name), manifest, keyFor(found, options.key));
  const parts = partsOf(manifest, table);
  const [{ partitionOf, ...first }] = parts as readonly [BackedUpTable];
  const wanted = { schema: first.schema, name: first.name, ...(matches(first, table) ? {} : partitionOf) };
  const target = { ...wanted, name: as ?? wanted.name };
  return inTransaction(connect, name, signal, async (connection, at) => {
    at(`the table ${target.schema}.${target.name}`);
    const triggers =
      as === undefined ? await prepare(connection, target) : await make(connection, target, first.columns);
    for (const { name } of triggers) await alterTrigger(connection, target, "disable", name);
    let before = 0;
    for (const [i, part] of parts.entries()) {
      const what = `${part.schema}.${part.name}`;
      at(`the rows of ${what}`);
      const text = `copy ${sqlName(target)}${columnList(part.columns)} from stdin`;
      const progress = { what, step: i + 1, steps: parts.length };
      const tell = (): void => onProgress?.({ ...progress, rows: before + reader.rows });
      await copyIn(connection, text, told(reader.read(part, part), tell), signal);
      before += part.rows;
    }
    for (const { name, state } of triggers) await alterTrigger(connection, target, state, name);
    if (as === undefined) await advanceSequences(connection, manifest, wanted);
    return before;
  });
}

/** The table itself, or the partitions of one that has no rows of its own. */
function partsOf({ tables, name }: Manifest, wanted: string): readonly BackedUpTable[] {
  const own = tables.filter((table) => matches(table, wanted));
  const partitions = tables.filter(({ partitionOf }) => partitionOf !== undefined && matches(partitionOf, wanted));
  const schemas = new Set([...own, ...partitions.map(({ partitionOf }) => partitionOf!)].map(({ schema }) => schema));
  if (schemas.size > 1) {
    throw new RestoreRefused(
      `Several schemas have a table ${wanted}: ${[...schemas].join(", ")}. Put one before its name.`,
    );
  }
  if (schemas.size === 0) throw new RestoreRefused(`The backup ${name} has no table ${wanted}.`);
  return own.length > 0 ? own : partitions;
}

function matches({ schema, name }: { readonly schema: string; readonly name: string }, wanted: string): boolean {
  return wanted === name || wanted === `${schema}.${name}`;
}

interface TableName {
  readonly schema: string;
  readonly name: string;
}

interface Trigger {
  readonly name: string;
  /** What makes it again what it was. */
  readonly state: "enable" | "enable always" | "enable replica";
}

/** Looks whether the table will do, keeps others out of it, and returns the triggers that would fire. */
async function prepare(connection: Connection, table: TableName): Promise<readonly Trigger[]> {
  const { rows } = await connection.query("select to_regclass($1) is not null", [sqlName(table)]);
  const shown = `${table.schema}.${table.name}`;
  if (rows[0]![0] !== true) {
    throw new RestoreRefused(`There is no table ${shown}. Restore the rows under a new name (--as NAME).`);
  }
  await runOnce(connection, `lock table ${sqlName(table)} in share row exclusive mode`);
  const { rows: some } = await runOnce(connection, `select exists (select from ${sqlName(table)})`);
  if (some[0]![0] === true) {
    throw new RestoreRefused(`The table ${shown} is not empty. Restore the rows under a new name (--as NAME).`);
  }
  const { rows: triggers } = await connection.query(
    `select tgname::text, case tgenabled when 'A' then 'enable always' when 'R' then 'enable replica' else 'enable' end
     from pg_trigger where tgrelid = $1::regclass and not tgisinternal and tgenabled <> 'D' and tgparentid = 0`,
    [sqlName(table)],
  );
  return triggers.map(([name, state]) => ({ name, state }) as Trigger);
}

async function alterTrigger(connection: Connection, table: TableName, state: string, trigger: string): Promise<void> {
  await runOnce(connection, `alter table ${sqlName(table)} ${state} trigger ${quote(trigger)}`);
}

async function make(connection: Connection, table: TableName, columns: BackedUpTable["columns"]): Promise<readonly []> {
  const { rows } = await connection.query("select to_regclass($1) is not null", [sqlName(table)]);
  if (rows[0]![0] === true) {
    throw new RestoreRefused(`There is a table ${table.schema}.${table.name} already. Choose another name.`);
  }
  const list = columns.map(({ name, type }) => `${quote(name)} ${type}`).join(", ");
  await runOnce(connection, `create table ${sqlName(table)} (${list})`);
  return [];
}

async function advanceSequences(connection: Connection, { sequences }: Manifest, table: TableName): Promise<void> {
  for (const { ownedBy, value, isCalled, ...sequence } of sequences) {
    if (ownedBy?.schema !== table.schema || ownedBy.name !== table.name) continue;
    const { rows } = await connection.query("select to_regclass($1) is not null", [sqlName(sequence)]);
    if (rows[0]![0] !== true) continue;
    await connection.query(
      `select setval($1::regclass, $2, $3) from ${sqlName(sequence)}, pg_sequence
       where seqrelid = $1::regclass
         and (($2::bigint - last_value) * sign(seqincrement) > 0 or ($2::bigint = last_value and $3::boolean))`,
      [sqlName(sequence), value, isCalled],
    );
  }
}
