import { AssertionError } from "node:assert";
import type { DatabaseManager } from "../session/manager.ts";

/** What was sent to the database, and what came of the work that sent it. */
export interface CountedStatements<T> {
  readonly result: T;
  /** The application's statements in the order of their answers, failed ones too. */
  readonly statements: readonly string[];
  /** Those of sessions and of the manager; COMMIT and ROLLBACK are some, too. */
  readonly roundTrips: number;
}

/** How many of them there are to be; what is left out may be any number. */
export interface ExpectedStatements {
  readonly statements?: number | undefined;
  readonly roundTrips?: number | undefined;
}

/**
 * Counts what is sent to the database while `work` runs: by this manager and its sessions, whoever uses them meanwhile.
 *
 * @throws what `work` throws.
 */
export async function countStatements<T>(
  manager: DatabaseManager,
  work: () => Promise<T>,
): Promise<CountedStatements<T>> {
  const { result, statements, trips } = await record(manager, work);
  return { result, statements, roundTrips: trips.length };
}

/**
 * Asserts how many statements and round trips `work` makes; returns what it returns.
 *
 * ```ts
 * const page = await assertStatements(manager, { statements: 2 }, () => listOrders());
 * ```
 *
 * @throws {AssertionError} naming each statement, or each round trip, when there were others. @throws what `work` throws.
 */
export async function assertStatements<T>(
  manager: DatabaseManager,
  expected: ExpectedStatements,
  work: () => Promise<T>,
): Promise<T> {
  const { result, statements, trips } = await record(manager, work);
  check("statement", expected.statements, statements);
  check("round trip", expected.roundTrips, trips);
  return result;
}

async function record<T>(manager: DatabaseManager, work: () => Promise<T>) {
  const statements: string[] = [];
  const trips: string[] = [];
  const stop = manager.observe({
    statement: ({ text }) => statements.push(text),
    roundTrip: ({ texts }) => trips.push(texts.join("; ")),
  });
  try {
    return { result: await work(), statements, trips };
  } finally {
    stop();
  }
}

function check(what: string, expected: number | undefined, sent: readonly string[]): void {
  if (expected === undefined || sent.length === expected) return;
  const wanted = `${expected} ${what}${expected === 1 ? "" : "s"}`;
  const lines = sent.map((text, i) => `\n  ${i + 1}. ${text}`);
  throw new AssertionError({
    message: `Expected ${wanted}, not ${sent.length}${lines.length === 0 ? "." : `:${lines.join("")}`}`,
    actual: sent.length,
    expected,
    stackStartFn: assertStatements,
  });
}
