/** Longer texts are cut: they are lists, or written by machines. */
const LONGEST = 4000;

/** What a text is made of, as far as it matters here (PostgreSQL, "Lexical Structure"). */
const TOKEN =
  /(?:\s+|--[^\n]*)|(?<comment>\/\*)|(?<literal>e'(?:[^'\\]|\\.|'')*'?|(?:[bxn]|u&)?'(?:[^']|'')*'?|(?<tag>\$(?:[a-z_\x80-\uffff][\w\x80-\uffff]*)?\$)[\s\S]*?(?:\k<tag>|$)|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|0x[\da-f_]+)|(?<kept>(?:u&)?"(?:[^"]|"")*"?|\$\d+|[a-z_\x80-\uffff][\w$\x80-\uffff]*|[\s\S])/iy;

/** The pieces of a text, and which of them are literals; comments are space. */
function* tokens(text: string): Generator<{ readonly piece: string; readonly isLiteral: boolean }> {
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const { comment, literal, kept } = TOKEN.exec(text)!.groups!;
    at = comment === undefined ? TOKEN.lastIndex : endOfComment(text, TOKEN.lastIndex);
    if (literal !== undefined) yield { piece: literal, isLiteral: true };
    else yield { piece: kept ?? " ", isLiteral: false };
  }
}

/**
 * A statement's text with `?` where its literals are, without comments, on one line, and with lists of values cut short:
 * the same for all statements of one shape, and without anything that somebody wrote into the SQL instead of giving it as
 * a parameter. At most 4,000 characters.
 */
export function normalise(text: string): string {
  let shape = "";
  for (const { piece, isLiteral } of tokens(text)) {
    shape += isLiteral ? "?" : piece;
    if (shape.length > LONGEST) break;
  }
  return shape
    .replace(/ {2,}/g, " ")
    .replace(/(?<=\() | (?=[,)])/g, "")
    .replace(/(\$\d+|\?)(?:, ?(?:\$\d+|\?))+/g, "$1, …")
    .replace(/(\((?:\$\d+|\?)(?:, …)?\))(?:, ?\((?:\$\d+|\?)(?:, …)?\))+/g, "$1, …")
    .trim()
    .slice(0, LONGEST);
}

/** How many parameters a statement has: the highest number. */
export function parameterCount(text: string): number {
  let count = 0;
  for (const { piece, isLiteral } of tokens(text)) {
    if (!isLiteral && /^\$\d/.test(piece)) count = Math.max(count, Number(piece.slice(1)));
  }
  return count;
}

/** Comments may be nested. */
function endOfComment(text: string, from: number): number {
  let depth = 1;
  const edges = /\/\*|\*\//g;
  edges.lastIndex = from;
  for (let edge = edges.exec(text); edge !== null; edge = edges.exec(text)) {
    depth += edge[0] === "/*" ? 1 : -1;
    if (depth === 0) return edges.lastIndex;
  }
  return text.length;
}

/** A plan of EXPLAIN's, in its text format, without the literals of its conditions. */
export function normalisePlan(plan: string): string {
  return plan.replace(
    /^( *(?!Workers)[A-Z][\w ]*: )(.*)$/gm,
    (_, label: string, rest: string) => label + normalise(rest),
  );
}

/** Characters of the longest text that is remembered: longer ones are lists, and another one each time. */
const LONGEST_KNOWN = 16 * 1024;

/** What was made of texts, for who meets the same ones again and again. */
export class KnownTexts<T> {
  readonly #make: (text: string) => T;
  readonly #most: number;
  readonly #known = new Map<string, T>();

  /** @param most how many are remembered; when there are more, all are forgotten. */
  constructor(most: number, make: (text: string) => T) {
    this.#most = most;
    this.#make = make;
  }

  of(text: string): T {
    let found = this.#known.get(text);
    if (found === undefined) {
      found = this.#make(text);
      if (text.length > LONGEST_KNOWN) return found;
      if (this.#known.size >= this.#most) this.#known.clear();
      this.#known.set(text, found);
    }
    return found;
  }
}
