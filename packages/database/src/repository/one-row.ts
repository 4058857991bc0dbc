import { StaleRow } from "../errors.ts";
import { hasHooks } from "../model/hooks.ts";
import { removeInstance, saveInstance, setInstance } from "../model/writing.ts";
import { assignmentsOf as assertAssignable } from "../query/assignment.ts";
import type { Deleted } from "../query/clauses.ts";
import { Delete } from "../query/delete.ts";
import type { Condition } from "../query/expression.ts";
import type { Executor } from "../query/query.ts";
import { Select } from "../query/select.ts";
import { Instances } from "../query/selection.ts";
import { baseSource } from "../query/source.ts";
import type { Table } from "../query/table.ts";
import { Update } from "../query/update.ts";
import { isFragment } from "../query/writer.ts";
import { modelOf } from "./model-of.ts";

type Values = Readonly<Record<string, unknown>>;

/** The one row that is to be written, if it is there. */
export interface OneRow {
  readonly table: Table;
  /** By its key, and by its version where that was given. */
  readonly where: readonly Condition[];
  readonly deleted: Deleted;
  /** Whether its absence means that somebody else changed it. */
  readonly isVersioned: boolean;
}

/**
 * Writes values into the row: one statement. Where its model has hooks, they get the row, which is read and locked for them
 * first.
 *
 * @returns the row as it then is; undefined when there is none.
 */
export async function changeOne<Row extends object>(
  one: OneRow,
  values: Values,
  db: Executor,
): Promise<Row | undefined> {
  const { table, where, deleted } = one;
  if (!hasHooks(modelOf(table), "beforeUpdate", "afterUpdate")) {
    return found(one, await db.first(new Update<Row>(table, { values, where, deleted })));
  }
  assertAssignable(table, values);
  const row = found(one, await db.first(lockedRow<Row>(one)));
  if (row === undefined) return undefined;
  const expressions: Record<string, unknown> = {};
  for (const [property, value] of Object.entries(values)) {
    const target = isFragment(value) ? expressions : (row as Record<string, unknown>);
    if (value !== undefined) target[property] = value;
  }
  if (Object.keys(expressions).length === 0) return await saveInstance(row, db);
  await setInstance(row, expressions, db);
  return row;
}

/** Deletes the row for good; see `changeOne`. @returns whether there was one. */
export async function removeOne(one: OneRow, db: Executor): Promise<boolean> {
  const { table, where, deleted } = one;
  if (!hasHooks(modelOf(table), "beforeDelete", "afterDelete")) {
    const count = await db.execute(new Delete(table, { where, deleted }));
    return found(one, count > 0 || undefined) ?? false;
  }
  const row = found(one, await db.first(lockedRow<object>(one)));
  if (row === undefined) return false;
  await removeInstance(row, db);
  return true;
}

function lockedRow<Row>({ table, where, deleted }: OneRow): Select<Row> {
  const source = baseSource(table);
  return new Select<Row>({ output: new Instances(source), from: source, where, deleted }).lock("update");
}

/** @throws {StaleRow} when there is none, and it was to have a version. */
function found<T>({ table, isVersioned }: OneRow, result: T | undefined): T | undefined {
  if (result === undefined && isVersioned) throw new StaleRow(modelOf(table).name);
  return result;
}
