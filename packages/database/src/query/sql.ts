import { DefinitionError } from "../errors.ts";
import { quote } from "../identifier.ts";
import type { Query, Statement } from "./query.ts";

/** Collects a statement's values while its text is written. */
export class Writer {
  readonly values: unknown[] = [];
  /** Whether nothing but columns, parameters and built-in immutable operators was written. */
  isPure = true;

  /** Adds a value and returns its placeholder. */
  bind(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/** Marks fragments. Other values, a Buffer for one, have a method `write` too. */
export const FRAGMENT: unique symbol = Symbol.for("@hypertroq/database.fragment") as never;

/** A piece of SQL that knows how to write itself, binding its values on the way. */
export interface Fragment {
  readonly [FRAGMENT]: true;
  write(writer: Writer): string;
}

export function isFragment(value: unknown): value is Fragment {
  return typeof value === "object" && value !== null && FRAGMENT in value;
}

/**
 * The texts of a template, all of them there.
 *
 * @throws {DefinitionError} when one has an escape that JavaScript does not know, such as `\\x`: it is `undefined` then.
 */
export function templateText(strings: readonly (string | undefined)[]): readonly string[] {
  if (!Array.isArray(strings)) {
    throw new DefinitionError(
      "sql is a template tag: sql`select 1`, without parentheses. Values in it become parameters.",
    );
  }
  if (strings.every((text) => text !== undefined)) return strings as readonly string[];
  throw new DefinitionError("The SQL holds a backslash that JavaScript reads as a broken escape. Write \\\\ for \\.");
}

/** SQL written by hand: a fragment for other queries, and a query itself, whose rows are objects of type `T`. */
export class Sql<T = unknown> implements Fragment, Query<T> {
  readonly [FRAGMENT] = true;
  readonly #strings: readonly string[];
  readonly #parts: readonly unknown[];

  /** @throws {DefinitionError} see `templateText`. */
  constructor(strings: readonly (string | undefined)[], parts: readonly unknown[]) {
    this.#strings = templateText(strings);
    this.#parts = parts;
  }

  write(writer: Writer): string {
    writer.isPure = false; // there may be any function in it
    let text = this.#strings[0] ?? "";
    this.#parts.forEach((part, i) => {
      text += (isFragment(part) ? part.write(writer) : writer.bind(part)) + this.#strings[i + 1];
    });
    return text;
  }

  compile(): Statement<T> {
    const writer = new Writer();
    return {
      text: this.write(writer),
      values: writer.values,
      decode: (row, columns) => Object.fromEntries(columns.map((column, i) => [column, row[i]])) as T,
    };
  }
}

/**
 * SQL by hand, composable with everything else. Whatever is put into the template becomes a parameter, never text,
 * unless it is itself a fragment: another `` sql`…` ``, a model's column, or `sql.id("name")`.
 *
 * ```ts
 * const rows = await db.all(sql<{ total: bigint }>`select count(*) as total from ${sql.id("users")} where email = ${email}`);
 * ```
 */
export function sql<T = unknown>(strings: TemplateStringsArray, ...parts: readonly unknown[]): Sql<T> {
  return new Sql<T>(strings, parts);
}

/** An identifier, quoted; several make a qualified name: `sql.id("public", "users")`. */
sql.id = (...names: readonly string[]): Fragment => ({
  [FRAGMENT]: true,
  write: (writer) => {
    writer.isPure = false; // "t"."f" may be a function of t's rows (PostgreSQL, "Composite Types")
    return names.map(quote).join(".");
  },
});
