import { type Name, quoteQualified } from "../operations/identifier.ts";
import { tokenize } from "../operations/tokenize.ts";
import { withBetween } from "./between.ts";
import { flattened } from "./flat.ts";
import type { Qualified } from "./queries/fragments.ts";

/** A name as the operations take it. */
export function nameOf(...parts: readonly string[]): Name {
  return parts.some((part) => part.includes(".")) ? parts : parts.join(".");
}

/** The name of what lies in a schema, which says none where that is the default one. */
export function nameIn(schema: string, name: string, defaultSchema: string): Name {
  return schema === defaultSchema ? nameOf(name) : nameOf(schema, name);
}

/** A collation, whose text is one name. */
export function collationName([schema, name]: Qualified): Name {
  return schema === "pg_catalog" ? name : [schema, name];
}

/** The words that people write for types whose names in the catalogs are long. */
const SHORT: readonly (readonly [RegExp, string])[] = [
  [/^character varying\b/, "varchar"],
  [/^character\(/, "char("],
  [/^bit varying\b/, "varbit"],
  [/^(timestamp|time)(\(\d\))? without time zone/, "$1$2"],
  [/^(timestamp|time)(\(\d\))? with time zone/, "$1tz$2"],
];

/** A type of format_type() as people write it. */
export function shortType(type: string): string {
  return SHORT.reduce((text, [long, short]) => text.replace(long, short), type);
}

const SERIAL = new Map([
  ["smallint", "smallserial"],
  ["integer", "serial"],
  ["bigint", "bigserial"],
]);

/** The word for a column of this type that has a sequence of its own (PostgreSQL, "Serial Types"). */
export function serialType(type: string): string {
  return SERIAL.get(type) ?? type;
}

/** SQL that PostgreSQL has written, as it can be made again. */
export function repeatable(sql: string): string {
  return flattened(withBetween(sql));
}

/** Without the parentheses around all of it, and as it can be made again. */
export function bareExpression(sql: string): string {
  return withoutParentheses(repeatable(sql));
}

function withoutParentheses(sql: string): string {
  if (!sql.startsWith("(") || !sql.endsWith(")")) return sql;
  let depth = 0;
  for (const { kind, start, end } of tokenize(sql)) {
    if (kind !== "symbol") continue;
    if (sql[start] === "(") depth++;
    if (sql[start] === ")") depth--;
    if (depth === 0 && end < sql.length) return sql;
  }
  return withoutParentheses(sql.slice(1, -1));
}

/** A default without the cast of a constant to the column's own type, which PostgreSQL makes by itself. */
export function bareDefault(sql: string, base: string): string {
  const cast = `::${base}`;
  if (!sql.startsWith("'") || !sql.endsWith(cast)) return sql;
  const constant = sql.slice(0, -cast.length);
  const [first, ...others] = [...tokenize(constant)];
  if (first?.kind !== "string" || others.length > 0) return sql;
  const number = /^'(-?\d+)'$/.exec(constant);
  return number !== null && base === "integer" ? number[1]! : constant;
}

/** An operator class, in SQL. */
export function opclassSql([schema, name]: Qualified): string {
  return schema === "pg_catalog" && /^[a-z_]\w*$/.test(name) ? name : quoteQualified([schema, name]);
}

/** Storage parameters, of pg_class.reloptions. */
export function storageParameters(
  options: readonly string[] | null,
): Readonly<Record<string, string | number>> | undefined {
  if (options === null || options.length === 0) return undefined;
  return Object.fromEntries(
    options.map((option) => {
      const at = option.indexOf("=");
      const value = option.slice(at + 1);
      return [option.slice(0, at), /^\d{1,15}$/.test(value) ? Number(value) : value] as const;
    }),
  );
}

/** Words of SQL in small letters; names in quotes and texts stay as they are. */
export function smallWords(sql: string): string {
  let text = "";
  for (const { kind, start, end } of tokenize(sql)) {
    const token = sql.slice(start, end);
    text += kind === "word" ? token.toLowerCase() : token;
  }
  return text;
}

/** The same fields, of which those that can be undefined can be absent instead. */
type Given<Fields> = {
  [Key in keyof Fields as undefined extends Fields[Key] ? never : Key]: Fields[Key];
} & {
  [Key in keyof Fields as undefined extends Fields[Key] ? Key : never]?: Exclude<Fields[Key], undefined>;
};

/** An object without the fields that are undefined: what is to be written has nothing needless, and compares as JSON. */
export function given<Fields extends object>(fields: Fields): Given<Fields> {
  const kept: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) kept[key] = fields[key];
  return kept as Given<Fields>;
}
