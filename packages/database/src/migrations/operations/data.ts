/** Which rows {@link DataConnection.batches} walks over. */
export interface BatchOptions {
  /** May be `schema.table`. */
  readonly table: string;
  /** Columns, unique together and never NULL, by which the table is walked; default: its primary key. */
  readonly key?: string | readonly string[];
  /** Columns that the work sees beside the key; default: all. */
  readonly columns?: readonly string[];
  /** Only rows for which this is true, in SQL. */
  readonly where?: string;
  /** Rows in a batch, at most; default 1000. */
  readonly size?: number;
}

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
  batches(options: BatchOptions, work: (rows: readonly Record<string, unknown>[]) => Promise<void>): Promise<void>;
  /** Aborted when the run is. */
  readonly signal: AbortSignal | undefined;
}
