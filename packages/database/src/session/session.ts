import { AsyncLocalStorage } from "node:async_hooks";
import type { Result } from "../connection/flight.ts";
import type { Lease, Pool } from "../connection/pool.ts";
import {
  CommitOutcomeUnknown,
  ConnectionLost,
  DefinitionError,
  MultipleRows,
  NotFound,
  SessionClosed,
  TransactionRolledBack,
} from "../errors.ts";
import type { Logger } from "../logger.ts";
import { deleteInstance, insertInstance, refreshInstance, updateInstance } from "../model/persistence.ts";
import type { Executor, Query } from "../query/query.ts";
import type { Select } from "../query/select.ts";
import { type Sql, sql } from "../query/sql.ts";

/** PostgreSQL, "Transaction Isolation". */
export type Isolation = "read committed" | "repeatable read" | "serializable";

export interface SessionOptions {
  /** Aborting it cancels the running statement, and the session rolls back. */
  readonly signal?: AbortSignal | undefined;
  /** A transaction in which the server refuses every write. Default false. */
  readonly readOnly?: boolean | undefined;
  /** Default: the server's, which is read committed unless somebody changed it. */
  readonly isolation?: Isolation | undefined;
}

/** What a session needs from the manager that makes it. */
export interface SessionContext {
  readonly pool: Pool;
  readonly logger: Logger;
  readonly echo: boolean;
}

/** How deep in the savepoints of which sessions the code that runs now is. */
const savepoints = new AsyncLocalStorage<ReadonlyMap<Session, number>>();

/**
 * A unit of work: one connection, one transaction, from the first statement to `commit` or `rollback`. A session that
 * runs no statement borrows no connection. Made by `DatabaseManager.session`, which also ends it.
 */
export class Session implements Executor {
  readonly #context: SessionContext;
  readonly #options: SessionOptions;
  readonly #afterCommit: (() => void | Promise<void>)[] = [];
  #lease: Promise<Lease> | undefined;
  /** What to do, newest first, when the transaction rolls back. */
  readonly #undo: (() => void)[] = [];
  /** How many savepoints are open. */
  #depth = 0;
  #ended = false;

  constructor(context: SessionContext, options: SessionOptions = {}) {
    this.#context = context;
    this.#options = options;
  }

  async all<T>(query: Query<T>): Promise<T[]> {
    const { text, values, decode, onRollback } = query.compile();
    const { rows, columns } = await this.#run(text, values, onRollback);
    return rows.map((row) => decode(row, columns));
  }

  async first<T>(query: Query<T>): Promise<T | undefined> {
    const { text, values, decode, onRollback } = query.compile();
    const { rows, columns } = await this.#run(text, values, onRollback);
    return rows[0] === undefined ? undefined : decode(rows[0], columns);
  }

  async one<T>(query: Query<T>): Promise<T> {
    const { text, values, decode, onRollback } = query.compile();
    const { rows, columns } = await this.#run(text, values, onRollback);
    if (rows[0] === undefined) throw new NotFound("One row was expected and none came.");
    if (rows.length > 1) throw new MultipleRows();
    return decode(rows[0], columns);
  }

