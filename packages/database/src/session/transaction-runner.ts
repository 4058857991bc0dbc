import type { CopyBytes } from "../connection/copy-bytes.ts";
import type { CopyIn } from "../connection/copy-in.ts";
import type { CopyOut } from "../connection/copy-out.ts";
import type { Result, Step } from "../connection/flight.ts";
import { DefinitionError } from "../errors.ts";
import type { Query } from "../query/query.ts";
import type { Sql } from "../query/sql.ts";
import { isMapped, type Mapped, tableOf } from "../query/table.ts";
import type { CopyOutOptions } from "./copy-statement.ts";
import { type CopyingSession, copyBytesIn, copyOut, copyRowsIn } from "./copying.ts";
import type { Watched } from "./observers.ts";
import { QueryRunner } from "./query-runner.ts";
import { batchesOf, rowsOf, type StreamOptions } from "./stream.ts";
import type { Transaction } from "./transaction.ts";

type Batches<T> = AsyncGenerator<readonly T[], void, undefined>;

/** A stream in batches, for the manager: what is made of each row on its way takes more time than its fetching. */
export let streamBatches: <T>(db: TransactionRunner, query: Query<T>, options: StreamOptions) => Batches<T>;

/** What runs queries in a transaction: where streams live, and COPY. */
export abstract class TransactionRunner extends QueryRunner {
  static {
    streamBatches = (db, query, options) => db.#batches(query, options);
  }

  /** The COPY that is under way. */
  #copy: CopyIn | CopyOut | undefined;

  /** Aborting it gives up. */
  protected abstract readonly signal: AbortSignal | undefined;

  /** The transaction, opened if it is not yet; undefined when it is over. */
  protected abstract openTransaction(): Transaction | undefined;

  /** Runs steps in the transaction, in one round trip. */
  protected abstract runSteps(steps: readonly Step[]): readonly Promise<Result>[];

  /** Begins to watch a statement, for those who want to know. */
  protected abstract watch(text: string): Watched | undefined;

  /** @throws when no statement can be run now. */
  protected abstract assertReady(): void;

  /** Has something done when the transaction is rolled back, or the savepoint in which this is called. */
  protected abstract onRollback(undo: () => void): void;

  /** In the session's transaction, whose other statements can be run while the results are used. */
  override stream<T>(query: Query<T>, options: StreamOptions = {}): AsyncGenerator<T, void, undefined> {
    return rowsOf(this.#batches(query, options));
  }

  protected override async copyInto(
    target: Mapped<unknown> | Sql,
    data: Iterable<unknown> | AsyncIterable<unknown>,
  ): Promise<number> {
    this.assertReady();
    return isMapped(target)
      ? await copyRowsIn(tableOf(target), data as Iterable<object>, this.#copying)
      : await copyBytesIn(target, data as CopyBytes, this.#copying);
  }

  /** In the session's transaction. As long as it lasts the session takes no other statement. */
  override copyOut(query: Query<unknown>, options: CopyOutOptions = {}): AsyncGenerator<Buffer, void, undefined> {
    return copyOut(query, options, this.#copying);
  }

  /** @throws {DefinitionError} while a COPY is under way. */
  protected assertNoCopy(): void {
    if (this.#copy === undefined) return;
    throw new DefinitionError(
      "A COPY of this session is under way, which has its connection for itself. Await it first, or use another session.",
    );
  }

  /** Has a COPY that is under way fail. */
  protected abandonCopy(): void {
    this.#copy?.abandon();
  }

  #run(steps: readonly Step[]): readonly Promise<Result>[] {
    this.assertReady();
    return this.runSteps(steps);
  }

  #batches<T>(query: Query<T>, options: StreamOptions): Batches<T> {
    return batchesOf(query.compile(), options, {
      db: this,
      run: (steps) => this.#run(steps),
      watch: (text) => this.watch(text),
      onRollback: (undo) => this.onRollback(undo),
    });
  }

  get #copying(): CopyingSession {
    return {
      signal: this.signal,
      openTransaction: () => this.openTransaction(),
      run: (steps) => this.#run(steps),
      copy: (step, savepoint) => {
        this.assertReady();
        if (savepoint !== undefined) this.openTransaction()?.savepoint(savepoint);
        const watched = this.watch(step.text);
        const [result] = this.runSteps([step]);
        result!.then(
          (each) => watched?.succeeded(each),
          (error: unknown) => watched?.failed(error),
        );
        this.#copy = step.copy;
        const over = (): void => {
          this.#copy = undefined;
        };
        return { result: result!, over };
      },
    };
  }
}
