import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  BaseModel,
  DatabaseManager,
  type DatabaseOptions,
  errors,
  insert,
  type Session,
  select,
  sql,
  varchar,
} from "../../src/index.ts";
import { FaultProxy } from "../faults/proxy.ts";
import { hasNoPgBouncer, PgBouncer } from "./pgbouncer.ts";

class Entry extends BaseModel.define({ line: varchar(40) }) {}

const SETTINGS = {
  statementTimeout: 7,
  lockTimeout: 3,
  serverSettings: { TimeZone: "Asia/Tokyo", "app.name": "shop" },
};
const CURRENT = sql<Record<string, string | null>>`select current_setting('statement_timeout') as statement,
  current_setting('lock_timeout') as lock, current_setting('TimeZone') as zone,
  nullif(current_setting('app.name', true), '') as app, current_setting('application_name') as application`;
const WANTED = { statement: "7s", lock: "3s", zone: "Asia/Tokyo", app: "shop", application: "shop-api" };

describe.skipIf(hasNoPgBouncer)("behind PgBouncer 1.18 in transaction mode", () => {
  let database: TestDatabase;
  let pooler: PgBouncer;
  /** Between the layer and the pooler, to see what is sent. */
  let proxy: FaultProxy;
  const managers: DatabaseManager[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query(`create table entries (id uuid primary key, created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(), line varchar(40) not null)`);
    pooler = await PgBouncer.start(database.url, { mode: "transaction", size: 2 });
    proxy = await FaultProxy.start(pooler.url);
  });
  beforeEach(async () => {
    await database.query("truncate entries");
  });
  afterEach(async () => {
    proxy.restore();
    await Promise.all(managers.splice(0).map((manager) => manager.close({ timeout: 0 })));
  });
  afterAll(async () => {
    await proxy.close();
    await pooler[Symbol.asyncDispose]();
    await database.drop();
  });

  function manage(options: Partial<DatabaseOptions> = {}): DatabaseManager {
    const manager = new DatabaseManager({ url: proxy.url, poolSize: 8, ...options });
    managers.push(manager);
    return manager;
  }

  /** What `work` sends on a warm connection. */
  async function flightsOf(work: () => Promise<unknown>): Promise<readonly (readonly string[])[]> {
    const flights = await proxy.recording.flightsOf(work);
    return flights.map((texts) => texts.map((text) => text.replace(/^select set_config.*/, "settings")));
  }

  const names = (type: "parse" | "bind"): readonly (string | undefined)[] =>
    proxy.recording.messages.filter((message) => message.type === type).map(({ name }) => name);

  it("has the connection's settings in every transaction, and leaves none to others", async () => {
    const manager = manage({ ...SETTINGS, applicationName: "shop-api" });
    const other = manage();
    for (let round = 0; round < 5; round++) {
      const seen = await Promise.all([
        manager.one(CURRENT),
        manager.session((db) => db.one(CURRENT)),
        manager.session((db) => db.one(CURRENT), { isolation: "serializable", readOnly: true }),
        manager.session((db) => db.transaction((inner) => inner.one(CURRENT))),
      ]);
      expect(seen).toEqual([WANTED, WANTED, WANTED, WANTED]);
      const others = await Promise.all([other.one(CURRENT), other.session((db) => db.one(CURRENT))]);
      for (const each of others) {
        expect(each).toMatchObject({ statement: "0", lock: "0", app: null, application: "hypertroq" });
        expect(each["zone"]).not.toBe("Asia/Tokyo");
      }
    }
    const [direct] = await database.query("select current_setting('statement_timeout') as timeout");
    expect(direct).toEqual({ timeout: "0" });
  });

  it("lets a session's own limits go before those of the connection", async () => {
    const manager = manage(SETTINGS);
    const own = { statementTimeout: 2, context: { "app.name": "till" } };
    expect(await manager.session((db) => db.one(CURRENT), own)).toMatchObject({
      statement: "2s",
      lock: "3s",
      app: "till",
    });
    expect(await manager.session((db) => db.one(CURRENT))).toMatchObject({ statement: "7s", app: "shop" });
  });

  it("has its timeouts in effect", async () => {
    const manager = manage({ statementTimeout: 0.2 });
    await expect(manager.sql`select pg_sleep(60)`).rejects.toMatchObject({ code: "QUERY_CANCELED" });
    await expect(manager.session((db) => db.sql`select pg_sleep(60)`)).rejects.toMatchObject({
      code: "QUERY_CANCELED",
    });
    const patient = manage({ statementTimeout: 0.2 });
    await patient.session((db) => db.sql`select pg_sleep(0.4)`, { statementTimeout: 60 });
  });

  it("reads values as everywhere, whatever a server that it is lent is set to", async () => {
    await database.query(`alter database ${database.name} set bytea_output = 'escape'`);
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    const manager = manage({ poolSize: 1 });
    const [row] =
      await manager.sql`select '\\x00ff'::bytea as bytes, 0.1::float8 + 0.2 as sum, '1 day'::interval as day`;
    expect(row).toEqual({ bytes: Buffer.from([0, 255]), sum: 0.1 + 0.2, day: "1 day" });
  });

  it("makes no further round trip, and prepares nothing that stays", async () => {
    const manager = manage({ poolSize: 1 });
    const read = select(Entry);
    const text = read.compile("first").text;
    expect(await flightsOf(() => manager.session((db) => db.first(read)))).toEqual([["settings", text]]);
    expect(await flightsOf(() => manager.first(read))).toEqual([["settings", text]]);
    expect(await flightsOf(() => manager.session((db) => db.sql`select 1`))).toEqual([
      ["begin", "settings", "select 1"],
      ["commit"],
    ]);
    expect(new Set(names("parse"))).toEqual(new Set([""]));
    expect(await flightsOf(() => manager.session((db) => db.sql`select 1`, { isolation: "repeatable read" }))).toEqual([
      ["begin isolation level repeatable read", "settings", "select 1"],
      ["commit"],
    ]);
  });

  it("keeps statements prepared where the pooler is said to look after them", async () => {
    const manager = manage({ ...SETTINGS, poolSize: 1, pooler: "transaction-prepared" });
    await flightsOf(() => manager.first(select(Entry)));
    expect(names("parse")).toEqual([]);
    expect(names("bind")).not.toContain("");
    expect(await manager.one(CURRENT)).toMatchObject({ statement: "7s", app: "shop" });
  });

  it("has what lasts as long as a transaction", async () => {
    const manager = manage();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        manager.session(async (db) => {
          await db.sql`create temp table t on commit drop as select ${i}::int as i`;
          await db.sql`select pg_advisory_xact_lock(1)`;
          await db.sql`set local app.name = 'local'`;
          await db.execute(insert(Entry, { line: `${i}` }));
          const [row] = await db.sql<{ i: number }>`select i from t`;
          expect(row).toEqual({ i });
          await db
            .transaction(async () => await db.sql`select 1 / 0`)
            .catch((error: unknown) => {
              expect(error).toBeInstanceOf(errors.DataError);
            });
          expect((await db.one(CURRENT))["app"]).toBe("local");
        }),
      ),
    );
    expect(await manager.count(select(Entry))).toBe(20);
    expect((await manager.one(CURRENT))["app"]).toBeNull();
  });

  it("streams by a cursor, and copies in and out", async () => {
    const manager = manage();
    const lines = Array.from({ length: 1200 }, (_, i) => ({ line: `line ${i}` }));
    expect(await manager.copyIn(Entry, lines)).toBe(1200);
    let streamed = 0;
    for await (const _ of manager.stream(select(Entry), { batch: 100 })) streamed += 1;
    expect(streamed).toBe(1200);
    const csv: Buffer[] = [];
    for await (const bytes of manager.copyOut(select({ line: Entry.c.line }).from(Entry))) csv.push(bytes);
    expect(Buffer.concat(csv).toString().split("\n")).toHaveLength(1201);
  });

  it("cancels a statement, and nobody else's", async () => {
    const manager = manage();
    const abort = new AbortController();
    const victim = manager.session((db) => db.sql`select pg_sleep(60)`, { signal: abort.signal });
    const others = Array.from({ length: 5 }, () => manager.sql`select pg_sleep(0.3)`);
    await expect
      .poll(() => database.query("select 1 from pg_stat_activity where query like 'select pg_sleep(60)%'"))
      .toHaveLength(1);
    abort.abort();
    await expect(victim).rejects.toMatchObject({ code: "QUERY_CANCELED" });
    await Promise.all(others);
  });

  it("runs alone what no transaction may hold", async () => {
    await manage(SETTINGS).sql`vacuum entries`;
    await manage(SETTINGS).sql`/* nightly */ -- as ever
      vacuum entries`;
    await manage(SETTINGS).sql`create index concurrently lines on entries (line)`;
  });

  it("sends the first statement again when the server was gone before it", async () => {
    const manager = manage({ poolSize: 1 });
    await manager.first(select(Entry));
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    expect(await manager.first(select(Entry))).toBeUndefined();
    expect(await manager.session((db) => db.one(sql`select 1 as one`))).toEqual({ one: 1 });
  });

  const left: readonly (readonly [name: string, run: (db: Session | DatabaseManager) => Promise<unknown>])[] = [
    ["SET", (db) => db.sql`set statement_timeout = 1`],
    ["SET ROLE", (db) => db.sql`/* as */ set role postgres`],
    ["set_config for the session", (db) => db.sql`select set_config('app.name', ${"x"}, false)`],
    ["RESET", (db) => db.sql`reset all`],
    ["a session's advisory lock", (db) => db.sql`select pg_advisory_lock(1)`],
    ["a session's advisory lock, tried", (db) => db.sql`select pg_try_advisory_lock_shared(1)`],
    ["a temporary table", (db) => db.sql`create temp table kept (a int)`],
    ["a temporary view", (db) => db.sql`create temporary view kept as select 1`],
    ["LISTEN", (db) => db.sql`listen news`],
    ["LISTEN behind a comment", (db) => db.sql`-- isn't it\n listen news`],
    ["a cursor with hold", (db) => db.sql`declare c cursor with hold for select 1`],
    ["PREPARE", (db) => db.sql`prepare p as select 1`],
    ["DISCARD", (db) => db.sql`discard all`],
  ];
  for (const [name, run] of left) {
    it(`refuses ${name}, and sends nothing`, async () => {
      const manager = manage({ poolSize: 1 });
      await manager.ping();
      proxy.recording.clear();
      const refusal = { code: "TRANSACTION_POOLER", message: expect.stringMatching(/does not hold there\. \w/) };
      await expect(run(manager)).rejects.toMatchObject(refusal);
      await expect(manager.session(run)).rejects.toMatchObject(refusal);
      expect(
        proxy.recording.flights.flat().filter((text) => /kept|lock|listen|timeout =|app.name|prepare/.test(text)),
      ).toEqual([]);
    });
  }

  it("goes on with the transaction after a refusal that was caught, and not past one at its beginning", async () => {
    const manager = manage({ poolSize: 1 });
    await manager.session(async (db) => {
      await db.execute(insert(Entry, { line: "kept" }));
      await expect(db.sql`set statement_timeout = 1`).rejects.toBeInstanceOf(errors.TransactionPooler);
      await db.execute(insert(Entry, { line: "too" }));
    });
    expect(await manager.count(select(Entry))).toBe(2);
    const work = manager.session(async (db) => {
      await db.sql`set statement_timeout = 1`.catch(() => {});
      await db.execute(insert(Entry, { line: "by itself" }));
    });
    await expect(work).rejects.toBeInstanceOf(errors.TransactionEnded);
    expect(await manager.count(select(Entry))).toBe(2);
  });

  it("sees no difference in what only looks like it", async () => {
    const manager = manage();
    await manager.sql`select 'set x; pg_advisory_lock(1)' as text -- reset`;
    await manager.sql`select $$ pg_advisory_lock(1) $$ as "pg_advisory_lock(1)"`;
    await manager.sql`update entries set line = 'x'`;
    await manager.sql`select set_config('app.name', 'x', true)`;
    await manager.sql`create temp table gone (a int) on commit drop`;
  });
});

