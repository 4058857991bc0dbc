import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { Cluster } from "../../../../test/cluster.ts";
import { type DatabasePluginOptions, database as databasePlugin } from "../../src/adapters/fastify.ts";
import { connect } from "../../src/connection/connect.ts";
import {
  alias,
  connectOptions,
  DatabaseManager,
  type DatabaseOptions,
  errors,
  getDb,
  integer,
  Model,
  type Session,
  select,
  sql,
  text,
} from "../../src/index.ts";
import { DatabaseMetrics } from "../../src/monitoring/metrics.ts";
import { Monitor } from "../../src/monitoring/monitor.ts";

class Item extends Model.define({ id: integer().primaryKey(), name: text() }) {}
class Late extends Model.define({ id: integer().primaryKey() }) {}

let cluster: Cluster;
/** Of both replicas. */
let manager: DatabaseManager;
/** Those of single tests. */
const managers: DatabaseManager[] = [];

beforeAll(async () => {
  cluster = await Cluster.start(2);
  await cluster.primary.query(`
    create table items (id int primary key, name text not null);
    insert into items select n, 'item ' || n from generate_series(1, 2000) n;`);
  await cluster.caughtUp();
  manager = await start();
  managers.length = 0;
});
beforeEach(async () => {
  const reset = "update items set name = 'item 1' where id = 1 and name <> 'item 1' returning id";
  if ((await cluster.primary.query(reset)).length > 0) await cluster.caughtUp();
});
afterEach(async () => {
  for (const replica of cluster.replicas) await replica.resume();
  await Promise.all(managers.splice(0).map((manager) => manager.close()));
});
afterAll(async () => {
  await manager.close();
  await cluster[Symbol.asyncDispose]();
});

/** A manager that knows the table, so that reads of it need no transaction. */
async function start(options: Partial<DatabaseOptions> = {}): Promise<DatabaseManager> {
  const replicas = cluster.replicaUrls;
  const manager = new DatabaseManager({ url: cluster.primary.url, replicas, poolSize: 5, poolTimeout: 10, ...options });
  managers.push(manager);
  await manager.start();
  await manager.first(one);
  return manager;
}

const one = select(Item).where(Item.c.id.eq(1));
const readOnly = { readOnly: true };
const read = (manager: DatabaseManager, options = {}) =>
  manager.session((db) => db.first(one), { ...readOnly, ...options });

const states = (manager: DatabaseManager) => manager.replicas().map(({ state }) => state);
const reads = (manager: DatabaseManager) => manager.replicas().reduce((sum, replica) => sum + replica.reads, 0);
const fallbacks = (manager: DatabaseManager) => manager.replicas().reduce((sum, each) => sum + each.fallbacks, 0);
const atPrimary = (manager: DatabaseManager) => manager.pool.counters().checkouts;

/** How many connections were lent meanwhile, by the replicas and by the primary. */
async function lent(
  manager: DatabaseManager,
  work: () => Promise<unknown>,
): Promise<[replicas: number, primary: number]> {
  const before = [reads(manager), atPrimary(manager)] as const;
  await work();
  return [reads(manager) - before[0], atPrimary(manager) - before[1]];
}

