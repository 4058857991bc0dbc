import { MAX_NAME_BYTES } from "../../identifier.ts";
import type { CatalogColumn, CatalogConstraint, CatalogIndex, CatalogTable } from "../catalog/catalog.ts";
import type { ColumnDefinition } from "../operations/column-clause.ts";
import type { Name } from "../operations/identifier.ts";
import { bareOf, partsOf } from "../operations/identifier.ts";
import type { TableDefinition } from "../operations/table-clause.ts";
import { type Call, call, isSame } from "./call.ts";

/*
 * A table's constraints and indexes as calls, and the table itself.
 */

export function isForeignKey({ definition }: CatalogConstraint): boolean {
  return "foreignKey" in definition;
}

/**
 * Whether a constraint comes after its table: foreign keys; conditions that rows need not hold yet, which CREATE TABLE takes
 * for valid; and unique keys of columns that have one already, of which CREATE TABLE makes one.
 */
export function isSeparate(constraint: CatalogConstraint, { constraints }: Pick<CatalogTable, "constraints">): boolean {
  const { definition } = constraint;
  if (isForeignKey(constraint) || ("check" in definition && Object(definition.check).notValid === true)) return true;
  if (!("unique" in definition)) return false;
  const keys = constraints.filter((one) => isSame(keyColumns(one), keyColumns(constraint)));
  return (keys.find((one) => "primaryKey" in one.definition) ?? keys[0]) !== constraint;
}

/** Undefined: it is no primary key and no unique constraint. */
function keyColumns({ definition }: CatalogConstraint): readonly string[] | undefined {
  if ("primaryKey" in definition) return withColumns(definition.primaryKey).columns;
  return "unique" in definition ? withColumns(definition.unique).columns : undefined;
}

/**
 * A table as createTable takes it. Indexes are calls of their own.
 *
 * @param constraints those that come with it.
 * @param define how a column is written.
 */
export function tableDefinition(
  table: CatalogTable,
  constraints: readonly CatalogConstraint[],
  define: (column: CatalogColumn) => ColumnDefinition,
): TableDefinition {
  const { columns, comment, unlogged, with: parameters, tablespace, partitionBy, partitionOf, inherits } = table;
  const own = columns.filter(({ inherited }) => inherited === undefined || inherited.local);
  const definition: Record<string, unknown> =
    partitionOf === undefined
      ? { columns: Object.fromEntries(own.map((column) => [column.name, define(column)])) }
      : { partitionOf };
  const group = (key: string, entries: readonly (readonly [string, unknown])[]): void => {
    if (entries.length > 0) definition[key] = Object.fromEntries(entries);
  };
  const uniques: [string, unknown][] = [];
  const checks: [string, unknown][] = [];
  const exclusions: [string, unknown][] = [];
  for (const { name, definition: constraint } of constraints) {
    if ("primaryKey" in constraint) definition["primaryKey"] = primaryKeyOf(table.name, name, constraint.primaryKey);
    else if ("unique" in constraint) uniques.push([name, constraint.unique]);
    else if ("check" in constraint) checks.push([name, constraint.check]);
    else if ("exclusion" in constraint) exclusions.push([name, constraint.exclusion]);
  }
  group("uniques", uniques);
  group("checks", checks);
  group("exclusions", exclusions);
  if (partitionBy !== undefined) definition["partitionBy"] = partitionBy;
  if (inherits !== undefined && inherits.length > 0) definition["inherits"] = inherits;
  if (unlogged) definition["unlogged"] = true;
  if (parameters !== undefined) definition["with"] = parameters;
  if (tablespace !== undefined) definition["tablespace"] = tablespace;
  if (comment !== undefined) definition["comment"] = comment;
  return definition as TableDefinition;
}

/** Without the name that PostgreSQL gives it anyway. */
function primaryKeyOf(table: Name, name: string, key: readonly string[] | object): unknown {
  const usual = `${partsOf(table).at(-1)}_pkey`;
  if (name === usual && Buffer.byteLength(usual) <= MAX_NAME_BYTES) return key;
  return { name, ...(Array.isArray(key) ? { columns: key } : key) };
}

export function dropConstraint(table: Name, { name, definition }: CatalogConstraint): Call {
  return call("dropConstraint", name, table, { was: definition });
}

export function createConstraint(table: Name, { name, definition }: CatalogConstraint): Call {
  if ("primaryKey" in definition) {
    const { columns, ...options } = withColumns(definition.primaryKey);
    return call("createPrimaryKey", name, table, columns, ...optional(options));
  }
  if ("unique" in definition) {
    const { columns, ...options } = withColumns(definition.unique);
    return call("createUniqueConstraint", name, table, columns, ...optional(options));
  }
  if ("check" in definition) {
    const { expression, ...options } =
      typeof definition.check === "string" ? { expression: definition.check } : definition.check;
    return call("createCheckConstraint", name, table, expression, ...optional(options));
  }
  if ("exclusion" in definition) {
    const { elements, ...options } = definition.exclusion;
    return call("createExclusionConstraint", name, table, elements, ...optional(options));
  }
  const { columns, target, ...options } = definition.foreignKey;
  return call("createForeignKey", name, table, columns, target.table, target.columns!, ...optional(options));
}

export function dropIndex({ name, definition }: CatalogIndex): Call {
  return call("dropIndex", name, { was: definition });
}

export function createIndex({ name, definition }: CatalogIndex): Call {
  const { table, keys, ...options } = definition;
  return call("createIndex", bareOf(name), table, keys, ...optional(options));
}

function withColumns<Definition extends { readonly columns: readonly string[] }>(
  definition: readonly string[] | Definition,
): { readonly columns: readonly string[] } & Omit<Definition, "columns"> {
  return (Array.isArray(definition) ? { columns: definition } : definition) as Definition;
}

/** The last argument, where there is something to say. */
function optional<Options extends object>(options: Options): [] | [Options] {
  return Object.keys(options).length === 0 ? [] : [options];
}
