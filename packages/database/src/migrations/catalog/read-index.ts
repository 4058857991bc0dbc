import type { ExclusionElement } from "../operations/constraint-clause.ts";
import { type Name, quoteQualified } from "../operations/identifier.ts";
import type { IndexDefinition, IndexKey } from "../operations/index-clause.ts";
import type { CatalogIndex } from "./catalog.ts";
import type { IndexFacts, IndexRow, KeyRow } from "./rows.ts";
import { bareExpression, collationName, given, nameIn, storageParameters } from "./words.ts";

export function readIndex(row: IndexRow, table: Name, defaultSchema: string): CatalogIndex {
  const { index, schema, name, text } = row;
  const { unique, method, where, nullsNotDistinct } = index;
  const definition: IndexDefinition = given({
    table,
    keys: index.keys.map(readKey),
    unique: unique || undefined,
    method: method === "btree" ? undefined : method,
    include: index.include.length === 0 ? undefined : index.include,
    nullsNotDistinct: nullsNotDistinct || undefined,
    where: where === null ? undefined : bareExpression(where),
    with: storageParameters(index.with),
  });
  const { columns, valid } = index;
  return { name: nameIn(schema, name, defaultSchema), definition, text, columns, isValid: valid };
}

/** What an exclusion constraint compares. */
export function readElements({ keys }: IndexFacts): readonly ExclusionElement[] {
  return keys.map((key) => {
    const read = readKey(key);
    const element = typeof read === "string" ? { column: read } : read;
    return { ...element, operator: key.operator! } as ExclusionElement;
  });
}

function readKey({ column, expression, opclass, collation, desc, nullsFirst }: KeyRow): IndexKey {
  const options = given({
    order: desc ? ("desc" as const) : undefined,
    nulls: nullsFirst === desc ? undefined : nullsFirst ? ("first" as const) : ("last" as const),
    opclass: opclass === null ? undefined : opclassSql(opclass),
    collation: collation === null ? undefined : collationName(collation),
  });
  if (column !== null && Object.keys(options).length === 0) return column;
  return { ...(column === null ? { expression: bareExpression(expression!) } : { column }), ...options } as IndexKey;
}

function opclassSql([schema, name, options]: NonNullable<KeyRow["opclass"]>): string {
  const sql = schema === "pg_catalog" && /^[a-z_]\w*$/.test(name) ? name : quoteQualified([schema, name]);
  if (options === null) return sql;
  const parameters = options.map((option) =>
    option.replace(/=(.*)$/s, (_, value) => `='${value.replaceAll("'", "''")}'`),
  );
  return `${sql} (${parameters.join(", ")})`;
}
