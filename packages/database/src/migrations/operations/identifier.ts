import { DefinitionError } from "../../errors.ts";
import { checkName, MAX_NAME_BYTES, quote } from "../../identifier.ts";

/**
 * The name of a table, a type or whatever else lies in a schema: `users` or `audit.users`. Of a name that has a dot in it
 * the parts are given one by one: `["audit", "a.b"]`, or `["a.b"]` without a schema.
 */
export type Name = string | readonly string[];

/**
 * Quotes one name.
 *
 * @throws {DefinitionError} on a name PostgreSQL could not keep as it is.
 */
export function quoteName(name: string): string {
  return quote(checkName(name));
}

/** Quotes a name with its schema, if it says one. `most`: how many parts it may have. */
export function quoteQualified(name: Name, most = 2): string {
  const parts = partsOf(name);
  if (parts.length > most) {
    const whole = JSON.stringify([...parts.slice(0, most - 1), parts.slice(most - 1).join(".")]);
    throw new DefinitionError(
      `The name "${parts.join(".")}" has more than ${most} parts. If a dot belongs to a name, write it as ${whole}.`,
    );
  }
  return parts.map(quoteName).join(".");
}

/** Quotes a name that can have no schema, because that of something else decides. */
export function quoteBare(name: Name): string {
  const parts = partsOf(name);
  if (parts.length === 1) return quoteName(parts[0]!);
  throw new DefinitionError(
    `The name "${showName(name)}" has a schema, which it cannot have here. If the dot belongs to the name, write it as ["${showName(name)}"].`,
  );
}

/** Quotes a non-empty list of names for parentheses. */
export function quoteList(names: readonly string[]): string {
  if (!Array.isArray(names)) throw new DefinitionError("A list of columns is missing; it is an array of names.");
  if (names.length === 0) throw new DefinitionError("A list of columns is empty.");
  return names.map(quoteName).join(", ");
}

/** A collation, whose own name often has a dot: text is one name, `["schema", "name"]` has a schema. */
export function quoteCollation(name: Name): string {
  return quoteQualified(typeof name === "string" ? [name] : name);
}

/** The name for people, not quoted. */
export function showName(name: Name): string {
  return partsOf(name).join(".");
}

/** The same name with another last part: what a renamed table, or an index of the table, is called in its schema. */
export function renamed(name: Name, last: Name): Name {
  const parts = [...partsOf(name).slice(0, -1), partsOf(last).at(-1)!];
  return parts.some((part) => part.includes(".")) ? parts : parts.join(".");
}

/** The same name in another schema. */
export function inSchema(name: Name, schema: string): Name {
  const parts = [schema, partsOf(name).at(-1)!];
  return parts.some((part) => part.includes(".")) ? parts : parts.join(".");
}

/** The name without its schema. */
export function bareOf(name: Name): Name {
  const last = partsOf(name).at(-1)!;
  return last.includes(".") ? [last] : last;
}

/** A name with something at its end, cut before it to what PostgreSQL keeps, between characters. */
export function suffixed(name: string, suffix: string): string {
  let kept = name;
  while (Buffer.byteLength(kept + suffix) > MAX_NAME_BYTES) kept = [...kept].slice(0, -1).join("");
  return kept + suffix;
}

/** The schema that the name says. */
export function schemaOf(name: Name): string | undefined {
  return partsOf(name).at(-2);
}

export function partsOf(name: Name): readonly string[] {
  if (Array.isArray(name)) {
    if (name.length === 0) throw new DefinitionError("A name is empty or no text: [].");
    return name as readonly string[];
  }
  if (typeof name !== "string") throw new DefinitionError(`A name is empty or no text: ${String(name)}.`);
  return name.split(".");
}
