import type { CatalogTable } from "../catalog/catalog.ts";
import { call } from "../compare/call.ts";
import type { ConstraintDefinition } from "../operations/constraint-clause.ts";
import { type Name, quoteName, suffixed } from "../operations/identifier.ts";
import type { Piece } from "./online.ts";

/** Ends the name of the check that proves a column to be NOT NULL, as long as it is there. */
const PROOF = "__not_null";

/**
 * SET NOT NULL without reading the table: PostgreSQL believes a valid check (ALTER TABLE, "SET NOT NULL"), and one that is
 * not valid yet is validated under a lock that readers and writers do not meet.
 *
 * @param alter what sets it.
 */
export function setNotNull(table: Name, column: string, alter: Piece): readonly Piece[] {
  const name = suffixed(column, PROOF);
  return [
    { call: call("createCheckConstraint", name, table, `${quoteName(column)} is not null`, { notValid: true }) },
    { call: call("validateConstraint", name, table) },
    alter,
    { call: call("dropConstraint", name, table) },
  ];
}

/** Whether a check says it already. */
export function isProven({ constraints }: CatalogTable, column: string): boolean {
  return constraints.some(({ definition }) => isNotNull(definition, column));
}

/** Whether a constraint is a valid check that a column is not NULL, and nothing else. */
export function isNotNull(constraint: ConstraintDefinition | undefined, column: string): boolean {
  if (constraint === undefined || !("check" in constraint)) return false;
  const { check } = constraint;
  if (typeof check !== "string" && (check.notValid || check.noInherit)) return false;
  const expression = (typeof check === "string" ? check : check.expression).replace(/^\((.*)\)$/, "$1");
  return [column, quoteName(column)].some((name) => expression === `${name} IS NOT NULL`);
}
