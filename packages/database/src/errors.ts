import { DatabaseError, setFacts } from "./database-error.ts";
import { DeadlockDetected, SerializationFailure, StalePlan } from "./statement-errors.ts";

export { DatabaseError } from "./database-error.ts";
export * from "./statement-errors.ts";

/** Settings that cannot be used. All problems of one reading are reported together. */
export class SettingsError extends DatabaseError {
  readonly code = "SETTINGS_INVALID";
  /** One sentence per problem, each starting with the setting's name. Secrets are redacted. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/** A definition (model, schema, query) that contradicts itself; a programming error, thrown before anything is sent. */
export class DefinitionError extends DatabaseError {
  readonly code = "DEFINITION_INVALID";
}

// ---- Connections ----------------------------------------------------------------------------------------------------

/** What is known of a failed attempt to connect. */
export interface ConnectFacts {
  readonly host: string;
  readonly port: number;
  /** Why, as the message says it. */
  readonly reason: string;
  /** Whether it may go well a moment later: the server is starting, restarting, out of connections or out of reach. */
  readonly isTransient: boolean;
  /** SQLSTATE when the server answered (28P01 wrong password, 3D000 no such database, 53300 too many connections …). */
  readonly sqlState?: string | undefined;
}

/** No connection could be made: nothing listens there, the server refused us, or it took too long. */
export class ConnectionFailed extends DatabaseError implements ConnectFacts {
  readonly code = "CONNECTION_FAILED";
  declare readonly host: string;
  declare readonly port: number;
  declare readonly reason: string;
  declare readonly isTransient: boolean;
  declare readonly sqlState?: string;

  constructor(message: string, facts: ConnectFacts, options?: ErrorOptions) {
    super(message, options);
    setFacts(this, facts);
  }
}

/** What is known of a connection's end. */
export interface LossFacts {
  /** False: it was dead before anything of the statement was sent, which can be sent again. Undefined: who knows. */
  readonly wasSent?: false | undefined;
  /** SQLSTATE when the server said why it ended the connection (57P01 administrator, 57P02 crash …). */
  readonly sqlState?: string | undefined;
}

/** A connection died while it was in use. What was running in its transaction is rolled back by the server. */
export class ConnectionLost extends DatabaseError implements LossFacts {
  readonly code: string = "CONNECTION_LOST";
  declare readonly wasSent?: false;
  declare readonly sqlState?: string;

  constructor(message: string, { cause, ...facts }: LossFacts & ErrorOptions = {}) {
    super(message, { cause });
    setFacts(this, facts);
  }
}

/** What finds a transaction again when its connection is gone, for sessions that asked for it. */
export interface TrackedTransaction {
  /** As `pg_xact_status` takes it. */
  readonly transactionId: string;
  /** Tells the server from what it is after a crash, when it gives ids again that it had not written down. */
  readonly incarnation: string;
}

/**
 * The connection died after a commit was sent and before its answer arrived: the transaction is either wholly committed
 * or wholly rolled back. `DatabaseManager.resolveCommit` finds out which for sessions with `trackOutcome`; otherwise only
 * a look at the data tells. Never retried by the layer without knowing.
 */
export class CommitOutcomeUnknown extends ConnectionLost implements Partial<TrackedTransaction> {
  override readonly code = "COMMIT_OUTCOME_UNKNOWN";
  declare readonly transactionId?: string;
  declare readonly incarnation?: string;

  constructor(
    message: string,
    { transaction, ...options }: { transaction?: TrackedTransaction | undefined } & ErrorOptions = {},
  ) {
    super(message, options);
    setFacts(this, { ...transaction });
  }
}

/** What is known of a wait in vain. */
export interface PoolTimeoutFacts {
  /** Seconds waited. */
  readonly timeout: number;
  /** The most connections there may be. */
  readonly limit: number;
  readonly status: PoolStatus;
  /** Connections that are being opened. */
  readonly connecting: number;
  /** Seconds that the longest holder has had its connection; undefined when none is in use. */
  readonly longestHold?: number | undefined;
  /** The stack of that one's checkout, when leak detection is on (`leakThreshold`). */
  readonly longestHolder?: string | undefined;
}

/** No connection became free within the pool's timeout. */
export class PoolTimeout extends DatabaseError implements PoolTimeoutFacts {
  readonly code = "POOL_TIMEOUT";
  declare readonly timeout: number;
  declare readonly limit: number;
  declare readonly status: PoolStatus;
  declare readonly connecting: number;
  declare readonly longestHold?: number;
  declare readonly longestHolder?: string;

  constructor(facts: PoolTimeoutFacts) {
    const { timeout, limit, status, connecting, longestHold, longestHolder } = facts;
    const most = limit === Number.POSITIVE_INFINITY ? "" : ` of ${limit}`;
    const held = longestHold === undefined ? "" : ` The longest has been in use for ${longestHold.toFixed(1)} s.`;
    const holder = longestHolder === undefined ? "" : ` That one was checked out here:\n${longestHolder}`;
    super(
      `No connection became free within ${timeout} s: ${status.checkedOut}${most} are in use, ` +
        `${status.checkedIn} are idle, ${connecting} are being opened; waiting: ${status.waiting}.${held} A session that is opened ` +
        `inside another one needs a second connection. Hold connections for less time, or raise DB_POOL_SIZE or DB_MAX_OVERFLOW.${holder}`,
    );
    setFacts(this, facts);
  }
}

/** A pool's counts at one moment. */
export interface PoolStatus {
  /** The configured number of connections kept open; 0 means no limit. */
  readonly size: number;
  /** Open and idle. */
  readonly checkedIn: number;
  /** In use by a session. */
  readonly checkedOut: number;
  /** Open beyond `size`. */
  readonly overflow: number;
  /** Callers waiting for a connection. */
  readonly waiting: number;
}

/** The pool was asked for a connection after `close` began. */
export class PoolClosed extends DatabaseError {
  readonly code = "POOL_CLOSED";

