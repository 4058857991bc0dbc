import type { ExclusionElement } from "../../operations/constraint-clause.ts";
import type { IndexDefinition, IndexKey } from "../../operations/index-clause.ts";
import type { CatalogIndex, Key } from "../catalog.ts";
import { flattened } from "../flat.ts";
import { CLASS } from "../objects.ts";
import type { IndexRow, SpecialKey } from "../queries/indexes.ts";
import type { RelationRow } from "../queries/relations.ts";
import { bareExpression, collationName, given, opclassSql, storageParameters } from "../words.ts";
import { type Context, columnNames } from "./context.ts";

/** @param columns all that it is of, also by expressions. */
export function readIndex(
  row: IndexRow,
  table: RelationRow,
  columns: readonly string[],
  context: Context,
): CatalogIndex {
  const { objects, names } = context;
  const place = [CLASS.relation, row.id] as const;
  const definition: IndexDefinition = given({
    table: names.of("relation", [table.schema, table.name]),
    keys: readKeys(row, context),
    unique: row.unique || undefined,
    method: row.method === "btree" ? undefined : row.method,
    ...storedOf(row, context),
    nullsNotDistinct: row.nullsNotDistinct || undefined,
    where: row.where === null ? undefined : bareExpression(row.where),
    tablespace: row.tablespace ?? undefined,
  });
  const attachedTo: Key | undefined = row.parent === null ? undefined : objects.keyOf([CLASS.relation, row.parent]);
  return {
    ...objects.describe(place, objects.keyOf(place)!),
    name: names.of("relation", [row.schema, row.name]),
    definition,
    text: flattened(row.text!),
    columns,
    isValid: row.valid,
    ...(attachedTo === undefined ? {} : { attachedTo }),
  };
}

/** What it stores beside its keys, and how. */
export function storedOf(
  row: IndexRow,
  context: Context,
): { readonly include?: readonly string[]; readonly with?: Readonly<Record<string, string | number>> } {
  const include = columnNames(context, row.table, row.numbers.slice(row.keyCount));
  const parameters = storageParameters(row.with);
  return {
    ...(include.length === 0 ? {} : { include }),
    ...(parameters === undefined ? {} : { with: parameters }),
  };
}

/** What an exclusion constraint compares. */
export function readElements(
  row: IndexRow,
  operators: readonly string[],
  context: Context,
): readonly ExclusionElement[] {
  return readKeys(row, context).map((key, index) => {
    const element = typeof key === "string" ? { column: key } : key;
    return { ...element, operator: operators[index]! } as ExclusionElement;
  });
}

function readKeys(row: IndexRow, context: Context): readonly IndexKey[] {
  return row.numbers.slice(0, row.keyCount).map((number, index) => {
    const special = row.special?.find(({ place }) => place === index + 1);
    return readKey(columnNames(context, row.table, [number])[0], row.options[index]!, special);
  });
}

function readKey(column: string | undefined, bits: number, special: SpecialKey | undefined): IndexKey {
  const [desc, nullsFirst] = [(bits & 1) === 1, (bits & 2) === 2];
  const { expression = null, opclass = null, collation = null } = special ?? {};
  const options = given({
    order: desc ? ("desc" as const) : undefined,
    nulls: nullsFirst === desc ? undefined : nullsFirst ? ("first" as const) : ("last" as const),
    opclass: opclass === null ? undefined : opclassWithOptions(opclass),
    collation: collation === null ? undefined : collationName(collation),
  });
  if (column !== undefined && Object.keys(options).length === 0) return column;
  return {
    ...(column === undefined ? { expression: bareExpression(expression!) } : { column }),
    ...options,
  } as IndexKey;
}

function opclassWithOptions([schema, name, options]: NonNullable<SpecialKey["opclass"]>): string {
  const sql = opclassSql([schema, name]);
  if (options === null) return sql;
  const parameters = options.map((option) =>
    option.replace(/=(.*)$/s, (_, value) => `='${value.replaceAll("'", "''")}'`),
  );
  return `${sql} (${parameters.join(", ")})`;
}
