import pg from "pg";
import {
  CheckViolation,
  ConnectionLost,
  DatabaseError,
  DeadlockDetected,
  ForeignKeyViolation,
  LockNotAvailable,
  NotNullViolation,
  QueryCanceled,
  SerializationFailure,
  type ServerFacts,
  StatementFailed,
  UniqueViolation,
} from "../errors.ts";

type StatementError = new (message: string, facts: ServerFacts, options?: ErrorOptions) => StatementFailed;

/** SQLSTATE → class (PostgreSQL, Appendix A: Error Codes). */
const CLASSES: ReadonlyMap<string, StatementError> = new Map<string, StatementError>([
  ["23502", NotNullViolation],
  ["23503", ForeignKeyViolation],
  ["23505", UniqueViolation],
  ["23514", CheckViolation],
  ["40001", SerializationFailure],
  ["40P01", DeadlockDetected],
  ["55P03", LockNotAvailable],
  ["57014", QueryCanceled],
]);

/**
 * Turns what `pg` rejects with into our errors. The driver's error is not kept as `cause` when it came from the
 * server: its `detail` and `where` hold values of rows and parameters, and whatever prints an error prints its causes.
 */
export function fromDriver(error: unknown, parameters: readonly unknown[]): DatabaseError {
  if (error instanceof DatabaseError) return error;
  if (!(error instanceof pg.DatabaseError)) {
    return new ConnectionLost("The connection to the database was lost.", { cause: error });
  }
  const sqlState = error.code ?? "XX000";
  if (error.severity === "FATAL" || error.severity === "PANIC") {
    return new ConnectionLost(`The server ended the connection: ${error.message} (${sqlState}).`, { sqlState });
  }
  const facts = {
    sqlState,
    schema: error.schema,
    table: error.table,
    column: error.column,
    constraint: error.constraint,
    position: error.position === undefined ? undefined : Number(error.position),
    columns: keyColumns(error.detail),
  };
  return new (CLASSES.get(sqlState) ?? StatementFailed)(withoutValues(error.message, sqlState, parameters), facts);
}

/**
 * The server's message without what it quotes of the parameters. Class 22 (data exception) quotes values whatever their
 * source: `invalid input syntax for type uuid: "…"`.
 */
function withoutValues(message: string, sqlState: string, parameters: readonly unknown[]): string {
  const isValue = (quoted: string): boolean =>
    sqlState.startsWith("22") ||
    parameters.flat(Number.POSITIVE_INFINITY).some((value) => typeof value === "string" && value.includes(quoted));
  return message.replace(/"([^"]+)"/g, (whole, quoted: string) => (isValue(quoted) ? '"…"' : whole));
}

/** The columns in a detail of the form `Key (a, b)=(1, 2) already exists.`; its values are dropped. */
function keyColumns(detail: string | undefined): string[] {
  const match = /^Key \((.*?)\)=\(/s.exec(detail ?? "");
  return match === null
    ? []
    : match[1]!.split(", ").map((column) => column.replace(/^"(.*)"$/, "$1").replaceAll('""', '"'));
}