  constructor() {
    super("The database is closing and takes no new work.");
  }
}

/**
 * The connection goes through a pooler that lends a server for one transaction only, and what was asked needs one that
 * stays. Nothing was sent.
 */
export class TransactionPooler extends DatabaseError {
  readonly code = "TRANSACTION_POOLER";

  /** @param what does not hold, and what to do instead. */
  constructor(what: string) {
    super(
      `The connection goes through a pooler in transaction mode, which gives each transaction another server. ${what}`,
    );
  }
}

// ---- Sessions -------------------------------------------------------------------------------------------------------

/** `getDb()` was called where no request is under way, or after its session ended. */
export class NoSession extends DatabaseError {
  readonly code = "NO_SESSION";
}

/** The database was used before `initDatabase` or after `closeDatabase`. */
export class NotInitialized extends DatabaseError {
  readonly code = "NOT_INITIALIZED";

  constructor() {
    super("The database is not initialized. Call initDatabase(options) when the application starts.");
  }
}

/** `initDatabase` was called twice without `closeDatabase` between. */
export class AlreadyInitialized extends DatabaseError {
  readonly code = "ALREADY_INITIALIZED";

  constructor() {
    super("The database is initialized already. Call closeDatabase() first, or use the manager you have.");
  }
}

/** A session was used after it committed or rolled back. */
export class SessionClosed extends DatabaseError {
  readonly code = "SESSION_CLOSED";

  constructor() {
    super("This session has ended. A session lives as long as the callback it was given to; was an await forgotten?");
  }
}

/** COMMIT was answered with ROLLBACK: an earlier statement of the transaction had failed and its error was swallowed. */
export class TransactionRolledBack extends DatabaseError {
  readonly code = "TRANSACTION_ROLLED_BACK";

  constructor() {
    super(
      "The transaction was rolled back instead of committed, because an earlier statement in it failed and its error " +
        "was caught. Run statements that may fail inside db.transaction(), which rolls back to a savepoint.",
    );
  }
}

/**
 * The transaction is not open any more although the session is: BEGIN had failed, or something ended it behind the
 * session's back (a procedure, a statement by hand). What comes after it would commit by itself, so it is not run.
 */
export class TransactionEnded extends DatabaseError {
  readonly code = "TRANSACTION_ENDED";

  constructor(options?: ErrorOptions) {
    super(
      "The session's transaction is not open any more. Look at what was run before: it failed to begin, or was ended.",
      options,
    );
  }
}

/** `one()` or `refresh()` found no row. */
export class NotFound extends DatabaseError {
  readonly code = "NOT_FOUND";
}

/**
 * The row was changed or deleted by somebody else since the instance was read: it has another version, or is gone. Nothing
 * was written. Read it again (`db.refresh`), and decide what becomes of the change.
 */
export class StaleRow extends DatabaseError {
  readonly code = "STALE_ROW";
  /** The model's name. */
  readonly model: string;

  constructor(model: string) {
    super(`This ${model} was changed or deleted since it was read, so it was not written. Refresh it and try again.`);
    this.model = model;
  }
}

/** `one()` found more than one row. */
export class MultipleRows extends DatabaseError {
  readonly code = "MULTIPLE_ROWS";

  constructor() {
    super("One row was expected and more came. Use all() or first(), or make the condition unique.");
  }
}

/** A value that the server sent could not be read: its type's parser threw. What the statement did stands. */
export class UnreadableValue extends DatabaseError {
  readonly code = "UNREADABLE_VALUE";

  constructor(column: string, cause: unknown) {
    super(
      `A value of the column ${column} could not be read: ${cause instanceof Error ? cause.name : "its parser threw"}.`,
    );
  }
}

/** A result was larger than `maxResultBytes`. Its statement was cancelled; a transaction that it was in has failed. */
export class ResultTooLarge extends DatabaseError {
  readonly code = "RESULT_TOO_LARGE";
  /** The limit, in bytes. */
  readonly limit: number;

  constructor(limit: number) {
    super(`The result is larger than ${limit} bytes (maxResultBytes). Select fewer columns, or page through the rows.`);
    this.limit = limit;
  }
}

/** A page's cursor was tampered with, belongs to another query, or was made by another version. */
export class InvalidCursor extends DatabaseError {
  readonly code = "INVALID_CURSOR";

  constructor() {
    super("The cursor is not one that this list has handed out. Start again without a cursor.");
  }
}

/**
 * Whether the same unit of work, run again from its start, can succeed and cannot happen twice: after a serialization
 * failure or a deadlock, and when the connection was lost before anything was sent.
 */
export function isRetryable(error: unknown): boolean {
  if (error instanceof ConnectionLost) return error.wasSent === false;
  return [SerializationFailure, DeadlockDetected, StalePlan].some((kind) => error instanceof kind);
}
