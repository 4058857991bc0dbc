import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { DatabaseManager, type DatabaseOptions, errors, insert, select } from "../../src/index.ts";
import { failure } from "./failure.ts";
import { FaultProxy } from "./proxy.ts";
import { ENTRIES, Entry } from "./workload.ts";

let database: TestDatabase;
let proxy: FaultProxy;
const managers: DatabaseManager[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(ENTRIES);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.query("truncate entries");
  proxy = await FaultProxy.start(database.url);
});
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.close({ timeout: 0 })));
  await proxy.close();
});

function manage(options: Partial<DatabaseOptions> = {}): DatabaseManager {
  const manager = new DatabaseManager({ url: proxy.url, poolSize: 1, connectTimeout: 5, ...options });
  managers.push(manager);
  return manager;
}

const pid = async (manager: DatabaseManager): Promise<unknown> => {
  const [row] = await manager.session((db) => db.sql<{ pid: number }>`select pg_backend_pid() as pid`);
  return row!.pid;
};
const active = (): Promise<unknown[]> =>
  database.query(
    "select 1 from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()",
  );

describe("1. a connection that dies while it is lent and idle", () => {
  it("is no uncaught exception, however often its death is told", async () => {
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on("uncaughtException", note);
    process.on("unhandledRejection", note);
    const manager = manage();
    const session = manager.open();
    await session.sql`select 1`;
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'hypertroq'",
    ); // tells FATAL 57P01, then closes
    await expect.poll(() => proxy.size).toBe(0);
    proxy.cut("rst");
    expect(await failure(session.sql`select 1`)).toBeInstanceOf(errors.ConnectionLost);
    await session.rollback();
    await manager.ping();
    expect(manager.pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0 });
    process.off("uncaughtException", note);
    process.off("unhandledRejection", note);
    expect(uncaught).toEqual([]);
  });
});

describe("3. the transaction's status after an error is the one of ReadyForQuery:", () => {
  const failing = (manager: DatabaseManager) => manager.session((db) => db.sql`select 1 / 0`);

  it("a failed transaction is rolled back before anybody else gets the connection", async () => {
    const manager = manage();
    await manager.ping();
    proxy.recording.clear();
    const [failed, next] = await Promise.allSettled([
      failing(manager),
      manager.session((db) => db.sql`select 2 as two`),
    ]);
    expect(failed).toMatchObject({ status: "rejected", reason: { sqlState: "22012" } });
    expect(next).toMatchObject({ status: "fulfilled", value: [{ two: 2 }] });
    expect(proxy.recording.flights).toEqual([
      ["begin", "select 1 / 0"],
      ["rollback"],
      ["begin", "select 2 as two"],
      ["commit"],
    ]);
    expect(proxy.recording.count("startup")).toBe(0);
  });

  it("a failed statement outside a session needs no ROLLBACK", async () => {
    const manager = manage();
    await manager.ping();
    proxy.recording.clear();
    expect(await failure(manager.sql`select 1 / 0`)).toMatchObject({ sqlState: "22012" });
    await manager.ping();
    expect(proxy.recording.flights[0]).toEqual(["select 1 / 0"]);
    expect(proxy.recording.flights.flat()).not.toContain("rollback");
  });

  it("nor does a constraint that fails at COMMIT", async () => {
    await database.query("create table deferred (n int unique deferrable initially deferred)");
    const manager = manage();
    await manager.ping();
    proxy.recording.clear();
    const work = manager.session((db) => db.sql`insert into deferred values (1), (1)`);
    expect(await failure(work)).toBeInstanceOf(errors.UniqueViolation);
    expect(await failure(manager.sql`insert into deferred values (1), (1)`)).toBeInstanceOf(errors.UniqueViolation);
    await manager.ping();
    expect(proxy.recording.flights.flat()).not.toContain("rollback");
    expect(await database.query("select 1 from deferred")).toEqual([]);
  });
});

