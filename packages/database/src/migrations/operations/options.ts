import { DefinitionError } from "../../errors.ts";
import { nearest } from "../../misspelling.ts";
import { quoteQualified } from "./identifier.ts";
import { literal } from "./literal.ts";

/*
 * Revision files are run without a type check, so what a compiler would have said is said here, when they are recorded.
 */

/** What an option may be. */
export interface Check {
  /** After "must be". */
  readonly expects: string;
  readonly accepts: (value: unknown) => boolean;
}

/** A check for each option that a type has. */
export type Shape<Options> = { readonly [Key in keyof Required<Options>]: Check };

export const text: Check = { expects: "text", accepts: (value) => typeof value === "string" && value !== "" };
export const textOrNull: Check = { expects: "text or null", accepts: (value) => value === null || text.accepts(value) };
export const flag: Check = { expects: "true or false", accepts: (value) => typeof value === "boolean" };
export const whole: Check = { expects: "a whole number", accepts: (value) => isWhole(value) };
export const wholeOrNull: Check = {
  expects: "a whole number or null",
  accepts: (value) => value === null || isWhole(value),
};
export const names: Check = {
  expects: "an array of names",
  accepts: (value) => Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string"),
};
export const name: Check = {
  expects: "a name",
  accepts: (value) => (typeof value === "string" && value !== "") || names.accepts(value),
};
export const list: Check = { expects: "an array", accepts: (value) => Array.isArray(value) && value.length > 0 };
export const object: Check = { expects: "an object", accepts: isObject };
/** Given as a definition, which the operation that takes it checks. */
export const definition: Check = { expects: "what was there", accepts: (value) => value !== null };

export const deferrable = oneOf("initially immediate", "initially deferred");

export function oneOf(...words: readonly unknown[]): Check {
  return { expects: words.map((word) => JSON.stringify(word)).join(" or "), accepts: (value) => words.includes(value) };
}

export function either(...checks: readonly Check[]): Check {
  return {
    expects: checks.map(({ expects }) => expects).join(" or "),
    accepts: (value) => checks.some(({ accepts }) => accepts(value)),
  };
}

/**
 * @param what whose options they are, for the message; it begins a sentence.
 * @throws {DefinitionError} naming an option that is not known, of a wrong kind, or missing.
 */
export function checkOptions<Options extends object>(
  what: string,
  given: Options,
  shape: Shape<Options>,
  required: readonly (keyof Options & string)[] = [],
): Options {
  if (!isObject(given)) throw new DefinitionError(`${what} must be an object.`);
  const known = Object.keys(shape);
  for (const [key, value] of Object.entries(given)) {
    const check = shape[key as keyof Options] as Check | undefined;
    if (check === undefined || !known.includes(key)) {
      const meant = nearest(key, known);
      const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
      throw new DefinitionError(`${what} takes ${known.join(", ")}, not ${key}.${hint}`);
    }
    if (value !== undefined && !check.accepts(value)) {
      throw new DefinitionError(`${what} has a wrong ${key}: it must be ${check.expects}.`);
    }
  }
  for (const key of required) if (given[key] === undefined) throw new DefinitionError(`${what} has no ${key}.`);
  return given;
}

/** @throws {DefinitionError} when it is not SQL, as text. */
export function checkSql(what: string, sql: unknown): string {
  if (!text.accepts(sql) || (sql as string).trim() === "") {
    throw new DefinitionError(`${what} must be SQL, as text that is not empty.`);
  }
  return sql as string;
}

/** Entries of an object that names things, in order. @throws {DefinitionError} when it is none. */
export function entriesOf<Value>(what: string, given: Readonly<Record<string, Value>>): readonly [string, Value][] {
  if (!isObject(given)) throw new DefinitionError(`${what} must be an object whose keys are names.`);
  return Object.entries(given);
}

/** Storage parameters of a table or an index, settings of a view: names with or without a namespace, and values. */
export type Parameters = Readonly<Record<string, string | number | boolean>>;

/** For the parentheses of WITH and SET. */
export function parameterList(parameters: Parameters): string {
  return entriesOf("with", parameters)
    .map(([key, value]) => `${quoteQualified(key)} = ${literal(value)}`)
    .join(", ");
}

function isWhole(value: unknown): boolean {
  return typeof value === "bigint" || Number.isSafeInteger(value);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
