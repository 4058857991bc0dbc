import { DefinitionError } from "../errors.ts";
import { ColumnRef } from "../query/expression.ts";
import { TABLE } from "../query/table.ts";
import type { Column } from "./column.ts";
import type { ModelClass } from "./model.ts";

/** All models of an application: what migrations compare the database with. */
export interface Schema {
  readonly models: readonly ModelClass[];
}

/**
 * Registers an application's models: `defineSchema({ User, Order })`. JavaScript tells nobody that a class was made, so
 * a model that is left out here is unknown to migrations.
 *
 * @throws {DefinitionError} when two models share a table, or a foreign key and its target differ in type.
 */
export function defineSchema(models: Readonly<Record<string, ModelClass>>): Schema {
  const byTable = new Map<string, ModelClass>();
  for (const model of Object.values(models)) {
    const other = byTable.get(model.table);
    if (other !== undefined) {
      throw new DefinitionError(
        `${model.name} and ${other.name} both map to the table "${model.table}". ` +
          'Give one of them its own: static override readonly table = "…".',
      );
    }
    byTable.set(model.table, model);
  }
  for (const model of byTable.values()) checkReferences(model, byTable);
  return { models: [...byTable.values()] };
}

function checkReferences(model: ModelClass, byTable: ReadonlyMap<string, ModelClass>): void {
  for (const [property, { spec }] of Object.entries(model.columns as Readonly<Record<string, Column<unknown>>>)) {
    const target = spec.references?.target();
    if (target === undefined) continue;
    const where = `${model.name}.${property}`;
    if (!(target instanceof ColumnRef)) {
      throw new DefinitionError(`${where} references no column. Write references(() => Other.c.id).`);
    }
    const other = byTable.get(target.table);
    const position = other?.[TABLE].columns.findIndex(({ ref }) => ref.column === target.column) ?? -1;
    const type = (Object.values(other?.columns ?? {})[position] as Column<unknown> | undefined)?.spec.type;
    if (type === undefined) {
      throw new DefinitionError(`${where} references "${target.table}", which is not in the schema. Add its model.`);
    }
    if (type !== spec.type) {
      throw new DefinitionError(`${where} is ${spec.type}, but "${target.table}"."${target.column}" is ${type}.`);
    }
  }
}