describe("4. a ROLLBACK that fails", () => {
  it("discards the connection, and the error that led to it is the one thrown", async () => {
    const manager = manage();
    const before = await pid(manager);
    proxy.when(/^rollback$/, () => proxy.cut("rst"));
    const own = new Error("what led to it");
    const work = manager.session(async (db) => {
      await db.sql`insert into entries values (1)`;
      throw own;
    });
    expect(await failure(work)).toBe(own);
    expect(proxy.recording.flights.flat().filter((text) => text === "rollback")).toHaveLength(1);
    expect(await pid(manager)).not.toBe(before);
    expect(manager.pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0 });
    expect(await database.query("select 1 from entries")).toEqual([]);
  });

  it("does not wait for ever in a black hole", async () => {
    const manager = manage({ connectTimeout: 0.5, watchdog: 0 });
    await manager.ping();
    proxy.when(/^rollback$/, () => proxy.inflict({ toClient: "swallow" }, "existing"));
    const own = new Error("what led to it");
    const work = manager.session(async (db) => {
      await db.sql`insert into entries values (1)`;
      throw own;
    });
    expect(await failure(work)).toBe(own);
    await manager.ping();
    expect(manager.pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0 });
  });
});

describe("6. a statement that takes too long", () => {
  it("is ended at the server, not only given up here", async () => {
    const manager = manage({ statementTimeout: 0.2 });
    const before = await pid(manager);
    expect(await failure(manager.session((db) => db.sql`select pg_sleep(60)`))).toBeInstanceOf(errors.QueryCanceled);
    expect(await active()).toEqual([]);
    expect(await pid(manager)).toBe(before);
  });

  it("and is aborted: its connection serves nobody before the server has let go of it", async () => {
    const manager = manage();
    const before = await pid(manager);
    const abort = new AbortController();
    const work = manager.session((db) => db.sql`select pg_sleep(60)`, { signal: abort.signal });
    await expect.poll(active).toHaveLength(1);
    const next = manager.session((db) => db.sql`select 2 as two`);
    abort.abort();
    expect(await failure(work)).toBeInstanceOf(errors.QueryCanceled);
    expect(await next).toEqual([{ two: 2 }]);
    expect(await active()).toEqual([]);
    expect(await pid(manager)).toBe(before);
  });

  it("a cancel request that comes late hits nobody else's statement", async () => {
    const manager = manage();
    const before = await pid(manager);
    proxy.inflict({ delay: 100 }, "new"); // the connection that carries the cancel request
    for (let round = 0; round < 5; round++) {
      const abort = new AbortController();
      proxy.when(/pg_sleep\(0\.05\)/, () => abort.abort());
      const aborted = failure(manager.session((db) => db.sql`select pg_sleep(0.05)`, { signal: abort.signal }));
      const next = manager.session((db) => db.sql`select pg_sleep(0.2), 2 as two`);
      await aborted;
      expect(await next).toMatchObject([{ two: 2 }]);
    }
    expect(proxy.recording.count("cancel")).toBeGreaterThanOrEqual(5);
    expect(await pid(manager)).toBe(before);
  });
});

describe("7. close", () => {
  it("ends in time in a black hole, with work under way, idle connections and callers that wait", async () => {
    const manager = manage({ poolSize: 2, connectTimeout: 60, watchdog: 0 });
    await Promise.all([manager.sql`select pg_sleep(0.1)`, manager.sql`select pg_sleep(0.1)`]);
    proxy.inflict({ toServer: "swallow", toClient: "swallow" });
    const work = [1, 2, 3].map(() => failure(manager.session((db) => db.sql`select 1`)));
    await manager.close({ timeout: 0.1 });
    for (const error of await Promise.all(work)) expect(error).toBeInstanceOf(errors.DatabaseError);
    expect(manager.pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0, waiting: 0 });
    await expect.poll(() => proxy.size).toBe(0);
  });

  it("ends in time although connections are being made that never get ready", async () => {
    const manager = manage({ connectTimeout: 60 });
    proxy.inflict({ authDelay: 60_000 }, "new");
    const work = failure(manager.session((db) => db.sql`select 1`));
    await expect.poll(() => proxy.size).toBe(1);
    await manager.close({ timeout: 0.1 });
    expect(await work).toBeInstanceOf(errors.DatabaseError);
    await expect.poll(() => proxy.size).toBe(0);
  });
});

