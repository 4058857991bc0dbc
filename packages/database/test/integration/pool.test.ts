import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import type { Lease } from "../../src/connection/pool/lease.ts";
import { DatabaseManager, type DatabaseOptions, errors } from "../../src/index.ts";

let database: TestDatabase;
const managers: DatabaseManager[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(managers.splice(0).map((manager) => manager.close({ timeout: 0 })));
});
afterAll(() => database.drop());

function manage(options: Partial<DatabaseOptions>): DatabaseManager {
  const manager = new DatabaseManager({ url: database.url, poolTimeout: 5, prePing: false, ...options });
  managers.push(manager);
  return manager;
}

const processId = (lease: Lease): number => lease.connection.processId;

describe("size and overflow", () => {
  it("are kept account of through six checkouts and back", async () => {
    const { pool } = manage({ poolSize: 3, maxOverflow: 3 });
    const leases: Lease[] = [];
    for (let i = 0; i < 6; i++) leases.push(await pool.checkout());
    expect(pool.status()).toEqual({ size: 3, checkedIn: 0, checkedOut: 6, overflow: 3, waiting: 0 });
    for (const lease of leases) await lease.release();
    expect(pool.status()).toEqual({ size: 3, checkedIn: 3, checkedOut: 0, overflow: 0, waiting: 0 });
  });

  it("fail with facts when nothing comes free in time, also below a second", async () => {
    const { pool } = manage({ poolSize: 1, maxOverflow: 0, poolTimeout: 0.2 });
    const lease = await pool.checkout();
    const failure = await pool.checkout().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(errors.PoolTimeout);
    expect(failure).toMatchObject({ timeout: 0.2, status: { size: 1, checkedOut: 1, waiting: 0 } });
    await lease.release();
    await (await pool.checkout()).release();
  });

  it("fail at once with a timeout of 0, but not when a connection can still be made", async () => {
    const { pool } = manage({ poolSize: 1, poolTimeout: 0 });
    const lease = await pool.checkout();
    await expect(pool.checkout()).rejects.toBeInstanceOf(errors.PoolTimeout);
    await lease.release();
  });

  it("are never exceeded by 40 workers", async () => {
    const manager = manage({ poolSize: 3, maxOverflow: 2, poolTimeout: 30 });
    let most = 0;
    await Promise.all(
      Array.from({ length: 40 }, () =>
        manager.session(async (db) => {
          await db.sql`select pg_sleep(0.01)`;
          // Nobody ends before as many as may be have been at work together.
          await vi.waitUntil(() => {
            most = Math.max(most, manager.pool.status().checkedOut);
            return most >= 5;
          }, 60_000);
        }),
      ),
    );
    expect(most).toBe(5);
    const ours = "select 1 from pg_stat_activity where datname = current_database() and application_name = 'hypertroq'";
    await expect.poll(() => database.query(ours)).toHaveLength(3);
  });

  it("close what is returned to a full pool: ten of five rounds of four on 2 + 2, and two are kept", async () => {
    const { pool } = manage({ poolSize: 2, maxOverflow: 2 });
    for (let round = 0; round < 5; round++) {
      const leases = await Promise.all([1, 2, 3, 4].map(() => pool.checkout()));
      for (const lease of leases) await lease.release();
    }
    expect(pool.counters()).toMatchObject({ connects: 12, closes: { surplus: 10 } });
    expect(pool.status()).toMatchObject({ checkedIn: 2, checkedOut: 0, overflow: 0 });
  });

  it("mean no limit when the size is 0", async () => {
    const { pool } = manage({ poolSize: 0, poolTimeout: 0 });
    const leases = await Promise.all(Array.from({ length: 12 }, () => pool.checkout()));
    expect(pool.status()).toMatchObject({ checkedOut: 12, overflow: 0 });
    for (const lease of leases) await lease.release();
    expect(pool.status().checkedIn).toBe(12);
  });
});