describe("what goes to a replica", () => {
  it("is the reads by themselves of a session that only reads", async () => {
    expect(states(manager)).toEqual(["up", "up"]);
    expect(await lent(manager, () => read(manager))).toEqual([1, 0]);
    expect(await lent(manager, () => manager.session((db) => db.first(one)))).toEqual([0, 1]);
    expect(await lent(manager, () => manager.first(one))).toEqual([0, 1]);
    expect(await lent(manager, () => read(manager, { replica: false }))).toEqual([0, 1]);
  });

  it("is not a transaction, nor what is in it", async () => {
    const work = () =>
      manager.session(async (db) => {
        await db.first(one);
        expect(await db.sql`select pg_is_in_recovery() standby`).toEqual([{ standby: false }]);
        await db.first(one);
      }, readOnly);
    expect(await lent(manager, work)).toEqual([1, 1]);
    expect(await lent(manager, () => read(manager, { isolation: "repeatable read" }))).toEqual([0, 1]);
  });

  it("is a whole session that asks for it, which is at one replica until its end", async () => {
    const work = () =>
      manager.session(
        async (db) => {
          const port = () => db.sql`select inet_server_port() port, pg_is_in_recovery() standby`;
          const first = await port();
          expect(first).toMatchObject([{ standby: true }]);
          expect(await port()).toEqual(first);
          for await (const item of db.stream(select(Item))) expect(item.id).toBeGreaterThan(0);
        },
        { replica: true, isolation: "repeatable read" },
      );
    expect(await lent(manager, work)).toEqual([1, 0]);
    await expect(manager.session(async () => {}, { replica: true, isolation: "serializable" })).rejects.toThrow(
      errors.DefinitionError,
    );
    await expect(manager.session(async () => {}, { replica: true, readOnly: false })).rejects.toThrow(
      errors.DefinitionError,
    );
  });

  it("stays with one replica for a session, and is spread over them for several", async () => {
    const each = () => manager.replicas().map((replica) => replica.reads);
    const before = each();
    await manager.session(async (db) => {
      for (let i = 0; i < 10; i++) await db.first(one);
    }, readOnly);
    const after = each();
    expect(after.map((count, i) => count - before[i]!).sort((a, b) => a - b)).toEqual([0, 10]);
    for (let i = 0; i < 20; i++) await read(manager);
    for (const [i, count] of each().entries()) expect(count - after[i]!).toBeGreaterThan(5);
  });

  it("is never a write, which a session that only reads is refused at every host", async () => {
    const write = sql`insert into items values (0, 'zero')`;
    await expect(manager.session((db) => db.execute(write), readOnly)).rejects.toThrow(errors.ReadOnlyTransaction);
    await expect(manager.session((db) => db.execute(write), { replica: true })).rejects.toThrow(
      errors.ReadOnlyTransaction,
    );
    expect(states(manager)).toEqual(["up", "up"]);
  });
});

it("takes a role that may connect and read, and no more", async () => {
  await cluster.primary.query(`
    drop role if exists reader;
    create role reader login password 'reader';
    grant select on items to reader;`);
  await cluster.caughtUp();
  const asReader = (url: string) => Object.assign(new URL(url), { username: "reader", password: "reader" }).href;
  const manager = await start({ url: asReader(cluster.primary.url), replicas: cluster.replicaUrls.map(asReader) });
  expect(states(manager)).toEqual(["up", "up"]);
  const causalToken = await manager.causalToken();
  await cluster.caughtUp();
  expect(await lent(manager, () => read(manager, { causalToken }))).toEqual([1, 0]);
});

describe("a causal token", () => {
  const rename = (manager: DatabaseManager, name: string) =>
    manager.session(async (db) => {
      await db.sql`update items set name = ${name} where id = 1`;
      return db;
    });

  it("is had of a session that has written, and of no other", async () => {
    const reader = await manager.session(async (db) => {
      await db.sql`select count(*) from items`;
      return db;
    });
    expect(reader.causalToken).toBeUndefined();
    const writer = await rename(manager, "written");
    expect(writer.causalToken).toMatch(/^[\da-f]+\.[\da-f]+$/);
    const alone = new DatabaseManager({ url: cluster.primary.url });
    managers.push(alone);
    expect((await rename(alone, "again")).causalToken).toBeUndefined();
    expect(await alone.causalToken()).toMatch(/^[\da-f]+\.[\da-f]+$/);
  });

  it("lets a session see what was committed, on whichever host", async () => {
    for (const replica of cluster.replicas) await replica.pauseReplay();
    const { causalToken } = await rename(manager, "new");
    expect(await read(manager)).toMatchObject({ name: "item 1" });
    expect(
      await lent(manager, async () => expect(await read(manager, { causalToken })).toMatchObject({ name: "new" })),
    ).toEqual([0, 1]);
    const { causalToken: later } = await manager.session(
      async (db) => {
        expect(await db.first(one)).toMatchObject({ name: "new" });
        return db;
      },
      { readOnly: true, causalToken },
    );
    expect(later).toBe(causalToken);
    for (const replica of cluster.replicas) await replica.resume();
    await cluster.caughtUp();
    expect(
      await lent(manager, async () => expect(await read(manager, { causalToken })).toMatchObject({ name: "new" })),
    ).toEqual([1, 0]);
  });

  it("holds for a transaction at a replica too, whose snapshot is taken after it was looked at", async () => {
    for (const replica of cluster.replicas) await replica.pauseReplay();
    const { causalToken } = await rename(manager, "new");
    const options = { replica: true, isolation: "repeatable read", causalToken } as const;
    const standby = () =>
      manager.session(async (db) => {
        expect(await db.first(one)).toMatchObject({ name: "new" });
        return (await db.sql<{ standby: boolean }>`select pg_is_in_recovery() standby`)[0]!.standby;
      }, options);
    expect(await standby()).toBe(false);
    for (const replica of cluster.replicas) await replica.resume();
    await cluster.caughtUp();
    expect(await standby()).toBe(true);
  });

  it("of no known form is one that no replica has reached", async () => {
    for (const causalToken of [
      "",
      "x",
      "1.2.3",
      `1.${"f".repeat(17)}`,
      "'; drop table items",
      "ffffffff.ffffffffffffffff",
    ]) {
      expect(await lent(manager, () => read(manager, { causalToken }))).toEqual([0, 1]);
    }
  });

  it("of the manager's stands for all that was committed by anybody", async () => {
    for (const replica of cluster.replicas) await replica.pauseReplay();
    await cluster.primary.query("update items set name = 'elsewhere' where id = 1");
    expect(await read(manager, { causalToken: await manager.causalToken() })).toMatchObject({ name: "elsewhere" });
  });
});

