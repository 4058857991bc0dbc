import { DefinitionError } from "../../errors.ts";

/** `string` is any constant in quotes, dollars included; `quoted` an identifier in quotes; `symbol` one other character. */
export type TokenKind = "space" | "comment" | "string" | "quoted" | "word" | "number" | "parameter" | "symbol";

/** A piece of SQL; end is the index after it. Tokens follow each other without gaps. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

/** By what a token begins with (PostgreSQL, "Lexical Structure"). The first that fits is it. */
const PLAIN: readonly (readonly [TokenKind, RegExp])[] = [
  ["space", /[ \t\n\r\f\v\uFEFF]+/y],
  ["comment", /--[^\n\r]*/y],
  ["parameter", /\$\d+/y],
  ["word", /[A-Za-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*/y],
  ["number", /\d[\w.]*/y],
  ["symbol", /[\s\S]/y],
];

const ESCAPE_STRING = /[eE]'/y;
const TO_QUOTE = /[^']*'/y;
const TO_QUOTE_PAST_ESCAPES = /[^'\\]*(?:\\[\s\S][^'\\]*)*'/y;
const TO_DOUBLE_QUOTE = /[^"]*"/y;
/** A string goes on in the next line, and one with escapes goes on with escapes. */
const CONTINUED = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?\$/y;
const COMMENT_EDGE = /\/\*|\*\//g;

/**
 * Reads SQL as PostgreSQL's own lexer does, with `standard_conforming_strings` on.
 *
 * @throws {DefinitionError} naming the line in which a quote or a comment begins that never ends.
 */
export function* tokenize(sql: string): Generator<Token> {
  for (let start = 0; start < sql.length; ) {
    const token = tokenAt(sql, start);
    yield token;
    start = token.end;
  }
}

/** The line, from 1, in which an index of the text is. */
export function lineOf(sql: string, index: number): number {
  return sql.slice(0, index).split("\n").length;
}

function tokenAt(sql: string, start: number): Token {
  if (sql.startsWith("/*", start)) return { kind: "comment", start, end: endOfComment(sql, start) };
  if (sql[start] === "'") return { kind: "string", start, end: endOfQuotes(sql, start, start + 1, TO_QUOTE) };
  if (sql[start] === '"') return { kind: "quoted", start, end: endOfQuotes(sql, start, start + 1, TO_DOUBLE_QUOTE) };
  if (matchAt(ESCAPE_STRING, sql, start) !== undefined) {
    return { kind: "string", start, end: endOfEscapeString(sql, start) };
  }
  const opened = matchAt(DOLLAR_QUOTE, sql, start);
  if (opened !== undefined) {
    const closing = sql.indexOf(sql.slice(start, opened), opened);
    if (closing === -1) throw unended(sql, start, `a text in ${sql.slice(start, opened)}`);
    return { kind: "string", start, end: closing + opened - start };
  }
  for (const [kind, pattern] of PLAIN) {
    const end = matchAt(pattern, sql, start);
    if (end !== undefined) return { kind, start, end };
  }
  throw new Error("unreachable: any character is a symbol");
}

/** A doubled quote is a quote. */
function endOfQuotes(sql: string, start: number, from: number, toQuote: RegExp): number {
  for (let next = from; ; ) {
    const end = matchAt(toQuote, sql, next);
    if (end === undefined) throw unended(sql, start, "a text or name in quotes");
    if (sql[end] !== sql[end - 1]) return end;
    next = end + 1;
  }
}

function endOfEscapeString(sql: string, start: number): number {
  for (let from = start + 2; ; ) {
    const end = endOfQuotes(sql, start, from, TO_QUOTE_PAST_ESCAPES);
    const continued = matchAt(CONTINUED, sql, end);
    if (continued === undefined) return end;
    from = continued;
  }
}

/** Comments of this kind nest. */
function endOfComment(sql: string, start: number): number {
  COMMENT_EDGE.lastIndex = start;
  for (let depth = 0; ; ) {
    const edge = COMMENT_EDGE.exec(sql);
    if (edge === null) throw unended(sql, start, "a comment");
    depth += edge[0] === "/*" ? 1 : -1;
    if (depth === 0) return COMMENT_EDGE.lastIndex;
  }
}

function matchAt(pattern: RegExp, sql: string, index: number): number | undefined {
  pattern.lastIndex = index;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}

function unended(sql: string, start: number, what: string): DefinitionError {
  return new DefinitionError(`Line ${lineOf(sql, start)} of the SQL: ${what} that never ends begins there.`);
}
