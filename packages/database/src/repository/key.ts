import { DefinitionError } from "../errors.ts";
import { type Condition, Value } from "../query/expression.ts";
import { baseSource } from "../query/source.ts";
import type { Table, TableColumn } from "../query/table.ts";
import { isPlainObject, modelOf } from "./model-of.ts";

/**
 * The conditions that only the row with this primary key holds. A key of several columns is an object with exactly these.
 *
 * @throws {DefinitionError} when the model has no primary key, or the key is none of it: undefined, null, a filter.
 */
export function keyConditions(table: Table, key: unknown): readonly Condition[] {
  const { primaryKey } = table;
  const { c } = baseSource(table);
  return primaryKeyOf(table).map((column) => {
    const value = primaryKey.length === 1 ? key : partOf(table, key, column);
    if (value === undefined || value === null || isPlainObject(value)) throw noKey(table);
    return c[column.property]!.eq(new Value(column.encode(value)) as never);
  });
}

/** The columns of the primary key. @throws {DefinitionError} when the model has none. */
export function primaryKeyOf(table: Table): readonly TableColumn[] {
  if (table.primaryKey.length > 0) return table.primaryKey;
  throw new DefinitionError(`${modelOf(table).name} has no primary key to find a row by.`);
}

function partOf(table: Table, key: unknown, { property }: TableColumn): unknown {
  const { primaryKey } = table;
  const isKey =
    isPlainObject(key) &&
    Object.keys(key).length === primaryKey.length &&
    primaryKey.every((column) => Object.hasOwn(key, column.property));
  if (isKey) return key[property];
  throw noKey(table);
}

function noKey(table: Table): DefinitionError {
  const names = table.primaryKey.map(({ property }) => property);
  const wanted =
    names.length === 1 ? `the value of ${names[0]}` : `an object of ${names.join(" and ")}, and nothing else`;
  return new DefinitionError(`A key of ${modelOf(table).name} is ${wanted}.`);
}
