import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { BaseModel, DatabaseManager, type DatabaseOptions, repository, varchar } from "../../src/index.ts";
import { Monitor, type MonitorEvent, type MonitorOptions } from "../../src/monitoring/index.ts";

class User extends BaseModel.define({ email: varchar(255).unique() }) {}

let database: TestDatabase;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`create table users (id uuid primary key, created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(), email varchar(255) not null unique)`);
});
afterAll(() => database.drop());
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function watched(options: MonitorOptions = {}, database_: Partial<DatabaseOptions> = {}) {
  const logged: (readonly [Record<string, unknown>, string])[] = [];
  const log = (facts: object, message: string): void => void logged.push([facts as Record<string, unknown>, message]);
  const logger = { debug() {}, info: log, warn: log, error: log };
  const manager = new DatabaseManager({ url: database.url, slowQueryMs: 60_000, ...database_ });
  const monitor = new Monitor(manager, { logger, alertInterval: 0, ...options });
  cleanups.push(
    () => manager.close(),
    () => monitor.stop(),
  );
  return { manager, monitor, logged };
}

const repeatedly = "a session sends one statement again and again; can one do the work of all?";

describe("samples", () => {
  it("say what each interval was like, and the ring keeps the last ones", async () => {
    const { manager, monitor } = watched({ sampleInterval: 0.02, samples: 5 });
    const events: MonitorEvent[] = [];
    const stop = monitor.subscribe((event) => events.push(event));
    await manager.session(async (db) => {
      await db.sql`select generate_series(1, 7)`;
      await db.sql`select pg_sleep(0.05)`;
    });
    await manager.sql`select 1/0`.catch(() => {});
    monitor.start();
    await expect.poll(() => events.length).toBeGreaterThan(7);
    stop();
    const [first] = events;
    if (first?.kind !== "sample") throw new Error("no sample");
    expect(first.sample).toMatchObject({ statements: 3, errors: 1, transactions: 1, rows: 8 });
    expect(first.sample.pool).toMatchObject({ size: 20, checkedOut: 0, waiting: 0, max: 20 });
    expect(first.sample.latency.longest).toBeGreaterThanOrEqual(50);
    expect(first.sample.latency.p99).toBe(first.sample.latency.longest);
    expect(first.sample.latency.p50).toBeLessThanOrEqual(first.sample.latency.p95);
    expect(monitor.samples()).toHaveLength(5);
    expect(monitor.samples().at(-1)).toMatchObject({ statements: 0, perSecond: 0, latency: { p99: 0 } });
  });

  it("know who waited for a connection", async () => {
    const { manager, monitor } = watched({ sampleInterval: 0.02 }, { poolSize: 1 });
    await Promise.all([manager.sql`select pg_sleep(0.05)`, manager.sql`select 1`]);
    monitor.start();
    await expect.poll(() => monitor.samples().length).toBeGreaterThan(0);
    const { waits } = monitor.samples()[0]!;
    expect(waits.count).toBe(2); // the first one waited for the connect
    expect(waits.p95).toBeGreaterThanOrEqual(50);
  });
});

