import { DefinitionError } from "../errors.ts";
import { type Condition, Expression, Operation, type Ordering, writeOperand } from "./expression.ts";
import { ColumnRef, type Cte, type From, type Joinable, sourceOf, type TableSource } from "./source.ts";
import { type Writer, writeList } from "./writer.ts";

/** Whether soft-deleted rows are seen. */
export type Deleted = "without" | "with" | "only";

/** What FOR … locks (PostgreSQL, "Row-Level Locks"). */
export type LockStrength = "update" | "no key update" | "share" | "key share";
const STRENGTHS: readonly unknown[] = ["update", "no key update", "share", "key share"] satisfies LockStrength[];

/** What a lock is on, and what becomes of rows that somebody else has locked. */
export interface LockOptions {
  /** Leave rows out that others have locked. */
  readonly skipLocked?: boolean | undefined;
  /** Fail with `LockNotAvailable` instead of waiting. */
  readonly noWait?: boolean | undefined;
  /** Which source's rows; default: all. */
  readonly of?: Joinable | undefined;
}

export interface Lock extends LockOptions {
  readonly strength: LockStrength;
}

/** @throws {DefinitionError} when it is none that PostgreSQL has. */
export function lockOf(strength: LockStrength, options: LockOptions): Lock {
  if (!STRENGTHS.includes(strength)) throw new DefinitionError(`A lock is one of ${STRENGTHS.join(", ")}.`);
  if (options.skipLocked && options.noWait)
    throw new DefinitionError("A lock either skips locked rows or fails, not both.");
  return { strength, ...options };
}

export function writeLock(writer: Writer, { strength, of, skipLocked, noWait }: Lock): void {
  writer.impure();
  writer.text(" for ");
  writer.text(strength);
  if (of !== undefined) {
    writer.text(" of ");
    writer.text(sourceOf(of).name); // never with a schema
  }
  if (skipLocked) writer.text(" skip locked");
  if (noWait) writer.text(" nowait");
}

/** What a query reads beside its first source, and when it matches. */
export interface Join {
  readonly words: " join " | " left join " | " join lateral " | " left join lateral ";
  readonly source: From<unknown, unknown>;
  readonly on: Condition | undefined;
}

/** @throws {DefinitionError} when a LEFT JOIN's source was not made by `optional`. */
export function joinOf(words: Join["words"], source: Joinable, on: Condition | undefined): Join {
  const from = sourceOf(source);
  if (words.startsWith(" left") !== from.isOptional) {
    throw new DefinitionError(
      from.isOptional
        ? "A source made by optional() goes with leftJoin()."
        : "leftJoin() takes a source made by optional(), whose columns can be null.",
    );
  }
  return { words, source: from, on };
}

/** Soft-deleted rows of a joined table do not match, unless the query sees them. */
export function writeJoin(writer: Writer, { words, source, on }: Join, deleted: Deleted): void {
  writer.text(words);
  source.write(writer);
  writer.text(" on ");
  const living = deleted === "without" ? seenRows(source, "without") : undefined;
  const conditions = [on, living].filter((condition) => condition !== undefined);
  if (conditions.length === 0) writer.text("true");
  else writeConditions(writer, conditions);
}

/** The condition that a source's rows must hold to be seen; none on tables without soft delete. */
export function seenRows(source: From<unknown, unknown>, deleted: Deleted): Condition | undefined {
  if (deleted === "with") return undefined;
  const { table } = source;
  if (table?.isDeleted === undefined) return undefined;
  const { prefix } = source as TableSource<unknown, unknown>;
  const isDeleted = new ColumnRef<boolean>(table, table.isDeleted, prefix);
  // In the words of a partial index over living rows: from a parameter the planner could not tell that it fits.
  return deleted === "only" ? isDeleted : new Operation("operation", ["not ", isDeleted], true);
}

/** @throws {DefinitionError} when something else was given: an object that was meant as a filter, undefined, true. */
export function assertConditions(conditions: readonly unknown[]): void {
  if (conditions.every((condition) => condition instanceof Expression)) return;
  throw new DefinitionError(
    "A condition is an expression, User.c.id.eq(id). A repository's methods take filters as objects.",
  );
}

/** Writes conditions of which all have to hold, those that hold less closely together in parentheses. */
export function writeConditions(writer: Writer, conditions: readonly Condition[], separator = " and "): void {
  for (let i = 0; i < conditions.length; i++) {
    if (i > 0) writer.text(separator);
    const condition = conditions[i]!;
    if (condition.binding === "logic" && conditions.length > 1) writeOperand(writer, condition);
    else condition.write(writer);
  }
}

/** `word` and the conditions; nothing when there are none. */
export function writeWhere(writer: Writer, word: " where " | " having ", conditions: readonly Condition[]): void {
  if (conditions.length === 0) return;
  writer.text(word);
  writeConditions(writer, conditions);
}

/** `word`, the expressions and what closes them; nothing when there are none. */
export function writeExpressions(
  writer: Writer,
  word: string,
  expressions: readonly (Expression<unknown> | Ordering)[],
  end = "",
): void {
  if (expressions.length === 0) return;
  writer.text(word);
  writeList(writer, expressions, ", ", (expression) => expression.write(writer));
  writer.text(end);
}

/** `with "name" as (…), …`. */
export function writeCtes(writer: Writer, ctes: readonly Cte<unknown, unknown>[]): void {
  if (ctes.length === 0) return;
  writer.text("with ");
  writeList(writer, ctes, ", ", (cte) => cte.writeDefinition(writer));
  writer.text(" ");
}

/** @throws {DefinitionError} when it is no whole number, 0 or more. */
export function wholeNumber(name: string, count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new DefinitionError(`${name} takes a whole number, 0 or more, not ${String(count)}.`);
  }
  return count;
}
