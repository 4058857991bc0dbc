import type { Deferrable, ReferenceAction } from "../../../model/constraints.ts";
import type { ConstraintDefinition, ForeignKeyDefinition } from "../../operations/constraint-clause.ts";
import type { CatalogConstraint } from "../catalog.ts";
import { flattened } from "../flat.ts";
import { CLASS } from "../objects.ts";
import type { OwnConstraint } from "../queries/constraints.ts";
import type { IndexRow } from "../queries/indexes.ts";
import { bareExpression, given } from "../words.ts";
import { type Context, columnNames } from "./context.ts";
import { readElements, storedOf } from "./index.ts";

/**
 * @param index that of a primary key, a unique or an exclusion constraint.
 * @param columns all that it is of, also by expressions.
 */
export function readConstraint(
  row: OwnConstraint,
  index: IndexRow | undefined,
  columns: readonly string[],
  context: Context,
): CatalogConstraint {
  const { objects } = context;
  const place = [CLASS.constraint, row.id] as const;
  const indexComment = index === undefined ? undefined : objects.commentOn([CLASS.relation, index.id]);
  return {
    ...objects.describe(place, objects.keyOf(place)!),
    name: row.name,
    definition: definitionOf(row, index, context),
    text: flattened(row.text),
    columns,
    ...(row.inherited ? { inherited: true as const } : {}),
    ...(indexComment === undefined ? {} : { indexComment }),
  };
}

function definitionOf(row: OwnConstraint, index: IndexRow | undefined, context: Context): ConstraintDefinition {
  const columns = columnNames(context, row.table, row.numbers);
  switch (row.kind) {
    case "p":
      return { primaryKey: shortest({ columns, ...keyOptions(row, index!, context) }) };
    case "u": {
      const nulls = { nullsNotDistinct: index!.nullsNotDistinct || undefined };
      return { unique: shortest(given({ columns, ...nulls, ...keyOptions(row, index!, context) })) };
    }
    case "c": {
      const expression = bareExpression(row.expression!);
      const options = given({ notValid: !row.valid || undefined, noInherit: row.noInherit || undefined });
      return { check: Object.keys(options).length === 0 ? expression : { expression, ...options } };
    }
    case "x":
      return {
        exclusion: given({
          elements: readElements(index!, row.operators!, context),
          method: index!.method === "btree" ? undefined : index!.method,
          where: index!.where === null ? undefined : bareExpression(index!.where),
          ...keyOptions(row, index!, context),
        }),
      };
    case "f":
      return { foreignKey: foreignKeyOf(row, columns, context) };
  }
}

/** What primary keys, unique and exclusion constraints have of their index, and when they are checked. */
function keyOptions(
  row: OwnConstraint,
  index: IndexRow,
  context: Context,
): ReturnType<typeof storedOf> & { deferrable?: Deferrable } {
  const { include, with: parameters } = storedOf(index, context);
  return given({ include, deferrable: deferrableOf(row), with: parameters }) as ReturnType<typeof keyOptions>;
}

function deferrableOf({ deferrable, deferred }: OwnConstraint): Deferrable | undefined {
  if (!deferrable) return undefined;
  return deferred ? "initially deferred" : "initially immediate";
}

/** Columns alone stand for a definition without options. */
function shortest<Definition extends { readonly columns: readonly string[] }>(
  definition: Definition,
): readonly string[] | Definition {
  return Object.keys(definition).length === 1 ? definition.columns : definition;
}

/** pg_constraint.confdeltype and confupdtype. */
const ACTIONS: Readonly<Record<string, ReferenceAction | undefined>> = {
  r: "restrict",
  c: "cascade",
  n: "set null",
  d: "set default",
};

function foreignKeyOf(row: OwnConstraint, columns: readonly string[], context: Context): ForeignKeyDefinition {
  const { target, columns: targetColumns, onDelete, onDeleteNumbers, onUpdate, match } = row.reference!;
  const set = columnNames(context, row.table, onDeleteNumbers);
  return given({
    columns,
    target: { table: context.names.of("relation", target), columns: targetColumns },
    onDelete: ACTIONS[onDelete],
    onDeleteColumns: set.length === 0 ? undefined : set,
    onUpdate: ACTIONS[onUpdate],
    match: match === "f" ? ("full" as const) : undefined,
    deferrable: deferrableOf(row),
    notValid: !row.valid || undefined,
  });
}