describe("idle connections", () => {
  it("are lent last in, first out", async () => {
    const { pool } = manage({ poolSize: 3 });
    const [a, b] = [await pool.checkout(), await pool.checkout()];
    await a.release();
    await b.release();
    const next = await pool.checkout();
    expect(processId(next)).toBe(processId(b));
    await next.release();
  });

  it("are lent first in, first out, when that is asked for", async () => {
    const { pool } = manage({ poolSize: 3, poolLifo: false });
    const [a, b] = [await pool.checkout(), await pool.checkout()];
    await a.release();
    await b.release();
    const next = await pool.checkout();
    expect(processId(next)).toBe(processId(a));
    await next.release();
  });

  it("are replaced past their recycle age, a held one is not", async () => {
    vi.useFakeTimers({ toFake: ["performance"] }); // by which the pool tells the age
    const { pool } = manage({ poolSize: 1, poolRecycle: 10 });
    const first = await pool.checkout();
    vi.advanceTimersByTime(1000);
    await first.release();
    const same = await pool.checkout();
    expect(processId(same)).toBe(processId(first));
    vi.advanceTimersByTime(10_000);
    await same.connection.query("select 1");
    await same.release();
    const second = await pool.checkout();
    expect(processId(second)).not.toBe(processId(first));
    await second.release();
    const third = await pool.checkout();
    expect(processId(third)).toBe(processId(second));
    await third.release();
    expect(pool.counters()).toMatchObject({ connects: 2, closes: { recycled: 1 } });
  });

  it("are replaced at their next checkout after an invalidation, in the same place", async () => {
    const { pool } = manage({ poolSize: 2 });
    const [a, b] = [await pool.checkout(), await pool.checkout()];
    const before = [processId(a), processId(b)];
    await a.release();
    pool.invalidate();
    const c = await pool.checkout();
    expect(before).not.toContain(processId(c));
    await b.connection.query("select 1"); // lent ones are left alone
    await b.release();
    await c.release();
    expect(pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0 });
  });
});

describe("an invalidated connection", () => {
  it("is never lent again, and others are left alone", async () => {
    const { pool } = manage({ poolSize: 2 });
    const [a, b] = [await pool.checkout(), await pool.checkout()];
    const [gone, kept] = [processId(a), processId(b)];
    a.invalidate();
    await a.release();
    await b.release();
    const seen = new Set<number>();
    for (let i = 0; i < 3; i++) {
      const leases = [await pool.checkout(), await pool.checkout()];
      for (const lease of leases) seen.add(processId(lease));
      for (const lease of leases) await lease.release();
    }
    expect(seen.size).toBe(2);
    expect(seen).toContain(kept);
    expect(seen).not.toContain(gone);
    expect(pool.counters()).toMatchObject({ connects: 3, invalidations: 0, closes: { invalidated: 1 } });
  });

  it("that is held serves all five who wait with the one that replaces it", async () => {
    const { pool } = manage({ poolSize: 1 });
    const held = await pool.checkout();
    const waiters = Array.from({ length: 5 }, async () => {
      const lease = await pool.checkout();
      const id = processId(lease);
      await lease.release();
      return id;
    });
    held.invalidate();
    await held.release();
    const ids = new Set(await Promise.all(waiters));
    expect(ids.size).toBe(1);
    expect(ids).not.toContain(processId(held));
    expect(pool.counters().connects).toBe(2);
  });
});

describe("hooks", () => {
  it("run on the connection, connect before checkout; one that fails frees the place", async () => {
    const trace: string[] = [];
    let failures = 1;
    const manager = manage({
      poolSize: 1,
      hooks: {
        connect: async (connection) => {
          trace.push("connect");
          if (failures-- > 0) throw new Error("not this one");
          await connection.query("set statement_timeout = '77s'");
        },
        checkout: () => void trace.push("checkout"),
        checkin: () => void trace.push("checkin"),
        close: () => void trace.push("close"),
      },
    });
    await expect(manager.ping()).rejects.toThrow("not this one");
    expect(manager.pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0 });
    expect(await manager.session((db) => db.sql`show statement_timeout`)).toEqual([{ statement_timeout: "77s" }]);
    await manager.close();
    expect(trace).toEqual(["connect", "connect", "checkout", "checkin", "close"]);
  });
});