describe("a replica that cannot serve", () => {
  it("is left out while it is too far behind, and comes back", async () => {
    const manager = await start({ replicaMaxLag: 1 });
    const [slow] = cluster.replicas;
    await slow!.pauseReplay();
    await cluster.primary.query("update items set name = 'later' where id = 1");
    await expect.poll(() => states(manager)).toEqual(["lagging", "up"]);
    expect(manager.replicas()[0]!.lag).toBeGreaterThan(1);
    await cluster.caughtUp([cluster.replicas[1]!]);
    for (let i = 0; i < 10; i++) expect(await read(manager)).toMatchObject({ name: "later" });
    await slow!.resume();
    await expect.poll(() => states(manager)).toEqual(["up", "up"]);
  });

  it("is not behind only because nobody writes", async () => {
    const manager = await start({ replicaMaxLag: 0.1 });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(states(manager)).toEqual(["up", "up"]);
  });

  it("is left out when it is killed, without an error for anybody, and comes back", async () => {
    const manager = await start({ replicas: [cluster.replicaUrls[0]!] });
    let answered = 0;
    let isDone = false;
    const readers = Array.from({ length: 4 }, async () => {
      while (!isDone) {
        expect(await read(manager)).toMatchObject({ name: "item 1" });
        answered += 1;
      }
    });
    await expect.poll(() => reads(manager)).toBeGreaterThan(10);
    await cluster.replicas[0]!.kill();
    const then = answered;
    await expect.poll(() => answered).toBeGreaterThan(then + 100);
    expect(states(manager)).toEqual(["down"]);
    expect(manager.replicas()[0]!.reason).toMatch(/nothing listens there|closed|lost/);
    await cluster.replicas[0]!.restart();
    await expect.poll(() => states(manager)).toEqual(["up"]);
    const again = reads(manager);
    await expect.poll(() => reads(manager)).toBeGreaterThan(again + 10);
    isDone = true;
    await Promise.all(readers);
  });

  it("is left out when it says nothing any more, and those who wait for it are served by the primary", async () => {
    const manager = await start({ replicas: [cluster.replicaUrls[0]!] });
    await read(manager);
    cluster.replicas[0]!.pause();
    const answers = await Promise.all(Array.from({ length: 8 }, () => read(manager)));
    expect(answers).toHaveLength(8);
    expect(states(manager)).toEqual(["down"]);
    expect(fallbacks(manager)).toBe(8);
    await cluster.replicas[0]!.resume();
    await expect.poll(() => states(manager)).toEqual(["up"]);
    expect(await lent(manager, () => read(manager))).toEqual([1, 0]);
  });

  it("is left out when it is a copy of another cluster, or no replica at all", async () => {
    const manager = await start({ replicas: [inject("serverUrl"), cluster.primary.url] });
    expect(states(manager)).toEqual(["foreign", "primary"]);
    expect(await lent(manager, () => read(manager))).toEqual([0, 1]);
  });

  it("does not have to be there when the application starts", async () => {
    const url = new URL(cluster.primary.url);
    url.port = "1";
    const manager = await start({ replicas: [url.href] });
    expect(states(manager)).toEqual(["down"]);
    expect(await lent(manager, () => read(manager))).toEqual([0, 1]);
  });
});

