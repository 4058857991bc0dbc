import type { ConnectOptions } from "../connection/connect.ts";
import type { CopyBytes } from "../connection/copy-bytes.ts";
import type { Result, Step } from "../connection/flight.ts";
import { connectOptions, type DatabaseOptions } from "../connection/options.ts";
import { encodeParameters } from "../connection/parameters.ts";
import type { Pool } from "../connection/pool/pool.ts";
import { type CommitOutcomeUnknown, PoolClosed } from "../errors.ts";
import type { ChannelEvent } from "../listening/channel.ts";
import { Listener } from "../listening/listener.ts";
import { silentLogger } from "../logger.ts";
import { Delete } from "../query/delete.ts";
import type { Query, Statement, Want } from "../query/query.ts";
import type { Sql } from "../query/sql.ts";
import type { Mapped } from "../query/table.ts";
import { Update } from "../query/update.ts";
import { POSITION, tokenIn } from "../replicas/position.ts";
import type { ReplicaStatus } from "../replicas/replica.ts";
import type { Replicas } from "../replicas/replicas.ts";
import { milliseconds } from "../seconds.ts";
import { abortable } from "./abortable.ts";
import { autocommit, type ConnectionSource, noticeRoleChange, usable } from "./autocommit.ts";
import { atCallSite } from "./call-site.ts";
import { type CommitOutcome, resolveCommit } from "./commit-outcome.ts";
import { contextOf, type SessionContext } from "./context.ts";
import type { CopyOutOptions } from "./copy-statement.ts";
import { logSlowQuery, logStatement } from "./log.ts";
import type { Observer } from "./observers.ts";
import { QueryRunner } from "./query-runner.ts";
import { type RetryOptions, retried } from "./retry.ts";
import { runAlone } from "./run-alone.ts";
import { Session, type SessionOptions } from "./session.ts";
import { rowsOf, type StreamOptions } from "./stream.ts";
import { streamBatches } from "./transaction-runner.ts";
import { refuseUnfit } from "./unfit-statements.ts";
import { waitForServer } from "./wait-for-server.ts";

/** What stands in for a manager's pool for a time. */
export interface Diversion extends ConnectionSource {
  /** Runs the work of a session that the manager has made for it. */
  within<T>(session: Session, work: () => Promise<T>): Promise<T>;
}

/**
 * Sets where a manager's new sessions and its statements get their connections from now on; undefined: from its pool again.
 * For tests: not part of what the package exports.
 */
export let divert: (manager: DatabaseManager, diversion: Diversion | undefined) => void;

/** How a manager connects, for what needs a connection beside its pool. Not part of what the package exports. */
export let targetOf: (manager: DatabaseManager) => ConnectOptions;

/**
 * An application's database: a pool of connections, and sessions on it.
 *
 * Queries can be run on it directly too; each is a transaction of its own then, in one round trip.
 */
export class DatabaseManager extends QueryRunner {
  readonly pool: Pool;
  readonly #replicas: Replicas | undefined;
  #context: SessionContext;
  readonly #options: DatabaseOptions;
  readonly #target: ConnectOptions;
  #diversion: Diversion | undefined;
  #listener: Listener | undefined;
  #closing: Promise<void> | undefined;

  static {
    targetOf = (manager) => manager.#target;
    divert = (manager, diversion) => {
      manager.#diversion = diversion;
      // Another object: a session stays with what it began on.
      const replicas = diversion === undefined ? manager.#replicas : undefined;
      const tellsPositions = replicas !== undefined;
      manager.#context = { ...manager.#context, pool: diversion ?? manager.pool, replicas, tellsPositions };
    };
  }

  /**
   * Connects to nothing yet; the first statement does.
   *
   * @throws {SettingsError} when the URL or a number cannot be used.
   */
  constructor(options: DatabaseOptions) {
    super();
    const target = connectOptions(options);
    this.#options = options;
    this.#target = target;
    const context = contextOf(options, target);
    this.pool = context.pool;
    this.#replicas = context.replicas;
    this.#context = context;
    const { logger } = context;
    if (options.echo) this.observe({ statement: (statement) => logStatement(logger, statement) });
    // Where nothing is logged, nothing is measured.
    if (logger !== silentLogger) this.observe({ slowQuery: (query) => logSlowQuery(logger, query) });
  }

  /**
   * Runs `work` as one unit: commits when it returns, rolls back when it throws.
   *
   * @throws whatever `work` throws; what `Pool.checkout` and `Session.commit` throw.
   */
  async session<T>(work: (db: Session) => Promise<T>, options: SessionOptions = {}): Promise<T> {
    return await this.#run(work, options);
  }

