import { DefinitionError } from "../errors.ts";
import { checkName } from "../identifier.ts";
import { type IndexDefinition, type IndexKey, index } from "./index-definition.ts";
import { isNamedColumn, type ModelColumn, type ModelColumns, resolve } from "./model-columns.ts";
import { conventionalName } from "./naming.ts";
import type { TableIndex, TableIndexKey } from "./table-definition.ts";

/** An index as its table has it. */
export function describeIndex(columns: ModelColumns, definition: IndexDefinition): TableIndex {
  const { include, where, with: parameters = {} } = definition;
  const keys = definition.keys().map((key) => describeKey(columns, key));
  return {
    name: checkName(definition.name ?? defaultName(columns, keys)),
    unique: definition.unique ?? false,
    method: definition.method ?? "btree",
    keys,
    include: include === undefined ? [] : columns.names(include(), "an index"),
    where: where === undefined ? undefined : columns.sql(where()),
    nullsNotDistinct: definition.nullsNotDistinct ?? false,
    with: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
  };
}

/** The index that a column declares, if it does. */
export function indexOfColumn(column: ModelColumn): IndexDefinition | undefined {
  if (column.spec.index === undefined) return undefined;
  const { order, nulls, opclass, collation, where, ...options } = column.spec.index;
  return index(() => ({ on: column.ref, order, nulls, opclass, collation }), {
    ...options,
    where: where === undefined ? undefined : () => resolve(where, column),
  });
}

/** A key of an index, or of an exclusion constraint. */
export function describeKey(columns: ModelColumns, key: IndexKey): TableIndexKey {
  const { on, order = "asc", nulls, opclass, collation } = key;
  return {
    on: isNamedColumn(on) ? { column: columns.names([on], "an index")[0]! } : { expression: columns.sql(on) },
    order,
    nulls: nulls ?? (order === "asc" ? "last" : "first"),
    opclass,
    collation,
  };
}

function defaultName({ model }: ModelColumns, keys: readonly TableIndexKey[]): string {
  const names = keys.map(({ on }) => {
    if ("column" in on) return on.column;
    throw new DefinitionError(
      `${model.name} has an index on an expression, which needs a name: index(…, { name: "ix_…" }).`,
    );
  });
  if (names.length === 0) throw new DefinitionError(`${model.name} has an index without columns.`);
  return conventionalName("ix", model.table, ...names);
}
