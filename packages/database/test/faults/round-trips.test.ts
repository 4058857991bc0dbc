import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  BaseModel,
  DatabaseManager,
  type DatabaseOptions,
  errors,
  repository,
  type Session,
  select,
  sql,
  varchar,
} from "../../src/index.ts";
import { FaultProxy } from "./proxy.ts";

class User extends BaseModel.define({ email: varchar(255).index({ unique: true }) }) {}

let database: TestDatabase;
let proxy: FaultProxy;
const managers: DatabaseManager[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(
    "create table users (id uuid primary key, created_at timestamptz not null default now(), updated_at timestamptz not null default now(), email varchar(255) not null unique)",
  );
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.query("truncate users");
  await database.query("insert into users (id, email) values (gen_random_uuid(), 'a@example.com')");
  proxy = await FaultProxy.start(database.url);
});
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.close({ timeout: 0 })));
  await proxy.close();
});

/** A manager whose connections pass the proxy. */
function manage(options: Partial<DatabaseOptions> = {}): DatabaseManager {
  const manager = new DatabaseManager({ url: proxy.url, poolSize: 1, poolTimeout: 10, ...options });
  managers.push(manager);
  return manager;
}

/** The flights that `work` sends on a warm connection: it has run three times before. */
const flightsOf = (work: () => Promise<unknown>) => proxy.recording.flightsOf(work);

const byEmail = (email: string) => select(User).where(User.c.email.eq(email));
let serial = 0;
const newUser = (): User => new User({ email: `${++serial}@example.com` });
const users = async (): Promise<number> => (await database.query("select 1 from users")).length;

