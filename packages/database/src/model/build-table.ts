import { DefinitionError } from "../errors.ts";
import { checkName, quote } from "../identifier.ts";
import { Relation } from "../query/relation.ts";
import type { Columns } from "../query/row-types.ts";
import { columnOf, type Table, type TableColumn } from "../query/table.ts";
import type { Column, ColumnSpec } from "./column.ts";
import type { Entity } from "./entity.ts";
import { snakeCase } from "./naming.ts";
import { relate, rowOf, stamp } from "./state.ts";

/** A model or a view as far as queries have to know it. */
interface TableClass {
  readonly columns: Columns;
  readonly table: string;
  readonly schema: string | undefined;
  readonly prototype: object;
}

/** Makes of a model's or a view's class what queries need to know of it. Called once per class. */
export function buildTable<W extends boolean>(model: TableClass, isWritable: W): Table<Entity> & { isWritable: W } {
  const name = checkName(model.table);
  const sql = model.schema === undefined ? quote(name) : `${quote(checkName(model.schema))}.${quote(name)}`;
  const specs = Object.entries(model.columns as Readonly<Record<string, Column<unknown>>>);
  const columns = specs.map(([property, { spec }]) => buildColumn(name, property, spec));
  const where = (test: (spec: ColumnSpec) => boolean): TableColumn[] =>
    columns.filter((_, i) => test(specs[i]![1].spec));
  const defaults = specs.flatMap(([property, { spec }]) => {
    const make = clientDefault(spec);
    return make === undefined ? [] : [{ property, make }];
  });

  const table: Table<Entity> & { isWritable: W } = {
    name,
    sql,
    columns,
    isWritable,
    byProperty: new Map(columns.map((column) => [column.property, column])),
    reads: { table: sql, columns: columns.map((column) => column.name) },
    primaryKey: where((spec) => spec.primaryKey),
    isDeleted: where((spec) => spec.marksDeleted)[0],
    version: where((spec) => spec.isVersion)[0],
    prototype: model.prototype,
    stamp,
    storedRow: rowOf,
    relate,
    hasRelation: (definition) => relationsOf(model).has(definition),
    withDefaults: (given) => {
      const row: Record<string, unknown> = {};
      for (const property of Object.keys(given)) row[columnOf(table, property).property] = given[property];
      for (const { property, make } of defaults) if (row[property] === undefined) row[property] = make();
      return row;
    },
  };
  return table;
}

function buildColumn(table: string, property: string, spec: ColumnSpec): TableColumn {
  const name = checkName(spec.name ?? snakeCase(property));
  return {
    property,
    name,
    type: spec.type,
    decode: spec.decode,
    onUpdate: spec.onUpdate,
    isGenerated: spec.generated !== undefined || spec.identity === "always",
    isKey: spec.primaryKey || spec.references !== undefined,
    isSentAsText: spec.type.endsWith("[]") || (!spec.isBuiltIn && spec.enum === undefined),
    collation: spec.collation,
    isNullByDefault:
      spec.nullable && spec.default === undefined && spec.generated === undefined && spec.identity === undefined,
    encode: (value) => {
      if (value === null || value === undefined) return null;
      try {
        return spec.encode(value);
      } catch (error) {
        throw new DefinitionError(`A value of ${table}.${name} cannot be sent: ${(error as Error).message}`);
      }
    },
  };
}

/** The definitions of the relations among the static members of a class and of those it extends. */
function relationsOf(model: object): ReadonlySet<object> {
  const definitions = new Set<object>();
  for (let each = model; typeof each === "function"; each = Object.getPrototypeOf(each)) {
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(each))) {
      if (value instanceof Relation) definitions.add(value.definition);
    }
  }
  return definitions;
}

/** What makes the default of a new instance, where the client does. */
function clientDefault({ default: given }: ColumnSpec): (() => unknown) | undefined {
  if (given?.kind === "client") return given.make;
  if (given?.kind !== "value") return undefined;
  const { value } = given;
  return () => copied(value);
}

/** A copy of what could be changed in place, so that two instances do not share it. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (value instanceof Date) return new Date(value);
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copied(item)]));
}
