import { DatabaseError, setFacts } from "./database-error.ts";

/**
 * What the server says of a failed statement. `detail`, `hint` and `where` are left out on purpose: they repeat values of
 * the row and of parameters.
 */
export interface ServerFacts {
  readonly sqlState: string;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  /** Character offset into the statement, counted from 1. */
  readonly position?: number | undefined;
  /** Of the data of a COPY FROM, counted from 1. */
  readonly line?: number | undefined;
  /** Of a violated key or constraint. */
  readonly columns?: readonly string[] | undefined;
}

/**
 * A statement the server refused (PostgreSQL, Appendix A: Error Codes); subclasses name those that code reacts to. Facts
 * that the server does not state are no fields of it.
 */
export class StatementFailed extends DatabaseError implements ServerFacts {
  readonly code: string = "STATEMENT_FAILED";
  declare readonly sqlState: string;
  declare readonly schema?: string;
  declare readonly table?: string;
  declare readonly column?: string;
  declare readonly constraint?: string;
  declare readonly position?: number;
  declare readonly line?: number;

  constructor(message: string, { columns: _, ...facts }: ServerFacts, options?: ErrorOptions) {
    super(message, options);
    setFacts(this, facts);
  }
}

// ---- The data ---------------------------------------------------------------------------------------------------------

/** Class 22: a value does not fit its type or function: no such uuid, too long, out of range, divided by zero. */
export class DataError extends StatementFailed {
  override readonly code: string = "DATA_ERROR";
}

/** Class 23: a constraint does not allow it. */
export class IntegrityViolation extends StatementFailed {
  override readonly code: string = "INTEGRITY_VIOLATION";
  /** The key's columns, or the one that must not be null; empty when the server does not name them. */
  readonly columns: readonly string[];

  constructor(message: string, facts: ServerFacts, options?: ErrorOptions) {
    super(message, facts, options);
    this.columns = facts.columns ?? [];
  }
}

/** 23505. */
export class UniqueViolation extends IntegrityViolation {
  override readonly code = "UNIQUE_VIOLATION";
}

/** 23503: the row that is referred to is missing, or the row is still referred to. */
export class ForeignKeyViolation extends IntegrityViolation {
  override readonly code = "FOREIGN_KEY_VIOLATION";
}

/** 23502. */
export class NotNullViolation extends IntegrityViolation {
  override readonly code = "NOT_NULL_VIOLATION";
}

/** 23514. The server does not say which columns the check looks at. */
export class CheckViolation extends IntegrityViolation {
  override readonly code = "CHECK_VIOLATION";
}

/** 23P01. */
export class ExclusionViolation extends IntegrityViolation {
  override readonly code = "EXCLUSION_VIOLATION";
}

// ---- The transaction --------------------------------------------------------------------------------------------------

/** Class 40: the transaction came into conflict with another one. */
export class TransactionConflict extends StatementFailed {
  override readonly code: string = "TRANSACTION_CONFLICT";
}

/** 40001. `manager.retry` runs the whole callback again. */
export class SerializationFailure extends TransactionConflict {
  override readonly code = "SERIALIZATION_FAILURE";
}

/** 40P01. `manager.retry` runs the whole callback again. */
export class DeadlockDetected extends TransactionConflict {
  override readonly code = "DEADLOCK_DETECTED";
}

/** 25006: a write in a read-only transaction, or on a standby. */
export class ReadOnlyTransaction extends StatementFailed {
  override readonly code = "READ_ONLY_TRANSACTION";
}

/** 25P02: an earlier statement of the transaction failed, and its error was swallowed. */
export class InFailedTransaction extends StatementFailed {
  override readonly code = "IN_FAILED_TRANSACTION";
}

/**
 * 26000, or 0A000 when a table has changed: a prepared statement could not be run as it was, in a transaction that was open
 * before. It is prepared anew the next time; `manager.retry` runs the whole callback again.
 */
export class StalePlan extends StatementFailed {
  override readonly code = "STALE_PLAN";
}

/**
 * 57014: an abort, `statement_timeout`, or an administrator cancelled the statement. Which of them it was the server tells
 * in words alone, in the language of its `lc_messages`, so there is no class for it.
 */
export class QueryCanceled extends StatementFailed {
  override readonly code = "QUERY_CANCELED";
}

/** 55P03: `lock_timeout` passed, or NOWAIT found the lock taken. */
export class LockNotAvailable extends StatementFailed {
  override readonly code = "LOCK_NOT_AVAILABLE";
}

// ---- The statement ----------------------------------------------------------------------------------------------------

/** 42601. `position` says where. */
export class InvalidSyntax extends StatementFailed {
  override readonly code = "INVALID_SYNTAX";
}

/** 42P01: is a migration missing, or is the search path another one? */
export class UndefinedTable extends StatementFailed {
  override readonly code = "UNDEFINED_TABLE";
}

/** 42703. */
export class UndefinedColumn extends StatementFailed {
  override readonly code = "UNDEFINED_COLUMN";
}

/** 42883: no function or operator of this name takes these types. */
export class UndefinedFunction extends StatementFailed {
  override readonly code = "UNDEFINED_FUNCTION";
}

/** 42501. */
export class InsufficientPrivilege extends StatementFailed {
  override readonly code = "INSUFFICIENT_PRIVILEGE";
}

// ---- The server -------------------------------------------------------------------------------------------------------

/** Class 53: the disk is full (53100), or memory is used up (53200). */
export class InsufficientResources extends StatementFailed {
  override readonly code = "INSUFFICIENT_RESOURCES";
}