describe("round trips, counted at the wire:", () => {
  it("a request with one whitelisted read makes one", async () => {
    const manager = manage();
    const flights = await flightsOf(() =>
      manager.session(async (db) => {
        expect(await db.first(byEmail("a@example.com"))).toMatchObject({ email: "a@example.com" });
      }),
    );
    expect(flights).toEqual([[byEmail("").compile("first").text]]);
  });

  it("a request with three whitelisted reads makes three, one each", async () => {
    const manager = manage();
    const flights = await flightsOf(() =>
      manager.session(async (db) => {
        await db.first(byEmail("a@example.com"));
        await db.exists(byEmail("a@example.com"));
        await db.count(byEmail("a@example.com"));
      }),
    );
    expect(flights).toHaveLength(3);
    expect(flights.flat()).toHaveLength(3);
  });

  it("a session with one write makes two, BEGIN and the statement travelling together", async () => {
    const manager = manage();
    const flights = await flightsOf(() => manager.session((db) => db.add(newUser())));
    expect(flights.map((flight) => flight.map((text) => text.split(" ")[0]))).toEqual([
      ["begin", "insert"],
      ["commit"],
    ]);
    expect(await users()).toBe(5);
  });

  it("a write outside a session makes one, which is its own transaction", async () => {
    const manager = manage();
    const flights = await flightsOf(() => repository(User).create(manager, { email: `${++serial}@example.com` }));
    expect(flights.map((flight) => flight.map((text) => text.split(" ")[0]))).toEqual([["insert"]]);
    expect(await users()).toBe(5);
  });

  it("a read outside a session makes one", async () => {
    const manager = manage();
    expect(await flightsOf(() => manager.first(byEmail("a@example.com")))).toHaveLength(1);
    expect(await flightsOf(() => manager.all(sql`select now()`))).toHaveLength(1);
  });

  it("pre-ping adds none", async () => {
    const work = (manager: DatabaseManager) => async () => {
      await manager.session((db) => db.first(byEmail("a@example.com")));
      await manager.session((db) => db.add(newUser()));
      await repository(User).create(manager, { email: `${++serial}@example.com` });
    };
    const withIt = await flightsOf(work(manage({ prePing: true })));
    const without = await flightsOf(work(manage({ prePing: false })));
    expect(withIt).toEqual(without);
    expect(withIt).toHaveLength(4);
  });

  it("savepoints add none of their own", async () => {
    const manager = manage();
    const add = async (db: Session): Promise<void> => void (await db.add(newUser()));
    const plain = await flightsOf(() =>
      manager.session(async (db) => {
        await add(db);
        await add(db);
        await add(db);
        await add(db);
      }),
    );
    const nested = await flightsOf(() =>
      manager.session(async (db) => {
        await db.transaction(add); // the first statement of the session
        await db.transaction(async () => {
          await add(db);
          await db.transaction(add);
        });
        await add(db);
      }),
    );
    expect(plain).toHaveLength(5);
    expect(nested).toHaveLength(plain.length);
    const count = (word: string): number => nested.flat().filter((text) => text.startsWith(word)).length;
    expect([count("savepoint"), count("release")]).toEqual([3, 3]);
  });

  it("a savepoint that fails adds its rollback at most, and an empty one nothing", async () => {
    const manager = manage();
    const failing = await flightsOf(() =>
      manager.session(async (db) => {
        await db.add(newUser());
        await db.transaction(() => db.sql`select 1 / 0`).catch(() => {});
        await db.add(newUser());
      }),
    );
    expect(failing.length).toBeLessThanOrEqual(5);
    expect(failing.flat().filter((text) => text.startsWith("rollback to savepoint"))).toHaveLength(1);
    const empty = await flightsOf(() =>
      manager.session(async (db) => {
        await db.add(newUser());
        await db.transaction(async () => {});
      }),
    );
    expect(empty).toHaveLength(2);
  });

  it("five statements issued together in one session share flights, and each gets its own answer", async () => {
    const manager = manage();
    const flights = await flightsOf(() =>
      manager.session(async (db) => {
        const ask = (n: number): Promise<{ n: number }[]> => db.sql`select ${n}::int as n, now()`;
        const answers = await Promise.all([1, 2, 3, 4, 5].map(ask));
        expect(answers.map(([row]) => row!.n)).toEqual([1, 2, 3, 4, 5]);
      }),
    );
    expect(flights.length).toBe(2); // BEGIN and all five, COMMIT
    expect(flights.flat()).toHaveLength(7);
  });

  it("a session that runs no statement makes none, and opens no connection", async () => {
    const manager = manage();
    await manager.session(async (db) => db.afterCommit(() => {}));
    expect(proxy.accepted).toBe(0);
  });

  it("a session that rolls back makes as many as one that commits", async () => {
    const manager = manage();
    const flights = await flightsOf(() =>
      manager
        .session(async (db) => {
          await db.add(newUser());
          throw new Error("no");
        })
        .catch(() => {}),
    );
    expect(flights.map((flight) => flight.map((text) => text.split(" ")[0]))).toEqual([
      ["begin", "insert"],
      ["rollback"],
    ]);
    expect(await users()).toBe(1);
  });
});

