import type { Name } from "../operations/identifier.ts";
import { tokenize } from "../operations/tokenize.ts";

/** A name as the operations take it; of the default schema without it. */
export function nameIn(schema: string, name: string, defaultSchema: string): Name {
  const parts = schema === defaultSchema ? [name] : [schema, name];
  return parts.some((part) => part.includes(".")) ? parts : parts.join(".");
}

/** A collation, whose text is one name. */
export function collationName([schema, name]: readonly [schema: string, name: string]): Name {
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

/** Without the parentheses around all of it. */
export function bareExpression(sql: string): string {
  if (!sql.startsWith("(") || !sql.endsWith(")")) return sql;
  let depth = 0;
  for (const { kind, start, end } of tokenize(sql)) {
    if (kind !== "symbol") continue;
    if (sql[start] === "(") depth++;
    if (sql[start] === ")") depth--;
    if (depth === 0 && end < sql.length) return sql;
  }
  return bareExpression(sql.slice(1, -1));
}

/** A default without the cast of a constant to the column's own type, which PostgreSQL makes by itself. */
export function bareDefault(sql: string, base: string): string {
  const cast = `::${base}`;
  if (!sql.startsWith("'") || !sql.endsWith(cast)) return sql;
  const constant = sql.slice(0, -cast.length);
  const [first, ...others] = [...tokenize(constant)];
  if (first?.kind !== "string" || others.length > 0) return sql;
  const number = /^'(-?\d+)'$/.exec(constant);
  return number !== null && ["smallint", "integer", "bigint"].includes(base) ? number[1]! : constant;
}

/** Storage parameters, of pg_class.reloptions. */
export function storageParameters(
  options: readonly string[] | null,
): Readonly<Record<string, string | number>> | undefined {
  if (options === null) return undefined;
  return Object.fromEntries(
    options.map((option) => {
      const at = option.indexOf("=");
      const value = option.slice(at + 1);
      return [option.slice(0, at), /^\d{1,15}$/.test(value) ? Number(value) : value];
    }),
  );
}

/** An object without the fields that are undefined: what is to be written has nothing needless, and compares as JSON. */
export function given<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}
