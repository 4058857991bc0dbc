/** A table and the columns of it that are read. One object per table: what is known of it is kept by identity. */
export interface Source {
  /** As SQL names it, quoted. */
  readonly table: string;
  readonly columns: readonly string[];
}

/** SQL text with its values and what to make of a row: what a query becomes when it is run. */
export interface Statement<T> {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Turns a row, an array in the order of the selected columns, into a result. */
  decode(row: readonly unknown[], columns: readonly string[]): T;
  /**
   * What it reads, when it is known to do nothing but read columns of tables with built-in,
   * immutable operators, and so needs no transaction if these tables are plain. Undefined: not known.
   */
  readonly reads?: readonly Source[] | undefined;
  /** Takes back what `decode` did to objects that outlive the transaction, when that is rolled back. */
  readonly onRollback?: () => void;
}

/** Anything that can be run. Queries are inert values: building one sends nothing, and none is a promise. */
export interface Query<T> {
  compile(): Statement<T>;
}

/** What runs queries; a session is one. */
export interface Executor {
  /** All results. */
  all<T>(query: Query<T>): Promise<T[]>;
  /** The first result, if there is one. */
  first<T>(query: Query<T>): Promise<T | undefined>;
  /** The one result. @throws {NotFound} when there is none. @throws {MultipleRows} when there are more. */
  one<T>(query: Query<T>): Promise<T>;
  /** Runs the query and tells how many rows it returned or changed. */
  execute(query: Query<unknown>): Promise<number>;
}
