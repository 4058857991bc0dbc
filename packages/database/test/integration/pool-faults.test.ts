import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import type { Lease } from "../../src/connection/pool/lease.ts";
import { DatabaseManager, type DatabaseOptions, errors, insert, integer, Model, sql } from "../../src/index.ts";
import { FaultProxy } from "../faults/proxy.ts";

class Written extends Model.define({ n: integer(), m: integer().default(sql`0`) }) {
  static override readonly table = "written";
}

let database: TestDatabase;
let proxy: FaultProxy;
const managers: DatabaseManager[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  proxy = await FaultProxy.start(database.url);
});
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.close({ timeout: 0 })));
  await proxy.close();
});
afterAll(() => database.drop());

function manage(options: Partial<DatabaseOptions>): DatabaseManager {
  const manager = new DatabaseManager({ url: proxy.url, poolTimeout: 20, ...options });
  managers.push(manager);
  return manager;
}

/** Ends the application's connections at the server, which tells them so. */
async function terminateAll(): Promise<void> {
  await database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'hypertroq'",
  );
}

/** Makes connections use statements at the same time, so that there are as many. */
const occupy = (manager: DatabaseManager, count: number): Promise<unknown> => manager.pool.warmUp(count);

describe("a connect that fails", () => {
  it("takes no place and serves the next: the failure goes to one, the place to the other", async () => {
    const manager = manage({ poolSize: 1, connectRetry: 0 });
    proxy.refuse();
    const first = manager.pool.checkout().catch((error: unknown) => error);
    expect(await first).toMatchObject({ code: "CONNECTION_FAILED", isTransient: true });
    const second = manager.session((db) => db.sql`select 1 as one`);
    proxy.restore();
    expect(await second).toEqual([{ one: 1 }]);
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0, checkedIn: 1, waiting: 0 });
  });

  it("for a reason that passes is tried again, and nobody hears of it", async () => {
    const manager = manage({ poolSize: 2, connectRetry: 20 });
    proxy.refuse();
    const work = manager.session((db) => db.sql`select 1 as one`);
    await expect.poll(() => manager.pool.counters().connectFailures).toBeGreaterThan(2);
    proxy.restore();
    expect(await work).toEqual([{ one: 1 }]);
  });

  it("for a reason that does not pass fails at once", async () => {
    const url = new URL(proxy.url);
    url.pathname = "/no_such_database";
    const manager = manage({ url: url.href, poolSize: 2, connectRetry: 60, poolTimeout: 60 });
    const failures = await Promise.allSettled([1, 2, 3].map(() => manager.pool.checkout()));
    expect(failures).toMatchObject(
      [1, 2, 3].map(() => ({ status: "rejected", reason: { code: "CONNECTION_FAILED", sqlState: "3D000" } })),
    );
    expect(manager.pool.counters()).toMatchObject({ connects: 0, connectFailures: 3 });
  });

  it("because the server is full is tried again until a slot is free", async () => {
    const role = `few_${database.name}`;
    await database.query(`create role ${role} login password 'few' connection limit 1`);
    try {
      const url = new URL(proxy.url);
      [url.username, url.password] = [role, "few"];
      const [holder, other] = [manage({ url: url.href, poolSize: 1 }), manage({ url: url.href, poolSize: 1 })];
      await holder.ping();
      const work = other.session((db) => db.sql`select 1 as one`);
      await expect.poll(() => other.pool.counters().connectFailures).toBeGreaterThan(1);
      await holder.close();
      expect(await work).toEqual([{ one: 1 }]);
      await other.close();
    } finally {
      await database.query(`drop role ${role}`);
    }
  });

  it("leaves nothing checked out, and the pool recovers", async () => {
    const manager = manage({ poolSize: 2, connectRetry: 0 });
    await occupy(manager, 2);
    proxy.refuse();
    proxy.cut("rst");
    for (let i = 0; i < 2; i++) {
      await expect(manager.session((db) => db.sql`select 1`)).rejects.toBeInstanceOf(errors.ConnectionFailed);
      expect(manager.pool.status()).toMatchObject({ checkedOut: 0, waiting: 0 });
    }
    proxy.restore();
    expect(await manager.session((db) => db.sql`select 1 as one`)).toEqual([{ one: 1 }]);
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0, checkedIn: 1 });
  });
});

