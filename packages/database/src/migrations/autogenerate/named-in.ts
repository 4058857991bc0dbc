import { tokenize } from "../operations/tokenize.ts";

/** A name that SQL has in it, as PostgreSQL reads it: what is not quoted is in small letters. */
export interface Mention {
  /** What stands before the dot. */
  readonly qualifier: string | undefined;
  readonly name: string;
  /** Whether it stands where a table does, or a function that is called; others may be columns. */
  readonly isCertain: boolean;
}

const BEFORE_TABLES = new Set(["from", "join", "only", "into", "update", "lateral", "setof", "table", "using"]);
const AFTER_FROM = new Set([
  "where",
  "group",
  "having",
  "order",
  "limit",
  "union",
  "intersect",
  "except",
  "select",
  "returning",
]);

/** The names in SQL. What is in strings and comments is none. */
export function namedIn(sql: string): readonly Mention[] {
  const tokens = [...tokenize(sql)]
    .filter(({ kind }) => kind !== "space" && kind !== "comment")
    .map(({ kind, start, end }) => ({ kind, text: sql.slice(start, end) }));
  const mentions: Mention[] = [];
  let inFrom = false;
  tokens.forEach(({ kind, text }, i) => {
    if (kind !== "word" && kind !== "quoted") return;
    const name = nameOf(kind, text);
    if (kind === "word" && BEFORE_TABLES.has(name)) inFrom = true;
    if (kind === "word" && AFTER_FROM.has(name)) inFrom = false;
    const next = tokens[i + 1]?.text;
    if (next === ".") return; // it qualifies what comes
    const isQualified = tokens[i - 1]?.text === ".";
    const qualifier = isQualified ? tokens[i - 2] : undefined;
    const before = tokens[isQualified ? i - 3 : i - 1];
    const isTable =
      (before?.kind === "word" && BEFORE_TABLES.has(before.text.toLowerCase())) ||
      (inFrom && (before?.text === "," || before?.text === "("));
    mentions.push({
      qualifier: qualifier === undefined ? undefined : nameOf(qualifier.kind, qualifier.text),
      name,
      isCertain: isTable || next === "(",
    });
  });
  return mentions;
}

function nameOf(kind: string, text: string): string {
  return kind === "quoted" ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();
}
