import type { Result, Step } from "../connection/flight.ts";
import { encodeParameters } from "../connection/parameters.ts";
import type { RowReader, RowShape } from "../connection/row-reader.ts";
import { DefinitionError } from "../errors.ts";
import type { Executor, Statement } from "../query/query.ts";
import type { Watched } from "./observers.ts";

/** Options of a stream. */
export interface StreamOptions {
  /** How many rows are fetched at a time. Default 500. */
  readonly batch?: number | undefined;
}

/** What a stream needs of its session. */
export interface StreamingSession {
  /** For what runs once the rows are there. */
  readonly db: Executor;
  /** Runs steps in the session's transaction, in one round trip. @throws when none can be run now. */
  run(steps: readonly Step[]): readonly Promise<Result>[];
  /** Begins to watch a statement, for those who want to know. */
  watch(text: string): Watched | undefined;
  /** Has something done when the transaction is rolled back, or the savepoint in which this is called. */
  onRollback(undo: () => void): void;
}

const DEFAULT_BATCH = 500;

/**
 * A cursor's query is planned as if a tenth of its rows were wanted (PostgreSQL, `cursor_tuple_fraction`), and a stream is
 * mostly read to its end. The setting is for the query alone: afterwards it is what it was, whoever had set it.
 */
const PLAN_FOR_ALL = `select set_config('hypertroq.cursor_tuple_fraction', current_setting('cursor_tuple_fraction'), true),
  set_config('cursor_tuple_fraction', '1', true)`;
const PLAN_AS_BEFORE = `select set_config('cursor_tuple_fraction', current_setting('hypertroq.cursor_tuple_fraction'), true)`;

/** How many there have been, for names that no two of them have: sessions of a test may share a transaction. */
let cursors = 0;

/** The rows of batches, one after another. */
export async function* rowsOf<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T, void, undefined> {
  for await (const rows of batches) for (const row of rows) yield row;
}

/**
 * The results of a statement in batches, by a cursor (PostgreSQL, DECLARE). While a batch is used the next one is fetched,
 * and no more: two batches are the most that is in memory.
 *
 * By a cursor and not by a portal with a row limit, because the server plans such a statement for parallel workers, and then
 * runs it without any.
 *
 * @throws {DefinitionError} when the batch is no number of rows.
 */
export async function* batchesOf<T>(
  statement: Statement<T>,
  { batch = DEFAULT_BATCH }: StreamOptions,
  session: StreamingSession,
): AsyncGenerator<readonly T[], void, undefined> {
  if (!Number.isInteger(batch) || batch < 1)
    throw new DefinitionError("A stream's batch is a number of rows, at least 1.");
  const { text, values, shape, follow } = statement;
  cursors += 1;
  const cursor = `hypertroq_${cursors}`;
  const step = (sql: string): Step => ({ text: sql, values: [], once: true });
  const fetch = { ...step(`fetch ${batch} from ${cursor}`), shape: shape && withOneReader(shape) };
  const read = async (fetched: Promise<Result>): Promise<T[]> => {
    const watched = session.watch(text);
    try {
      const result = await fetched;
      watched?.succeeded(result);
      return result.rows as T[];
    } catch (error) {
      watched?.failed(error);
      throw error;
    }
  };

  const declare = { ...step(`declare ${cursor} no scroll cursor for ${text}`), values: encodeParameters(values) };
  const opening = session.run([
    { text: PLAN_FOR_ALL, values: [] },
    declare,
    { text: PLAN_AS_BEFORE, values: [] },
    fetch,
  ]);
  const close = async (): Promise<unknown> => await session.run([step(`close ${cursor}`)])[0];
  let isOpen = false;
  opening[1]!.then(
    () => {
      isOpen = true;
      session.onRollback(() => {
        isOpen = false;
      });
    },
    () => {},
  );
  // Of all of them, because the first that fails says why, and the others only that one did.
  let ahead: Promise<T[]> | undefined = read(Promise.all(opening).then((results) => results.at(-1)!));
  try {
    while (ahead !== undefined) {
      const rows: T[] = await ahead;
      ahead = rows.length === batch ? quietly(read(session.run([fetch])[0]!)) : undefined;
      if (follow !== undefined) await follow(rows, session.db);
      yield rows;
    }
  } finally {
    // Fails where the transaction has: the cursor goes with it.
    if (isOpen) await close().catch(() => {});
  }
}

/** A promise that may fail before it is waited for, or when nobody does. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** A shape that makes its reader once: the rows of all batches have the same columns. */
function withOneReader<T>(shape: RowShape<T>): RowShape<T> {
  let reader: RowReader<T> | undefined;
  return {
    reader: (fields) => {
      reader ??= shape.reader(fields);
      return reader;
    },
  };
}
