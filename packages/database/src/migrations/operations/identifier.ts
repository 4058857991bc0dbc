import { DefinitionError } from "../../errors.ts";

/** PostgreSQL cuts longer names off without an error (NAMEDATALEN - 1, "Identifiers and Key Words"). */
const MAX_BYTES = 63;

/**
 * Quotes one name.
 *
 * @throws {DefinitionError} on a name PostgreSQL could not keep as it is.
 */
export function quoteName(name: string): string {
  if (typeof name !== "string" || name === "")
    throw new DefinitionError(`A name is empty or no text: ${String(name)}.`);
  if (name.includes("\0")) throw new DefinitionError("A name holds a zero byte, which PostgreSQL cannot store.");
  if (Buffer.byteLength(name) > MAX_BYTES) {
    throw new DefinitionError(
      `The name "${name}" is longer than PostgreSQL's ${MAX_BYTES} bytes and would be cut off.`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
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