  /**
   * A session that the caller ends with `commit` or `rollback`, for frameworks whose requests are not one function.
   *
   * @throws {PoolClosed} after `close` began. @throws {DefinitionError} when an option cannot be used.
   */
  open(options: SessionOptions = {}): Session {
    this.#assertOpen();
    return new Session(this.#context, options);
  }

  /**
   * Like `session`, and runs the whole of `work` again, in a new session, when it failed in a way that another attempt can
   * mend and that certainly left nothing behind: a serialization failure (40001), a deadlock (40P01), a connection lost
   * before the commit. When the answer to the commit was lost, it finds out first whether it happened. Between attempts it
   * pauses, at random, up to a time that doubles.
   *
   * `work` must do nothing outside the database that cannot happen twice; `afterCommit` is the place for that.
   *
   * @throws the last failure when the attempts or the time are used up. @throws {CommitOutcomeUnknown} when even another
   *   connection could not tell how the commit ended.
   */
  async retry<T>(work: (db: Session) => Promise<T>, options: RetryOptions = {}): Promise<T> {
    return await retried(options, (attempt) =>
      this.#run(work, attempt, (error) => this.resolveCommit(error, attempt.signal)),
    );
  }

  /**
   * Finds out, on another connection, how a commit ended whose answer was lost; for sessions with `trackOutcome`. A
   * transaction that the server has not given up yet is ended by it.
   *
   * @returns "unknown" when the session did not track it, or the server is another one by now.
   * @throws what `Pool.checkout` throws when no connection can be had.
   */
  async resolveCommit(error: CommitOutcomeUnknown, signal?: AbortSignal): Promise<CommitOutcome> {
    return await resolveCommit(this.#context, error, signal);
  }

  /** The replicas, in the order of `DatabaseOptions.replicas`, as they were at their last looks. */
  replicas(): readonly ReplicaStatus[] {
    return this.#replicas?.status() ?? [];
  }

  /**
   * A token, for `SessionOptions.causalToken`, of all that was committed until now, by whomever: for what was written by
   * single statements on the manager, by COPY, or past this library. One round trip to the primary.
   *
   * @throws like `ping`, without its timeout.
   */
  async causalToken(): Promise<string> {
    this.#assertOpen();
    const [result] = await autocommit(this.#context, [POSITION], true, undefined);
    return tokenIn(result);
  }

  /**
   * Tells an observer of every statement, round trip, transaction and slow statement from now on, of this manager's own and
   * of its sessions'. What nobody listens to is not measured. It is called when the answer is there, before who waits for
   * it goes on.
   *
   * @returns what ends it.
   */
  observe(observer: Observer): () => void {
    return this.#context.observers.add(observer);
  }

  /**
   * Waits for a server that is still starting or cannot be reached yet, up to `startTimeout`, and opens `minIdle`
   * connections, one at least. Replicas are looked at, a few seconds at most, and need not be there.
   *
   * @param signal aborting it gives up waiting, with its reason.
   * @throws {ConnectionFailed} saying what was tried; at once when waiting cannot help.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const { startTimeout = 10, minIdle = 0 } = this.#options;
    await waitForServer(this.#target, startTimeout, this.#context.logger, signal);
    await abortable(this.pool.warmUp(Math.max(1, minIdle)), signal);
    if (this.#replicas !== undefined) await abortable(this.#replicas.start(), signal);
  }

  /**
   * What is sent on a channel from now on (PostgreSQL, LISTEN), by `notify` or otherwise. On a connection of its own beside
   * the pool, one for all channels, to `directUrl` where there is one. When it is lost it is made again, and `listening` comes
   * again: PostgreSQL keeps no notification for those who are away, so whatever depends on them is to be read anew then.
   *
   * ```ts
   * for await (const event of manager.listen("orders", { signal })) {
   *   if (event.kind === "listening") await readAllOrders();
   *   else await readOrder(event.payload);
   * }
   * ```
   *
   * Leaving the loop, aborting the signal and closing the manager end it.
   *
   * @throws {PoolClosed} after `close` began. @throws {DefinitionError} when there can be no such channel.
   * @throws {TransactionPooler} when the way to the server goes through one. @throws {ConnectionFailed} when trying again
   *   cannot help, as with a wrong password.
   */
  async *listen(channel: string, { signal }: ListenOptions = {}): AsyncGenerator<ChannelEvent, void, undefined> {
    this.#assertOpen();
    this.#listener ??= new Listener(this.#options);
    yield* this.#listener.listen(channel, signal);
  }

  /**
   * Asks the server for a sign of life, on a pooled connection.
   *
   * @param timeout seconds that it may take in all. Default 5.
   * @throws like `Pool.checkout` and `Connection.query`; a `TimeoutError` (DOMException) when the time is up.
   */
  async ping({ timeout = 5, signal }: PingOptions = {}): Promise<void> {
    this.#assertOpen();
    const deadline = AbortSignal.timeout(milliseconds(timeout, "timeout"));
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    await abortable(autocommit(this.#context, [{ text: "select 1", values: [] }], true, either), either);
  }

  /**
   * Refuses new work, waits `timeout` seconds for sessions under way, also for those that hold no connection just now, then
   * cancels and finally destroys what is left. Called again, it waits for the first call.
   *
   * @throws {SettingsError} when the timeout is no number of seconds.
   */
  async close({ timeout = 5 }: { readonly timeout?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(milliseconds(timeout, "timeout"));
    await this.#closing;
  }

  async #close(patience: number): Promise<void> {
    const deadline = performance.now() + patience;
    if (this.#listener !== undefined) await this.#listener.close();
    const ended = this.#context.active.ended(patience);
    if (ended !== undefined) await ended;
    const left = Math.max(0, deadline - performance.now()) / 1000;
    await Promise.all([this.pool.close(left), this.#replicas?.close(left)]);
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new PoolClosed();
  }

  /** An UPDATE or DELETE that touches more than one row is taken back: it is run in a session. */
  override async one<T>(query: Query<T>): Promise<T> {
    const isUnbounded = query instanceof Update || query instanceof Delete;
    return isUnbounded ? await this.session((db) => db.one(query)) : await super.one(query);
  }

  protected override async run<T>({ text, values, shape, reads }: Statement<T>): Promise<Result<T>> {
    this.#assertOpen();
    if (reads === undefined) refuseUnfit(text);
    const step: Step = { text, values: encodeParameters(values), shape, byHand: reads === undefined };
    const watched = this.#context.observers.watch(text);
    try {
      const result = await runAlone(this.#context, step, reads, undefined);
      watched?.succeeded(result);
      return result as Result<T>;
    } catch (error) {
      watched?.failed(error);
      noticeRoleChange(this.#context, error);
      throw atCallSite(error);
    }
  }

  protected override async together<T>(queries: readonly Query<T>[], want: Want): Promise<readonly Result<T>[]> {
    this.#assertOpen();
    const steps = queries.map((query): Step => {
      const { text, values, shape } = query.compile(want);
      return { text, values: encodeParameters(values), shape };
    });
    const watched = steps.map(({ text }) => this.#context.observers.watch(text));
    try {
      const results = (await autocommit(this.#context, steps, false, undefined)).map(usable);
      for (const [i, result] of results.entries()) watched[i]?.succeeded(result);
      return results as readonly Result<unknown>[] as readonly Result<T>[];
    } catch (error) {
      for (const each of watched) each?.failed(error);
      noticeRoleChange(this.#context, error);
      throw atCallSite(error);
    }
  }

  /** In a read-only transaction of its own for as long as the iteration lasts, of which all batches see the same data. */
  override stream<T>(query: Query<T>, options: StreamOptions = {}): AsyncGenerator<T, void, undefined> {
    return rowsOf(this.#read((db) => streamBatches(db, query, options)));
  }

  protected override async copyInto(
    target: Mapped<unknown> | Sql,
    data: Iterable<unknown> | AsyncIterable<unknown>,
  ): Promise<number> {
    return await this.#run((db) => db.copyIn(target as Sql, data as CopyBytes), {});
  }

  /** In a read-only transaction of its own for as long as the iteration lasts. */
  override copyOut(query: Query<unknown>, options?: CopyOutOptions): AsyncGenerator<Buffer, void, undefined> {
    return this.#read((db) => db.copyOut(query, options));
  }

  /** What a session of its own reads. Left early, nothing that is under way in it is waited for. */
  async *#read<T>(read: (db: Session) => AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
    const leave = new AbortController();
    const db = this.open({ readOnly: true, isolation: "repeatable read", signal: leave.signal });
    try {
      const items = read(db);
      for (let item = await items.next(); !item.done; item = await items.next()) yield item.value;
      await db.commit();
    } finally {
      if (!db.isEnded) leave.abort();
      await db.rollback();
    }
  }

  /** Ends the session that it makes, unless `work` has ended it itself. */
  async #run<T>(
    work: (db: Session) => Promise<T>,
    options: SessionOptions,
    resolve?: (error: CommitOutcomeUnknown) => Promise<CommitOutcome>,
  ): Promise<T> {
    const session = this.open(options);
    try {
      const result = await (this.#diversion?.within(session, () => work(session)) ?? work(session));
      if (!session.isEnded) await session.commit(resolve);
      return result;
    } catch (error) {
      await session.rollback();
      throw error;
    }
  }
}

/** Options of `manager.listen`. */
export interface ListenOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Options of `manager.ping`. */
export interface PingOptions {
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
