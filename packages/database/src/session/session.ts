import { AsyncLocalStorage } from "node:async_hooks";
import type { Result, Step } from "../connection/flight.ts";
import { encodeParameters } from "../connection/parameters.ts";
import { CommitOutcomeUnknown, DefinitionError, SessionClosed } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { deleteInstance, insertInstance, refreshInstance, updateInstance } from "../model/persistence.ts";
import type { Statement } from "../query/query.ts";
import { autocommit, type Lender } from "./autocommit.ts";
import { Gate } from "./gate.ts";
import type { PlainTables } from "./plain-tables.ts";
import { QueryRunner } from "./query-runner.ts";
import { Transaction, type TransactionOptions } from "./transaction.ts";

export interface SessionOptions extends TransactionOptions {
  /** Aborting it cancels the running statement, and the session rolls back. */
  readonly signal?: AbortSignal | undefined;
}

/** What a session needs from the manager that makes it. */
export interface SessionContext extends Lender {
  readonly logger: Logger;
  readonly echo: boolean;
  readonly tables: PlainTables;
  /** Whether transactions are READ COMMITTED unless they say otherwise; known once a connection was made. */
  readonly isReadCommitted: () => boolean;
}

/** How many reads of one session may be under way at once, each on a connection of its own. */
const CONCURRENT_READS = 4;

/** How deep in the savepoints of which sessions the code that runs now is. */
const savepoints = new AsyncLocalStorage<ReadonlyMap<Session, number>>();

/**
 * A unit of work, made by `DatabaseManager.session`, which also ends it. One transaction, from the first statement that
 * needs one to `commit` or `rollback`; until then no connection is held.
 *
 * Under READ COMMITTED each statement sees the database as it is when the statement begins, in a transaction or not
 * (PostgreSQL, "Read Committed Isolation Level"). So a read that is known to do nothing else runs by itself, on a
 * connection borrowed for one round trip. Known are queries of this library's builder over columns, parameters and
 * built-in immutable operators, on plain tables (see `PlainTables`); everything else, and all that comes after it, is in
 * the transaction. What a read outside of it does not do: keep a lock on its table until the end, and abort the
 * transaction when it fails.
 */
export class Session extends QueryRunner {
  readonly #context: SessionContext;
  readonly #options: SessionOptions;
  readonly #afterCommit: (() => void | Promise<void>)[] = [];
  readonly #afterRollback: (() => void | Promise<void>)[] = [];
  #transaction: Transaction | undefined;
  #reads: Gate | undefined;
  /** What to do, newest first, when the transaction rolls back. */
  readonly #undo: (() => void)[] = [];
  /** How many savepoints are open. */
  #depth = 0;
  #ended = false;

  constructor(context: SessionContext, options: SessionOptions = {}) {
    super();
    this.#context = context;
    this.#options = options;
  }

  /** Stores a new instance, which takes on what the database made of it (defaults). Returns it. */
  async add<Row extends object>(instance: Row): Promise<Row> {
    return await this.one(insertInstance(instance));
  }

  /** Writes what was changed in a stored instance; without changes nothing is sent. @throws {NotFound} when it is gone. */
  async save<Row extends object>(instance: Row): Promise<Row> {
    const query = updateInstance(instance);
    return query === undefined ? instance : await this.one(query);
  }

  /** Deletes a stored instance for good. @throws {NotFound} when it is gone already. */
  async delete(instance: object): Promise<void> {
    await this.one(deleteInstance(instance));
  }

  /** Reads a stored instance anew. @throws {NotFound} when it is gone. */
  async refresh<Row extends object>(instance: Row): Promise<Row> {
    return await this.one(refreshInstance(instance));
  }

  /** From here on everything is in the transaction, reads too. Sends nothing: BEGIN travels with the next statement. */
  begin(): void {
    this.#assertOpen();
    this.#transaction ??= new Transaction(this.#context, this.#options, this.#options.signal);
  }

