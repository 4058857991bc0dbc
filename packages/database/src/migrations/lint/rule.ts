import type { Facts } from "../locks/findings.ts";
import { isAtLeast, type LockMode } from "../locks/lock-mode.ts";
import type { Action, Statement } from "../locks/statement.ts";
import type { KnownTable, Surroundings } from "../locks/surroundings.ts";
import type { RecordedStep } from "../operations/step.ts";
import type { Revision } from "../script/revision.ts";

export type Severity = "error" | "warning";

/** One statement of a revision's upgrade, or a program in it, as rules see it. */
export interface LintedStatement {
  readonly revision: Revision;
  readonly step: RecordedStep;
  /** Empty: it is a program. */
  readonly sql: string;
  readonly read: Statement;
  readonly facts: Facts;
  /** What is known before it. */
  readonly surroundings: Surroundings;
  /** The revision is one transaction, so that all locks are held until its end. */
  readonly inTransaction: boolean;
  /** All statements of the revision, in order, this one among them. */
  readonly all: readonly LintedStatement[];
  readonly index: number;
  /** The line of the file in which it begins, from 1; undefined: that could not be found out. */
  readonly line: number | undefined;
}

/** What a rule has found in a statement. */
export interface Found {
  /** A sentence. */
  readonly message: string;
  /** The table that it is about. */
  readonly table?: string | undefined;
  /** The lock that it is about; default the statement's strongest. */
  readonly lock?: LockMode | undefined;
  /** What to write instead, in TypeScript or SQL. */
  readonly rewrite: string;
}

/** Something that `hypertroq lint` looks for. Its page is docs/lint/<id>.md. */
export interface Rule {
  /** In kebab-case; it stays what it is. */
  readonly id: string;
  readonly severity: Severity;
  /** One line. */
  readonly title: string;
  /** It is about programs that run now, or about what will be; how many rows there are does not matter. */
  readonly regardless?: true;
  readonly check: (statement: LintedStatement) => readonly Found[];
}

/** A rule on one kind of statement. */
export function onVerb(verb: string, find: (statement: LintedStatement) => Found | undefined): Rule["check"] {
  return (statement) => {
    if (statement.read.verb !== verb) return [];
    const found = find(statement);
    return found === undefined ? [] : [found];
  };
}

type ActionOf<Kind extends Action["kind"]> = Action & { readonly kind: Kind };

/** A rule on what ALTER TABLE does to a table that was there before the revision. */
export function onAction<Kind extends Action["kind"]>(
  kind: Kind,
  find: (action: ActionOf<Kind>, statement: LintedStatement) => Found | undefined,
): Rule["check"] {
  return (statement) => {
    if (statement.read.verb !== "alter table" || isNew(statement, statement.read.name)) return [];
    return statement.read.actions.flatMap((action) =>
      action.kind === kind ? (find(action as ActionOf<Kind>, statement) ?? []) : [],
    );
  };
}

/** Whether the revision itself has made the table before. */
export function isNew({ surroundings }: LintedStatement, table: string): boolean {
  return known({ surroundings }, table)?.isNew === true;
}

export function known({ surroundings }: Pick<LintedStatement, "surroundings">, table: string): KnownTable | undefined {
  const { tables } = surroundings;
  return tables !== undefined && Object.hasOwn(tables, table) ? tables[table] : undefined;
}

/** The one or the other, by what the statement is written in. */
export function propose({ step }: LintedStatement, operations: string, sql: string): string {
  return step.operation === "sql" || step.operation === "outside" ? sql : operations;
}

/** Whether it is no statement on data, and locks a table against writers at least. */
export function changesSchema({ facts, read }: LintedStatement): boolean {
  return isAtLeast(facts.lock, "SHARE") && read.verb !== "lock table";
}

/** A text as TypeScript writes it. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A list of names as TypeScript writes it. */
export function array(names: readonly string[]): string {
  return `[${names.map(quoted).join(", ")}]`;
}