describe("a connect that hangs", () => {
  it("blocks nobody else: those behind it are served by what comes free", async () => {
    const manager = manage({ poolSize: 2, connectTimeout: 60 });
    const { pool } = manager;
    const working = await pool.checkout();
    proxy.inflict({ toClient: "swallow" }, "new");
    const served: string[] = [];
    const waiters = ["first", "second"].map(async (name) => {
      const lease = await pool.checkout();
      served.push(name);
      await lease.release();
    });
    await expect.poll(() => proxy.accepted).toBe(2);
    await working.release();
    await Promise.all(waiters);
    expect(served).toEqual(["first", "second"]);
    expect(pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0, waiting: 0 });
  });
});

describe("pre-ping", () => {
  it("is not made on a fresh connection", async () => {
    const { pool } = manage({ poolSize: 1 });
    const first = await pool.checkout();
    expect(first.isFresh).toBe(true);
    await first.release();
    const second = await pool.checkout();
    expect(second.isFresh).toBe(false);
    await second.release();
  });

  it("replaces a connection whose death nobody announced, and its contemporaries", async () => {
    const manager = manage({ poolSize: 3 });
    await occupy(manager, 3);
    proxy.cut("rst", "server");
    const answers = await Promise.all([1, 2, 3].map(() => manager.session((db) => db.sql`select 1 as one`)));
    expect(answers).toEqual([[{ one: 1 }], [{ one: 1 }], [{ one: 1 }]]);
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0 });
    expect(manager.pool.counters()).toMatchObject({ invalidations: 1 });
  });

  it("hides that all backends were terminated from everybody who only reads", async () => {
    const manager = manage({ poolSize: 4 });
    await occupy(manager, 4);
    await terminateAll();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => manager.session((db) => db.sql`select ${i}::int as n`)),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => [{ n: i }]));
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0, waiting: 0 });
  });

  it("never reconnects in a transaction: what was in it would be gone", async () => {
    const manager = manage({ poolSize: 1 });
    const work = manager.session(async (db) => {
      await db.sql`create table if not exists part (n int)`;
      await terminateAll();
      await db.sql`select 1`;
    });
    await expect(work).rejects.toBeInstanceOf(errors.ConnectionLost);
    expect(await manager.session((db) => db.sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });
});

describe("15 connections that die at once", () => {
  it("are 15 closes and 15 reopens", async () => {
    const { pool } = manage({ poolSize: 15 });
    const leases: Lease[] = [];
    for (let i = 0; i < 15; i++) leases.push(await pool.checkout());
    await terminateAll();
    await expect.poll(() => leases.every((lease) => lease.connection.isLost)).toBe(true);
    await Promise.all(leases.map((lease) => lease.renew()));
    expect(pool.counters()).toMatchObject({ connects: 30, renewals: 15, invalidations: 1, closes: { lost: 15 } });
    expect(pool.status()).toMatchObject({ checkedOut: 15, checkedIn: 0 });
    for (const lease of leases) await lease.release();
    expect(pool.status()).toMatchObject({ checkedOut: 0, checkedIn: 15 });
  });
});

describe("keepalive", () => {
  it("finds an idle connection that is dead, and closes it and its contemporaries", async () => {
    const manager = manage({ poolSize: 3, keepalive: 0.5, connectTimeout: 1 });
    await occupy(manager, 3);
    proxy.inflict({ toServer: "swallow" }, "existing");
    await expect.poll(() => manager.pool.status().checkedIn, { timeout: 20_000 }).toBe(0);
    expect(manager.pool.counters()).toMatchObject({ keepalives: 1, closes: { lost: 1, invalidated: 2 } });
    expect(await manager.session((db) => db.sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });
});

describe("a peer that says nothing", () => {
  it("is given up while connecting, whatever it has said before", async () => {
    const silent = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.write("N")); // no TLS, and then nothing
    });
    await new Promise<void>((resolve) => {
      silent.listen(0, "127.0.0.1", resolve);
    });
    const { port } = silent.address() as { port: number };
    const url = `postgresql://u:p@127.0.0.1:${port}/d`;
    const manager = manage({ url, connectTimeout: 0.3, connectRetry: 0, statementTimeout: 5 });
    await expect(manager.pool.checkout()).rejects.toThrow(/no answer within 0\.3 s \(DB_CONNECT_TIMEOUT\)/);
    await new Promise((resolve) => {
      silent.close(resolve); // which waits for sockets that were left open
    });
  });

  it("does not hold up a return: the rollback that is never answered ends with the connection", async () => {
    const manager = manage({ poolSize: 1, connectTimeout: 0.5, watchdog: 0 });
    const lease = await manager.pool.checkout();
    await lease.connection.query("begin");
    proxy.inflict({ toServer: "swallow" }, "existing");
    await lease.release();
    expect(manager.pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0 });
    await manager.ping();
  });

  it("does not hold up close", async () => {
    const manager = manage({ poolSize: 2, connectTimeout: 30 });
    await occupy(manager, 2);
    const lease = await manager.pool.checkout();
    proxy.inflict({ toServer: "swallow", toClient: "swallow" });
    const late = lease.connection.query("select 1").catch((error: unknown) => error);
    const other = await manager.pool.checkout();
    const connecting = manager.pool.checkout().catch((error: unknown) => error);
    const closing = manager.close({ timeout: 0.1 });
    expect(await connecting).toBeInstanceOf(errors.PoolClosed);
    await other.release();
    expect(await late).toBeInstanceOf(errors.ConnectionLost);
    await lease.release();
    await closing;
    expect(manager.pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0 });
    await expect.poll(() => proxy.size).toBe(0);
  });
});

