import { encodeParameters } from "../connection/parameters.ts";
import type { Fragment, Writer } from "../query/writer.ts";

/**
 * A fragment as SQL that stands by itself, which is all that a table's definition can hold: values become literals, and
 * the table's own columns lose the table before them.
 *
 * @param bare the columns' texts without the table, by how they are written in queries.
 * @param reads is told each table that it is known to read, as SQL writes it.
 */
export function definitionSql(
  fragment: Fragment,
  bare: ReadonlyMap<string, string> = new Map(),
  reads: (table: string) => void = () => {},
): string {
  let sql = "";
  const writer: Writer = {
    text: (text) => {
      sql += bare.get(text) ?? text;
    },
    value: (value) => {
      const text = literal(value);
      // Beside a quote two texts would be one, and after a minus a negative number begins a comment.
      sql += /['"\w-]$/.test(sql) ? ` ${text}` : text;
    },
    key: () => {},
    reads: ({ table }) => reads(table),
    impure: () => {},
  };
  fragment.write(writer);
  return sql;
}

/** A value, encoded for the driver, as a literal without a type (PostgreSQL, "Constants"). */
export function literal(value: unknown): string {
  const [parameter] = encodeParameters([value]);
  if (parameter === null || parameter === undefined) return "null";
  if (typeof parameter !== "string") return `'\\x${parameter.toString("hex")}'`;
  if (typeof value === "boolean" || typeof value === "bigint" || Number.isFinite(value)) return parameter;
  return `'${parameter.replaceAll("'", "''")}'`;
}
