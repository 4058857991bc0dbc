import { type Token, tokenize } from "./tokenize.ts";

/** A name as a statement writes it. */
export interface WrittenName {
  readonly sql: string;
  /** Its parts as the server keeps them. */
  readonly parts: readonly string[];
  readonly last: string;
}

/** Reads a statement word by word, without space and comments. */
export class Words {
  readonly #sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string) {
    this.#sql = sql;
    this.#tokens = [...tokenize(sql)].filter(({ kind }) => kind !== "space" && kind !== "comment");
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** What has not been read, as it is written. */
  get rest(): string {
    const next = this.#tokens[this.#at];
    return next === undefined ? "" : this.#sql.slice(next.start);
  }

  is(word: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind !== "quoted" && this.#text(token).toLowerCase() === word;
  }

  /** Passes over these words if they come next. */
  take(...words: readonly string[]): boolean {
    if (!words.every((word, index) => this.is(word, index))) return false;
    this.#at += words.length;
    return true;
  }

  /** A name with or without its schema. */
  name(): WrittenName | undefined {
    const first = this.#tokens[this.#at];
    const parts: string[] = [];
    do {
      const part = this.#tokens[this.#at];
      if (first === undefined || (part?.kind !== "word" && part?.kind !== "quoted")) return undefined;
      parts.push(part.kind === "quoted" ? unquoted(this.#text(part)) : this.#text(part).toLowerCase());
      this.#at += 1;
    } while (this.take("."));
    return { sql: this.#sql.slice(first.start, this.#tokens[this.#at - 1]!.end), parts, last: parts.at(-1)! };
  }

  /** The words in parentheses, if those come next. */
  parenthesised(): readonly string[] {
    const found: string[] = [];
    if (!this.take("(")) return found;
    while (!this.isAtEnd && !this.take(")")) {
      found.push(this.#text(this.#tokens[this.#at]).toLowerCase());
      this.#at += 1;
    }
    return found;
  }

  /** The next word in small letters, or whatever stands there; passes over it. Empty at the end. */
  next(): string {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return this.#text(token).toLowerCase();
  }

  /** What comes next as it is written, up to where `ends` is true of it or the text ends; parentheses are not looked into. */
  until(ends: (words: Words) => boolean): string {
    const first = this.#tokens[this.#at];
    if (first === undefined || ends(this)) return "";
    do this.#pass();
    while (!this.isAtEnd && !ends(this));
    return this.#sql.slice(first.start, this.#tokens[this.#at - 1]!.end);
  }

  /** What stands in the parentheses that come next, as it is written. */
  inParentheses(): string | undefined {
    if (!this.is("(")) return undefined;
    const from = this.#tokens[this.#at]!.end;
    this.#pass();
    return this.#sql.slice(from, this.#tokens[this.#at - 1]!.start).trim();
  }

  /** What has not been read, cut at its commas. */
  list(): readonly string[] {
    const parts: string[] = [];
    do parts.push(this.until((words) => words.is(",")));
    while (this.take(","));
    return parts;
  }

  /** Passes over one token, or all that is in parentheses or brackets. */
  #pass(): void {
    let depth = 0;
    do {
      if (this.is("(") || this.is("[")) depth += 1;
      else if (this.is(")") || this.is("]")) depth -= 1;
      this.#at += 1;
    } while (depth > 0 && !this.isAtEnd);
  }

  #text(token: Token | undefined): string {
    return token === undefined ? "" : this.#sql.slice(token.start, token.end);
  }
}

function unquoted(name: string): string {
  return name.slice(1, -1).replaceAll('""', '"');
}
