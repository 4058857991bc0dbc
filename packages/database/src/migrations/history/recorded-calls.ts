import { templateText } from "../../query/sql.ts";
import { bodyOf } from "../autogenerate/body.ts";
import { templateLiteral } from "../autogenerate/typescript.ts";
import type { Call } from "../compare/call.ts";
import { inline } from "../operations/literal.ts";
import type { Operations } from "../operations/operations.ts";
import { record } from "../operations/record.ts";
import { splitStatements } from "../operations/split-statements.ts";
import { tokenize } from "../operations/tokenize.ts";

/** One call of an operation, as it was made. */
export interface RecordedCall {
  readonly method: keyof Operations;
  readonly given: readonly unknown[];
}

/** What becomes of changes of data: SQL stays as it is, or everything is left out. Undefined: they are not wanted. */
export type DataChoice = "keep" | "drop" | undefined;

/**
 * The calls that a revision's function makes.
 *
 * @throws what it throws, and {@link record}.
 */
export function recordCalls(describe: (op: Operations) => void): readonly RecordedCall[] {
  record(describe); // refuses what cannot be meant
  const calls: RecordedCall[] = [];
  const recorder = new Proxy({} as Operations, {
    get:
      (_, method) =>
      (...given: readonly unknown[]) =>
        void calls.push({ method: method as keyof Operations, given }),
  });
  describe(recorder);
  return calls;
}

/** Statements of a function as TypeScript. */
export class CallTexts {
  readonly problems: string[] = [];

  /** @param of the revision that makes the call, for what cannot be written. Empty where nothing is left of it. */
  text({ method, given }: RecordedCall, data: DataChoice, of: string): string {
    if (method === "data") {
      if (data !== "drop") this.#refuse(`${of} changes data by a program (op.data), which another file cannot hold`);
      return "";
    }
    if (method === "sql" || method === "outside") return this.#sql(method, given, data, of);
    const last = given.findLastIndex((one) => one !== undefined);
    const told = given.slice(0, last + 1);
    if (!told.every(isPlain)) this.#refuse(`${of} gives op.${method} something that is no plain data`);
    return bodyOf([{ method, arguments: told } as unknown as Call]);
  }

  #sql(method: "sql" | "outside", [strings, ...values]: readonly unknown[], data: DataChoice, of: string): string {
    const whole = templateText(strings as TemplateStringsArray).reduce(
      (before, part, index) => `${before}$${index}${part}`,
    );
    const statements = splitStatements(whole).map(({ text }) => text);
    const changing = statements.filter(changesData);
    let text = inline({ text: whole, values });
    if (changing.length > 0 && data === undefined) this.#refuse(`${of} may change data: ${firstLine(changing[0]!)}`);
    if (changing.length > 0 && data === "drop") {
      const left = statements.filter((one) => !changing.includes(one));
      if (left.length === 0) return "";
      text = left.join(";\n");
    }
    return `op.${method}${templateLiteral(text)};`;
  }

  #refuse(problem: string): void {
    this.problems.push(problem);
  }
}

/** Words with which statements begin that define and do not change rows. A DO and a SELECT may do anything. */
const DEFINING = new Set(
  (
    "create alter drop comment grant revoke set reset security reindex refresh vacuum analyze cluster import reassign " +
    "discard lock notify"
  ).split(" "),
);

function changesData(statement: string): boolean {
  for (const { kind, start, end } of tokenize(statement)) {
    if (kind !== "space" && kind !== "comment") return !DEFINING.has(statement.slice(start, end).toLowerCase());
  }
  return false;
}

function firstLine(text: string): string {
  const line = text.trim().split("\n")[0]!;
  return line.length > 80 ? `${line.slice(0, 80)} …` : line;
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value === "object" && value !== null) {
    const prototype = Object.getPrototypeOf(value) as unknown;
    return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isPlain);
  }
  return typeof value !== "function" && typeof value !== "symbol";
}