describe("what a replica refuses is run at the primary", () => {
  /** Has it cancel, or end, what reads the table. */
  const lock = () => cluster.primary.query("begin; lock table items in access exclusive mode; commit");

  it("a read that what it replays has cancelled (40001)", async () => {
    const manager = await start({ replicas: [cluster.replicaUrls[0]!] });
    const [a, b] = [alias(Item, "a"), alias(Item, "b")];
    const pairs = select({ id: a.c.id }).from(a).join(b, a.c.name.ne(b.c.name)).orderBy(a.c.name.desc(), b.c.name);
    for (const each of [a, b]) await manager.first(select({ id: each.c.id }).from(each));
    const answer = manager.session((db) => db.first(pairs), readOnly);
    await expect.poll(() => manager.replicas()[0]!.pool.checkedOut, { interval: 1 }).toBe(1);
    await lock();
    expect(await answer).toEqual({ id: 999 });
    expect(fallbacks(manager)).toBe(1);
    expect(states(manager)).toEqual(["up"]);
  });

  it("but not the middle of a transaction, which retry runs again there", async () => {
    const manager = await start({ replicas: [cluster.replicaUrls[0]!] });
    const hosts: boolean[] = [];
    const work = async (db: Session) => {
      const [row] = await db.sql<{ standby: boolean }>`select pg_is_in_recovery() standby from items limit 1`;
      if (hosts.push(row!.standby) === 1) {
        await lock();
        await cluster.caughtUp();
      }
      return await db.first(one);
    };
    expect(await manager.retry(work, { replica: true })).toMatchObject({ name: "item 1" });
    expect(hosts).toEqual([true, false]);
  });

  it("a read of a table that it does not have yet", async () => {
    const manager = await start({ replicas: [cluster.replicaUrls[0]!] });
    await cluster.replicas[0]!.pauseReplay();
    await cluster.primary.query("create table lates (id int primary key); insert into lates values (7)");
    await manager.all(select(Late)); // from here on it is known to be a plain one
    expect(await manager.session((db) => db.all(select(Late)), readOnly)).toMatchObject([{ id: 7 }]);
    expect(fallbacks(manager)).toBe(1);
    expect(states(manager)).toEqual(["up"]);
  });
});

describe("with Fastify", () => {
  /** Answers a path's method with what a client with these headers gets. */
  async function serve(options: Omit<DatabasePluginOptions, "manager"> = {}, more: Partial<DatabaseOptions> = {}) {
    const manager = await start(more);
    const app = Fastify();
    await app.register(databasePlugin, {
      manager,
      session: ({ method }) => ({ readOnly: method === "GET" }),
      ...options,
    });
    app.get("/name", async () => ({ name: (await getDb().one(one)).name }));
    app.post("/name", async () => {
      await getDb().sql`update items set name = 'posted' where id = 1`;
      return {};
    });
    return { app, manager };
  }
  const nameFor = async (app: FastifyInstance, headers: Record<string, string> = {}): Promise<string> =>
    (await app.inject({ url: "/name", headers })).json<{ name: string }>().name;

  it("a browser that wrote something sees it wherever it reads, by a cookie", async () => {
    const { app, manager } = await serve();
    for (const replica of cluster.replicas) await replica.pauseReplay();
    expect(await lent(manager, () => nameFor(app))).toEqual([1, 0]);
    const { headers } = await app.inject({ method: "POST", url: "/name" });
    const cookie = headers["set-cookie"] as string;
    expect(cookie).toMatch(/^causal-token=[\da-f]+\.[\da-f]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/);
    expect(await nameFor(app)).toBe("item 1");
    const sent = { cookie: `a=b; ${cookie.split(";", 1)[0]}; c=d` };
    expect(await nameFor(app, sent)).toBe("posted");
    expect((await app.inject({ url: "/name", headers: sent })).headers["set-cookie"]).toBeUndefined();
  });

  it("another client does, by a header", async () => {
    const { app } = await serve({ causalToken: "header" });
    for (const replica of cluster.replicas) await replica.pauseReplay();
    const { headers } = await app.inject({ method: "POST", url: "/name" });
    expect(headers["set-cookie"]).toBeUndefined();
    expect(await nameFor(app)).toBe("item 1");
    expect(await nameFor(app, { "causal-token": headers["causal-token"] as string })).toBe("posted");
  });

  it("without replicas nothing is added, and a request that only reads cannot write", async () => {
    const { app } = await serve({ session: ({ url }) => ({ readOnly: url === "/name?read" }) }, { replicas: [] });
    expect(Object.keys((await app.inject({ method: "POST", url: "/name" })).headers)).not.toContain("set-cookie");
    const { statusCode, body } = await app.inject({ method: "POST", url: "/name?read" });
    expect([statusCode, body]).toEqual([500, expect.stringContaining("READ_ONLY_TRANSACTION")]);
  });
});

