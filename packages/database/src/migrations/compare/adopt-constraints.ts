import type { CatalogConstraint, CatalogTable } from "../catalog/catalog.ts";
import { given } from "../catalog/words.ts";
import type { ConstraintDefinition } from "../operations/constraint-clause.ts";
import { isSame } from "./call.ts";

/** What models have no words for. */
const UNSAID: readonly string[] = ["match", "onDeleteColumns", "noInherit", "include", "with"];

/** A constraint that models want, with what the same one of the database has besides; but rows shall hold to it. */
export function adoptConstraint(from: CatalogConstraint | undefined, to: CatalogConstraint): CatalogConstraint {
  if (from === undefined) return to;
  const comment = to.comment ?? from.comment;
  const was = withoutNotValid(from);
  const hasMore = !isSame(said(was.definition), whole(was.definition));
  return given({ ...to, ...(hasMore && isAlike(was, to) ? was : {}), comment }) as CatalogConstraint;
}

/** Whether two constraints are the same as far as models can say. */
export function isAlike(
  one: Pick<CatalogConstraint, "definition">,
  other: Pick<CatalogConstraint, "definition">,
): boolean {
  return isSame(said(one.definition), said(other.definition));
}

/** A constraint as it is once rows have been looked at. */
export function withoutNotValid({
  definition,
  text,
}: CatalogConstraint): Pick<CatalogConstraint, "definition" | "text"> {
  const bare = text.replace(/ NOT VALID$/, "");
  if ("foreignKey" in definition && definition.foreignKey.notValid) {
    const { notValid: _, ...foreignKey } = definition.foreignKey;
    return { definition: { foreignKey }, text: bare };
  }
  if ("check" in definition && typeof definition.check === "object" && definition.check.notValid) {
    const { notValid: _, ...check } = definition.check;
    return { definition: { check: Object.keys(check).length === 1 ? check.expression : check }, text: bare };
  }
  return { definition, text };
}

/**
 * The foreign keys of a table that no model could say, because a column has another type than the one it refers to, or because
 * that one is of no model. They stay as long as both columns do.
 *
 * @param models all tables that models want. @param others the tables besides.
 */
export function unsaidKeys(
  from: CatalogTable,
  to: CatalogTable,
  models: readonly CatalogTable[],
  others: readonly CatalogTable[],
): readonly CatalogConstraint[] {
  const wanted = new Set(to.constraints.map(({ key }) => key));
  return from.constraints.filter(({ key, definition }) => {
    if (!("foreignKey" in definition) || wanted.has(key)) return false;
    const { columns, target } = definition.foreignKey;
    const named = ({ name }: CatalogTable): boolean => isSame(name, target.table);
    const model = models.find(named);
    const table = model ?? others.find(named);
    if (table === undefined) return false;
    const types = typesOf(to, columns);
    const targetTypes = typesOf(table, target.columns ?? []);
    if ([...types, ...targetTypes].includes(undefined)) return false;
    return model === undefined || !isSame(types, targetTypes);
  });
}

function typesOf({ columns }: CatalogTable, names: readonly string[]): readonly (string | undefined)[] {
  return names.map((name) => columns.find((column) => column.name === name)?.definition.type);
}

/** Columns or an expression alone stand for a definition without options. */
function whole(definition: ConstraintDefinition): object {
  return Object.fromEntries(
    Object.entries(definition).map(([kind, given]) => {
      if (Array.isArray(given)) return [kind, { columns: given }];
      return [kind, typeof given === "string" ? { expression: given } : given];
    }),
  );
}

/** What models can say of it. */
function said(definition: ConstraintDefinition): object {
  const isSaid = (kind: string, option: string): boolean =>
    !UNSAID.includes(option) && !(kind === "primaryKey" && option === "deferrable");
  return Object.fromEntries(
    Object.entries(whole(definition)).map(([kind, options]) => [
      kind,
      Object.fromEntries(Object.entries(options).filter(([option]) => isSaid(kind, option))),
    ]),
  );
}