  /**
   * Runs `work` inside a savepoint: when it throws, what it did is rolled back and the session goes on (PostgreSQL,
   * SAVEPOINT). May be nested. Costs no round trip of its own unless it rolls back.
   *
   * @throws {DefinitionError} when another one of this session is under way beside it: one connection has one stack of
   *   savepoints, and rolling the one back would take the other's work with it.
   * @throws {TransactionRolledBack} when a statement in it had failed and its error was swallowed.
   */
  async transaction<T>(work: (db: Session) => Promise<T>): Promise<T> {
    const depth = savepoints.getStore()?.get(this) ?? 0;
    if (depth !== this.#depth) {
      throw new DefinitionError("Two db.transaction() of one session overlap. Await the first before the second.");
    }
    this.begin();
    const transaction = this.#transaction!;
    this.#depth += 1;
    const savepoint = `hypertroq_${this.#depth}`;
    const undoFrom = this.#undo.length;
    transaction.savepoint(savepoint);
    try {
      const scope = new Map(savepoints.getStore()).set(this, this.#depth);
      const result = await savepoints.run(scope, () => work(this));
      await transaction.release(savepoint);
      return result;
    } catch (error) {
      if (!this.#ended) {
        await transaction.rollbackTo(savepoint);
        this.#takeBack(undoFrom);
      }
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  /** Runs `work` once the session has committed; not at all when it rolls back. A failure in it is logged. */
  afterCommit(work: () => void | Promise<void>): void {
    this.#assertOpen();
    this.#afterCommit.push(work);
  }

  /** Runs `work` once the session has rolled back; not at all when it commits. A failure in it is logged. */
  afterRollback(work: () => void | Promise<void>): void {
    this.#assertOpen();
    this.#afterRollback.push(work);
  }

  /**
   * Commits and ends the session.
   *
   * @throws the reason of the session's signal when that was aborted: the session is rolled back.
   * @throws {TransactionRolledBack} when a statement had failed and its error was swallowed: PostgreSQL answers such a
   *   COMMIT with ROLLBACK and no error. @throws {CommitOutcomeUnknown} when the connection died before the answer.
   */
  async commit(): Promise<void> {
    this.#assertOpen();
    this.#options.signal?.throwIfAborted();
    this.#ended = true;
    try {
      await this.#transaction?.commit();
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknown)) await this.#wasRolledBack();
      throw error;
    }
    await this.wasCommitted();
  }

  /** Rolls back and ends the session; does nothing to one that has ended. Never throws. */
  async rollback(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#transaction?.rollback();
    await this.#wasRolledBack();
  }

  /** For the manager: the commit, whose answer was lost, is known to have happened. */
  async wasCommitted(): Promise<void> {
    await this.#runAll(this.#afterCommit, "afterCommit");
  }

  protected override async run({ text, values, reads, onRollback }: Statement<unknown>): Promise<Result> {
    this.#assertOpen();
    const step = { text, values: encodeParameters(values) };
    const { echo, logger } = this.#context;
    const start = echo ? performance.now() : 0;
    try {
      const runsAlone = this.#transaction === undefined && reads !== undefined && this.#canRunAlone(reads);
      const result = await (runsAlone ? this.#read(step, reads) : this.#runInTransaction(step, reads));
      if (onRollback !== undefined) this.#undo.push(onRollback);
      return result;
    } finally {
      if (echo) logger.debug({ sql: text, ms: Math.round((performance.now() - start) * 100) / 100 }, "statement");
    }
  }

  #canRunAlone(reads: readonly string[]): boolean {
    const { isolation, context, statementTimeout, lockTimeout } = this.#options;
    const { tables, isReadCommitted } = this.#context;
    const hasSettings = context !== undefined || statementTimeout !== undefined || lockTimeout !== undefined;
    if (hasSettings || !(isolation === undefined ? isReadCommitted() : isolation === "read committed")) return false;
    return tables.arePlain(reads) === true;
  }

  async #read(step: Step, reads: readonly string[]): Promise<Result> {
    this.#reads ??= new Gate(CONCURRENT_READS);
    // Without a pause when there is a place: it has to stand in the pool's queue before a transaction that is opened after
    // it, which would wait for it while holding the connection that it waits for.
    const turn = this.#reads.enter();
    if (turn !== undefined) await turn;
    try {
      if (this.#transaction !== undefined) return await this.#runInTransaction(step, reads);
      const { tables } = this.#context;
      const probe = tables.probe(reads);
      const steps = probe === undefined ? [step] : [step, probe];
      const [result, answer] = await autocommit(this.#context, steps, true, this.#options.signal);
      if (answer !== undefined) tables.learn(answer);
      return result!;
    } finally {
      this.#reads.leave();
    }
  }

  async #runInTransaction(step: Step, reads: readonly string[] | undefined): Promise<Result> {
    this.begin();
    const transaction = this.#transaction!;
    const { tables } = this.#context;
    const probe = reads === undefined ? undefined : tables.probe(reads);
    if (probe === undefined) return await transaction.run(step);
    const [result, answer] = await Promise.all([transaction.run(step), transaction.run(probe)]);
    tables.learn(answer);
    return result;
  }

  /** Undoes, newest first, what statements did to instances since the undo list had this length. */
  #takeBack(length: number): void {
    for (const undo of this.#undo.splice(length).reverse()) undo();
  }

  #assertOpen(): void {
    if (this.#ended) throw new SessionClosed();
  }

  async #wasRolledBack(): Promise<void> {
    this.#takeBack(0);
    await this.#runAll(this.#afterRollback, "afterRollback");
  }

  async #runAll(works: readonly (() => void | Promise<void>)[], name: string): Promise<void> {
    for (const work of works) {
      try {
        await work();
      } catch (error) {
        this.#context.logger.error({ err: error }, `a function given to ${name} failed`);
      }
    }
  }
}
