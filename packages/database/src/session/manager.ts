import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../connection/connect.ts";
import { connectOptions, type DatabaseOptions } from "../connection/options.ts";
import { Pool } from "../connection/pool.ts";
import { isRetryable } from "../errors.ts";
import { silentLogger } from "../logger.ts";
import { Session, type SessionContext, type SessionOptions } from "./session.ts";

export interface RetryOptions extends SessionOptions {
  /** How often the callback may run in all. Default 5. */
  readonly attempts?: number | undefined;
}

/** An application's database: a pool of connections, and sessions on it. */
export class DatabaseManager {
  readonly pool: Pool;
  readonly #context: SessionContext;

  /**
   * Connects to nothing yet; the first statement does.
   *
   * @throws {SettingsError} when the URL or a number cannot be used.
   */
  constructor(options: DatabaseOptions) {
    const connectTo = connectOptions(options);
    this.pool = new Pool({
      size: options.poolSize ?? 20,
      maxOverflow: options.maxOverflow ?? 0,
      timeout: options.poolTimeout ?? 30,
      recycle: options.poolRecycle ?? 3600,
      prePing: options.prePing ?? true,
      patience: connectTo.connectTimeout,
      open: () => connect(connectTo),
    });
    this.#context = { pool: this.pool, logger: options.logger ?? silentLogger, echo: options.echo ?? false };
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
   * Like `session`, and runs the whole of `work` again, in a new session, when it fails with a serialization failure
   * (40001) or a deadlock (40P01), after a random pause that doubles in range each time. `work` must do nothing outside
   * the database that cannot happen twice; `afterCommit` is the place for that.
   *
   * @throws the last failure when all attempts are used up.
   */
  async retry<T>(work: (db: Session) => Promise<T>, options: RetryOptions = {}): Promise<T> {
    const { attempts = 5, ...session } = options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.session(work, session);
      } catch (error) {
        if (attempt >= attempts || !isRetryable(error)) throw error;
        await sleep(Math.random() * 10 * 2 ** attempt);
        options.signal?.throwIfAborted();
      }
    }
  }

  /** Asks the server for a sign of life, on a pooled connection. @throws like `Pool.checkout` and `Connection.query`. */
  async ping(signal?: AbortSignal): Promise<void> {
    const lease = await this.pool.checkout(signal);
    try {
      await lease.connection.query("select 1", [], signal);
    } finally {
      await lease.release(false);
    }
  }

  /**
   * Refuses new work, waits `timeout` seconds for sessions under way, then cancels and finally destroys what is left.
   * Idempotent.
   */
  async close({ timeout = 5 }: { readonly timeout?: number } = {}): Promise<void> {
    await this.pool.close(timeout);
  }
}