describe("statements", () => {
  it("are parsed once per connection and described once", async () => {
    const manager = manage({ poolSize: 3 });
    const work = (): Promise<void> =>
      manager.session(async (db) => {
        await db.first(byEmail("a@example.com"));
        await db.add(newUser());
        await db.transaction(() => db.sql`select pg_sleep(0.01), ${1}::int`);
      });
    for (let round = 0; round < 5; round++) await Promise.all([work(), work(), work()]);
    expect(proxy.recording.count("startup")).toBe(3);
    for (const type of ["parse", "describe"] as const) {
      const seen = proxy.recording.messages.filter((message) => message.type === type && message.name !== "");
      const keys = seen.map(({ link, text }) => `${link} ${text}`);
      expect([type, keys.length]).toEqual([type, new Set(keys).size]);
    }
    const executed = proxy.recording.messages.filter(({ type, name }) => type === "bind" && name !== "");
    expect(executed.length).toBeGreaterThanOrEqual(5 * 3 * 6);
  });

  it("are neither parsed nor described on a warm connection", async () => {
    const manager = manage();
    const flights = await flightsOf(async () => {
      await manager.session((db) => db.first(byEmail("a@example.com")));
      await manager.session((db) => db.add(newUser()));
    });
    expect(flights).toHaveLength(3);
    expect([proxy.recording.count("parse"), proxy.recording.count("describe")]).toEqual([0, 0]);
  });

  it("have no names when the cache is 0, for poolers that cannot keep them", async () => {
    const manager = manage({ statementCacheSize: 0 });
    await flightsOf(() => manager.session((db) => db.first(byEmail("a@example.com"))));
    const named = proxy.recording.messages.filter(({ type, name }) => (type === "parse" || type === "bind") && name);
    expect(named).toEqual([]);
    expect(proxy.recording.count("parse")).toBe(1);
  });

  it("are closed on the server when the cache has no room for them", async () => {
    const manager = manage({ statementCacheSize: 4 });
    const run = (n: number): Promise<unknown> =>
      manager.first(sql`select ${sql.id(`n${n}`)} from (select 1 as ${sql.id(`n${n}`)}) as t`);
    for (let n = 0; n < 20; n++) await run(n);
    const [row] = await manager.sql<{ n: number }>`select count(*)::int as n from pg_prepared_statements`;
    expect(row!.n).toBe(5); // the one that this very statement pushed out is closed with the next flight
    expect(proxy.recording.count("close")).toBeGreaterThanOrEqual(16);
    await run(0);
  });

  it("never travel by the simple protocol", async () => {
    const manager = manage();
    await manager.session((db) => db.sql`select 1`);
    await manager.ping();
    await manager.session((db) => db.add(newUser()), { isolation: "serializable" });
    await manager
      .session(async (db) => {
        await db.sql`select 1 / 0`;
      })
      .catch(() => {});
    await manager.ping();
    expect(proxy.recording.count("query")).toBe(0);
  });
});

describe("an aborted", () => {
  /** One CancelRequest; it is repeated, after a pause, when the server is slow to act on it, as on a busy machine. */
  const cancelledOnce = (): void => {
    expect(proxy.recording.count("cancel")).toBeGreaterThanOrEqual(1);
    expect(proxy.recording.count("cancel")).toBeLessThanOrEqual(3);
  };
  const asleep = (): Promise<unknown> =>
    expect
      .poll(() =>
        database.query(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep' and state = 'active'",
        ),
      )
      .toHaveLength(1);

  it("statement sends one CancelRequest, and the connection is used again", async () => {
    const manager = manage();
    await manager.ping();
    const abort = new AbortController();
    const work = manager.session((db) => db.sql`select pg_sleep(30)`, { signal: abort.signal });
    await asleep();
    abort.abort();
    abort.abort();
    await expect(work).rejects.toBeInstanceOf(errors.QueryCanceled);
    cancelledOnce();
    await manager.ping();
    expect(proxy.recording.count("startup")).toBe(1);
    expect(manager.pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0 });
  });

  it("whitelisted read sends one CancelRequest", async () => {
    const manager = manage();
    await manager.session((db) => db.first(byEmail("a@example.com")));
    const lock = new DatabaseManager({ url: database.url });
    managers.push(lock);
    const holder = lock.open();
    await holder.sql`lock table users in access exclusive mode`;
    const abort = new AbortController();
    const work = manager.session((db) => db.first(byEmail("a@example.com")), { signal: abort.signal });
    await expect
      .poll(() =>
        database.query(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        ),
      )
      .toHaveLength(1);
    abort.abort();
    await expect(work).rejects.toBeInstanceOf(errors.QueryCanceled);
    cancelledOnce();
    await holder.rollback();
    await manager.session((db) => db.first(byEmail("a@example.com")));
    expect(proxy.recording.count("startup")).toBe(1);
  });

  it("signal sends nothing when no statement of its session runs", async () => {
    const manager = manage();
    const abort = new AbortController();
    abort.abort(new Error("before"));
    await expect(manager.session((db) => db.sql`select 1`, { signal: abort.signal })).rejects.toThrow("before");
    const later = new AbortController();
    await manager.session((db) => db.sql`select 1`, { signal: later.signal });
    later.abort();
    await manager.ping();
    expect(proxy.recording.count("cancel")).toBe(0);
  });
});
