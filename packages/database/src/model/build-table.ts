import { DefinitionError } from "../errors.ts";
import { checkName, quote } from "../identifier.ts";
import { ColumnRef } from "../query/expression.ts";
import type { Table, TableColumn } from "../query/table.ts";
import type { Column, ColumnSpec } from "./column.ts";
import type { Model, ModelClass } from "./model.ts";
import { snakeCase } from "./naming.ts";
import { remember } from "./persistence.ts";

/** Makes of a model class what queries need to know of it. Called once per class. */
export function buildTable(model: ModelClass): Table<Model> {
  const name = checkName(model.table);
  const definitions = Object.entries(model.columns as Readonly<Record<string, Column<unknown>>>);
  const columns = definitions.map(([property, { spec }]): TableColumn => {
    const column = checkName(snakeCase(property));
    const encode = (value: unknown): unknown => {
      if (value === null || value === undefined) return value;
      try {
        return spec.encode(value);
      } catch (error) {
        throw new DefinitionError(`A value of ${name}.${column} cannot be sent: ${(error as Error).message}`);
      }
    };
    return { property, ref: new ColumnRef<unknown>(name, column, encode), encode, onUpdate: spec.onUpdate };
  });
  const where = (test: (spec: ColumnSpec) => boolean): TableColumn[] =>
    columns.filter((_, i) => test(definitions[i]![1].spec));

  return {
    name,
    columns,
    sources: [{ table: quote(name), columns: columns.map(({ ref }) => ref.column) }],
    primaryKey: where((spec) => spec.primaryKey),
    isDeleted: where((spec) => spec.marksDeleted)[0]?.ref as ColumnRef<boolean> | undefined,
    hydrate: (row, instance = Object.create(model.prototype as object) as Model) => {
      columns.forEach(({ property }, i) => {
        (instance as unknown as Record<string, unknown>)[property] = row[i];
      });
      remember(
        instance,
        row.map((value, i) => (value instanceof Date ? new Date(value) : columns[i]!.encode(value))),
      );
      return instance;
    },
    withDefaults: (given) => {
      const row: Record<string, unknown> = { ...given };
      for (const [property, { spec }] of definitions) {
        if (row[property] !== undefined) continue;
        if (spec.default?.kind === "client") row[property] = spec.default.make();
        else if (spec.default?.kind === "value") row[property] = structuredClone(spec.default.value);
      }
      return row;
    },
  };
}
