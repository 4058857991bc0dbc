import { AsyncLocalStorage } from "node:async_hooks";
import type { Result, Step } from "../connection/flight.ts";
import type { Lease } from "../connection/pool/lease.ts";
import { ConnectionLost, DefinitionError } from "../errors.ts";
import { milliseconds } from "../seconds.ts";
import { type DatabaseManager, divert } from "../session/manager.ts";
import { currentSession } from "../session/scope.ts";
import type { Session } from "../session/session.ts";
import { InnerTransaction, type Shared } from "./inner-transaction.ts";
import { Turns } from "./turns.ts";

/** Options of {@link beginTest}. */
export interface TestOptions {
  /** Seconds that a session waits for another one of the same test at the most. Default 3. */
  readonly timeout?: number | undefined;
}

/** What a test does to the database, until it is taken back. Made by `beginTest`. */
export interface TestTransaction extends AsyncDisposable {
  /**
   * Takes back everything that was done since `beginTest`; the manager works on its pool again. Sessions that have not
   * ended fail at their next statement. Again, it does nothing.
   *
   * @throws {DefinitionError} when the test cannot have been true to life: a session was rolled back that another one had
   *   committed inside of.
   */
  rollback(): Promise<void>;
}

/** In which sessions' work the code that runs now is, outermost first. */
const paths = new AsyncLocalStorage<readonly Session[]>();

const managers = new WeakSet<DatabaseManager>();

/** Constraints that are checked at the commit, and by it. */
const DEFERRABLE = `select quote_ident(nspname) || '.' || quote_ident(conname), condeferred
  from pg_constraint join pg_namespace on pg_namespace.oid = connamespace where condeferrable`;

/**
 * From now on, until `rollback`, everything that is done through this manager is in one transaction on one connection, and
 * no other connection ever sees it: for tests that leave nothing behind.
 *
 * ```ts
 * let test: TestTransaction;
 * beforeEach(async () => {
 *   test = await beginTest(manager);
 * });
 * afterEach(() => test.rollback());
 * ```
 *
 * Sessions, `retry`, `getDb` and statements on the manager work as ever; a session is a savepoint, its commit releases it
 * and runs what was given to `afterCommit`. docs/testing.md says what is different.
 *
 * @throws {DefinitionError} when a test is under way on this manager already. @throws what `Pool.checkout` throws.
 */
export async function beginTest(manager: DatabaseManager, options: TestOptions = {}): Promise<TestTransaction> {
  const turns = new Turns(milliseconds(options.timeout ?? 3, "timeout"));
  if (managers.has(manager)) {
    throw new DefinitionError(
      "A test is under way on this manager already. Roll it back first, or use another manager.",
    );
  }
  managers.add(manager);
  try {
    const lease = await manager.pool.checkout();
    const constraints = await begin(lease);
    return new Running(manager, lease, turns, checksOf(constraints));
  } catch (error) {
    managers.delete(manager);
    throw error;
  }
}

/** Sends BEGIN, again if the pool's connection was dead. Returns the deferrable constraints. */
async function begin(lease: Lease): Promise<Result["rows"]> {
  const steps = ["begin", DEFERRABLE].map((text): Step => ({ text, values: [] }));
  let flown = await lease.connection.fly(steps);
  if (flown.failure instanceof ConnectionLost) {
    await lease.renew();
    flown = await lease.connection.fly(steps);
  }
  if (flown.failure === undefined) return flown.results[1]!.rows;
  await lease.release();
  throw flown.failure;
}

/** Checks deferrable constraints, and leaves those deferred again that are so by definition. */
function checksOf(constraints: Result["rows"]): readonly Step[] {
  if (constraints.length === 0) return [];
  const deferred = constraints.flatMap(([name, isDeferred]) => (isDeferred === true ? [name as string] : []));
  const texts = ["set constraints all immediate"];
  if (deferred.length > 0) texts.push(`set constraints ${[...new Set(deferred)].join(", ")} deferred`);
  return texts.map((text) => ({ text, values: [] }));
}

class Running implements TestTransaction {
  readonly #manager: DatabaseManager;
  readonly #lease: Lease;
  readonly #turns: Turns;
  #count = 0;
  #hasLostCommit = false;
  #ending: Promise<void> | undefined;

  constructor(manager: DatabaseManager, lease: Lease, turns: Turns, beforeCommit: readonly Step[]) {
    this.#manager = manager;
    this.#lease = lease;
    this.#turns = turns;
    const onLostCommit = (): void => {
      this.#hasLostCommit = true;
    };
    const shared: Shared = { connection: lease.connection, turns, beforeCommit, onLostCommit };
    divert(manager, {
      checkout: async () => new InnerTransaction(shared, pathNow(), ++this.#count),
      invalidate: () => manager.pool.invalidate(),
      within: (session, work) => paths.run([...pathNow(), session], work),
    });
  }

  async rollback(): Promise<void> {
    this.#ending ??= this.#end();
    await this.#ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rollback();
  }

  async #end(): Promise<void> {
    const { connection } = this.#lease;
    divert(this.#manager, undefined);
    managers.delete(this.#manager);
    this.#turns.end();
    if (connection.isBusy) connection.cancel();
    // Not left to the pool, which may be told to commit what is open (`resetOnReturn`).
    await connection.fly([{ text: "rollback", values: [] }]);

    await this.#lease.release();
    if (!this.#hasLostCommit) return;
    throw new DefinitionError(
      "A session was rolled back, and with it what another one had written and committed inside of it. On a pool these " +
        "are two transactions, and what was committed stays. Give this test a database of its own (cloneDatabase).",
    );
  }
}

function pathNow(): readonly Session[] {
  const path = paths.getStore() ?? [];
  const session = currentSession(); // of an adapter, which opens its sessions itself
  return session === undefined || path.includes(session) ? path : [...path, session];
}
