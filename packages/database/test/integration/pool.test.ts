import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import type { Lease } from "../../src/connection/pool/lease.ts";
import { DatabaseManager, type DatabaseOptions, errors } from "../../src/index.ts";

let database: TestDatabase;
const managers: DatabaseManager[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
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
          most = Math.max(most, manager.pool.status().checkedOut);
        }),
      ),
    );
    const [row] = await database.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'hypertroq'",
    );
    expect(most).toBe(5);
    expect(row!.n).toBe(3);
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

  it("are replaced past their recycle age, a held one is not", async () => {
    const { pool } = manage({ poolSize: 1, poolRecycle: 0.2 });
    const first = await pool.checkout();
    await sleep(300);
    await first.connection.query("select 1");
    await first.release();
    const second = await pool.checkout();
    expect(processId(second)).not.toBe(processId(first));
    await second.release();
    const third = await pool.checkout();
    expect(processId(third)).toBe(processId(second));
    await third.release();
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

describe("return", () => {
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

  it("is not held up by a connect that failed: the failure goes to one, the capacity to the next", async () => {
    const proxy = await startProxy(database.url);
    proxy.refuse = 1;
    const manager = manage({ url: proxy.url, poolSize: 1 });
    const [first, second] = await Promise.allSettled([manager.ping(), manager.ping()]);
    expect(first).toMatchObject({ status: "rejected", reason: { code: "CONNECTION_FAILED" } });
    expect(second.status).toBe("fulfilled");
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0, checkedIn: 1 });
    await manager.close();
    await proxy.close();
  });
});

describe("pre-ping", () => {
  it("replaces a connection whose death nobody announced, and its contemporaries", async () => {
    const proxy = await startProxy(database.url);
    const manager = manage({ url: proxy.url, poolSize: 3, prePing: true });
    await Promise.all([1, 2, 3].map(() => manager.session((db) => db.sql`select pg_sleep(0.05)`)));
    proxy.cutOnNextByte();
    const answers = await Promise.all([1, 2, 3].map(() => manager.session((db) => db.sql`select 1 as one`)));
    expect(answers).toEqual([[{ one: 1 }], [{ one: 1 }], [{ one: 1 }]]);
    expect(manager.pool.status()).toMatchObject({ checkedIn: 3, checkedOut: 0 });
    await manager.close();
    await proxy.close();
  });

  it("takes a connection that never answers for dead", async () => {
    const proxy = await startProxy(database.url);
    const manager = manage({ url: proxy.url, poolSize: 1, prePing: true, connectTimeout: 0.5 });
    await manager.ping();
    proxy.blackHole();
    expect(await manager.session((db) => db.sql`select 1 as one`)).toEqual([{ one: 1 }]);
    await manager.close();
    await proxy.close();
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
    const manager = manage({ url: `postgresql://u:p@127.0.0.1:${port}/d`, connectTimeout: 0.3, statementTimeout: 5 });
    await expect(manager.ping()).rejects.toThrow(/no answer within 0\.3 s \(DB_CONNECT_TIMEOUT\)/);
    await new Promise((resolve) => {
      silent.close(resolve); // which waits for sockets that were left open
    });
  });

  it("does not hold up an abort, a rollback or close", async () => {
    const proxy = await startProxy(database.url);
    const manager = manage({ url: proxy.url, poolSize: 2, connectTimeout: 0.5 });
    await Promise.all([1, 2].map(() => manager.session((db) => db.sql`select pg_sleep(0.05)`)));
    const abort = new AbortController();
    const aborted = manager.session(
      async (db) => {
        await db.sql`select 1`;
        proxy.blackHole();
        setTimeout(() => abort.abort(), 50);
        await db.sql`select 2`;
      },
      { signal: abort.signal },
    );
    await expect(aborted).rejects.toBeInstanceOf(errors.ConnectionLost);
    await manager.close({ timeout: 1 });
    expect(manager.pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0 });
    await proxy.close();
  });
});

describe("close", () => {
  it("called twice waits once, for as long as it takes", async () => {
    const manager = manage({ poolSize: 1 });
    const work = manager.session((db) => db.sql`select pg_sleep(0.3), 1 as done`);
    await expect.poll(() => manager.pool.status().checkedOut).toBe(1);
    await Promise.all([manager.close({ timeout: Number.POSITIVE_INFINITY }), manager.close({ timeout: 0 })]);
    expect(await work).toMatchObject([{ done: 1 }]);
  });

  it("opens nothing any more for a caller whose connection turns out to be dead", async () => {
    const proxy = await startProxy(database.url);
    const manager = manage({ url: proxy.url, poolSize: 1, prePing: true, connectTimeout: 20 });
    await manager.ping();
    proxy.blackHole();
    const late = manager.ping();
    const closing = manager.close({ timeout: 0.1 });
    await expect(late).rejects.toBeInstanceOf(errors.PoolClosed);
    await closing;
    await proxy.close();
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

interface Proxy {
  readonly url: string;
  /** How many connections to refuse from now on. */
  refuse: number;
  /** Leaves sockets open, and cuts each one open now when the client next sends something. */
  cutOnNextByte(): void;
  /** Leaves the sockets open now open for ever, and passes nothing on. */
  blackHole(): void;
  close(): Promise<void>;
}

/** A TCP proxy in front of the server, for the faults that a server does not produce on request. */
async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    if (proxy.refuse > 0) {
      proxy.refuse -= 1;
      client.destroy();
      return;
    }
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) socket.on("error", () => socket.destroy());
    client.pipe(upstream).pipe(client);
    sockets.add(client);
    client.on("close", () => {
      sockets.delete(client);
      upstream.destroy();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const proxy: Proxy = {
    url: url.href,
    refuse: 0,
    cutOnNextByte: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.on("data", () => socket.destroy());
        socket.resume();
      }
    },
    blackHole: () => {
      for (const socket of sockets) socket.unpipe().resume();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return proxy;
}
