import { AlembicFileInvalid } from "./errors.ts";
import { type LogicalLine, logicalLines, PythonSyntaxError, type Token } from "./python-tokens.ts";

/** What a revision file of Alembic's says of itself. */
export interface PythonRevision {
  readonly revision: string;
  readonly downRevision: readonly string[];
  readonly branchLabels: readonly string[];
  readonly dependsOn: readonly string[];
  /** The docstring's first line; undefined where there is none. */
  readonly message: string | undefined;
  /** The docstring's `Create Date`, ISO 8601, without an offset where it has none; undefined where it says none. */
  readonly createdAt: string | undefined;
  readonly upgrade: PythonFunction;
  readonly downgrade: PythonFunction;
  /** What Alembic's offline mode might write differently from what it would send. */
  readonly remarks: readonly string[];
}

export interface PythonFunction {
  /** As it is written; empty where the file has no such function. */
  readonly source: string;
  /** Whether it surely does nothing: `pass`, and a docstring at most. */
  readonly isEmpty: boolean;
}

type Ids = string | readonly string[] | null;

const NAMES = ["revision", "down_revision", "branch_labels", "depends_on"] as const;
type Name = (typeof NAMES)[number];

/**
 * Reads a revision file of Alembic's: its top-level literals, its docstring, and where its two functions stand. The file
 * is not run. What is no literal is an error, because anything else would be a guess.
 *
 * @throws {AlembicFileInvalid}
 */
export function readPythonRevision(file: string, source: string): PythonRevision {
  const fail = (line: number | undefined, problem: string): never => {
    throw new AlembicFileInvalid(file, line, problem);
  };
  let lines: readonly LogicalLine[];
  try {
    lines = logicalLines(source);
  } catch (error) {
    if (!(error instanceof PythonSyntaxError)) throw error;
    return fail(error.line, error.message);
  }
  const values = new Map<Name, Ids>();
  for (const statement of moduleStatements(lines)) {
    const assigned = assignment(statement, fail);
    if (assigned === undefined) continue;
    if (values.has(assigned.name)) fail(statement[0]?.line, `it assigns ${assigned.name} twice`);
    values.set(assigned.name, assigned.value);
  }
  const revision = values.get("revision");
  if (typeof revision !== "string" || revision === "") return fail(undefined, "it does not assign an id to revision");
  if (!values.has("down_revision")) fail(undefined, "it does not assign down_revision");
  const doc = docstring(lines);
  return {
    revision,
    downRevision: ids(values.get("down_revision")),
    branchLabels: ids(values.get("branch_labels")),
    dependsOn: ids(values.get("depends_on")),
    message: doc?.trim().split("\n", 1)[0]?.replace(/\s+/g, " ").trim() || undefined,
    createdAt: createDate(doc),
    upgrade: functionOf("upgrade", lines, source),
    downgrade: functionOf("downgrade", lines, source),
    remarks: remarks(lines),
  };
}

const BLOCK = /^(?:def|class|async|@)$/;

/** Statements in the module's own scope, also below `if` and the like; what functions and classes hold is not. */
function moduleStatements(lines: readonly LogicalLine[]): readonly (readonly Token[])[] {
  const statements: (readonly Token[])[] = [];
  let inBlock = false;
  for (const { indented, tokens } of lines) {
    if (!indented) inBlock = BLOCK.test(tokens[0]!.text);
    if (inBlock) continue;
    // Below a condition an assignment may or may not happen; the sign in front makes it unreadable, as it should be.
    for (const statement of split(tokens, ";")) {
      statements.push(indented ? [{ ...statement[0]!, kind: "sign", text: "indent" }, ...statement] : statement);
    }
  }
  return statements;
}

function split(tokens: readonly Token[], sign: string): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === "sign" && token.text === sign && token.depth === 0) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

type Fail = (line: number | undefined, problem: string) => never;

/** `NAME = literal` or `NAME: annotation = literal` for one of the four names. */
function assignment(statement: readonly Token[], fail: Fail): { name: Name; value: Ids } | undefined {
  const mentioned = statement.find(
    (token, index) =>
      token.kind === "word" &&
      NAMES.includes(token.text as Name) &&
      !(token.depth > 0 && statement[index + 1]?.text === "="), // a keyword of a call
  );
  if (mentioned === undefined) return undefined;
  const name = mentioned.text as Name;
  const refuse = (line: number): never =>
    fail(line, `${name} is not assigned a plain literal (a string, None, or a tuple or list of strings)`);
  const next = statement[1]?.text;
  if (mentioned !== statement[0] || (next !== "=" && next !== ":")) return refuse(mentioned.line);
  const equals = statement.findIndex(({ text, kind, depth }) => kind === "sign" && text === "=" && depth === 0);
  if (equals === -1) return undefined; // an annotation alone
  const value = literal(statement.slice(equals + 1));
  return value === undefined ? refuse(mentioned.line) : { name, value };
}

