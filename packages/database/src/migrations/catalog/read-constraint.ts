import type { Deferrable, ReferenceAction } from "../../model/constraints.ts";
import type { ConstraintDefinition, ForeignKeyDefinition } from "../operations/constraint-clause.ts";
import type { CatalogConstraint } from "./catalog.ts";
import { readElements } from "./read-index.ts";
import type { ConstraintRow } from "./rows.ts";
import { bareExpression, given, nameIn, storageParameters } from "./words.ts";

export function readConstraint(row: ConstraintRow, defaultSchema: string): CatalogConstraint {
  const { name, text, columns, index } = row;
  return {
    name,
    definition: definitionOf(row, defaultSchema),
    text,
    columns: row.kind === "x" ? index!.columns : [...columns, ...(index?.include ?? [])],
  };
}

function definitionOf(row: ConstraintRow, defaultSchema: string): ConstraintDefinition {
  switch (row.kind) {
    case "p":
      return { primaryKey: shortest({ columns: row.columns, ...keyOptions(row) }) };
    case "u":
      return {
        unique: shortest(
          given({
            columns: row.columns,
            nullsNotDistinct: row.index!.nullsNotDistinct || undefined,
            ...keyOptions(row),
          }),
        ),
      };
    case "c": {
      const expression = bareExpression(row.expression!);
      const options = given({ notValid: !row.valid || undefined, noInherit: row.noInherit || undefined });
      return { check: Object.keys(options).length === 0 ? expression : { expression, ...options } };
    }
    case "x": {
      const { method, where } = row.index!;
      return {
        exclusion: given({
          elements: readElements(row.index!),
          method: method === "btree" ? undefined : method,
          where: where === null ? undefined : bareExpression(where),
          ...keyOptions(row),
        }),
      };
    }
    default:
      return { foreignKey: foreignKeyOf(row, defaultSchema) };
  }
}

/** What primary keys, unique and exclusion constraints have of their index, and when they are checked. */
function keyOptions(row: ConstraintRow): {
  include?: readonly string[];
  deferrable?: Deferrable;
  with?: Readonly<Record<string, string | number>>;
} {
  const { include, with: parameters } = row.index!;
  return given({
    include: include.length === 0 ? undefined : include,
    deferrable: deferrableOf(row),
    with: storageParameters(parameters),
  }) as ReturnType<typeof keyOptions>;
}

function deferrableOf({ deferrable, deferred }: ConstraintRow): Deferrable | undefined {
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

function foreignKeyOf(row: ConstraintRow, defaultSchema: string): ForeignKeyDefinition {
  const [schema, table] = row.target!;
  return given({
    columns: row.columns,
    target: { table: nameIn(schema, table, defaultSchema), columns: row.targetColumns },
    onDelete: ACTIONS[row.onDelete],
    onDeleteColumns: row.onDeleteColumns.length === 0 ? undefined : row.onDeleteColumns,
    onUpdate: ACTIONS[row.onUpdate],
    match: row.match === "f" ? ("full" as const) : undefined,
    deferrable: deferrableOf(row),
    notValid: !row.valid || undefined,
  });
}
