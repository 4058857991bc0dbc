import { tokenize } from "../operations/tokenize.ts";

/**
 * Conditions in a row where PostgreSQL would read them so: `((a AND b) AND c)` is `(a AND b AND c)` to it once it is made
 * again. It writes the first where a row of values, a list of columns or BETWEEN SYMMETRIC has become conditions of their
 * own, and both say the same.
 */
export function flattened(sql: string): string {
  if (!/ (AND|OR) [\s\S]*\) \1 /.test(sql)) return sql;
  const tokens = [...tokenize(sql)].filter(({ kind }) => kind !== "space");
  const words = tokens.map(({ start, end }) => sql.slice(start, end));
  const opened: { readonly at: number; readonly said: Set<string> }[] = [];
  const needless = new Set<number>();
  for (const [index, { kind }] of tokens.entries()) {
    const word = words[index]!;
    if (kind === "word") opened.at(-1)?.said.add(word);
    if (kind !== "symbol") continue;
    if (word === "(") opened.push({ at: index, said: new Set() });
    if (word !== ")") continue;
    const group = opened.pop();
    if (group === undefined) return sql;
    const next = words[index + 1] ?? "";
    const isFirst = group.at === 0 || words[group.at - 1] === "(";
    const isSame = ["AND", "OR"].includes(next) && group.said.has(next) && !group.said.has("BETWEEN");
    if (isFirst && isSame) for (const one of [group.at, index]) needless.add(tokens[one]!.start);
  }
  return without(sql, needless);
}

function without(sql: string, places: ReadonlySet<number>): string {
  let text = "";
  let done = 0;
  for (const place of [...places].sort((one, other) => one - other)) {
    text += sql.slice(done, place);
    done = place + 1;
  }
  return text + sql.slice(done);
}
