import { AsyncLocalStorage } from "node:async_hooks";
import { setMaxListeners } from "node:events";
import type { Result, Step } from "../connection/flight.ts";
import { encodeParameters } from "../connection/parameters.ts";
import { CommitOutcomeUnknown, ConnectionLost, DefinitionError, QueryCanceled, SessionClosed } from "../errors.ts";
import { addInstance, removeInstance, rereadInstance, saveInstance } from "../model/writing.ts";
import type { Query, Source, Statement, Want } from "../query/query.ts";
import { BEYOND } from "../replicas/position.ts";
import { Aftermath } from "./aftermath.ts";
import { noticeRoleChange } from "./autocommit.ts";
import { atCallSite } from "./call-site.ts";
import type { CommitOutcome } from "./commit-outcome.ts";
import type { SessionContext } from "./context.ts";
import type { Watched } from "./observers.ts";
import { ReadingHost } from "./reading-host.ts";
import { runAlone } from "./run-alone.ts";
import { Transaction, type TransactionOptions } from "./transaction.ts";
import { TransactionRunner } from "./transaction-runner.ts";
import { refuseUnfit } from "./unfit-statements.ts";

/** Options of a session. */
export interface SessionOptions extends TransactionOptions {
  /** Aborting it cancels the running statement, and the session rolls back. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Where there are replicas (`DatabaseOptions.replicas`), whether this session reads from one. Default: with `readOnly`,
   * reads that need no transaction do, and a transaction is at the primary. true: all of it is at one replica, SQL by hand
   * too, in a transaction that only reads; without one that can serve, at the primary. false: all of it is at the primary.
   */
  readonly replica?: boolean | undefined;
  /**
   * Another session's `causalToken`, or `DatabaseManager.causalToken`: this session sees what that one has committed, also
   * when it reads from a replica. Text from outside is safe here: what is no token is one that no replica has reached.
   */
  readonly causalToken?: string | undefined;
}

/** How many reads of one session may be under way at once, each on a connection of its own; one more opens the transaction. */
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
export class Session extends TransactionRunner {
  readonly #context: SessionContext;
  readonly #options: SessionOptions;
  /** Undefined until something is noted for it. */
  #aftermath: Aftermath | undefined;
  /** For reads by themselves; where `replica` says so, for all. */
  readonly #reader: SessionContext;
  #token: string | undefined;
  #transaction: Transaction | undefined;
  /** Reads under way outside the transaction. */
  #reads = 0;
  /** How many savepoints are open. */
  #depth = 0;
  #ended = false;

  constructor(context: SessionContext, options: SessionOptions = {}) {
    super();
    this.#options = options.replica ? { ...options, readOnly: true } : options;
    assertFitsReplica(options);
    const { readOnly, replica, causalToken } = this.#options;
    const { replicas } = context;
    this.#reader =
      replicas === undefined || !readOnly || replica === false
        ? context
        : { ...context, pool: new ReadingHost(context.pool, replicas, causalToken) };
    this.#context = replica ? this.#reader : context;
    this.#token = causalToken;
    context.active.begin();
    // Many sessions may share one signal, that of a shutdown for one; each listens for as long as a statement runs.
    if (options.signal !== undefined) setMaxListeners(0, options.signal);
  }

  /** Whether it was committed or rolled back. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /**
   * For the option of this name of a later session, in this process or another, which is to see what this one has
   * committed: opaque text of letters, digits and a dot. Until something was committed, and where there are no replicas,
   * it is the one that this session was given, if any.
   */
  get causalToken(): string | undefined {
    return this.#token;
  }

  /** Stores a new instance, which takes on what the database made of it (defaults). Returns it. Runs the model's hooks. */
  async add<Row extends object>(instance: Row): Promise<Row> {
    return await addInstance(instance, this);
  }

  /**
   * Writes what was changed in a stored instance; without changes nothing is sent. Runs the model's hooks.
   *
   * @throws {NotFound} when the row is gone. @throws {StaleRow} when the model has a version, and the row another one.
   */
  async save<Row extends object>(instance: Row): Promise<Row> {
    return await saveInstance(instance, this);
  }

  /** Deletes a stored instance for good. Runs the model's hooks. @throws like `save`. */
  async delete(instance: object): Promise<void> {
    await removeInstance(instance, this);
  }

