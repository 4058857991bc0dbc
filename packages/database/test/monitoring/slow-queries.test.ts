import { channel } from "node:diagnostics_channel";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  BaseModel,
  DatabaseManager,
  type DatabaseOptions,
  type ObservedStatement,
  type ObservedTransaction,
  repository,
  type SlowQuery,
  select,
  sql,
  varchar,
} from "../../src/index.ts";

class User extends BaseModel.define({ email: varchar(255).unique() }) {}

let database: TestDatabase;
const managers: DatabaseManager[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`create table users (id uuid primary key, created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(), email varchar(255) not null unique)`);
});
afterAll(() => database.drop());
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(managers.splice(0).map((manager) => manager.close()));
});

function manage(options: Partial<DatabaseOptions> = {}): DatabaseManager {
  const manager = new DatabaseManager({ url: database.url, ...options });
  managers.push(manager);
  return manager;
}

function logInto(logged: object[]) {
  const warn = (facts: object, message: string): void => void (message === "slow statement" && logged.push(facts));
  return { debug() {}, info() {}, warn, error() {} };
}

/** The slow statements that are told while `work` runs, when as many as `count` have been. */
async function slow(manager: DatabaseManager, count: number, work: () => Promise<unknown>): Promise<SlowQuery[]> {
  const told: SlowQuery[] = [];
  const stop = manager.observe({ slowQuery: (query) => told.push(query) });
  await work();
  await expect.poll(() => told.length).toBe(count);
  stop();
  return told;
}

describe("a slow statement", () => {
  it("is logged by default, with its place in the code, its plan and no literal", async () => {
    const logged: Record<string, unknown>[] = [];
    const manager = manage({ logger: logInto(logged) });
    async function listOrders() {
      return await manager.session(
        (db) => db.sql`select pg_sleep(0.25)::text, 'planted' as a from users
        where email = ${"x"} union all select pg_sleep(0.25)::text, 'planted' /* planted */`,
      );
    }
    await listOrders();
    const about = () => logged.find(({ sql: text }) => String(text).includes("pg_sleep"));
    await expect.poll(about).toBeDefined();
    expect(about()).toEqual({
      sql: "select pg_sleep(?)::text, ? as a from users where email = $1 union all select pg_sleep(?)::text, ?",
      ms: expect.any(Number),
      rows: 1,
      at: expect.stringMatching(/^at .*slow-queries\.test\.ts:\d+/),
      plan: expect.stringContaining("Index Only Scan using users_email_key on users"),
    });
    expect(about()!["ms"]).toBeGreaterThanOrEqual(250);
    expect(JSON.stringify(logged)).not.toContain("planted");
  });

  it("is found in sessions, repositories and on the manager, each with the frames that wait for it", async () => {
    const manager = manage({ slowQueryMs: 0 });
    const users = repository(User);
    async function byRepository() {
      await manager.session(async (db) => {
        await users.find(db, { email: "a" });
      });
    }
    async function byManager() {
      await manager.all(select(User).where(User.c.email.eq("b")).limit(1));
    }
    async function together() {
      await manager.session((db) => Promise.all([db.sql`select 1 as one`, db.sql`select 2 as two`]));
    }
    const frames = async (work: () => Promise<unknown>, count = 1) =>
      (await slow(manager, count, work)).map(({ stack }) => stack.join("\n"));
    expect((await frames(byRepository))[0]).toContain("byRepository");
    expect((await frames(byManager))[0]).toContain("byManager");
    for (const stack of await frames(together, 2)) expect(stack).toContain("together");
    expect(await frames(byManager, 0)).toEqual([]); // was told a moment ago
  });

  it("is told once in ten seconds, with how many were like it; its plan is asked for once", async () => {
    const manager = manage({ slowQueryMs: 0 });
    const told: SlowQuery[] = [];
    manager.observe({ slowQuery: (query) => told.push(query) });
    const { now } = performance;
    let ahead = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now.call(performance) + ahead);
    for (const n of [1, 2, 3]) await manager.all(sql([`select ${n} as n`] as never));
    await expect.poll(() => told.length).toBe(1);
    ahead = 11_000;
    await manager.sql`select 4 as n`;
    expect(told.map(({ text, untold }) => [text, untold])).toEqual([
      ["select ? as n", 0],
      ["select ? as n", 2],
    ]);
    expect(told[1]!.plan).toBe(told[0]!.plan);
    expect(told[0]!.plan).toMatch(/^Result/);
  });

  it("has no plan when it is none that has one, and tells its failure", async () => {
    const manager = manage({ slowQueryMs: 0 });
    const told = await slow(manager, 2, async () => {
      await manager.sql`create table if not exists planless (n int)`;
      await manager.sql`select 1/0`.catch(() => {});
    });
    expect(told.map(({ text, plan, errorCode }) => [text, plan, errorCode])).toEqual([
      ["create table if not exists planless (n int)", undefined, undefined],
      ["select ?/?", undefined, "DATA_ERROR"],
    ]);
  });

  it("is nothing to know about at -1", async () => {
    const manager = manage({ slowQueryMs: -1 });
    const told: SlowQuery[] = [];
    manager.observe({ slowQuery: (query) => told.push(query) });
    await manager.sql`select pg_sleep(0.01)`;
    expect(told).toEqual([]);
  });

  it("waits for nobody: while its table is locked it has no plan", async () => {
    const manager = manage({ slowQueryMs: 0 });
    const told: SlowQuery[] = [];
    manager.observe({ slowQuery: (query) => told.push(query) });
    await manager.session(async (db) => {
      await db.sql`lock table users in access exclusive mode`;
      await db.sql`select email from users`;
      await expect.poll(() => told.length).toBe(2);
    });
    expect(told.map(({ plan }) => plan)).toEqual([undefined, undefined]);
  });
});

