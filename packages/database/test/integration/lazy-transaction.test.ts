import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { DatabaseManager, integer, Model, type Session, select, sql, text } from "../../src/index.ts";

class Item extends Model.define({ id: integer().primaryKey(), name: text() }) {}

const named = <T extends typeof Item>(table: string, model: T): T =>
  class extends (model as typeof Item) {
    static override readonly table = table;
  } as unknown as T;

let database: TestDatabase;
const managers: DatabaseManager[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`
    create table items (id int primary key, name text not null);
    insert into items select n, 'item ' || n from generate_series(1, 10) n;
    create table hits (n int);
    create function hit() returns boolean language sql volatile as 'insert into hits values (1); select true';
    create view item_view as select * from items where hit();
    create table guarded (like items including all);
    alter table guarded enable row level security;
    create table parent (like items including all);
    create table child () inherits (parent);
    create table parted (id int, name text) partition by range (id);
    create table people (id int primary key);
    create function name(people) returns text language sql volatile as 'insert into hits values (7); select ''x''::text';
    create domain short_text as text check (length(value) < 100);
    create table with_domain (id int primary key, name short_text not null);
    create type mood as enum ('calm', 'tired');
    create table with_enum (id int primary key, name mood not null);
    create unlogged table fast (like items including all);
  `);
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(managers.splice(0).map((manager) => manager.close()));
});
afterAll(() => database.drop());

function manage(options = {}): DatabaseManager {
  const manager = new DatabaseManager({ url: database.url, poolSize: 8, poolTimeout: 5, ...options });
  managers.push(manager);
  return manager;
}

/** How many connections the session holds after this statement. */
async function held(manager: DatabaseManager, run: (db: Session) => Promise<unknown>, options = {}): Promise<number> {
  return await manager.session(async (db) => {
    await run(db);
    return manager.pool.status().checkedOut;
  }, options);
}

describe("a read of a plain table", () => {
  it("holds no connection once the table is known, and a transaction until then", async () => {
    const manager = manage();
    const read = (db: Session) => db.first(select(Item).where(Item.c.id.eq(1)));
    expect(await held(manager, read)).toBe(1);
    expect(await held(manager, read)).toBe(0);
    expect(await held(manager, (db) => db.count(select(Item)))).toBe(0);
    expect(await held(manager, (db) => db.exists(select(Item)))).toBe(0);
    expect(await held(manager, read, { readOnly: true })).toBe(0);
  });

  it.each(["with_enum", "fast"])("is one of %s too", async (table) => {
    const manager = manage();
    const Other = named(table, Item);
    await held(manager, (db) => db.all(select(Other)));
    expect(await held(manager, (db) => db.all(select(Other)))).toBe(0);
  });

  it("that fails aborts nothing", async () => {
    const manager = manage();
    await held(manager, (db) => db.all(select(Item)));
    await manager.session(async (db) => {
      await expect(db.all(select(Item).where(Item.c.name.like("\\")))).rejects.toMatchObject({ sqlState: "22025" });
      await db.sql`insert into hits values (2)`;
    });
    expect(await database.query("delete from hits where n = 2 returning n")).toEqual([{ n: 2 }]);
  });

  it("uses at most four connections of one session at a time", async () => {
    const manager = manage();
    await held(manager, (db) => db.all(select(Item)));
    let most = 0;
    await manager.session(async (db) => {
      const reads = Array.from({ length: 40 }, () => db.all(select(Item)));
      const watch = setInterval(() => {
        most = Math.max(most, manager.pool.status().checkedOut);
      });
      for (const rows of await Promise.all(reads)) expect(rows).toHaveLength(10);
      clearInterval(watch);
    });
    expect(most).toBeLessThanOrEqual(4);
    expect(manager.pool.counters().connects).toBeLessThanOrEqual(4);
  });
});