  async execute(query: Query<unknown>): Promise<number> {
    const { text, values } = query.compile();
    return (await this.#run(text, values)).rowCount;
  }

  /** How many rows the query would return. */
  async count(query: Select<unknown>): Promise<number> {
    return await this.one(query.count());
  }

  /** Whether the query would return any row. */
  async exists(query: Select<unknown>): Promise<boolean> {
    return await this.one(query.exists());
  }

  /** Runs SQL by hand: values in the template become parameters. Rows are objects by column name. */
  async sql<T = unknown>(strings: TemplateStringsArray, ...parts: readonly unknown[]): Promise<T[]> {
    return await this.all<T>(sql(strings, ...parts) as Sql<T>);
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

  /**
   * Runs `work` inside a savepoint: when it throws, what it did is rolled back and the session goes on (PostgreSQL,
   * SAVEPOINT). May be nested.
   *
   * @throws {DefinitionError} when another one of this session is under way beside it: one connection has one stack of
   *   savepoints, and rolling the one back would take the other's work with it.
   */
  async transaction<T>(work: (db: Session) => Promise<T>): Promise<T> {
    const depth = savepoints.getStore()?.get(this) ?? 0;
    if (depth !== this.#depth) {
      throw new DefinitionError("Two db.transaction() of one session overlap. Await the first before the second.");
    }
    this.#depth += 1;
    const savepoint = `hypertroq_${this.#depth}`;
    const undoFrom = this.#undo.length;
    try {
      await this.#run(`savepoint ${savepoint}`);
      const scope = new Map(savepoints.getStore()).set(this, this.#depth);
      const result = await savepoints.run(scope, () => work(this));
      await this.#run(`release savepoint ${savepoint}`);
      return result;
    } catch (error) {
      await this.#rollbackTo(savepoint, undoFrom);
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
    if (this.#lease === undefined) return await this.#runAfterCommit();
    const lease = await this.#lease;
    try {
      const { command } = await lease.connection.query("commit");
      if (command === "ROLLBACK") throw new TransactionRolledBack();
    } catch (error) {
      if (!(error instanceof ConnectionLost)) {
        this.#takeBack(0);
        throw error;
      }
      throw new CommitOutcomeUnknown(
        "The connection was lost while the transaction was being committed. Look at the data before doing it again.",
        { cause: error },
      );
    } finally {
      await lease.release(false);
    }
    await this.#runAfterCommit();
  }

  /** Rolls back and ends the session; does nothing to one that has ended. Never throws. */
  async rollback(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const lease = await this.#lease?.catch(() => undefined);
    await lease?.release(true);
    this.#takeBack(0);
  }

  /** Not cancelled by the session's signal: an abort is a reason to roll back, not against it. */
  async #rollbackTo(savepoint: string, undoFrom: number): Promise<void> {
    try {
      const lease = await this.#lease;
      if (this.#ended) return; // with all of its savepoints
      await lease?.connection.query(`rollback to savepoint ${savepoint}`);
      await lease?.connection.query(`release savepoint ${savepoint}`);
      this.#takeBack(undoFrom);
    } catch {
      // The connection is dead, and its transaction with it; whoever called hears of the error that led here.
    }
  }

  /** Undoes, newest first, what statements did to instances since the undo list had this length. */
  #takeBack(length: number): void {
    for (const undo of this.#undo.splice(length).reverse()) undo();
  }

  #assertOpen(): void {
    if (this.#ended) throw new SessionClosed();
  }

  async #run(text: string, values: readonly unknown[] = [], onRollback?: () => void): Promise<Result> {
    this.#assertOpen();
    this.#lease ??= this.#begin();
    const { connection } = await this.#lease;
    this.#assertOpen();
    const { signal } = this.#options;
    const start = performance.now();
    try {
      const result = await connection.query(text, values, signal);
      if (onRollback !== undefined) this.#undo.push(onRollback);
      return result;
    } finally {
      if (this.#context.echo) {
        const ms = Math.round((performance.now() - start) * 100) / 100;
        this.#context.logger.debug({ sql: text, ms }, "statement");
      }
    }
  }

  async #begin(): Promise<Lease> {
    const { isolation, readOnly, signal } = this.#options;
    const lease = await this.#context.pool.checkout(signal);
    try {
      const modes = [
        ...(isolation === undefined ? [] : [`isolation level ${isolation}`]),
        ...(readOnly ? ["read only"] : []),
      ];
      await lease.connection.query(["begin", modes.join(", ")].join(" ").trimEnd());
      return lease;
    } catch (error) {
      await lease.release(true);
      throw error;
    }
  }

  async #runAfterCommit(): Promise<void> {
    for (const work of this.#afterCommit) {
      try {
        await work();
      } catch (error) {
        this.#context.logger.error({ err: error }, "a function given to afterCommit failed");
      }
    }
  }
}
