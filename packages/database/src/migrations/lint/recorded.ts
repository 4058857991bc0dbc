import { readFile } from "node:fs/promises";
import { after, settled } from "../locks/after.ts";
import { factsOf } from "../locks/facts.ts";
import { readStatement } from "../locks/statement.ts";
import type { Surroundings } from "../locks/surroundings.ts";
import type { Operations } from "../operations/operations.ts";
import { record } from "../operations/record.ts";
import { splitStatements } from "../operations/split-statements.ts";
import type { RecordedStep } from "../operations/step.ts";
import { lineOf, tokenize } from "../operations/tokenize.ts";
import type { Revision } from "../script/revision.ts";
import type { LintedStatement } from "./rule.ts";

/** That a rule is not to be reported of a statement. */
export interface Ignore {
  readonly rule: string;
  readonly reason: string;
  /** Where it stands. */
  readonly line: number | undefined;
}

/** What a revision's upgrade does, and what of it is so on purpose. */
export interface RecordedRevision {
  readonly revision: Revision;
  readonly statements: readonly LintedStatement[];
  /** Of each statement. */
  readonly ignores: readonly (readonly Ignore[])[];
  /** Those that stand before nothing. */
  readonly idle: readonly Ignore[];
  /** What is known when it has run. */
  readonly surroundings: Surroundings;
}

interface RecordedCall {
  readonly steps: readonly RecordedStep[];
  readonly line: number | undefined;
  readonly ignores: readonly Ignore[];
}

/** Records the upgrade of a revision, with the lines in which its operations stand. */
export async function recordRevision(revision: Revision, before: Surroundings): Promise<RecordedRevision> {
  const { calls, idle } = revision.file.endsWith(".sql") ? await callsOfSql(revision) : callsOf(revision);
  const flat = calls.flatMap(({ steps, ...rest }) => steps.map((step) => ({ step, ...rest })));
  const inTransaction =
    revision.transaction ?? !flat.some(({ step }) => step.kind === "sql" && step.recovery !== undefined);
  const statements: LintedStatement[] = [];
  let surroundings = before;
  for (const [index, { step, line }] of flat.entries()) {
    const sql = step.kind === "sql" ? step.statement.text : "";
    const facts = factsOf(sql, surroundings);
    statements.push({
      revision,
      step,
      sql,
      read: readStatement(sql),
      facts: step.kind === "sql" && step.recovery !== undefined ? { ...facts, transactional: false } : facts,
      surroundings,
      inTransaction,
      all: statements,
      index,
      line,
    });
    surroundings = after(surroundings, sql);
  }
  return {
    revision,
    statements,
    ignores: flat.map(({ ignores }) => ignores),
    idle,
    surroundings: settled(surroundings),
  };
}

interface Calls {
  readonly calls: readonly RecordedCall[];
  readonly idle: readonly Ignore[];
}

function callsOf(revision: Revision): Calls {
  const calls: RecordedCall[] = [];
  let pending: Ignore[] = [];
  const listen = (op: Operations): Operations =>
    new Proxy(op, {
      get: (target, name) => {
        const method = target[name as keyof Operations] as (...given: readonly unknown[]) => void;
        if (typeof method !== "function") return method;
        return (...given: readonly unknown[]): void => {
          const line = lineIn(revision.file);
          method(...given); // which refuses what could not be meant
          if (name === "lintIgnore") {
            const [rule, reason = ""] = given.map(String);
            pending.push({ rule: rule ?? "", reason: reason.trim(), line });
            return;
          }
          const again = (one: Operations): void =>
            (one[name as keyof Operations] as (...given: readonly unknown[]) => void)(...given);
          calls.push({ steps: record(again), line, ignores: pending });
          pending = [];
        };
      },
    });
  record((op) => revision.upgrade(listen(op)));
  return { calls, idle: pending };
}

/** Where in a file the call comes from that is being answered; undefined: from elsewhere. */
function lineIn(file: string): number | undefined {
  const frames = (new Error().stack ?? "").split("\n");
  const frame = frames.find((line) => line.includes(file));
  const line = /:(\d+):\d+\)?$/.exec(frame ?? "")?.[1];
  return line === undefined ? undefined : Number(line);
}

/** `-- lint-ignore rule-id: reason`, above its statement. */
const IGNORE = /^--\s*lint-ignore\b\s*([^:\s]*)\s*:?\s*(.*)$/;

async function callsOfSql(revision: Revision): Promise<Calls> {
  const text = (await readFile(revision.file, "utf8")).replace(/^\uFEFF/, "");
  const written = splitStatements(text);
  const recorded = record(revision.upgrade);
  const calls = written.map(({ text: sql, line }, index) => {
    const { ignores, start } = commentsOf(sql, line);
    return { steps: recorded.slice(index, index + 1), line: line + lineOf(sql, start) - 1, ignores };
  });
  return { calls, idle: restOf(text, written.at(-1)) };
}

/** What the comments say that a statement begins with, and where it really does. */
function commentsOf(sql: string, line: number): { readonly ignores: readonly Ignore[]; readonly start: number } {
  const ignores: Ignore[] = [];
  for (const { kind, start, end } of tokenize(sql)) {
    if (kind === "space") continue;
    if (kind !== "comment") return { ignores, start };
    const match = IGNORE.exec(sql.slice(start, end));
    if (match !== null) {
      ignores.push({ rule: match[1]!, reason: match[2]!.trim(), line: line + lineOf(sql, start) - 1 });
    }
  }
  return { ignores, start: sql.length };
}

/** Comments behind the last statement. */
function restOf(text: string, last: { readonly text: string } | undefined): readonly Ignore[] {
  const from = last === undefined ? 0 : text.lastIndexOf(last.text) + last.text.length;
  const rest = text.slice(from).replace(/^\s*;/, (semicolon) => " ".repeat(semicolon.length));
  return commentsOf(rest, lineOf(text, from)).ignores;
}