describe("what is not listened to is not measured", () => {
  /** How often this library looked at the clock for its observers, and took a stack. */
  async function counted(work: () => Promise<unknown>) {
    const { now } = performance;
    const { captureStackTrace } = Error;
    let clock = 0;
    let stacks = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      const trace: { stack?: string } = {};
      captureStackTrace(trace);
      if (/observers\.ts/.test(trace.stack ?? "")) clock += 1;
      return now.call(performance);
    });
    vi.spyOn(Error, "captureStackTrace").mockImplementation((...args) => {
      stacks += 1;
      captureStackTrace(...args);
    });
    await work();
    vi.restoreAllMocks();
    return { clock, stacks };
  }
  const work = (manager: DatabaseManager) => () =>
    manager.session(async (db) => {
      await db.all(select(User));
      await db.sql`select ${1} as a`;
      await db.sql`select ${2} as b`;
    });

  it("without an observer and without a logger: nothing at all", async () => {
    const manager = manage();
    expect(await counted(work(manager))).toEqual({ clock: 0, stacks: 0 });
  });

  it("with the slow log: two looks at the clock for each statement, and no stack", async () => {
    const manager = manage({ logger: logInto([]), slowQueryMs: 100_000 });
    expect(await counted(work(manager))).toEqual({ clock: 6, stacks: 0 });
  });

  it("with the slow log off: nothing", async () => {
    const manager = manage({ logger: logInto([]), slowQueryMs: -1 });
    expect(await counted(work(manager))).toEqual({ clock: 0, stacks: 0 });
  });

  it("a channel is published to as long as somebody subscribes to it", async () => {
    const manager = manage();
    const heard: unknown[] = [];
    const listen = (message: unknown): void => void heard.push(message);
    const statements = channel("hypertroq:statement");
    statements.subscribe(listen);
    await manager.sql`select ${"planted"} as one`;
    statements.unsubscribe(listen);
    await manager.sql`select 2 as two`;
    expect(heard).toEqual([expect.objectContaining({ text: "select $1 as one", rows: 1 })]);
    expect(JSON.stringify(heard)).not.toContain("planted");
    expect(await counted(work(manager))).toEqual({ clock: 0, stacks: 0 });
  });
});

describe("a transaction", () => {
  it("is told with how it ended, and its statements name it", async () => {
    const manager = manage();
    const statements: ObservedStatement[] = [];
    const transactions: ObservedTransaction[] = [];
    manager.observe({
      statement: (statement) => statements.push(statement),
      transaction: (transaction) => transactions.push(transaction),
    });
    await manager.session(async (db) => {
      await db.sql`select 1`;
      await db.sql`select 2`;
    });
    await manager.session((db) => db.sql`select 1/0`).catch(() => {});
    await manager.sql`select 3`;
    expect(transactions.map(({ outcome }) => outcome)).toEqual(["committed", "rolled back"]);
    const [first, second, failed, own] = statements;
    expect(first!.transaction).toBe(transactions[0]!.transaction);
    expect(second!.transaction).toBe(transactions[0]!.transaction);
    expect(second!.session).toBe(first!.session);
    expect(failed!.transaction).toBe(transactions[1]!.transaction);
    expect(failed).toMatchObject({ errorCode: "DATA_ERROR", sqlState: "22012" });
    expect(own).toMatchObject({ session: undefined, transaction: undefined });
  });
});
