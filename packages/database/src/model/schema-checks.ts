import { DefinitionError } from "../errors.ts";
import { quote } from "../identifier.ts";
import type { EnumDefinition } from "./enum.ts";
import type { TableModel } from "./model-columns.ts";
import type { ModelView } from "./schema-objects.ts";
import type { Sequence } from "./sequence.ts";
import type { ForeignKeyConstraint, TableDefinition } from "./table-definition.ts";

/** A model and what its table is. */
export interface ModelTable {
  readonly model: TableModel;
  readonly table: TableDefinition;
}

interface Named {
  readonly schema?: string | undefined;
  readonly name: string;
}

/** A name with its schema, quoted. */
export function nameOf({ schema, name }: Named): string {
  return schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`;
}

/**
 * The enums that columns are of, and those that are given besides, each once.
 *
 * @throws {DefinitionError} when two of one name differ.
 */
export function enumsOf(tables: readonly ModelTable[], given: readonly EnumDefinition[]): EnumDefinition[] {
  const found = new Map<string, EnumDefinition>();
  for (const definition of [...tables.flatMap(({ table }) => table.columns.map((column) => column.enum)), ...given]) {
    if (definition === undefined) continue;
    const name = nameOf(definition);
    const other = found.get(name) ?? definition;
    if (JSON.stringify(other.values) !== JSON.stringify(definition.values)) {
      throw new DefinitionError(
        `The enum ${name} is defined twice, with different values. Define it once and share it.`,
      );
    }
    found.set(name, other);
  }
  return [...found.values()];
}

/**
 * Names share a namespace (PostgreSQL, "CREATE TABLE" and "CREATE INDEX"): a table's columns; a table's constraints; a
 * schema's tables, views, sequences, indexes and keys; a schema's tables, views and types; a table's triggers, and its
 * policies.
 *
 * @throws {DefinitionError} when one is there twice.
 */
export function checkNames(
  tables: readonly ModelTable[],
  enums: readonly EnumDefinition[],
  views: readonly ModelView[],
  sequences: readonly Sequence[],
): void {
  const relations = new Map<string, string>();
  const types = new Map<string, string>();
  for (const { model, table } of tables) {
    const { schema, primaryKey, uniques } = table;
    const keys = primaryKey === undefined ? uniques : [primaryKey, ...uniques];
    claim(new Map(), table.columns, `a column of ${model.name}`);
    const { checks, foreignKeys, exclusions } = table;
    claim(new Map(), [...keys, ...checks, ...foreignKeys, ...exclusions], `a constraint of ${model.name}`);
    claim(new Map(), table.triggers, `a trigger of ${model.name}`);
    claim(new Map(), table.policies, `a policy of ${model.name}`);
    for (const { name } of [...keys, ...table.indexes, ...exclusions])
      claim(relations, [{ schema, name }], `an index of ${model.name}`);
    claim(relations, [table], `the table of ${model.name}`);
    claim(types, [table], `the table of ${model.name}`);
  }
  for (const { model, view } of views) {
    claim(new Map(), view.columns, `a column of ${model.name}`);
    claim(new Map(), view.triggers, `a trigger of ${model.name}`);
    for (const { name } of view.indexes) claim(relations, [{ schema: view.schema, name }], `an index of ${model.name}`);
    claim(relations, [view], `the view ${model.name}`);
    claim(types, [view], `the view ${model.name}`);
  }
  for (const { name, options } of sequences) claim(relations, [{ name, schema: options.schema }], "a sequence");
  claim(types, enums, "an enum");
}

/**
 * @throws {DefinitionError} when a foreign key refers to a table that is not among these, to columns of other types, or to
 *   columns that neither a primary key nor a unique constraint or index has (PostgreSQL, "Foreign Keys").
 */
export function checkForeignKeys(tables: readonly ModelTable[]): void {
  const byName = new Map(tables.map((entry) => [nameOf(entry.table), entry]));
  for (const entry of tables) {
    for (const key of entry.table.foreignKeys) {
      const { schema, table: name, columns } = key.target;
      const where = `${entry.model.name}.${key.columns.map((column) => propertyOf(entry, column)).join(", ")}`;
      const target = byName.get(nameOf({ schema, name }));
      if (target === undefined) {
        throw new DefinitionError(
          `${where} references ${nameOf({ schema, name })}, which is not in the schema. Add its model.`,
        );
      }
      checkTypes(entry, key, target);
      if (isUnique(target.table, columns)) continue;
      const living = target.table.indexes.some((index) => index.unique && index.where !== undefined);
      throw new DefinitionError(
        `${where} references ${columns.map((column) => `${nameOf(target.table)}.${quote(column)}`).join(", ")}, which is not unique. ` +
          (living
            ? "unique() on a model with soft delete leaves deleted rows out: add includeDeleted: true."
            : "Make it a primary key or unique()."),
      );
    }
  }
}

function checkTypes(entry: ModelTable, { columns, target }: ForeignKeyConstraint, other: ModelTable): void {
  columns.forEach((column, i) => {
    const type = typeOf(entry.table, column);
    const targetType = typeOf(other.table, target.columns[i]!);
    if (type === targetType) return;
    const where = `${entry.model.name}.${propertyOf(entry, column)}`;
    const whereto = `${nameOf(other.table)}.${quote(target.columns[i]!)}`;
    throw new DefinitionError(`${where} is ${type}, but ${whereto} is ${targetType}.`);
  });
}

/** Whether what a foreign key refers to has one row at most. */
function isUnique(table: TableDefinition, columns: readonly string[]): boolean {
  const keys = [
    table.primaryKey?.columns ?? [],
    ...table.uniques.filter(({ deferrable }) => deferrable === undefined).map((key) => key.columns),
    ...table.indexes
      .filter((index) => index.unique && index.where === undefined)
      .map(({ keys }) => keys.map(({ on }) => ("column" in on ? on.column : ""))),
  ];
  const wanted = [...columns].sort().join();
  return keys.some((key) => [...key].sort().join() === wanted);
}

function typeOf(table: TableDefinition, name: string): string | undefined {
  return table.columns.find((column) => column.name === name)?.type;
}

/** The property of a column, as its model calls it. */
function propertyOf({ model, table }: ModelTable, name: string): string {
  return Object.keys(model.columns)[table.columns.findIndex((column) => column.name === name)] ?? name;
}

function claim(taken: Map<string, string>, names: readonly Named[], owner: string): void {
  for (const named of names) {
    const name = nameOf(named);
    const other = taken.get(name);
    if (other !== undefined) {
      const both = other === owner ? `${owner} twice` : `${other} and ${owner}`;
      throw new DefinitionError(`${name} is the name of ${both}. Give one of them another.`);
    }
    taken.set(name, owner);
  }
}
