import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { type ChannelEvent, DatabaseManager, type DatabaseOptions, errors } from "../../src/index.ts";
import { FaultProxy } from "../faults/proxy.ts";
import { hasNoPgBouncer, PgBouncer } from "../poolers/pgbouncer.ts";

let database: TestDatabase;
let proxy: FaultProxy;
const managers: DatabaseManager[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await FaultProxy.start(database.url);
});
afterEach(async () => {
  proxy.restore();
  await Promise.all(managers.splice(0).map((manager) => manager.close({ timeout: 0 })));
});
afterAll(async () => {
  await proxy.close();
  await database.drop();
});

function manage(options: Partial<DatabaseOptions> = {}): DatabaseManager {
  const manager = new DatabaseManager({ url: proxy.url, poolSize: 2, ...options });
  managers.push(manager);
  return manager;
}

type Events = AsyncGenerator<ChannelEvent, void, undefined>;
const LISTENING = { value: { kind: "listening" }, done: false };
const payload = (text: string) => ({
  value: expect.objectContaining({ kind: "notification", payload: text }),
  done: false,
});
const OVER = { value: undefined, done: true };

/** Server processes that listen, and what they last ran. */
const listeners = (): Promise<{ pid: number; query: string }[]> =>
  database.query(`select pid, query from pg_stat_activity
    where datname = current_database() and application_name = 'hypertroq listen'`);

async function listening(manager: DatabaseManager, channel: string, signal?: AbortSignal): Promise<Events> {
  const events = manager.listen(channel, { signal });
  expect(await events.next()).toEqual(LISTENING);
  return events;
}

describe("a channel", () => {
  it("is heard from when it says so, by what is committed only, and in order", async () => {
    const manager = manage();
    const events = await listening(manager, "news");
    await manager.notify("news", "one");
    await manager.session(async (db) => {
      await db.notify("news", "two");
      await db.notify("news", "two");
      await db.notify("other", "not for us");
    });
    await manager
      .session(async (db) => {
        await db.notify("news", "never happened");
        throw new Error("no");
      })
      .catch(() => {});
    await manager.session(async (db) => {
      await db
        .transaction(() => db.notify("news", "inside").then(() => Promise.reject(new Error("no"))))
        .catch(() => {});
      await db.notify("news");
    });
    expect(await events.next()).toEqual(payload("one"));
    expect(await events.next()).toEqual(payload("two"));
    expect(await events.next()).toEqual(payload(""));
    await events.return();
  });

  it("may have any name that PostgreSQL can have, and payloads up to its limit", async () => {
    const manager = manage();
    const long = "ä".repeat(31);
    for (const name of ["Select", 'a"b; drop table x --', "日本", long]) {
      const events = await listening(manager, name);
      await manager.notify(name, name);
      expect(await events.next()).toEqual(payload(name));
      await events.return();
    }
    const events = await listening(manager, "big");
    await manager.notify("big", "x".repeat(7999));
    expect(await events.next()).toEqual(payload("x".repeat(7999)));
    for (const attempt of [
      () => manager.notify("big", "x".repeat(8000)),
      () => manager.notify("big", "ä".repeat(4000)),
      () => manager.notify("", "x"),
      () => manager.notify("ä".repeat(32), "x"),
      () => manager.notify("a\0b", "x"),
      () => manager.listen("ä".repeat(32)).next(),
      () => manager.listen("").next(),
    ]) {
      await expect(attempt()).rejects.toBeInstanceOf(errors.DefinitionError);
    }
  });

  it("shares one connection with all others, which is not the pool's, and is closed after the last", async () => {
    const manager = manage({ poolSize: 1 });
    const many = await Promise.all(["a", "b", "c", "a"].map((channel) => listening(manager, channel)));
    expect(await listeners()).toHaveLength(1);
    expect(manager.pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0 });
    await manager.notify("a", "both");
    expect(await many[0]!.next()).toEqual(payload("both"));
    expect(await many[3]!.next()).toEqual(payload("both"));
    await many[0]!.return();
    await manager.notify("a", "the other");
    expect(await many[3]!.next()).toEqual(payload("the other"));
    await many[3]!.return();
    await expect.poll(async () => (await listeners())[0]?.query).toBe('unlisten "a"');
    const again = await listening(manager, "a");
    await manager.notify("a", "again");
    expect(await again.next()).toEqual(payload("again"));
    for (const events of [again, many[1]!, many[2]!]) await events.return();
    await expect.poll(listeners).toEqual([]);
    const late = await listening(manager, "a");
    await late.return();
  });

  it("ends without an error when its signal is aborted, the loop is left or the manager closes", async () => {
    const manager = manage();
    const abort = new AbortController();
    const aborted = await listening(manager, "a", abort.signal);
    const left = await listening(manager, "a");
    const closed = await listening(manager, "b");
    const waiting = aborted.next();
    abort.abort();
    expect(await waiting).toEqual(OVER);
    expect(await manager.listen("a", { signal: abort.signal }).next()).toEqual(OVER);
    expect(await left.return()).toEqual(OVER);
    const last = closed.next();
    await manager.close();
    expect(await last).toEqual(OVER);
    await expect(manager.listen("a").next()).rejects.toBeInstanceOf(errors.PoolClosed);
    await expect.poll(listeners).toEqual([]);
  });

  it("cannot be listened on once the manager is closed, also where nobody had listened before", async () => {
    const manager = manage();
    await manager.close();
    await expect(manager.listen("late").next()).rejects.toBeInstanceOf(errors.PoolClosed);
    expect(await listeners()).toEqual([]);
  });

  it("begins anew for somebody who takes more slowly than is sent", async () => {
    const manager = manage();
    const events = await listening(manager, "flood");
    await manager.sql`select pg_notify('flood', i::text) from generate_series(1, 12000) i`;
    const other = await listening(manager, "flood");
    await manager.notify("flood", "last");
    for await (const event of other) if (event.kind === "notification" && event.payload === "last") break;
    const taken: ChannelEvent[] = [];
    for await (const event of events) {
      taken.push(event);
      if (event.kind === "notification" && event.payload === "last") break;
    }
    expect(taken[0]).toEqual({ kind: "listening" });
    expect(taken.length).toBeLessThan(10_000);
  });
});