describe.skipIf(hasNoPgBouncer)("behind PgBouncer in session mode", () => {
  it("is like without one, when it is said that the mode is this", async () => {
    await using database = await createTestDatabase();
    await using pooler = await PgBouncer.start(database.url, { mode: "session", size: 2 });
    await using proxy = await FaultProxy.start(pooler.url);
    const manager = new DatabaseManager({ url: proxy.url, poolSize: 1, pooler: "session", ...SETTINGS });
    try {
      expect(await manager.one(CURRENT)).toMatchObject({ statement: "7s", lock: "3s", app: "shop" });
      await manager.sql`create temp table kept (a int)`;
      await manager.sql`select pg_advisory_lock(1)`;
      for (let i = 0; i < 2; i++) await manager.sql`select a from kept`;
      proxy.recording.clear();
      await manager.sql`select a from kept`;
      expect(proxy.recording.flights).toEqual([["select a from kept"]]);
      expect(proxy.recording.messages.find(({ type }) => type === "bind")?.name).not.toBe("");
    } finally {
      await manager.close();
    }
  });
});

describe.skipIf(hasNoPgBouncer)("what PgBouncer says by itself", () => {
  let database: TestDatabase;
  let pooler: PgBouncer;
  let server: FaultProxy;
  const managers: DatabaseManager[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await FaultProxy.start(database.url);
    const lines = ["max_client_conn = 2", "query_wait_timeout = 4"];
    pooler = await PgBouncer.start(server.url, { mode: "transaction", size: 1, lines });
  });
  afterEach(async () => {
    await Promise.all(managers.splice(0).map((manager) => manager.close({ timeout: 0 })));
  });
  afterAll(async () => {
    await pooler[Symbol.asyncDispose]();
    await server.close();
    await database.drop();
  });

  function manage(change: (url: URL) => void = () => {}): DatabaseManager {
    const url = new URL(pooler.url);
    change(url);
    const manager = new DatabaseManager({ url: url.href, poolSize: 1, connectRetry: 20, slowQueryMs: -1 });
    managers.push(manager);
    return manager;
  }

  it("of a wrong password or database is a reason to fail at once", async () => {
    const wrong = manage((url) => {
      url.password = "wrong";
    });
    await expect(wrong.ping()).rejects.toMatchObject({ code: "CONNECTION_FAILED", sqlState: "28P01" });
    const nowhere = manage((url) => {
      url.pathname = "/nowhere";
    });
    await expect(nowhere.ping()).rejects.toMatchObject({ code: "CONNECTION_FAILED", sqlState: "3D000" });
  });

  it("of too many clients is a reason to try again", async () => {
    const [first, second] = [manage(), manage()];
    await Promise.all([first.ping(), second.ping()]);
    const third = manage().ping({ timeout: 30 });
    await first.close();
    await third;
  });

  it("of a wait that was too long means that nothing has happened", async () => {
    const [holder, waiter] = [manage(), manage()];
    await database.query("create table waits (a int)");
    await waiter.ping();
    await holder.session(async (db) => {
      await db.sql`select 1`; // has the only server
      await expect(waiter.sql`insert into waits values (1)`).rejects.toMatchObject({
        code: "CONNECTION_LOST",
        wasSent: false,
        message: expect.stringContaining("query_wait_timeout"),
      });
    });
    expect(await database.query("select a from waits")).toEqual([]);
  });

  it("of a server behind it that is away is nothing: it waits, and so do we", async () => {
    const manager = manage();
    await manager.ping();
    server.refuse();
    server.cut("rst");
    const read = manager.sql`select 1`;
    await expect
      .poll(() =>
        database.query("select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"),
      )
      .toEqual([]);
    server.restore();
    await read;
  });
});
