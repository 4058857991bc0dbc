import { DefinitionError } from "../errors.ts";
import { Relation, type ResolvedRelation } from "../query/relation.ts";
import type { ColumnRef } from "../query/source.ts";
import { TABLE } from "../query/table.ts";
import type { TableModel } from "./model-columns.ts";

/** A model or a view, as far as relations are concerned. */
type Related = Pick<TableModel, "name" | typeof TABLE>;

/**
 * @throws {DefinitionError} when a relation goes by columns of a wrong table, or of another number or type than those at
 *   its other end, or leads to a table that is not one of these models'.
 */
export function checkRelations(models: readonly Related[]): void {
  const known = new Set(models.map((model) => model[TABLE].sql));
  for (const model of models) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(model))) {
      if (!(value instanceof Relation)) continue;
      const where = `The relation ${model.name}.${name}`;
      const { target, ownKey, targetKey, through } = resolve(value, model, where);
      for (const table of [target, ...(through === undefined ? [] : [through.from[0]!.owner])]) {
        if (known.has(table.sql)) continue;
        throw new DefinitionError(`${where} leads to ${table.sql}, which is not in the schema. Add its model.`);
      }
      checkTypes(ownKey, through?.from ?? targetKey, where);
      if (through !== undefined) checkTypes(through.to, targetKey, where);
    }
  }
}

function resolve(relation: Relation<unknown>, model: Related, where: string): ResolvedRelation {
  try {
    return relation.resolve(model[TABLE]);
  } catch (error) {
    throw error instanceof DefinitionError ? new DefinitionError(`${where}: ${error.message}`) : error;
  }
}

function checkTypes(one: readonly ColumnRef<unknown>[], other: readonly ColumnRef<unknown>[], where: string): void {
  one.forEach((column, i) => {
    const { type } = column.definition;
    const otherEnd = other[i]!;
    if (type === otherEnd.definition.type) return;
    throw new DefinitionError(
      `${where} compares ${column.table}.${column.column}, which is ${type}, with ` +
        `${otherEnd.table}.${otherEnd.column}, which is ${otherEnd.definition.type}.`,
    );
  });
}