describe("statements sent again and again", () => {
  it("are told once for each place in the code, with that place", async () => {
    const { manager, monitor, logged } = watched({ repeated: 3 });
    const users = repository(User);
    async function oneByOne() {
      await manager.session(async (db) => {
        for (let n = 0; n < 9; n++) await users.find(db, { email: `planted${n}` });
      });
    }
    async function byHand() {
      await manager.session(async (db) => {
        for (const n of [1, 2, 3, 4]) await db.all({ compile: () => ({ text: `select 'planted${n}'`, values: [] }) });
      });
    }
    await oneByOne();
    await oneByOne();
    await byHand();
    expect(monitor.repeatedStatements()).toMatchObject([
      { text: "select ?", times: 4 },
      { text: expect.stringMatching(/^select .* from "users" where "users"."email" = \$1/), times: 4 },
    ]);
    expect(monitor.repeatedStatements()[0]!.stack.join("\n")).toContain("byHand");
    expect(monitor.repeatedStatements()[1]!.stack.join("\n")).toContain("oneByOne");
    expect(logged.map(([, message]) => message)).toEqual([repeatedly, repeatedly]);
    expect(JSON.stringify(logged)).not.toContain("planted");
  });

  it("are no matter across sessions, up to the limit, when not looked for, or in sessions out of the sample", async () => {
    for (const options of [{ repeated: 3 }, { repeated: 0 }, { repeated: 3, repeatedSample: 0 }]) {
      const { manager, monitor } = watched(options);
      const times = options.repeated === 3 && options.repeatedSample === undefined ? 3 : 5;
      for (let n = 0; n < 3; n++) {
        await manager.session(async (db) => {
          for (let m = 0; m < times; m++) await db.sql`select ${m} as m`;
        });
      }
      for (let n = 0; n < 9; n++) await manager.sql`select ${n} as n`;
      expect(monitor.repeatedStatements()).toEqual([]);
    }
  });
});

describe("slow statements", () => {
  it("are kept with their place and plan, counted by both", async () => {
    const { manager, monitor } = watched({}, { slowQueryMs: 0 });
    const find = () => manager.session((db) => db.sql`select email from users where email = ${"planted"}`);
    for (let n = 0; n < 3; n++) await find();
    await expect.poll(() => monitor.slowQueries().length).toBe(1);
    expect(monitor.slowQueries()[0]).toMatchObject({
      text: "select email from users where email = $1",
      plan: expect.stringContaining("Index Only Scan"),
    });
    expect(monitor.slowQueries()[0]!.stack[0]).toContain("monitor.test.ts");
    expect(JSON.stringify(monitor.slowQueries())).not.toContain("planted");
  });
});

describe("what the server says", () => {
  it("is told also while the pool is used up", async () => {
    const { manager, monitor } = watched({}, { poolSize: 1, applicationName: "the application" });
    await manager.session(async (db) => {
      await db.sql`insert into users (id, email) values (gen_random_uuid(), ${"one"})`;
      expect(await monitor.activity()).toContainEqual(
        expect.objectContaining({
          application: "the application",
          state: "idle in transaction",
          query: "insert into users (id, email) values (gen_random_uuid(), $1)",
        }),
      );
    });
    const [users] = await monitor.tables();
    expect(users).toMatchObject({ schema: "public", name: "users", totalBytes: expect.any(Number) });
    expect(users!.totalBytes).toBe(users!.tableBytes + users!.indexBytes);
    expect(await monitor.statements()).toBeUndefined();
  });

  it("shows locks as a tree", async () => {
    const { manager, monitor } = watched();
    const blocker = manager.open();
    await blocker.sql`lock table users in access exclusive mode`;
    const [first, second] = [manager.open(), manager.open()];
    const waiting = [first.sql`lock table users in row exclusive mode`];
    await expect.poll(async () => (await monitor.locks())[0]?.blocks.length).toBe(1);
    waiting.push(second.sql`select 'planted' from users`);
    await expect.poll(async () => (await monitor.locks())[0]?.blocks.length).toBe(2);
    const locks = await monitor.locks();
    expect(locks).toEqual([
      expect.objectContaining({
        application: "hypertroq",
        state: "idle in transaction",
        query: "lock table users in access exclusive mode",
        seconds: undefined,
        blocks: expect.arrayContaining([
          expect.objectContaining({
            query: "select ? from users",
            mode: "AccessShareLock",
            relation: "users",
            seconds: expect.any(Number),
            blocks: [],
          }),
        ]),
      }),
    ]);
    await blocker.rollback();
    await Promise.all(waiting);
    await Promise.all([first.rollback(), second.rollback()]);
    expect(await monitor.locks()).toEqual([]);
  });

  it("is asked for on another connection when the first was lost", async () => {
    const { monitor } = watched();
    await monitor.tables();
    await database.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'hypertroq monitor' and datname = current_database()`);
    await expect.poll(() => monitor.tables().catch(() => [])).toHaveLength(1);
  });
});
