import { type CopyBytes, copyBytes } from "../connection/copy-bytes.ts";
import { CopyIn } from "../connection/copy-in.ts";
import { CopyOut } from "../connection/copy-out.ts";
import type { Result, Step } from "../connection/flight.ts";
import { DefinitionError } from "../errors.ts";
import type { Query } from "../query/query.ts";
import type { Table } from "../query/table.ts";
import { abortable } from "./abortable.ts";
import { CopyRows } from "./copy-rows.ts";
import { type CopyOutOptions, copyStatement } from "./copy-statement.ts";
import type { Transaction } from "./transaction.ts";
import { COPY_FROM_STDIN } from "./unfit-statements.ts";

/** What a COPY needs of its session. */
export interface CopyingSession {
  readonly signal: AbortSignal | undefined;
  /** The session's transaction, opened if it is not yet; undefined when it is over. */
  openTransaction(): Transaction | undefined;
  /** Runs steps in it, in one round trip. @throws when none can be run now. */
  run(steps: readonly Step[]): readonly Promise<Result>[];
  /**
   * Runs a COPY. From now on until `over` is called, the session takes no other statement, and does not commit.
   *
   * @param savepoint opened before it.
   */
  copy(step: Step & { readonly copy: CopyIn | CopyOut }, savepoint?: string): RunningCopy;
}

export interface RunningCopy {
  readonly result: Promise<Result>;
  over(): void;
}

/** Copies rows of a model. Returns how many the server has stored. */
export async function copyRowsIn(
  table: Table,
  rows: Iterable<object> | AsyncIterable<object>,
  session: CopyingSession,
): Promise<number> {
  const copied = new CopyRows(table, rows as Iterable<Readonly<Record<string, unknown>>>);
  const { messages } = copied;
  try {
    const { done } = await abortable(messages.next(), session.signal);
    return done ? 0 : await copyIn(copied.text, messages, session);
  } finally {
    void messages.return().catch(() => {}); // of no use when all went well, nor when the copy has done it
  }
}

/** Copies data in the format that the statement says. Returns how many rows the server has stored. */
export async function copyBytesIn(query: Query<unknown>, data: CopyBytes, session: CopyingSession): Promise<number> {
  const { text, values } = query.compile();
  if (!COPY_FROM_STDIN.test(text)) throw new DefinitionError("copyIn takes a model, or COPY … FROM STDIN.");
  if (values.length > 0)
    throw new DefinitionError("COPY takes no parameters. Values belong into the data; names are sql.id().");
  return await copyIn(text, copyBytes(data), session);
}

async function copyIn(text: string, messages: AsyncIterator<Buffer>, session: CopyingSession): Promise<number> {
  const copy = new CopyIn(messages);
  const running = session.copy({ text, values: [], copy });
  try {
    return (await running.result).rowCount;
  } catch (error) {
    throw copy.failure === undefined ? error : copy.failure.reason;
  } finally {
    running.over();
  }
}

/**
 * PostgreSQL has no end of a COPY TO STDOUT that comes early but an error, and an error fails the transaction. So there is a
 * savepoint before it, which costs no round trip, and whoever leaves early gets back to it.
 */
const SAVEPOINT = "hypertroq_copy";

/** What a COPY TO STDOUT gives, in pieces of whole rows. */
export async function* copyOut(
  query: Query<unknown>,
  options: CopyOutOptions,
  session: CopyingSession,
): AsyncGenerator<Buffer, void, undefined> {
  const text = await copyStatement(query, options, (steps) => session.run(steps));
  const copy = new CopyOut();
  const running = session.copy({ text, values: [], copy }, SAVEPOINT);
  running.result.then(
    () => copy.end(),
    (error: unknown) => copy.end(error),
  );
  let isLeft = true;
  try {
    for (;;) {
      isLeft = false;
      const bytes = await copy.take();
      if (bytes === undefined) break;
      isLeft = true;
      yield bytes;
    }
    await session.openTransaction()?.release(SAVEPOINT);
  } finally {
    if (isLeft) {
      copy.abandon();
      await running.result.catch(() => {});
      await session.openTransaction()?.rollbackTo(SAVEPOINT);
    }
    running.over();
  }
}
