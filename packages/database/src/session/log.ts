import type { Logger } from "../logger.ts";
import type { ObservedStatement } from "./observers.ts";
import type { SlowQuery } from "./slow-queries.ts";

/** What `echo` (DB_ECHO) logs of each statement. */
export function logStatement(logger: Logger, { text: sql, milliseconds, errorCode }: ObservedStatement): void {
  logger.debug(
    { sql, ms: rounded(milliseconds), ...(errorCode === undefined ? {} : { error: errorCode }) },
    "statement",
  );
}

/** What is logged of a statement that took `slowQueryMs` (DB_SLOW_QUERY_MS) or more. */
export function logSlowQuery(logger: Logger, query: SlowQuery): void {
  const { text: sql, milliseconds, rows, errorCode: error, stack, untold, plan } = query;
  const facts = {
    sql,
    ms: rounded(milliseconds),
    rows,
    error,
    at: stack[0]?.trim(),
    untold: untold || undefined,
    plan,
  };
  const said = Object.entries(facts).filter(([, fact]) => fact !== undefined);
  logger.warn(Object.fromEntries(said), "slow statement");
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
