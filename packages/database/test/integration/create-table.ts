import type { TestDatabase } from "../../../../test/database.ts";
import type { EnumDefinition } from "../../src/index.ts";
import type { Deferrable } from "../../src/model/constraints.ts";
import { literal } from "../../src/model/definition-sql.ts";
import { describeTable } from "../../src/model/describe-table.ts";
import type { TableModel } from "../../src/model/model-columns.ts";
import type {
  ColumnDefinition,
  ForeignKeyConstraint,
  TableDefinition,
  TableIndex,
  TableIndexKey,
} from "../../src/model/table-definition.ts";

/*
 * The statements that make a table of its definition, and of nothing else: the proof that a definition says all there is
 * to say.
 */

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const list = (names: readonly string[]): string => names.map(quote).join(", ");
const nameOf = ({ schema, name }: { schema: string | undefined; name: string }): string =>
  schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`;
const when = (condition: boolean, text: string): string => (condition ? ` ${text}` : "");
const deferrable = (kind: Deferrable | undefined): string => when(kind !== undefined, `deferrable ${kind}`);

/** Makes the tables of models, in their order, and then their foreign keys. */
export async function createModels(database: TestDatabase, models: readonly TableModel[]): Promise<void> {
  const tables = models.map(describeTable);
  const statements = [...tables.flatMap(createTable), ...tables.flatMap(addForeignKeys)];
  await database.query(statements.join(";\n"));
}

export function createEnum(definition: EnumDefinition): string {
  return `create type ${nameOf(definition)} as enum (${definition.values.map(literal).join(", ")})`;
}

/** The table with everything but its foreign keys, which other tables have to be there for. */
export function createTable(table: TableDefinition): string[] {
  const name = nameOf(table);
  const { primaryKey, uniques, checks, indexes } = table;
  const parts = table.columns.map(columnSql);
  if (primaryKey !== undefined) {
    parts.push(`constraint ${quote(primaryKey.name)} primary key (${list(primaryKey.columns)})`);
  }
  for (const { name, columns, nullsNotDistinct, deferrable: kind } of uniques) {
    const nulls = when(nullsNotDistinct, "nulls not distinct");
    parts.push(`constraint ${quote(name)} unique${nulls} (${list(columns)})${deferrable(kind)}`);
  }
  for (const { name, expression } of checks) parts.push(`constraint ${quote(name)} check (${expression})`);
  const comments = table.columns
    .filter(({ comment }) => comment !== undefined)
    .map((column) => `comment on column ${name}.${quote(column.name)} is ${literal(column.comment)}`);
  if (table.comment !== undefined) comments.push(`comment on table ${name} is ${literal(table.comment)}`);
  return [
    `create table ${name} (\n  ${parts.join(",\n  ")}\n)`,
    ...indexes.map((index) => indexSql(name, index)),
    ...comments,
  ];
}

export function addForeignKeys(table: TableDefinition): string[] {
  return table.foreignKeys.map((key) => `alter table ${nameOf(table)} add ${foreignKeySql(key)}`);
}

function columnSql(column: ColumnDefinition): string {
  return (
    `${quote(column.name)} ${column.type}` +
    when(column.collation !== undefined, `collate ${quote(column.collation ?? "")}`) +
    when(!column.nullable, "not null") +
    when(column.default !== undefined, `default ${column.default}`) +
    when(column.identity !== undefined, `generated ${column.identity} as identity`) +
    when(column.generated !== undefined, `generated always as (${column.generated}) stored`)
  );
}

function foreignKeySql({ name, columns, target, onDelete, onUpdate, deferrable: kind }: ForeignKeyConstraint): string {
  const { schema, table, columns: targets } = target;
  return (
    `constraint ${quote(name)} foreign key (${list(columns)}) references ${nameOf({ schema, name: table })} ` +
    `(${list(targets)}) on delete ${onDelete} on update ${onUpdate}${deferrable(kind)}`
  );
}

function indexSql(table: string, index: TableIndex): string {
  const parameters = Object.entries(index.with).map(([name, value]) => `${quote(name)} = ${value}`);
  return (
    `create${when(index.unique, "unique")} index ${quote(index.name)} on ${table} using ${quote(index.method)} ` +
    `(${index.keys.map((key) => keySql(key, index.method)).join(", ")})` +
    when(index.include.length > 0, `include (${list(index.include)})`) +
    when(index.nullsNotDistinct, "nulls not distinct") +
    when(parameters.length > 0, `with (${parameters.join(", ")})`) +
    when(index.where !== undefined, `where ${index.where}`)
  );
}

function keySql({ on, order, nulls, opclass, collation }: TableIndexKey, method: string): string {
  return (
    ("column" in on ? quote(on.column) : `(${on.expression})`) +
    when(collation !== undefined, `collate ${quote(collation ?? "")}`) +
    when(opclass !== undefined, opclass ?? "") +
    when(method === "btree", `${order} nulls ${nulls}`)
  );
}
