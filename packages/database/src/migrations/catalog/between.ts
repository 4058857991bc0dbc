import { type Token, tokenize } from "../operations/tokenize.ts";

/**
 * Writes BETWEEN where an expression was made with it. PostgreSQL keeps it as two comparisons in parentheses of their own and
 * writes them so, but reads `((a >= 1) AND (a <= 2)) AND b` as three conditions in a row: what it has written would not be
 * the same when it is made again.
 */
export function withBetween(sql: string): string {
  if (!/<=|>/.test(sql)) return sql;
  const tokens = [...tokenize(sql)].filter(({ kind }) => kind !== "space");
  const ends = matching(sql, tokens);
  let text = "";
  let done = 0;
  for (const [open, close] of ends) {
    const [from, to] = [tokens[open]!.start, tokens[close]!.end];
    if (from < done) continue;
    const words = [tokens[open - 1], tokens[close + 1]].map((token) => token && wordOf(sql, token));
    const range = FORMS.find(({ word }) => words.includes(word));
    const written = range && rangeOf(sql, tokens, ends, open, close, range);
    if (written === undefined) continue;
    text += sql.slice(done, from) + written;
    done = to;
  }
  return text + sql.slice(done);
}

interface Form {
  readonly word: string;
  readonly operators: readonly [string, string];
  readonly between: string;
}

const FORMS: readonly Form[] = [
  { word: "AND", operators: [">=", "<="], between: "BETWEEN" },
  { word: "OR", operators: ["<", ">"], between: "NOT BETWEEN" },
];

function wordOf(sql: string, { start, end }: Token): string {
  return sql.slice(start, end);
}

/** Where each parenthesis closes, by where it opens, in the order of the text. */
function matching(sql: string, tokens: readonly Token[]): ReadonlyMap<number, number> {
  const opened: number[] = [];
  const pairs: (readonly [number, number])[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "symbol") continue;
    if (wordOf(sql, token) === "(") opened.push(index);
    const open = wordOf(sql, token) === ")" ? opened.pop() : undefined;
    if (open !== undefined) pairs.push([open, index]);
  }
  return new Map(pairs.sort(([one], [other]) => one - other));
}

/** `((x >= a) AND (x <= b))` in other words; undefined: it is something else. */
function rangeOf(
  sql: string,
  tokens: readonly Token[],
  ends: ReadonlyMap<number, number>,
  open: number,
  close: number,
  { word, operators, between }: Form,
): string | undefined {
  const middle = ends.get(open + 1);
  if (middle === undefined || ends.get(middle + 2) !== close - 1) return undefined;
  if (wordOf(sql, tokens[middle + 1]!) !== word) return undefined;
  const sides = [
    comparison(sql, tokens, ends, open + 1, operators[0]),
    comparison(sql, tokens, ends, middle + 2, operators[1]),
  ];
  const [low, high] = sides;
  if (low === undefined || high === undefined || low.what !== high.what) return undefined;
  return `(${low.what} ${between} ${low.with} AND ${high.with})`;
}

function comparison(
  sql: string,
  tokens: readonly Token[],
  ends: ReadonlyMap<number, number>,
  open: number,
  operator: string,
): { readonly what: string; readonly with: string } | undefined {
  const close = ends.get(open)!;
  for (let index = open + 1; index < close; index = (ends.get(index) ?? index) + 1) {
    const { kind, start } = tokens[index]!;
    if (kind !== "symbol" || !/[<>=]/.test(sql[start]!)) continue;
    const after = start + operator.length;
    if (!sql.startsWith(`${operator} `, start) || sql[start - 1] !== " ") return undefined;
    const [what, right] = [sql.slice(tokens[open]!.end, start), sql.slice(after, tokens[close]!.start)].map((one) =>
      one.trim(),
    );
    // Behind BETWEEN PostgreSQL takes no AND that is not its own.
    return { what: what!, with: /^(?:\d[\w.]*|\(.*\)|"?\w+"?)$/s.test(right!) ? right! : `(${right})` };
  }
  return undefined;
}