describe("a connection that is lost", () => {
  const losses: readonly (readonly [name: string, lose: () => Promise<unknown> | unknown])[] = [
    [
      "ended by the server",
      async () => await database.query(`select pg_terminate_backend(${(await listeners())[0]!.pid})`),
    ],
    ["reset by the network", () => proxy.cut("rst")],
    ["closed halfway", () => proxy.cut("fin")],
    ["silent from now on", () => proxy.inflict({ toClient: "swallow", toServer: "swallow" }, "existing")],
  ];
  for (const [name, lose] of losses) {
    it(`is made again when it is ${name}, with all channels, and everybody is told`, async () => {
      const manager = manage({ watchdog: 0.3 });
      const direct = manage({ url: database.url });
      const all = await Promise.all(["a", "b", "a"].map((channel) => listening(manager, channel)));
      await lose();
      for (const events of all) expect(await events.next()).toEqual(LISTENING);
      await direct.notify("a", "after");
      await direct.notify("b", "after");
      for (const events of all) expect(await events.next()).toEqual(payload("after"));
    });
  }

  it("is tried again for as long as the server is away, and those who come meanwhile are served too", async () => {
    const manager = manage();
    const early = await listening(manager, "a");
    proxy.refuse();
    proxy.cut("rst");
    const late = manager.listen("b").next();
    await expect.poll(() => proxy.accepted).toBeGreaterThan(4);
    proxy.restore();
    expect(await early.next()).toEqual(LISTENING);
    expect(await late).toEqual(LISTENING);
  });

  it("ends the loop with the reason when trying again cannot help", async () => {
    const url = new URL(database.url);
    url.password = "wrong";
    await expect(manage({ url: url.href }).listen("a").next()).rejects.toMatchObject({ sqlState: "28P01" });
  });

  it("loses nothing for who reads anew whenever told to", async () => {
    await database.query("create table orders (id int generated always as identity primary key)");
    const writer = manage({ url: database.url });
    const reader = manage({ watchdog: 0.2 });
    const seen = new Set<string>();
    const abort = new AbortController();
    let begun = 0;
    const mirror = (async () => {
      for await (const event of reader.listen("orders", { signal: abort.signal })) {
        if (event.kind === "notification") seen.add(event.payload);
        else {
          begun += 1;
          for (const { id } of await writer.sql<{ id: number }>`select id from orders`) seen.add(`${id}`);
        }
      }
    })();
    await expect.poll(() => begun).toBe(1);
    let cuts = 0;
    const ids: string[] = [];
    while (begun < 5) {
      await writer.session(async (db) => {
        const [order] = await db.sql<{ id: number }>`insert into orders default values returning id`;
        await db.notify("orders", `${order!.id}`);
        ids.push(`${order!.id}`);
      });
      // In the middle of what is sent.
      if (ids.length % 20 === 0 && cuts < begun) {
        cuts = begun;
        proxy.cut(cuts % 2 === 0 ? "rst" : "fin");
      }
    }
    await expect.poll(() => seen.size).toBe(ids.length);
    expect([...seen].sort()).toEqual(ids.sort());
    abort.abort();
    await mirror;
  });
});

describe.skipIf(hasNoPgBouncer)("behind PgBouncer in transaction mode", () => {
  it("goes by directUrl, and without one is refused", async () => {
    await using pooler = await PgBouncer.start(database.url, { mode: "transaction", size: 2 });
    const manager = manage({ url: pooler.url, directUrl: database.url });
    const events = await listening(manager, "a");
    await manager.session((db) => db.notify("a", "through the pooler"));
    expect(await events.next()).toEqual(payload("through the pooler"));
    await expect(manage({ url: pooler.url }).listen("a").next()).rejects.toMatchObject({
      code: "TRANSACTION_POOLER",
      message: expect.stringContaining("DIRECT_URL"),
    });
    await events.return();
    await Promise.all(managers.splice(0).map((each) => each.close()));
  });
});