describe("the transaction opens", () => {
  it.each(["item_view", "guarded", "parent", "parted", "with_domain", "people"])("for a read of %s", async (table) => {
    const manager = manage();
    const Other = named(table, Item);
    await held(manager, (db) => db.all(select(Other)));
    expect(await held(manager, (db) => db.all(select(Other)))).toBe(1);
  });

  it("for a view whose function writes, and takes that back with the session", async () => {
    const manager = manage();
    const View = named("item_view", Item);
    await database.query("truncate hits");
    for (let i = 0; i < 2; i++) {
      await expect(
        manager.session(async (db) => {
          await db.all(select(View));
          throw new Error("no");
        }),
      ).rejects.toThrow("no");
    }
    expect(await database.query("select from hits")).toEqual([]);
  });

  it("for a temporary table that hides a plain one", async () => {
    const manager = manage({ poolSize: 1 });
    await manager.session((db) => db.sql`create temporary table items (id int, name text)`);
    await held(manager, (db) => db.all(select(Item)));
    expect(await held(manager, (db) => db.all(select(Item)))).toBe(1);
  });

  it("where somebody has put an operator of their own on built-in types", async () => {
    await using other = await createTestDatabase();
    await other.query(`
      create table items (id int primary key, name text not null);
      create function same(text, text) returns boolean language sql volatile as 'select true';
      create operator = (leftarg = text, rightarg = text, function = same);`);
    const manager = manage({ url: other.url });
    await held(manager, (db) => db.all(select(Item)));
    expect(await held(manager, (db) => db.all(select(Item)))).toBe(1);
    await manager.close();
  });

  it("for anything written by hand, and for all that comes after it", async () => {
    const manager = manage();
    await held(manager, (db) => db.all(select(Item)));
    const byHand = select(Item).where(sql`true` as never);
    expect(await held(manager, (db) => db.all(byHand))).toBe(1);
    expect(await held(manager, (db) => db.sql`select now()`)).toBe(1);
    expect(await held(manager, (db) => db.all(select(Item).where(Item.c.name.eq(sql`lower('X')` as never))))).toBe(1);
    const seen = await manager.session(async (db) => {
      await db.all(select(Item));
      await db.sql`insert into items values (11, 'mine')`;
      const mine = await db.count(select(Item));
      await db.sql`delete from items where id = 11`;
      return mine;
    });
    expect(seen).toBe(11);
  });

  it("by begin", async () => {
    const manager = manage();
    await held(manager, (db) => db.all(select(Item)));
    const read = async (db: Session): Promise<unknown> => {
      db.begin();
      return await db.all(select(Item));
    };
    expect(await held(manager, read)).toBe(1);
  });

  it.each([
    { isolation: "repeatable read" },
    { isolation: "serializable" },
    { context: { "app.user": "7" } },
    { statementTimeout: 5 },
    { lockTimeout: 5 },
  ])("with %o", async (options) => {
    const manager = manage();
    await held(manager, (db) => db.all(select(Item)));
    expect(await held(manager, (db) => db.all(select(Item)), options)).toBe(1);
  });

  it("where the server's default isolation is above read committed", async () => {
    await using other = await createTestDatabase();
    await other.query(`create table items (id int primary key, name text not null);
      alter database ${other.name} set default_transaction_isolation = 'repeatable read'`);
    const manager = manage({ url: other.url });
    await held(manager, (db) => db.all(select(Item)));
    expect(await held(manager, (db) => db.all(select(Item)))).toBe(1);
    expect(await held(manager, (db) => db.all(select(Item)), { isolation: "read committed" })).toBe(0);
    await manager.close();
  });
});

it("asks again after a minute whether a table is still plain", async () => {
  await using other = await createTestDatabase();
  await other.query("create table items (id int primary key, name text not null)");
  const manager = manage({ url: other.url });
  const read = (db: Session) => db.all(select(Item));
  await held(manager, read);
  await other.query("alter table items enable row level security");
  expect(await held(manager, read)).toBe(0);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
  await held(manager, read); // asks along with the read
  expect(await held(manager, read)).toBe(1);
  await manager.close();
});

it("does not trust what it knows of a table after ten minutes", async () => {
  const manager = manage();
  const read = (db: Session) => db.all(select(Item));
  await held(manager, read);
  expect(await held(manager, read)).toBe(0);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 601_000 });
  expect(await held(manager, read)).toBe(1);
  expect(await held(manager, read)).toBe(0);
});

it("sees no write that was given after it, however many reads are given before", async () => {
  await database.query("create table counted (id int primary key, name text not null)");
  class Counted extends Item {
    static override readonly table = "counted";
  }
  const manager = manage();
  await held(manager, (db) => db.count(select(Counted)));
  const counts = await manager.session(async (db) => {
    const reads = Array.from({ length: 6 }, () => db.count(select(Counted)));
    const write = db.sql`insert into counted values (1, 'x')`;
    const counted = await Promise.all(reads);
    await write;
    return counted;
  });
  expect(counts).toEqual([0, 0, 0, 0, 0, 0]);
});
