import { DefinitionError } from "./errors.ts";

/** PostgreSQL cuts longer names off without an error (NAMEDATALEN - 1, "Identifiers and Key Words"). */
export const MAX_NAME_BYTES = 63;

/** Writes an identifier. Always quoted: `order` is reserved, and unquoted names lose their case. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The name itself, if PostgreSQL keeps it as it is.
 *
 * @throws {DefinitionError}
 */
export function checkName(name: string): string {
  if (typeof name !== "string" || name === "") {
    throw new DefinitionError(`A name is empty or no text: ${String(name)}.`);
  }
  if (name.includes("\0")) throw new DefinitionError("A name holds a zero byte, which PostgreSQL cannot store.");
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new DefinitionError(
      `The name "${name}" is longer than PostgreSQL's ${MAX_NAME_BYTES} bytes and would be cut off. Choose a shorter one.`,
    );
  }
  return name;
}

/** @returns the value of an enum, which can be empty and is a name otherwise (PostgreSQL, "CREATE TYPE"). @throws {DefinitionError} */
export function checkLabel(value: string): string {
  return value === "" ? value : checkName(value);
}