describe("a session that never ends", () => {
  it("is reported with the stack of where it began", async () => {
    const reports: object[] = [];
    const ignore = (): void => {};
    const logger = { debug: ignore, info: ignore, error: ignore, warn: (facts: object) => void reports.push(facts) };
    const manager = manage({ poolSize: 1, leakThreshold: 0.3, slowQueryMs: -1, logger });
    async function forgotten(): Promise<void> {
      const session = manager.open();
      await session.sql`create table forgotten (n int)`;
    }
    await forgotten();
    await expect.poll(() => reports.length, { timeout: 10_000 }).toBe(1);
    expect(reports[0]).toMatchObject({ seconds: expect.any(Number), stack: expect.stringContaining("forgotten") });
    expect(manager.pool.counters().leaks).toBe(1);
  });
});

describe("return", () => {
  it("happens when the block throws", async () => {
    const manager = manage({ poolSize: 1 });
    const failing = manager.session(async (db) => {
      await db.sql`create table never (n int)`;
      throw new Error("of the application");
    });
    await expect(failing).rejects.toThrow("of the application");
    expect(manager.pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0 });
  });

  it("of sessions that are aborted in all stages leaks nothing", async () => {
    const manager = manage({ poolSize: 3 });
    const runs = Array.from({ length: 60 }, async (_, i) => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), i % 20);
      await manager
        .session(
          async (db) => {
            await db.sql`select set_config('hypertroq.n', ${String(i)}, true)`;
            await db.sql`select pg_sleep(0.004)`;
          },
          { signal: abort.signal },
        )
        .catch(() => {});
    });
    await Promise.all(runs);
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0, waiting: 0 });
    await manager.ping();
    // The server says that it is idle a moment after it has answered.
    const busy = (): Promise<unknown[]> =>
      database.query(`select pid from pg_stat_activity
        where datname = current_database() and application_name = 'hypertroq' and state <> 'idle'`);
    await expect.poll(busy).toEqual([]);
  });

  it("commits what is open when that is asked for", async () => {
    const { pool } = manage({ poolSize: 1, resetOnReturn: "commit" });
    const lease = await pool.checkout();
    await lease.connection.query("begin");
    await lease.connection.query("create table kept (n int)");
    await lease.release();
    expect(await database.query("select to_regclass('kept') is not null as kept")).toEqual([{ kept: true }]);
  });

  it("rolls an open transaction back", async () => {
    const { pool } = manage({ poolSize: 1 });
    const lease = await pool.checkout();
    await lease.connection.query("begin");
    await lease.connection.query("create table leftover (n int)");
    await lease.release();
    const next = await pool.checkout();
    expect(processId(next)).toBe(processId(lease));
    const { rows } = await next.connection.query(
      "select to_regclass('leftover'), pg_current_xact_id_if_assigned() is null",
    );
    expect(rows[0]).toEqual([null, true]);
    await next.release();
  });

  it("happens once: a second release is nothing, and cannot take the next owner's connection", async () => {
    const { pool } = manage({ poolSize: 1 });
    const first = await pool.checkout();
    await first.release();
    const second = await pool.checkout();
    await first.release();
    expect(pool.status()).toMatchObject({ checkedOut: 1, checkedIn: 0 });
    await second.release();
  });
});