/** A string, None, or a tuple or list of strings; undefined: something else. */
function literal(tokens: readonly Token[]): Ids | undefined {
  const [first] = tokens;
  if (first?.text === "None" && tokens.length === 1) return null;
  const closing = first?.text === "(" ? ")" : first?.text === "[" ? "]" : undefined;
  if (first === undefined || closing === undefined) return strings(tokens) ?? items(tokens, 0);
  if (tokens.at(-1)?.text !== closing) return undefined;
  const inner = tokens.slice(1, -1);
  // Brackets without a comma are just brackets: ("abc") is a string, and ("abc",) is a tuple.
  const isSequence = closing === "]" || inner.length === 0 || inner.some(({ text }) => text === ",");
  return isSequence ? items(inner, first.depth) : literal(inner);
}

function items(tokens: readonly Token[], depth: number): readonly string[] | undefined {
  const found: string[] = [];
  let part: Token[] = [];
  const flush = (): boolean => {
    const value = strings(part);
    part = [];
    if (value === undefined) return false;
    found.push(value);
    return true;
  };
  for (const token of tokens) {
    if (token.kind === "string") part.push(token);
    else if (token.text !== "," || token.depth !== depth || !flush()) return undefined;
  }
  return part.length === 0 || flush() ? found : undefined;
}

/** Strings that stand side by side are one. */
function strings(tokens: readonly Token[]): string | undefined {
  if (tokens.length === 0) return undefined;
  let text = "";
  for (const { value } of tokens) {
    if (value === undefined) return undefined;
    text += value;
  }
  return text;
}

function ids(value: Ids | undefined): readonly string[] {
  return [...new Set(typeof value === "string" ? [value] : (value ?? []))];
}

function docstring(lines: readonly LogicalLine[]): string | undefined {
  const first = split(lines[0]?.tokens ?? [], ";")[0] ?? [];
  return first.every(({ kind }) => kind === "string") ? strings(first) : undefined;
}

const CREATE_DATE = /^\s*Create Date:\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?\s*$/m;

function createDate(doc: string | undefined): string | undefined {
  const [, day, time, offset = ""] = CREATE_DATE.exec(doc ?? "") ?? [];
  if (day === undefined) return undefined;
  const zone = /^[+-]00:?00$/.test(offset) ? "Z" : offset.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2");
  const stamp = `${day}T${time}${zone}`;
  return Number.isNaN(Date.parse(stamp)) ? undefined : stamp;
}

function functionOf(name: "upgrade" | "downgrade", lines: readonly LogicalLine[], source: string): PythonFunction {
  const text = source
    .replace(/^\ufeff/, "")
    .replace(/\r\n?/g, "\n")
    .split("\n");
  const mentions = lines.filter(
    ({ indented, tokens }) => !indented && tokens.some(({ kind, text: word }) => kind === "word" && word === name),
  );
  const [head] = mentions;
  if (head === undefined) return { source: "", isEmpty: false };
  const begin = lines.indexOf(head);
  let end = begin + 1;
  while (lines[end]?.indented) end += 1;
  const body = lines.slice(begin + 1, end);
  return {
    source: text.slice(head.firstLine - 1, lines[end - 1]!.lastLine).join("\n"),
    isEmpty:
      mentions.length === 1 &&
      head.tokens[0]?.text === "def" &&
      lines[begin - 1]?.tokens[0]?.text !== "@" &&
      [headBody(head.tokens), ...body.map(({ tokens }) => tokens)].every(doesNothing),
  };
}

/** What follows the colon on the line of `def` itself. */
function headBody(tokens: readonly Token[]): readonly Token[] {
  const colon = tokens.findIndex(({ kind, text, depth }) => kind === "sign" && text === ":" && depth === 0);
  return tokens.slice(colon + 1);
}

function doesNothing(tokens: readonly Token[]): boolean {
  return split(tokens, ";").every(
    (statement) =>
      statement.every(({ kind, value }) => kind === "string" && value !== undefined) ||
      /^(?:pass|\.\.\.|return|return None)$/.test(statement.map(({ text }) => text).join(" ")),
  );
}

function remarks(lines: readonly LogicalLine[]): readonly string[] {
  const tokens = lines.flatMap((line) => line.tokens);
  const found: string[] = [];
  if (tokens.some(({ kind, text }) => kind === "word" && /(?:^|\.)(?:is_offline_mode|as_sql)$/.test(text))) {
    found.push("its Python asks whether Alembic is offline, which it was: compare the SQL with what it does otherwise");
  }
  if (tokens.some(({ kind, value }) => kind === "string" && value?.includes("\t"))) {
    found.push("a text in its Python holds a tab, for which Alembic writes four spaces: compare the SQL");
  }
  return found;
}
