import type { Result } from "../connection/connection.ts";
import type { Lease, Pool } from "../connection/pool.ts";
import {
  CommitOutcomeUnknown,
  ConnectionLost,
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
  readonly signal?: AbortSignal;
  /** A transaction in which the server refuses every write. Default false. */
  readonly readOnly?: boolean;
  /** Default: the server's, which is read committed unless somebody changed it. */
  readonly isolation?: Isolation;
}

/** What a session needs from the manager that makes it. */
export interface SessionContext {
  readonly pool: Pool;
  readonly logger: Logger;
  readonly echo: boolean;
}

/**
 * A unit of work: one connection, one transaction, from the first statement to `commit` or `rollback`. A session that
 * runs no statement borrows no connection. Made by `DatabaseManager.session`, which also ends it.
 */
export class Session implements Executor {
  readonly #context: SessionContext;
  readonly #options: SessionOptions;
  readonly #afterCommit: (() => void | Promise<void>)[] = [];
  #lease: Promise<Lease> | undefined;
  #savepoints = 0;
  #ended = false;

  constructor(context: SessionContext, options: SessionOptions = {}) {
    this.#context = context;
    this.#options = options;
  }

  async all<T>(query: Query<T>): Promise<T[]> {
    const { text, values, decode } = query.compile();
    const { rows, columns } = await this.#run(text, values);
    return rows.map((row) => decode(row, columns));
  }

  async first<T>(query: Query<T>): Promise<T | undefined> {
    const { text, values, decode } = query.compile();
    const { rows, columns } = await this.#run(text, values);
    return rows[0] === undefined ? undefined : decode(rows[0], columns);
  }

  async one<T>(query: Query<T>): Promise<T> {
    const { text, values, decode } = query.compile();
    const { rows, columns } = await this.#run(text, values);
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
   * SAVEPOINT). May be nested; two at the same time in one session may not.
   */
  async transaction<T>(work: (db: Session) => Promise<T>): Promise<T> {
    const savepoint = `hypertroq_${++this.#savepoints}`;
    await this.#run(`savepoint ${savepoint}`);
    try {
      const result = await work(this);
      await this.#run(`release savepoint ${savepoint}`);
      return result;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) await this.#run(`rollback to savepoint ${savepoint}`, [], undefined);
      throw error;
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
   * @throws {TransactionRolledBack} when a statement had failed and its error was swallowed: PostgreSQL answers such a
   *   COMMIT with ROLLBACK and no error. @throws {CommitOutcomeUnknown} when the connection died before the answer.
   */
  async commit(): Promise<void> {
    this.#assertOpen();
    this.#ended = true;
    if (this.#lease === undefined) return await this.#runAfterCommit();
    const lease = await this.#lease;
    try {
      const { command } = await lease.connection.query("commit");
      if (command === "ROLLBACK") throw new TransactionRolledBack();
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
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
  }

  #assertOpen(): void {
    if (this.#ended) throw new SessionClosed();
  }

  async #run(text: string, values: readonly unknown[] = [], signal = this.#options.signal): Promise<Result> {
    this.#assertOpen();
    this.#lease ??= this.#begin();
    const { connection } = await this.#lease;
    this.#assertOpen();
    if (!this.#context.echo) return await connection.query(text, values, signal);
    const start = performance.now();
    try {
      return await connection.query(text, values, signal);
    } finally {
      this.#context.logger.debug({ sql: text, ms: Math.round((performance.now() - start) * 100) / 100 }, "statement");
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