  /** Reads a stored instance anew; what was changed in it is lost. @throws {NotFound} when it is gone. */
  async refresh<Row extends object>(instance: Row): Promise<Row> {
    return await rereadInstance(instance, this);
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
   *   savepoints, and rolling the one back would take the other's work with it. For the same reason a statement of the
   *   session that is given beside it, and not in it, is refused.
   * @throws {TransactionRolledBack} when a statement in it had failed and its error was swallowed.
   */
  async transaction<T>(work: (db: Session) => Promise<T>): Promise<T> {
    this.#assertInPlace();
    this.assertNoCopy();
    this.begin();
    const transaction = this.#transaction!;
    this.#depth += 1;
    const savepoint = `hypertroq_${this.#depth}`;
    await transaction.settled(); // what was given before lies before the savepoint, in every respect
    const mark = this.#aftermath?.mark();
    transaction.savepoint(savepoint);
    try {
      const scope = new Map(savepoints.getStore()).set(this, this.#depth);
      const result = await savepoints.run(scope, () => work(this));
      await transaction.release(savepoint);
      return result;
    } catch (error) {
      if (!this.#ended) {
        await transaction.rollbackTo(savepoint);
        await this.#aftermath?.rolledBack(mark);
      }
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  /**
   * Runs `work` once the session has committed; not at all when it rolls back, or the savepoint in which it was given. A
   * failure in it is logged.
   */
  afterCommit(work: () => void | Promise<void>): void {
    this.#assertOpen();
    this.#noted.afterCommit(work);
  }

  /** Runs `work` once the session has rolled back, or the savepoint in which it was given. A failure in it is logged. */
  afterRollback(work: () => void | Promise<void>): void {
    this.#assertOpen();
    this.#noted.afterRollback(work);
  }

  /**
   * Commits and ends the session.
   *
   * @param resolve finds out how a commit ended whose answer was lost; by default nobody does.
   * @throws the reason of the session's signal when that was aborted: the session is rolled back.
   * @throws {TransactionRolledBack} when a statement had failed and its error was swallowed: PostgreSQL answers such a
   *   COMMIT with ROLLBACK and no error. @throws {TransactionEnded} @throws {DefinitionError} while a COPY is under way.
   * @throws {CommitOutcomeUnknown} when the connection died before the answer. Instances are as they were before the
   *   session then, so that storing them again stores them.
   */
  async commit(resolve?: (error: CommitOutcomeUnknown) => Promise<CommitOutcome>): Promise<void> {
    this.#assertOpen();
    const { signal } = this.#options;
    if (signal?.aborted) {
      await this.rollback();
      throw signal.reason;
    }
    this.assertNoCopy();
    this.#end();
    try {
      this.#token = (await this.#transaction?.commit()) ?? this.#token;
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknown)) {
        await this.#aftermath?.rolledBack();
        throw atCallSite(error);
      }
      const tokenBefore = this.#token;
      if (this.#context.tellsPositions) this.#token = BEYOND;
      const outcome = await resolve?.(error).catch(() => undefined);
      if (outcome === "aborted") {
        this.#token = tokenBefore;
        await this.#aftermath?.rolledBack();
        throw new ConnectionLost("The connection was lost, and the transaction rolled back.", { cause: error });
      }
      if (outcome !== "committed") {
        this.#aftermath?.takeBack();
        throw error;
      }
    }
    await this.#aftermath?.committed();
  }

  /** Rolls back and ends the session; does nothing to one that has ended. Never throws. */
  async rollback(): Promise<void> {
    if (this.#ended) return;
    this.#end();
    this.abandonCopy();
    await this.#transaction?.rollback();
    await this.#aftermath?.rolledBack();
  }

  protected override async run<T>(statement: Statement<T>): Promise<Result<T>> {
    this.assertReady();
    const { text, values, shape, reads } = statement;
    if (reads === undefined) refuseUnfit(text);
    const step: Step = { text, values: encodeParameters(values), shape, byHand: reads === undefined };
    const isAlone = this.#canRunAlone(reads);
    if (!isAlone) this.begin();
    const watched = this.#context.observers.watch(text, this, isAlone ? undefined : this.#transaction);
    try {
      const result = await (isAlone ? this.#read(step, reads) : this.#runInTransaction(step, reads));
      if (statement.onRollback !== undefined) this.#noted.onRollback(() => statement.onRollback?.());
      watched?.succeeded(result);
      return result as Result<T>;
    } catch (error) {
      watched?.failed(error);
      throw atCallSite(this.#noticed(error));
    }
  }

  protected override get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  protected override openTransaction(): Transaction | undefined {
    if (this.#ended) return undefined;
    this.begin();
    return this.#transaction;
  }

  protected override runSteps(steps: readonly Step[]): readonly Promise<Result>[] {
    this.begin();
    return this.#transaction!.runAll(steps).map(async (answer) => {
      try {
        return await answer;
      } catch (error) {
        throw atCallSite(this.#noticed(error));
      }
    });
  }

  protected override watch(text: string): Watched | undefined {
    return this.#context.observers.watch(text, this, this.#transaction);
  }

  protected override onRollback(undo: () => void): void {
    this.#noted.onRollback(undo);
  }

  /** A statement's failure, when it was looked at for what it says beyond the statement. */
  #noticed(error: unknown): unknown {
    const { signal, readOnly } = this.#options;
    if (!readOnly) noticeRoleChange(this.#context, error);
    if (signal?.aborted && error instanceof QueryCanceled) error.cause ??= signal.reason;
    return error;
  }

  protected override async together<T>(queries: readonly Query<T>[], want: Want): Promise<readonly Result<T>[]> {
    this.begin();
    return await Promise.all(queries.map((query) => this.run(query.compile(want))));
  }

  /** Whether it is a read that needs no transaction, and may have a connection of its own. */
  #canRunAlone(reads: readonly Source[] | undefined): reads is readonly Source[] {
    if (reads === undefined || this.#transaction !== undefined || this.#reads >= CONCURRENT_READS) return false;
    const { isolation, context, statementTimeout, lockTimeout } = this.#options;
    const { tables, isReadCommitted } = this.#context;
    if (context !== undefined || statementTimeout !== undefined || lockTimeout !== undefined) return false;
    if (isolation === undefined ? !isReadCommitted() : isolation !== "read committed") return false;
    return tables.arePlain(reads);
  }

  /**
   * Without a pause before it stands in the pool's queue: a transaction that is opened after it stands behind it then, and
   * does not wait for it while holding the connection that it waits for.
   */
  async #read(step: Step, reads: readonly Source[]): Promise<Result> {
    this.#reads += 1;
    try {
      return await runAlone(this.#reader, step, reads, this.#options.signal);
    } finally {
      this.#reads -= 1;
    }
  }

  async #runInTransaction(step: Step, reads: readonly Source[] | undefined): Promise<Result> {
    this.begin();
    const transaction = this.#transaction!;
    const question = reads === undefined ? undefined : this.#context.tables.ask(reads);
    if (question === undefined) return await transaction.run(step);
    const [result, ...answers] = await Promise.all([step, ...question.steps].map((each) => transaction.run(each)));
    question.learn(answers);
    return result!;
  }

  get #noted(): Aftermath {
    this.#aftermath ??= new Aftermath(this.#context.logger);
    return this.#aftermath;
  }

  #assertOpen(): void {
    if (this.#ended) throw new SessionClosed();
  }

  protected override assertReady(): void {
    this.#assertOpen();
    this.#assertInPlace();
    this.assertNoCopy();
  }

  /** Whether the code that runs now is in the innermost savepoint that is open. */
  #assertInPlace(): void {
    if (this.#depth === 0 && savepoints.getStore() === undefined) return;
    if ((savepoints.getStore()?.get(this) ?? 0) === this.#depth) return;
    throw new DefinitionError(
      "A db.transaction() of this session is under way beside this. Await it first, or do this inside of it.",
    );
  }

  #end(): void {
    this.#ended = true;
    this.#context.active.end();
  }
}

/** @throws {DefinitionError} */
function assertFitsReplica({ replica, readOnly, isolation }: SessionOptions): void {
  if (!replica) return;
  if (readOnly === false) throw new DefinitionError("A session on a replica only reads: leave readOnly out.");
  if (isolation === "serializable") {
    throw new DefinitionError(
      "A replica has no serializable transactions. Take repeatable read, or leave replica out.",
    );
  }
}
