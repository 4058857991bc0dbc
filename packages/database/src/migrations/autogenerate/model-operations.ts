import { describeTable } from "../../model/describe-table.ts";
import type { Schema } from "../../model/schema.ts";
import type { TableDefinition as ModelTable, TableIndex, TableIndexKey } from "../../model/table-definition.ts";
import { given } from "../catalog/words.ts";
import type { Name } from "../operations/identifier.ts";
import type { IndexKey } from "../operations/index-clause.ts";
import type { Operations } from "../operations/operations.ts";
import type { TableDefinition } from "../operations/table-clause.ts";

/**
 * Records what makes all that models describe in a database that has none of it: enums, tables, indexes, and at last the
 * foreign keys. Their schemas have to be there.
 *
 * @throws {DefinitionError} what `describeTable` throws.
 */
export function createSchema({ models, enums }: Schema): (op: Operations) => void {
  const tables = models.map((model) => describeTable(model));
  return (op) => {
    for (const definition of enums) op.createEnum(nameOf(definition), definition.values);
    for (const table of tables) op.createTable(nameOf(table), tableOf(table));
    for (const table of tables) for (const index of table.indexes) createIndex(op, nameOf(table), index);
    for (const table of tables) createForeignKeys(op, table);
  };
}

/** The schemas that models name. */
export function namedSchemas({ models, enums }: Schema): readonly string[] {
  const schemas = [...models.map((model) => describeTable(model)), ...enums].map(({ schema }) => schema);
  return [...new Set(schemas.filter((schema) => schema !== undefined))];
}

function nameOf({ schema, name }: { readonly schema: string | undefined; readonly name: string }): Name {
  return schema === undefined ? [name] : [schema, name];
}

function tableOf({ columns, primaryKey, uniques, checks, comment }: ModelTable): TableDefinition {
  return given({
    columns: Object.fromEntries(columns.map(({ name, enum: _, ...column }) => [name, given(column)])),
    primaryKey,
    uniques: Object.fromEntries(uniques.map(({ name, ...unique }) => [name, given(unique)])),
    checks: Object.fromEntries(checks.map(({ name, expression }) => [name, expression])),
    comment,
  });
}

function createIndex(op: Operations, table: Name, index: TableIndex): void {
  const { name, keys, include, with: parameters, ...options } = index;
  op.createIndex(
    [name],
    table,
    keys.map((key) => keyOf(key, index.method)),
    given({
      ...options,
      include: include.length === 0 ? undefined : include,
      with: Object.keys(parameters).length === 0 ? undefined : parameters,
    }),
  );
}

/** Only a btree has an order. */
function keyOf({ on, order, nulls, opclass, collation }: TableIndexKey, method: string): IndexKey {
  return given({ ...on, ...(method === "btree" ? { order, nulls } : {}), opclass, collation }) as IndexKey;
}

function createForeignKeys(op: Operations, table: ModelTable): void {
  for (const { name, columns, target, ...options } of table.foreignKeys) {
    const referenced = nameOf({ schema: target.schema, name: target.table });
    op.createForeignKey(name, nameOf(table), columns, referenced, target.columns, given(options));
  }
}
