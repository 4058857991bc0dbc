import pg from "pg";
import * as errors from "../errors.ts";
import type { Parameter } from "./parameters.ts";
import { withoutValues } from "./redact.ts";

type StatementError = new (message: string, facts: errors.ServerFacts) => errors.StatementFailed;

/** SQLSTATE, or its class, → error (PostgreSQL, Appendix A: Error Codes). */
const CLASSES: ReadonlyMap<string, StatementError> = new Map<string, StatementError>([
  ["22", errors.DataError],
  ["23", errors.IntegrityViolation],
  ["23502", errors.NotNullViolation],
  ["23503", errors.ForeignKeyViolation],
  ["23505", errors.UniqueViolation],
  ["23514", errors.CheckViolation],
  ["23P01", errors.ExclusionViolation],
  ["25006", errors.ReadOnlyTransaction],
  ["25P02", errors.InFailedTransaction],
  ["40", errors.TransactionConflict],
  ["40001", errors.SerializationFailure],
  ["40P01", errors.DeadlockDetected],
  ["42501", errors.InsufficientPrivilege],
  ["42601", errors.InvalidSyntax],
  ["42703", errors.UndefinedColumn],
  ["42883", errors.UndefinedFunction],
  ["42P01", errors.UndefinedTable],
  ["53", errors.InsufficientResources],
  ["55P03", errors.LockNotAvailable],
  ["57014", errors.QueryCanceled],
]);

/**
 * Turns what `pg` rejects with into our errors. The driver's error is not kept as `cause` when it came from the
 * server: its `detail` and `where` hold values of rows and parameters, and whatever prints an error prints its causes.
 *
 * @param parameters those of the statement, none of which its error repeats.
 */
export function fromDriver(error: unknown, parameters: readonly Parameter[]): errors.DatabaseError {
  if (error instanceof errors.DatabaseError) return error;
  if (!(error instanceof pg.DatabaseError)) {
    return new errors.ConnectionLost("The connection to the database was lost.", { cause: error });
  }
  const sqlState = error.code ?? "XX000";
  const message = withoutValues(error.message, sqlState, parameters);
  if (error.severity === "FATAL" || error.severity === "PANIC") {
    // PgBouncer's: it had no server for the statement in time, so that none has got it.
    const wasSent = sqlState === "08P01" && error.message === "query_wait_timeout" ? false : undefined;
    return new errors.ConnectionLost(`The server ended the connection: ${message} (${sqlState}).`, {
      sqlState,
      wasSent,
    });
  }
  const StatementError = isStalePlan(error)
    ? errors.StalePlan
    : (CLASSES.get(sqlState) ?? CLASSES.get(sqlState.slice(0, 2)) ?? errors.StatementFailed);
  const { schema, table, column, constraint, position, where } = error;
  return new StatementError(message, {
    sqlState,
    schema,
    table,
    column,
    constraint,
    position: position === undefined ? undefined : Number(position),
    line: copiedLine(where),
    columns: column === undefined ? keyColumns(sqlState, error.detail) : [column],
  });
}

/** Whether a prepared statement cannot be run as it is. By the routine's name, because the message is in any language. */
function isStalePlan({ code, routine }: pg.DatabaseError): boolean {
  return code === "26000" || (code === "0A000" && routine === "RevalidateCachedQuery");
}

/** The line in a context of the form `COPY users, line 3, column age: "x"`, in most languages; what follows it is a value. */
function copiedLine(where = ""): number | undefined {
  const [, line] = /^COPY .+?, \S+ (\d+)/m.exec(where) ?? [];
  return line === undefined ? undefined : Number(line);
}

/**
 * The columns in a detail of the form `Key (a, b)=(1, 2) already exists.`, whatever its language; its values are dropped.
 * Only of those that have this form: any other may hold a value that looks like it.
 */
function keyColumns(sqlState: string, detail = ""): readonly string[] {
  if (!["23503", "23505", "23P01"].includes(sqlState)) return [];
  const key = /\((.*?)\)=\(/s.exec(detail)?.[1] ?? "";
  const columns = key.match(/(?:"(?:[^"]|"")*"|\((?:[^()]|\([^()]*\))*\)|[^,"(])+/g) ?? []; // an index may be on expressions
  return columns.map((column) =>
    column
      .trim()
      .replace(/^"(.*)"$/s, "$1")
      .replaceAll('""', '"'),
  );
}
