import { DefinitionError } from "../../errors.ts";
import { checkName, quote } from "../../identifier.ts";

/**
 * Quotes one name.
 *
 * @throws {DefinitionError} on a name PostgreSQL could not keep as it is.
 */
export function quoteName(name: string): string {
  return quote(checkName(name));
}

/** Quotes `name` or `schema.name`. */
export function quoteQualified(name: string): string {
  return String(name).split(".").map(quoteName).join(".");
}

/** Quotes a non-empty list of names for parentheses. */
export function quoteList(names: readonly string[]): string {
  if (names.length === 0) throw new DefinitionError("A list of columns is empty.");
  return names.map(quoteName).join(", ");
}