describe("close", () => {
  it("opens nothing any more for a caller whose connection turns out to be dead", async () => {
    const manager = manage({ poolSize: 1, connectTimeout: 20 });
    const lease = await manager.pool.checkout();
    lease.connection.destroy();
    const closing = manager.close({ timeout: 0.1 });
    await expect(lease.renew()).rejects.toBeInstanceOf(errors.PoolClosed);
    await closing;
    expect(manager.pool.counters()).toMatchObject({ connects: 1, connectFailures: 0 });
  });

  it("gives up connects that never get ready", async () => {
    proxy.inflict({ toClient: "swallow" });
    const manager = manage({ poolSize: 2, connectTimeout: 60 });
    const late = manager.pool.checkout().catch((error: unknown) => error);
    await expect.poll(() => proxy.accepted).toBe(1);
    await manager.close({ timeout: 0.1 });
    expect(await late).toBeInstanceOf(errors.PoolClosed);
    await expect.poll(() => proxy.size).toBe(0);
  });
});

describe("a server that is waited for at the start", () => {
  it("is waited for no longer when the signal is aborted, in a pause too", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    const warn = (): void => void setTimeout(() => abort.abort(reason), 10);
    const logger = { debug: () => {}, info: () => {}, warn, error: () => {} };
    const manager = manage({ url: "postgresql://postgres@127.0.0.1:1/postgres", startTimeout: 60, logger });
    await expect(manager.start(abort.signal)).rejects.toBe(reason);
  });
});

describe("a server that takes writes no more", () => {
  /** As a demotion looks from outside: these connections were writable when they were made. */
  async function demoted(attrs: string): Promise<DatabaseManager> {
    const manager = manage({ url: `${database.url}?target_session_attrs=${attrs}`, poolSize: 2 });
    await manager.pool.warmUp(2);
    const leases = await Promise.all([manager.pool.checkout(), manager.pool.checkout()]);
    for (const { connection } of leases) await connection.query("set default_transaction_read_only = on");
    for (const lease of leases) await lease.release();
    return manager;
  }

  const statement = sql`create table if not exists written (n int, m int default 0)`;
  /** More than one statement can hold, because some leave m to its default. */
  const many = Array.from({ length: 40_000 }, (_, n) => (n === 0 ? { n, m: 1 } : { n }));

  it.each<[string, (manager: DatabaseManager) => Promise<unknown>]>([
    ["session", (manager) => manager.session((db) => db.execute(statement))],
    ["manager", (manager) => manager.execute(statement)],
    ["manager that sends several statements", (manager) => manager.execute(insert(Written, many))],
  ])("loses all connections to it, seen by a %s, when writable ones were asked for", async (_, run) => {
    await database.query("create table if not exists written (n int, m int default 0)");
    const manager = await demoted("read-write");
    const write = (): Promise<unknown> => run(manager);
    await expect(write()).rejects.toBeInstanceOf(errors.ReadOnlyTransaction);
    await Promise.all([write(), write()]);
    expect(manager.pool.counters().connects).toBeGreaterThan(2);
  });

  it("is left alone when any server would do, and when the session asked to read only", async () => {
    const any = await demoted("any");
    for (let i = 0; i < 2; i++) {
      await expect(any.sql`create table written2 (n int)`).rejects.toBeInstanceOf(errors.ReadOnlyTransaction);
    }
    expect(any.pool.counters().connects).toBe(2);
    const manager = manage({ url: `${database.url}?target_session_attrs=read-write`, poolSize: 1 });
    const write = manager.session((db) => db.sql`create table written3 (n int)`, { readOnly: true });
    await expect(write).rejects.toBeInstanceOf(errors.ReadOnlyTransaction);
    await manager.ping();
    expect(manager.pool.counters().connects).toBe(1);
  });
});