describe("waiting", () => {
  it("ends for all five with the connections that come back, in order", async () => {
    const { pool } = manage({ poolSize: 1 });
    const held = await pool.checkout();
    const order: number[] = [];
    const waiters = [1, 2, 3, 4, 5].map(async (n) => {
      const lease = await pool.checkout();
      order.push(n);
      await lease.release();
    });
    expect(pool.status().waiting).toBe(5);
    await held.release();
    await Promise.all(waiters);
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it("gives its place back when it is aborted", async () => {
    const { pool } = manage({ poolSize: 1 });
    const held = await pool.checkout();
    const abort = new AbortController();
    const gone = pool.checkout(abort.signal);
    const next = pool.checkout();
    abort.abort(new Error("gone"));
    await expect(gone).rejects.toThrow("gone");
    await held.release();
    await (await next).release();
    expect(pool.status()).toMatchObject({ waiting: 0, checkedIn: 1, checkedOut: 0 });
  });
});

describe("a detached connection", () => {
  it("is its owner's: its place is free, and close leaves it alone", async () => {
    const manager = manage({ poolSize: 1 });
    const lease = await manager.pool.checkout();
    const mine = lease.detach();
    await lease.release();
    await manager.ping();
    await manager.close({ timeout: 0 });
    expect((await mine.query("select 1")).rows).toEqual([[1]]);
    await mine.close();
  });
});

describe("warming up", () => {
  it("opens connections before they are needed", async () => {
    const { pool } = manage({ poolSize: 5 });
    await pool.warmUp(3);
    expect(pool.status()).toMatchObject({ checkedIn: 3, checkedOut: 0 });
  });
});

describe("resize", () => {
  it("takes effect at the server: growth at once, shrinking as connections come back", async () => {
    const { pool } = manage({ poolSize: 1 });
    const held = await pool.checkout();
    const waiting = pool.checkout();
    pool.resize({ size: 2, maxOverflow: 0 });
    const second = await waiting;
    pool.resize({ size: 1, maxOverflow: 0 });
    await held.release();
    await second.release();
    expect(pool.status()).toEqual({ size: 1, checkedIn: 1, checkedOut: 0, overflow: 0, waiting: 0 });
  });
});

describe("close", () => {
  it("closes what is idle at once, leaves what is lent alone until its deadline, and opens nothing", async () => {
    const manager = manage({ poolSize: 3 });
    const { pool } = manager;
    await pool.warmUp(3);
    const lease = await pool.checkout();
    const closing = manager.close({ timeout: 20 });
    expect(pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 1 });
    expect((await lease.connection.query("select 1")).rows).toEqual([[1]]);
    await lease.release();
    await closing;
    expect(pool.counters()).toMatchObject({ connects: 3, closes: { closed: 3 } });
  });

  it("called twice waits once, for as long as it takes", async () => {
    const manager = manage({ poolSize: 1 });
    const work = manager.session((db) => db.sql`select pg_sleep(0.3), 1 as done`);
    await expect.poll(() => manager.pool.status().checkedOut).toBe(1);
    await Promise.all([manager.close({ timeout: Number.POSITIVE_INFINITY }), manager.close({ timeout: 0 })]);
    expect(await work).toMatchObject([{ done: 1 }]);
  });

  it("waits for what is under way, refuses what is new", async () => {
    const manager = manage({ poolSize: 2 });
    const work = manager.session((db) => db.sql`select pg_sleep(0.3), 1 as done`);
    await expect.poll(() => manager.pool.status().checkedOut).toBe(1);
    const closing = manager.close({ timeout: 10 });
    await expect(manager.ping()).rejects.toBeInstanceOf(errors.PoolClosed);
    expect(await work).toMatchObject([{ done: 1 }]);
    await closing;
    expect(manager.pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0 });
  });

  it("fails those who wait, and cancels what outlives the deadline", async () => {
    const manager = manage({ poolSize: 1 });
    const work = manager.session((db) => db.sql`select pg_sleep(60)`).catch((error: unknown) => error);
    await expect.poll(() => manager.pool.status().checkedOut).toBe(1);
    const waiting = manager.ping().catch((error: unknown) => error);
    await expect
      .poll(() =>
        database.query("select 1 from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'"),
      )
      .toHaveLength(1);
    await manager.close({ timeout: 0.1 });
    expect(await waiting).toBeInstanceOf(errors.PoolClosed);
    expect(await work).toBeInstanceOf(errors.QueryCanceled);
    expect(
      await database.query("select 1 from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'"),
    ).toEqual([]);
  });
});
