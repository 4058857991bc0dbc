import type { Name } from "./identifier.ts";

/** Which rows {@link DataConnection.batches} walks over. */
export interface BatchOptions {
  /** May be `schema.table`. */
  readonly table: Name;
  /** Columns, unique together and never NULL, by which the table is walked; default: its primary key. */
  readonly key?: string | readonly string[];
  /** Columns that the work sees beside the key; default: all. */
  readonly columns?: readonly string[];
  /** Only rows for which this is true, in SQL. */
  readonly where?: string;
  /** Rows in a batch, at most; default 1000. */
  readonly size?: number;
}

/** Which rows of the table a batch is: from one key to another, both as text, in which PostgreSQL reads them exactly. */
export interface BatchRange {
  /** The columns of the key, in order. */
  readonly key: readonly string[];
  readonly first: readonly string[];
  readonly last: readonly string[];
}

/** Does something to a batch of rows. */
export type BatchWork = (rows: readonly Record<string, unknown>[], range: BatchRange) => Promise<void>;

/** The database as `op.data` sees it. */
export interface DataConnection {
  /** Runs one statement; interpolated values become parameters. Rows are objects by the names of their columns. */
  sql<T = Record<string, unknown>>(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<T[]>;
  /**
   * Walks a table by its key in batches. In a revision without a transaction of its own each batch is one, and what is
   * done stays done: a run that was killed goes on with the batch after it.
   *
   * What the work asks for through `db` belongs to the batch, if the work itself asks, or what it has called; what comes
   * from elsewhere (a worker started before) waits for the batch to end.
   */
  batches(options: BatchOptions, work: BatchWork): Promise<void>;
  /** Aborted when the run is. */
  readonly signal: AbortSignal | undefined;
}
