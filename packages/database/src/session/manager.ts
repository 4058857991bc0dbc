import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectOptions, connect } from "../connection/connect.ts";
import type { Result } from "../connection/flight.ts";
import { connectOptions, type DatabaseOptions, poolOptions } from "../connection/options.ts";
import { encodeParameters } from "../connection/parameters.ts";
import { Pool } from "../connection/pool/pool.ts";
import { CommitOutcomeUnknown, ConnectionLost, isRetryable } from "../errors.ts";
import { silentLogger } from "../logger.ts";
import type { Statement } from "../query/query.ts";
import { autocommit } from "./autocommit.ts";
import { type CommitOutcome, resolveCommit } from "./commit-outcome.ts";
import { PlainTables } from "./plain-tables.ts";
import { QueryRunner } from "./query-runner.ts";
import { Session, type SessionContext, type SessionOptions } from "./session.ts";
import { waitForServer } from "./wait-for-server.ts";

export interface RetryOptions extends SessionOptions {
  /** How often the callback may run in all. Default 5. */
  readonly attempts?: number | undefined;
  /** Seconds after which no further attempt is begun. Default 30. */
  readonly budget?: number | undefined;
}

/**
 * An application's database: a pool of connections, and sessions on it.
 *
 * Queries can be run on it directly too; each is a transaction of its own then, in one round trip.
 */
export class DatabaseManager extends QueryRunner {
  readonly pool: Pool;
  readonly #context: SessionContext;
  readonly #options: DatabaseOptions;
  readonly #target: ConnectOptions;

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
    let isolation: string | undefined;
    this.pool = new Pool({
      ...poolOptions(options),
      open: async (signal) => {
        const connection = await connect(target, signal);
        isolation = connection.facts.isolation;
        return connection;
      },
    });
    this.#context = {
      pool: this.pool,
      prePing: options.prePing ?? true,
      logger: options.logger ?? silentLogger,
      echo: options.echo ?? false,
      tables: new PlainTables(),
      isReadCommitted: () => isolation === "read committed",
    };
  }

  /**
   * Runs `work` as one unit: commits when it returns, rolls back when it throws.
   *
   * @throws whatever `work` throws; what `Pool.checkout` and `Session.commit` throw.
   */
  async session<T>(work: (db: Session) => Promise<T>, options: SessionOptions = {}): Promise<T> {
    const session = this.open(options);
    try {
      const result = await work(session);
      await session.commit();
      return result;
    } catch (error) {
      await session.rollback();
      throw error;
    }
  }

  /** A session that the caller ends with `commit` or `rollback`, for frameworks whose requests are not one function. */
  open(options: SessionOptions = {}): Session {
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
    const { attempts = 5, budget = 30, ...session } = options;
    const deadline = performance.now() + budget * 1000;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work, { ...session, trackOutcome: true });
      } catch (error) {
        const isLost = error instanceof ConnectionLost && !(error instanceof CommitOutcomeUnknown);
        if (attempt >= attempts || !(isLost || isRetryable(error))) throw error;
        const pause = Math.random() * 10 * 2 ** attempt;
        if (performance.now() + pause > deadline) throw error;
        await sleep(pause, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() => {});
        options.signal?.throwIfAborted();
      }
    }
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

  /**
   * Waits for a server that is still starting or cannot be reached yet, up to `startTimeout`, and opens `minIdle`
   * connections, one at least.
   *
   * @param signal aborting it gives up waiting, with its reason.
   * @throws {ConnectionFailed} saying what was tried; at once when waiting cannot help.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const { startTimeout = 10, minIdle = 0 } = this.#options;
    await waitForServer(this.#target, startTimeout, this.#context.logger, signal);
    await this.pool.warmUp(Math.max(1, minIdle));
  }

  /**
   * Asks the server for a sign of life, on a pooled connection.
   *
   * @param timeout seconds that it may take in all. Default 5.
   * @throws like `Pool.checkout` and `Connection.query`; a `TimeoutError` (DOMException) when the time is up.
   */
  async ping({ timeout = 5, signal }: PingOptions = {}): Promise<void> {
    const deadline = AbortSignal.timeout(timeout * 1000);
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const asked = autocommit(this.#context, [{ text: "select 1", values: [] }], true, either);
    // A server that is gone without a word does not answer a cancel request either: do not wait for that.
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => reject(either.reason);
      either.addEventListener("abort", giveUp, { once: true });
      asked
        .then(
          () => resolve(),
          (error: unknown) => reject(either.aborted ? either.reason : error),
        )
        .finally(() => either.removeEventListener("abort", giveUp));
    });
  }

  /**
   * Refuses new work, waits `timeout` seconds for sessions under way, then cancels and finally destroys what is left.
   * Idempotent.
   */
  async close({ timeout = 5 }: { readonly timeout?: number } = {}): Promise<void> {
    await this.pool.close(timeout);
  }

  protected override async run({ text, values, reads }: Statement<unknown>): Promise<Result> {
    const steps = [{ text, values: encodeParameters(values) }];
    const [result] = await autocommit(this.#context, steps, reads !== undefined, undefined);
    return result!;
  }

  async #attempt<T>(work: (db: Session) => Promise<T>, options: SessionOptions): Promise<T> {
    const session = this.open(options);
    let result: T;
    try {
      result = await work(session);
    } catch (error) {
      await session.rollback();
      throw error;
    }
    try {
      await session.commit();
      return result;
    } catch (error) {
      await session.rollback();
      if (!(error instanceof CommitOutcomeUnknown)) throw error;
      const outcome = await this.resolveCommit(error, options.signal).catch(() => "unknown");
      if (outcome === "unknown") throw error;
      if (outcome === "aborted")
        throw new ConnectionLost("The connection was lost, and the transaction rolled back.", { cause: error });
    }
    await session.wasCommitted();
    return result;
  }
}

export interface PingOptions {
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