it("tells each replica's state by metrics", async () => {
  const manager = await start({ replicas: [cluster.replicaUrls[0]!, inject("serverUrl")] });
  await read(manager);
  const metrics = new DatabaseMetrics(manager);
  const [host, other] = manager.replicas().map((replica) => replica.host);
  const text = metrics.expose();
  metrics.stop();
  expect(text).toContain(`hypertroq_replica_up{server_address="${host}"} 1\n`);
  expect(text).toContain(`hypertroq_replica_up{server_address="${other}"} 0\n`);
  expect(text).toContain(`hypertroq_replica_lag_seconds{server_address="${host}"} 0\n`);
  expect(text).toContain(`hypertroq_replica_reads_total{server_address="${host}"} 1\n`);
  expect(text).toContain(`hypertroq_replica_fallbacks_total{server_address="${host}"} 0\n`);
});

it("tells by an alert of a replica that serves no reads, and of no primary among them", async () => {
  const manager = await start({ replicas: [cluster.replicaUrls[0]!, cluster.primary.url, inject("serverUrl")] });
  const monitor = new Monitor(manager, { alertInterval: 0, thresholds: { "replica-out": { warning: 0.01 } } });
  await monitor.look();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await monitor.look();
  const told = monitor.alerts().filter(({ id }) => id === "replica-out");
  await monitor.stop();
  expect(told).toMatchObject([{ findings: [{ subject: `replica ${manager.replicas()[2]!.host}` }] }]);
});

it("finds among several hosts the one that target_session_attrs wants", async () => {
  const { username, password, port } = new URL(cluster.primary.url);
  const standby = cluster.replicas[0]!.server.port;
  const portFor = async (wanted: string, hosts = [port, String(standby)]) => {
    const places = hosts.map((each) => `127.0.0.1:${each}`).join(",");
    const url = `postgresql://${username}:${password}@${places}/postgres?target_session_attrs=${wanted}`;
    const connection = await connect(connectOptions({ url }));
    const { rows } = await connection.query("select inet_server_port()");
    await connection.close();
    return rows[0]![0];
  };
  for (const wanted of ["primary", "read-write"])
    expect(await portFor(wanted, [String(standby), port])).toBe(Number(port));
  for (const wanted of ["standby", "read-only", "prefer-standby"]) expect(await portFor(wanted)).toBe(standby);
  for (const wanted of ["any", "prefer-standby"]) expect(await portFor(wanted, [port])).toBe(Number(port));
});

// The last one: nothing streams to or from what is promoted.
it("leaves a standby that is promoted for one that still is a standby, when that is what was asked for", async () => {
  const [first, second] = cluster.replicas;
  const { username, password } = new URL(first!.url);
  const hosts = cluster.replicas.map(({ server }) => `127.0.0.1:${server.port}`).join(",");
  const url = `postgresql://${username}:${password}@${hosts}/postgres?target_session_attrs=standby`;
  const manager = new DatabaseManager({ url, poolSize: 3 });
  managers.push(manager);
  const ports = async (): Promise<unknown[]> => {
    const each = Array.from({ length: 3 }, () => manager.all<{ port: number }>(sql`select inet_server_port() port`));
    return (await Promise.all(each)).map(([row]) => row!.port);
  };
  expect(new Set(await ports())).toEqual(new Set([first!.server.port]));
  await first!.query("select pg_promote()");
  await ports(); // on the connections that there are, which learn of it
  expect(new Set(await ports())).toEqual(new Set([second!.server.port]));
  expect(manager.pool.counters().invalidations).toBe(1);
});