describe("8. the password", () => {
  it("is in nothing that is printed: managers, pools, connections, errors", async () => {
    const url = new URL(proxy.url);
    const { password } = url;
    expect(password.length).toBeGreaterThan(8);
    const manager = manage();
    const lease = await manager.pool.checkout();
    const open = { manager, pool: manager.pool, lease, connection: lease.connection };
    for (const thing of Object.values(open)) {
      expect(inspect(thing, { depth: 20, showHidden: true })).not.toContain(password);
      expect(JSON.stringify(thing)).not.toContain(password);
    }
    await lease.release();
    proxy.refuse();
    const unreachable = await failure(manage({ connectRetry: 0 }).ping());
    expect(unreachable).toBeInstanceOf(errors.ConnectionFailed);
    expect(inspect(unreachable, { depth: 20, showHidden: true })).not.toContain(password);
    const unreadable = await failure(Promise.resolve().then(() => manage({ url: `${proxy.url}:${password}@x/` })));
    expect(unreadable).toBeInstanceOf(errors.SettingsError);
    expect(inspect(unreadable, { depth: 20, showHidden: true })).not.toContain(password);
  });
});

describe("9. two statements in one text", () => {
  it("are refused, with and without parameters, and neither is run", async () => {
    const manager = manage();
    for (const work of [
      () => manager.sql`insert into entries values (1); insert into entries values (2)`,
      () => manager.sql`insert into entries values (${1}); insert into entries values (2)`,
      () => manager.session((db) => db.sql`insert into entries values (1); commit`),
    ]) {
      expect(await failure(work())).toMatchObject({ sqlState: "42601" });
    }
    expect(await database.query("select 1 from entries")).toEqual([]);
    expect(proxy.recording.count("query")).toBe(0);
  });
});

describe("11. a pooler such as PgBouncer", () => {
  it("is sent no startup parameter that it refuses", async () => {
    const manager = manage({ statementTimeout: 5, lockTimeout: 5 });
    await manager.ping();
    const [{ parameters } = {}] = proxy.recording.messages.filter(({ type }) => type === "startup");
    // What PgBouncer knows; anything else it refuses unless ignore_startup_parameters names it.
    const known = [
      "user",
      "database",
      "client_encoding",
      "DateStyle",
      "TimeZone",
      "standard_conforming_strings",
      "application_name",
    ];
    expect(Object.keys(parameters!).filter((name) => !known.includes(name))).toEqual([]);
    const [row] = await manager.sql<{
      a: string;
      b: string;
    }>`select current_setting('statement_timeout') as a, current_setting('lock_timeout') as b`;
    expect(row).toEqual({ a: "5s", b: "5s" });
  });
});

describe("13. retry", () => {
  it("does not run again what was lost while it may have happened", async () => {
    const manager = manage({ watchdog: 0.5, connectTimeout: 1 });
    await manager.ping();
    let runs = 0;
    proxy.when(/^insert/, () => proxy.inflict({ toClient: "swallow" }, "existing"));
    const work = manager.retry(async (db) => {
      runs += 1;
      await manager.execute(insert(Entry, { number: 1 })); // outside the session, and never rolled back with it
      await db.first(select(Entry));
    });
    expect(await failure(work)).toBeInstanceOf(errors.CommitOutcomeUnknown);
    expect(runs).toBe(1);
    expect(await database.query("select 1 from entries")).toHaveLength(1);
  });
});

describe("14. ping", () => {
  it("gives up in time when nobody answers, and leaves nothing behind", async () => {
    const manager = manage({ poolSize: 2, connectTimeout: 60, watchdog: 0 });
    await manager.ping();
    proxy.inflict({ toServer: "swallow", toClient: "swallow" });
    expect(await failure(manager.ping({ timeout: 0.2 }))).toMatchObject({ name: "TimeoutError" });
    proxy.restore();
    proxy.cut("rst");
    await expect.poll(() => manager.pool.status()).toMatchObject({ checkedOut: 0, waiting: 0 });
    await manager.ping();
  });
});
