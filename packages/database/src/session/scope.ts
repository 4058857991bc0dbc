import { AsyncLocalStorage } from "node:async_hooks";
import type { DatabaseOptions } from "../connection/options.ts";
import { AlreadyInitialized, NoSession, NotInitialized } from "../errors.ts";
import { DatabaseManager } from "./manager.ts";
import type { Session, SessionOptions } from "./session.ts";

const sessions = new AsyncLocalStorage<Session>();
let manager: DatabaseManager | undefined;

/**
 * Makes the application's `DatabaseManager` and proves that the server answers, and opens `minIdle` connections. Once per
 * process; call it when the application starts. It waits up to `startTimeout` for a server that is still starting or
 * cannot be reached yet; a wrong password or database fails at once.
 *
 * @param signal aborting it gives up waiting, with its reason.
 * @throws {SettingsError} {ConnectionFailed} and leaves nothing behind.
 */
export async function initDatabase(options: DatabaseOptions, signal?: AbortSignal): Promise<DatabaseManager> {
  if (manager !== undefined) throw new AlreadyInitialized();
  const candidate = new DatabaseManager(options);
  manager = candidate;
  try {
    await candidate.start(signal);
    return candidate;
  } catch (error) {
    if (manager === candidate) manager = undefined;
    await candidate.close({ timeout: 0 });
    throw error;
  }
}

/** Closes the application's database, see `DatabaseManager.close`; does nothing when there is none. */
export async function closeDatabase(options: { readonly timeout?: number } = {}): Promise<void> {
  const closing = manager;
  manager = undefined;
  await closing?.close(options);
}

/** The application's manager. @throws {NotInitialized} */
export function getManager(): DatabaseManager {
  if (manager === undefined) throw new NotInitialized();
  return manager;
}

/**
 * The session of the request under way: what SQLAlchemy's users know as the `get_db` dependency.
 *
 * @throws {NoSession} outside a request. It never falls back to a connection without a transaction.
 */
export function getDb(): Session {
  const session = currentSession();
  if (session === undefined) {
    throw new NoSession(
      "No request is under way here. Register the adapter before the routes, or run this in runInScope(manager, …); in " +
        "manager.session(async (db) => { … }) the session is db.",
    );
  }
  return session;
}

/** What `getDb` returns, if anything. */
export function currentSession(): Session | undefined {
  return sessions.getStore();
}

/**
 * Runs `work` as one unit with a session of its own, which `getDb` returns in it and in all that it starts: one request,
 * one job, one message. Commits when it returns, rolls back when it throws; see `DatabaseManager.session`.
 *
 * What outlives it, because nobody waited for it, still gets that session from `getDb`, and `SessionClosed` at its next
 * statement.
 */
export async function runInScope<T>(
  database: DatabaseManager,
  work: (db: Session) => Promise<T>,
  options?: SessionOptions,
): Promise<T> {
  return await database.session((db) => runWithSession(db, () => work(db)), options);
}

/** Runs `work`, and all that it starts, with `session` as what `getDb` returns. For adapters. */
export function runWithSession<T>(session: Session, work: () => T): T {
  return sessions.run(session, work);
}
