/** A word, a string or a sign of Python. */
export interface Token {
  readonly kind: "word" | "string" | "sign";
  /** As it is written. */
  readonly text: string;
  /** What a string means; undefined for bytes, f-strings and strings with an escape that is not read here. */
  readonly value?: string | undefined;
  readonly line: number;
  /** How many brackets are open around it; a bracket counts as inside itself. */
  readonly depth: number;
}

/** A logical line (Python, "Lexical analysis"): what stands between two ends of line that count, without comments. */
export interface LogicalLine {
  /** Whether it is indented: not the module's own statement, but one below it. */
  readonly indented: boolean;
  readonly tokens: readonly Token[];
  readonly firstLine: number;
  readonly lastLine: number;
}

/** What is no Python. */
export class PythonSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, problem: string) {
    super(problem);
    this.line = line;
  }
}

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const SPACE = /[ \t\f]+/y;
const STRING_START = /([a-zA-Z]{0,2})("""|'''|"|')/y;
const PREFIXES = /^(?:[rubft]|rb|br|rf|fr|rt|tr)?$/i;
const WORD = /[\p{L}\p{N}_.]+/uy;
/** Those of several characters matter only where one of them is an equals sign. */
const SIGN = /(?:\*\*=|\/\/=|<<=|>>=|->|:=|[=!<>+\-*/%&|^@]=|[^\s])/uy;

/**
 * The logical lines of a Python file. Reads every string and bracket, so that nothing inside one is taken for a
 * statement, and nothing of Python's grammar beyond that.
 *
 * @throws {PythonSyntaxError} on a string or bracket that does not end, or a bracket that was not open.
 */
export function logicalLines(source: string): readonly LogicalLine[] {
  return new Reader(source).read();
}

class Reader {
  readonly #source: string;
  #at = 0;
  #line = 1;
  readonly #open: { readonly sign: string; readonly line: number }[] = [];

  constructor(source: string) {
    this.#source = source.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  }

  read(): readonly LogicalLine[] {
    const lines: LogicalLine[] = [];
    let tokens: Token[] = [];
    let startOfLine = 0;
    let indented = false;
    const finish = (): void => {
      const [first] = tokens;
      if (first !== undefined) lines.push({ indented, tokens, firstLine: first.line, lastLine: this.#line });
      tokens = [];
    };
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]!;
      if (char === "\n") {
        if (this.#open.length === 0) finish();
        this.#at += 1;
        this.#line += 1;
        if (tokens.length === 0) startOfLine = this.#at;
      } else if (char === "#") {
        const end = this.#source.indexOf("\n", this.#at);
        this.#at = end === -1 ? this.#source.length : end;
      } else if (char === "\\" && this.#source[this.#at + 1] === "\n") {
        this.#at += 2;
        this.#line += 1;
      } else if (this.#match(SPACE) === undefined) {
        if (tokens.length === 0) indented = this.#at > startOfLine;
        tokens.push(this.#token());
      }
    }
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) throw new PythonSyntaxError(unclosed.line, `its "${unclosed.sign}" is never closed`);
    finish();
    return lines;
  }

  #token(): Token {
    const line = this.#line;
    const start = this.#at;
    const string = this.#string();
    if (string !== undefined) {
      const text = this.#source.slice(start, this.#at);
      return { kind: "string", text, value: string.value, line, depth: this.#open.length };
    }
    const word = this.#match(WORD);
    if (word !== undefined) return { kind: "word", text: word, line, depth: this.#open.length };
    const sign = this.#match(SIGN)!;
    if (sign in CLOSING) this.#open.push({ sign, line });
    const depth = this.#open.length;
    if (Object.values(CLOSING).includes(sign)) {
      const opened = this.#open.pop();
      if (opened === undefined || CLOSING[opened.sign] !== sign) {
        throw new PythonSyntaxError(line, `its "${sign}" closes nothing`);
      }
    }
    return { kind: "sign", text: sign, line, depth };
  }

  /** Reads the string that begins here, if one does. */
  #string(): { readonly value: string | undefined } | undefined {
    STRING_START.lastIndex = this.#at;
    const [start, prefix = "", quote = ""] = STRING_START.exec(this.#source) ?? [];
    if (start === undefined || !PREFIXES.test(prefix)) return undefined;
    const line = this.#line;
    this.#at += start.length;
    const begin = this.#at;
    const formatted = /[ft]/i.test(prefix);
    while (!this.#source.startsWith(quote, this.#at)) {
      const char = this.#source[this.#at];
      if (char === undefined || (char === "\n" && quote.length === 1)) {
        throw new PythonSyntaxError(line, "its string has no end");
      }
      if (formatted && char === "{" && this.#source[this.#at + 1] !== "{") this.#replacement(line);
      else this.#skip(char === "\\" ? 2 : formatted && char === "{" ? 2 : 1);
    }
    const text = this.#source.slice(begin, this.#at);
    this.#at += quote.length;
    if (formatted || /b/i.test(prefix)) return { value: undefined };
    return { value: /r/i.test(prefix) ? text : withoutEscapes(text) };
  }

  /** The `{…}` of an f-string, in which strings may begin with the quote that began the f-string (Python 3.12). */
  #replacement(line: number): void {
    let depth = 0;
    do {
      const char = this.#source[this.#at];
      if (char === undefined) throw new PythonSyntaxError(line, "its string has no end");
      if (this.#string() !== undefined) continue;
      if (char === "{") depth += 1;
      if (char === "}") depth -= 1;
      this.#skip(1);
    } while (depth > 0);
  }

  #skip(count: number): void {
    for (let left = count; left > 0; left--) {
      if (this.#source[this.#at] === "\n") this.#line += 1;
      this.#at += 1;
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [text] = pattern.exec(this.#source) ?? [];
    this.#at += text?.length ?? 0;
    return text;
  }
}

const ESCAPE = /\\(\n|[\\'"abfnrtv]|[0-7]{1,3}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[xuUN])/g;
const PLAIN: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** A string's escapes read; a backslash that begins none stays. Undefined: `\N{…}`, or an escape that is cut off. */
function withoutEscapes(text: string): string | undefined {
  let readable = true;
  const value = text.replace(ESCAPE, (_, code: string) => {
    const plain = PLAIN[code];
    if (plain !== undefined) return plain;
    const point = /^[0-7]/.test(code) ? Number.parseInt(code, 8) : Number.parseInt(code.slice(1), 16);
    if (Number.isNaN(point) || point > 0x10ffff) readable = false;
    return readable ? String.fromCodePoint(point) : "";
  });
  return readable ? value : undefined;
}
