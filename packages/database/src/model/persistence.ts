import { DefinitionError } from "../errors.ts";
import { Delete } from "../query/delete.ts";
import { Condition } from "../query/expression.ts";
import { Insert } from "../query/insert.ts";
import type { Query } from "../query/query.ts";
import { Select } from "../query/select.ts";
import { type Mapped, type Table, tableOf } from "../query/table.ts";
import { Update } from "../query/update.ts";

type Values = Readonly<Record<string, unknown>>;

/**
 * What the database last said of an instance, encoded, in the order of the table's columns. An instance without an
 * entry is not stored.
 */
const stored = new WeakMap<object, readonly unknown[]>();

export function remember(instance: object, row: readonly unknown[]): void {
  stored.set(instance, row);
}

/** INSERT of a new instance, which takes on what the database made of it. */
export function insertInstance<Row extends object>(instance: Row): Query<Row> {
  const table = tableFor(instance);
  return into(instance, new Insert(table, [instance as Values]));
}

/** UPDATE of the columns that were changed since the row was read; nothing when there are none. */
export function updateInstance<Row extends object>(instance: Row): Query<Row> | undefined {
  const table = tableFor(instance);
  const before = snapshot(instance);
  const changes = Object.fromEntries(
    table.columns.flatMap(({ property, encode }, i) => {
      const value = (instance as Values)[property];
      return same(encode(value), before[i]) ? [] : [[property, value]];
    }),
  );
  if (Object.keys(changes).length === 0) return undefined;
  return changeInstance(instance, changes);
}

/** UPDATE of the given columns of a stored instance, which takes on the row as it then is. */
export function changeInstance<Row extends object>(instance: Row, changes: Values): Query<Row> {
  const table = tableFor(instance);
  return into(instance, new Update<Row>(table, changes, [isInstance(table, instance)]));
}

/** DELETE of a stored instance. */
export function deleteInstance<Row extends object>(instance: Row): Query<Row> {
  const table = tableFor(instance);
  return new Delete(table, [isInstance(table, instance)]);
}

/** SELECT of a stored instance, soft deleted or not, into itself. */
export function refreshInstance<Row extends object>(instance: Row): Query<Row> {
  const table = tableFor(instance);
  return into(instance, new Select(table).withDeleted().where(isInstance(table, instance)));
}

function tableFor<Row extends object>(instance: Row): Table<Row> {
  return tableOf(instance.constructor as unknown as Mapped<Row>);
}

function snapshot(instance: object): readonly unknown[] {
  const row = stored.get(instance);
  if (row === undefined) {
    throw new DefinitionError(`This ${instance.constructor.name} is not stored yet. Store it with db.add() first.`);
  }
  return row;
}

/** The row by the key it was stored under, even when the instance's key was changed since. */
function isInstance(table: Table, instance: object): Condition {
  const row = snapshot(instance);
  if (table.primaryKey.length === 0) {
    throw new DefinitionError(
      `${instance.constructor.name} has no primary key. Use update() or del() with a condition.`,
    );
  }
  return new Condition((writer) =>
    table.primaryKey
      .map((column) => `${column.ref.write()} = ${writer.bind(row[table.columns.indexOf(column)])}`)
      .join(" and "),
  );
}

/** The query, whose row is written into the instance, which gets back what it was should that be rolled back. */
function into<Row extends object>(instance: Row, query: Query<Row>): Query<Row> {
  const table = tableFor(instance);
  return {
    compile: () => {
      const values = { ...instance };
      const row = stored.get(instance);
      return {
        ...query.compile(),
        decode: (read) => table.hydrate(read, instance),
        onRollback: () => {
          for (const { property } of table.columns) {
            if (!(property in values)) delete (instance as Record<string, unknown>)[property];
          }
          Object.assign(instance, values);
          if (row === undefined) stored.delete(instance);
          else stored.set(instance, row);
        },
      };
    },
  };
}

function same(a: unknown, b: unknown): boolean {
  return a instanceof Date && b instanceof Date ? Object.is(a.getTime(), b.getTime()) : Object.is(a, b);
}
