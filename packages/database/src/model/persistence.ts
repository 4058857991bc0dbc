import { encodeParameters } from "../connection/parameters.ts";
import { DefinitionError, NotFound, StaleRow } from "../errors.ts";
import { Delete } from "../query/delete.ts";
import { type Condition, Value } from "../query/expression.ts";
import { insertInto } from "../query/insert.ts";
import type { Query } from "../query/query.ts";
import { selectFrom } from "../query/select.ts";
import { baseSource } from "../query/source.ts";
import { type Mapped, type StoredRow, type Table, type TableColumn, tableOf } from "../query/table.ts";
import { Update } from "../query/update.ts";
import { remember, rowOf } from "./state.ts";

type Values = Readonly<Record<string, unknown>>;

/** INSERT of a new instance, which takes on what the database made of it. */
export function insertInstance<Row extends object>(instance: Row): Query<Row> {
  const table = tableFor(instance);
  const columns = table.columns.filter(({ isGenerated }) => !isGenerated);
  const values = Object.fromEntries(columns.map(({ property }) => [property, (instance as Values)[property]]));
  return into(instance, insertInto<Row>(table, [values]));
}

/** What was changed in a stored instance since its row was read; undefined when nothing was. */
export function changesOf(instance: object): Values | undefined {
  const table = tableFor(instance);
  const before = storedRow(instance);
  let changes: Record<string, unknown> | undefined;
  for (const [i, column] of table.columns.entries()) {
    const value = (instance as Values)[column.property];
    if (isSame(column, value, before, i)) continue;
    changes ??= {};
    changes[column.property] = value;
  }
  return changes;
}

/**
 * UPDATE of the given columns of a stored instance, which takes on the row as it then is. Where the model has a version, only
 * if the row still has the one that was read.
 */
export function changeInstance<Row extends object>(instance: Row, changes: Values): Query<Row> {
  const table = tableFor(instance);
  const query = new Update<Row>(table).set(changes as never).withDeleted();
  return into(instance, query.where(...isInstance(table, instance)), table.version !== undefined);
}

/** DELETE of a stored instance, with the version that was read where the model has one. */
export function deleteInstance<Row extends object>(instance: Row): Query<Row> {
  const table = tableFor(instance);
  const query = new Delete<Row>(table).withDeleted().where(...isInstance(table, instance));
  return {
    compile: () => ({
      ...query.compile("one"),
      whenNone: table.version === undefined ? gone(instance) : stale(instance),
    }),
  };
}

/** SELECT of a stored instance, soft deleted or not, into itself. */
export function refreshInstance<Row extends object>(instance: Row): Query<Row> {
  const table = tableFor(instance);
  const query = selectFrom<Row>(table).withDeleted();
  return into(instance, query.where(...isInstance(table, instance, false)));
}

function tableFor<Row extends object>(instance: Row): Table<Row> {
  return tableOf(instance.constructor as unknown as Mapped<Row>);
}

function storedRow(instance: object): StoredRow {
  const row = rowOf(instance);
  if (row === undefined) {
    throw new DefinitionError(`This ${instance.constructor.name} is not stored. Store it with db.add() first.`);
  }
  return row;
}

/** The row by the key it was stored under, even when the instance's key was changed since; and by its version. */
function isInstance(table: Table, instance: object, withVersion = true): Condition[] {
  const row = storedRow(instance);
  if (table.primaryKey.length === 0) {
    throw new DefinitionError(
      `${instance.constructor.name} has no primary key. Use update() or del() with a condition.`,
    );
  }
  const columns = withVersion && table.version !== undefined ? [...table.primaryKey, table.version] : table.primaryKey;
  const { c } = baseSource(table);
  return columns.map((column) => {
    const i = table.columns.indexOf(column);
    const value = row.values[i];
    // The wire's text is exact where a value of JavaScript may not be: a Date has no microseconds.
    const isText = row.parse[i] !== undefined;
    return c[column.property]!.eq((isText ? new Value(value) : value) as never);
  });
}

/** The query, whose row is written into the instance, which gets back what it was should that be rolled back. */
function into<Row extends object>(instance: Row, query: Query<Row>, isVersioned = false): Query<Row> {
  const { columns } = tableFor(instance);
  return {
    compile: () => {
      const before = valuesOf(instance, columns);
      const { text, values, shape, reads } = query.compile("one");
      return {
        text,
        values,
        shape,
        reads,
        receive: (row) => {
          columns.forEach(({ property }, i) => {
            // What was changed while the statement was under way stays, and counts as changed.
            const was = before[i] === ABSENT ? undefined : before[i];
            if (!Object.is((instance as Values)[property], was)) return;
            (instance as Record<string, unknown>)[property] = (row as Values)[property];
          });
          remember(instance, rowOf(row));
          return instance;
        },
        onRollback: restore(instance, columns, before),
        whenNone: isVersioned ? stale(instance) : gone(instance),
      };
    },
  };
}

/** Stands for the value of a property that an instance does not have. */
const ABSENT = Symbol("absent");

/** What an instance's columns hold, one by one: a copy of the instance would take longer than all else of a write. */
function valuesOf(instance: object, columns: readonly TableColumn[]): readonly unknown[] {
  return columns.map(({ property }) => (Object.hasOwn(instance, property) ? (instance as Values)[property] : ABSENT));
}

/** Makes of the instance what it was when it held these values. */
function restore(instance: object, columns: readonly TableColumn[], values: readonly unknown[]): () => void {
  const row = rowOf(instance);
  return () => {
    for (const [i, { property }] of columns.entries()) {
      if (values[i] === ABSENT) delete (instance as Record<string, unknown>)[property];
      else (instance as Record<string, unknown>)[property] = values[i];
    }
    remember(instance, row);
  };
}

function gone(instance: object): () => NotFound {
  return () =>
    new NotFound(`This ${instance.constructor.name} is not there any more: its row was deleted since it was read.`);
}

function stale(instance: object): () => StaleRow {
  return () => new StaleRow(instance.constructor.name);
}

/** The value that the database said, as it was before anybody could change it. */
function storedValue({ values, parse }: StoredRow, i: number): unknown {
  const value = values[i];
  const read = parse[i];
  return read !== undefined && typeof value === "string" ? read(value) : value;
}

function isSame(column: TableColumn, value: unknown, row: StoredRow, i: number): boolean {
  const before = row.values[i];
  if (value === before || value === undefined) return true;
  if (value instanceof Date && typeof before === "number") return Object.is(value.getTime(), before);
  if (row.parse[i] === undefined && typeof value !== "object") return Object.is(value, before);
  if (before === null) return false;
  if (value === null) return storedValue(row, i) === null;
  return parameterOf(column, value) === parameterOf(column, storedValue(row, i));
}

/** The value as the wire has it, which is equal for equal values of any type. */
function parameterOf(column: TableColumn, value: unknown): string | null {
  const [parameter] = encodeParameters([column.encode(value)]);
  return Buffer.isBuffer(parameter) ? parameter.toString("hex") : (parameter ?? null);
}
