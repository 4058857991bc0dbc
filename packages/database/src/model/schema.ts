import { DefinitionError } from "../errors.ts";
import { describeTable } from "./describe-table.ts";
import type { EnumDefinition } from "./enum.ts";
import type { ModelClass } from "./model.ts";
import { checkForeignKeys, checkNames, enumsOf, type ModelTable, nameOf } from "./schema-checks.ts";
import { checkRelations } from "./schema-relations.ts";

/** All models of an application: what migrations compare the database with. */
export interface Schema {
  readonly models: readonly ModelClass[];
  /** The enum types of their columns. */
  readonly enums: readonly EnumDefinition[];
}

/**
 * Registers an application's models: `defineSchema({ User, Order })`. JavaScript tells nobody that a class was made, so
 * a model that is left out here is unknown to migrations.
 *
 * @throws {DefinitionError} when two models share a table, when a foreign key refers to a table that is not among them, to
 *   columns of other types or to columns that are not unique, when two things that share a namespace have the same name,
 *   when one enum has two lists of values, when a relation's keys do not fit, and for what `describeTable` refuses.
 */
export function defineSchema(models: Readonly<Record<string, ModelClass>>): Schema {
  const byTable = new Map<string, ModelTable>();
  for (const model of Object.values(models)) {
    const table = describeTable(model);
    const name = nameOf(table);
    const other = byTable.get(name)?.model;
    if (other !== undefined) {
      throw new DefinitionError(
        `${model.name} and ${other.name} both map to the table ${name}. ` +
          'Give one of them its own: static override readonly table = "…".',
      );
    }
    byTable.set(name, { model, table });
  }
  const tables = [...byTable.values()];
  const enums = enumsOf(tables);
  checkNames(tables, enums);
  checkForeignKeys(tables);
  checkRelations(Object.values(models));
  return { models: Object.values(models), enums };
}
