import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  BaseModel,
  DatabaseManager,
  type DatabaseOptions,
  errors,
  insert,
  type ObservedRoundTrip,
  type ObservedStatement,
  select,
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
  await Promise.all(managers.splice(0).map((manager) => manager.close()));
});

function manage(options: Partial<DatabaseOptions> = {}): DatabaseManager {
  const manager = new DatabaseManager({ url: database.url, ...options });
  managers.push(manager);
  return manager;
}

/** What an observer is told while `work` runs. */
async function heard(manager: DatabaseManager, work: () => Promise<unknown>) {
  const statements: ObservedStatement[] = [];
  const trips: ObservedRoundTrip[] = [];
  const stop = manager.observe({
    statement: (statement) => statements.push(statement),
    roundTrip: (trip) => trips.push(trip),
  });
  await work();
  stop();
  return { statements, trips };
}

let serial = 0;
const email = (): string => `user${++serial}@example.com`;
const words = (trips: readonly ObservedRoundTrip[]) =>
  trips.map(({ texts }) => texts.map((text) => text.split(" ")[0]));

describe("an observer", () => {
  it("is told of a session's statements and of its round trips", async () => {
    const manager = manage();
    const { statements, trips } = await heard(manager, () =>
      manager.session(async (db) => {
        await db.add(new User({ email: email() }));
        await Promise.all([db.sql`select ${1} as a`, db.sql`select ${2} as b`, db.sql`select ${3} as c`]);
        await db.transaction(() => db.sql`select 3`);
      }),
    );
    expect(statements.map(({ text, rows, errorCode }) => [text.slice(0, 20), rows, errorCode])).toEqual([
      ['insert into "users" ', 1, undefined],
      ["select $1 as a", 1, undefined],
      ["select $1 as b", 1, undefined],
      ["select $1 as c", 1, undefined],
      ["select 3", 1, undefined],
    ]);
    expect(words(trips)).toEqual([
      ["begin", "insert"],
      ["select"], // leaves at once; the others while it is in the air
      ["select", "select"],
      ["savepoint", "select"],
      ["release", "commit"],
    ]);
    for (const { milliseconds } of [...statements, ...trips]) expect(milliseconds).toBeGreaterThan(0);
  });

  it("is told of statements on the manager, alone and together", async () => {
    const manager = manage();
    const query = select(User);
    await manager.all(query); // what kind of table it is, is asked along with the first read
    const { statements, trips } = await heard(manager, async () => {
      await manager.all(query);
      await manager.all({ ...query, compile: query.compile, split: () => [query.limit(1), query.limit(2)] } as never);
    });
    expect(statements.map(({ text }) => text)).toEqual(
      [query, query.limit(1), query.limit(2)].map((q) => q.compile().text),
    );
    expect(trips.map(({ texts }) => texts.length)).toEqual([1, 2]);
  });

  it("is told of failures by their code, and of the rollback, never of values", async () => {
    const manager = manage();
    const taken = email();
    await manager.one(insert(User, { email: taken }));
    const { statements, trips } = await heard(manager, async () => {
      await expect(manager.session((db) => db.add(new User({ email: taken })))).rejects.toThrow(errors.UniqueViolation);
      await expect(manager.one(insert(User, { email: taken }))).rejects.toThrow(errors.UniqueViolation);
    });
    expect(statements.map(({ rows, errorCode }) => [rows, errorCode])).toEqual([
      [0, "UNIQUE_VIOLATION"],
      [0, "UNIQUE_VIOLATION"],
    ]);
    expect(words(trips)).toEqual([["begin", "insert"], ["rollback"], ["insert"]]);
    expect(JSON.stringify([statements, trips])).not.toContain(taken);
  });

  it("is told of a savepoint's rollback", async () => {
    const manager = manage();
    const { trips } = await heard(manager, () =>
      manager.session(async (db) => {
        const failing = db.transaction(async () => {
          await db.sql`select 1`;
          throw new Error("no");
        });
        await expect(failing).rejects.toThrow("no");
      }),
    );
    expect(words(trips)).toEqual([["begin", "savepoint", "select"], ["rollback", "release"], ["commit"]]);
  });

  it("hears nothing any more once it has ended, though it was added twice", async () => {
    const manager = manage();
    let count = 0;
    const observer = { statement: () => count++ };
    const [first, second] = [manager.observe(observer), manager.observe(observer)];
    await manager.all(select(User));
    expect(count).toBe(2);
    first();
    await manager.all(select(User));
    expect(count).toBe(3);
    second();
    await manager.all(select(User));
    expect(count).toBe(3);
  });

  it("fails by itself: what it throws is logged, and the statement's answer arrives", async () => {
    const logged: string[] = [];
    const log = (_: object, message: string): void => void logged.push(message);
    const manager = manage({ slowQueryMs: -1, logger: { debug() {}, info() {}, warn: log, error: log } });
    const stop = manager.observe({
      statement: () => {
        throw new Error("broken");
      },
    });
    expect(await manager.sql`select 1 as one`).toEqual([{ one: 1 }]);
    stop();
    expect(logged).toEqual(["an observer failed"]);
  });
});

it("echo logs the statements of sessions and of the manager", async () => {
  const logged: object[] = [];
  const debug = (facts: object, message: string): void => void (message === "statement" && logged.push(facts));
  const manager = manage({ echo: true, logger: { debug, info() {}, warn() {}, error() {} } });
  await manager.session((db) => db.sql`select ${"secret"} as a`);
  await manager.sql`select 2`;
  await expect(manager.sql`select 1/0`).rejects.toThrow();
  const ms = expect.any(Number);
  expect(logged).toEqual([
    { sql: "select $1 as a", ms },
    { sql: "select 2", ms },
    { sql: "select 1/0", ms, error: "DATA_ERROR" },
  ]);
});
