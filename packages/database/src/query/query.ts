import type { RowShape } from "../connection/row-reader.ts";
import { type Plannable, planOnce, plans } from "./plan.ts";
import type { Source } from "./writer.ts";

export type { Source } from "./writer.ts";

/** SQL text with its values and what becomes of its rows: what a query turns into when it is run. */
export interface Statement<T> {
  readonly text: string;
  readonly values: readonly unknown[];
  /** What its rows become; default: arrays of values in the order of the columns. */
  readonly shape?: RowShape<T> | undefined;
  /**
   * What it reads, when it is known to do nothing but read columns of tables with built-in,
   * immutable operators, and so needs no transaction if these tables are plain. Undefined: not known.
   */
  readonly reads?: readonly Source[] | undefined;
  /** Takes on the row that came; its result is what the caller gets. */
  receive?(row: T): T;
  /** Takes back what `receive` did to objects that outlive the transaction, when that is rolled back. */
  onRollback?(): void;
  /** What to throw when a row was expected and none came; default: `NotFound`. */
  whenNone?(): Error;
  /** Runs what has to be asked once the rows are there: relations that were included. */
  follow?(rows: readonly T[], db: Executor): Promise<void>;
}

/** What is wanted of a query: all rows, the first one, one that has to be the only one, or how many there were. */
export type Want = "all" | "first" | "one" | "count";

/** Anything that can be run. Queries are inert values: building one sends nothing, and none is a promise. */
export interface Query<T> {
  /** The statement it is, for the layer's own use. */
  compile(want?: Want): Statement<T>;
  /** The same as several statements, when one cannot hold all of it; they are run in one transaction. */
  split?(): readonly Query<T>[] | undefined;
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

/** The statement of a query, whose shape is kept unless it is of no further use. */
export function planned<T>(query: Plannable, isKept = true): Statement<T> {
  const { plan, values } = isKept ? plans.find(query) : planOnce(query);
  return { text: plan.text, values, shape: plan.shape as RowShape<T> | undefined, reads: plan.reads };
}
