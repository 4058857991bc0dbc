import { Words } from "../operations/words.ts";
import type { KnownTable } from "./surroundings.ts";

/**
 * Whether a table's valid checks say what the bound of a partition says, so that PostgreSQL need not read its rows when it is
 * attached. Undefined: it has checks, and what follows from them is not known here.
 *
 * @param bound what stands behind the name: `for values from (1) to (2)`.
 * @param key the partition key; undefined: it is not known.
 */
export function provesBound(
  { columns, constraints }: KnownTable,
  bound: string,
  key: string | undefined,
): boolean | undefined {
  const checks = Object.values(constraints).flatMap(({ kind, isValid, expression = "" }) =>
    kind === "check" && isValid ? [expression] : [],
  );
  if (checks.length === 0) return /\bdefault\s*$/i.test(bound) ? undefined : false;
  const [, column = ""] = /^(?:RANGE|LIST) \("?([^",()]+)"?\)$/.exec(key ?? "") ?? [];
  const [, from, to] = /^for\s+values\s+from\s*\(([^,]*)\)\s*to\s*\(([^,]*)\)$/i.exec(bound.trim()) ?? [];
  if (column === "" || from === undefined || to === undefined) return undefined;
  const said = checks.flatMap((check) => conjuncts(check)).map((one) => plain(one));
  const says = (text: string): boolean => said.includes(text);
  const isNeverNull = says(`${column} is not null`) || columns[column]?.isNotNull === true;
  const isFrom = /^minvalue$/i.test(from.trim()) || says(`${column} >= ${plain(from)}`);
  const isTo = /^maxvalue$/i.test(to.trim()) || says(`${column} < ${plain(to)}`);
  return isNeverNull && isFrom && isTo ? true : undefined;
}

/** What has to be true of all that AND joins. */
function conjuncts(expression: string): readonly string[] {
  const words = new Words(expression);
  const inner = words.inParentheses();
  if (inner !== undefined && words.isAtEnd) return conjuncts(inner);
  const all = new Words(expression);
  const parts: string[] = [];
  do parts.push(all.until((next) => next.is("and")));
  while (all.take("and"));
  return parts.length === 1 ? parts : parts.flatMap(conjuncts);
}

/** Without the type that PostgreSQL writes behind a constant, and without quotes. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/'([^']*)'(?:::[a-z ]+)?/g, "$1")
    .replace(/"/g, "")
    .replace(/^\(+|\)+$/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
