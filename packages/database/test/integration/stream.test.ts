import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  belongsTo,
  DatabaseManager,
  errors,
  insert,
  integer,
  Model,
  type Query,
  type Session,
  select,
  sql,
  text,
} from "../../src/index.ts";

class Rack extends Model.define({ id: integer().primaryKey(), name: text() }) {}

class Book extends Model.define({ id: integer().primaryKey(), rackId: integer(), title: text() }) {
  static readonly rack = belongsTo(
    () => Rack,
    () => Book.c.rackId,
  );
}

const BOOKS = 1234;
const byId = select(Book).orderBy(Book.c.id);

let database: TestDatabase;
let manager: DatabaseManager;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`
    create table racks (id int primary key, name text not null);
    create table books (id int primary key, rack_id int not null, title text not null);
    insert into racks select n, 'rack ' || n from generate_series(0, 9) n;
    insert into books select n, n % 10, 'book ' || n from generate_series(1, ${BOOKS}) n;
    create table notes (id int primary key);
    create sequence made;
    create view made_rows as select nextval('made') as n, repeat('x', 1000) as filler from generate_series(1, 100000);
  `);
  manager = new DatabaseManager({ url: database.url, poolSize: 4, poolTimeout: 5 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});

const made = async (): Promise<number> =>
  Number((await manager.one(sql<{ n: bigint }>`select last_value as n from made`)).n);
const restart = (): Promise<unknown> => database.query("alter sequence made restart");
const cursors = async (db: Session): Promise<unknown[]> =>
  await db.sql`select name from pg_cursors where name like 'hypertroq%'`;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("a stream", () => {
  it("gives what all() gives, whatever the size of its batches", async () => {
    await manager.session(async (db) => {
      const expected = await db.all(byId);
      expect(expected).toHaveLength(BOOKS);
      expect(expected[0]).toBeInstanceOf(Book);
      for (const batch of [undefined, 1, 7, BOOKS - 1, BOOKS, BOOKS + 1]) {
        const query = batch === 1 ? byId.limit(3) : byId;
        const books = await all(db.stream(query, { batch }));
        expect(books).toEqual(batch === 1 ? expected.slice(0, 3) : expected);
        expect(books[0]).toBeInstanceOf(Book);
      }
      expect(await all(db.stream(byId.where(Book.c.id.lt(0))))).toEqual([]);
      expect(await cursors(db)).toEqual([]);
      const kept = await db.sql`select 1 from pg_prepared_statements where statement ~ '^(declare|fetch|close)'`;
      expect(kept).toEqual([]);
    });
  });

  it("gives rows of a selection and of SQL by hand as objects, with the query's values as parameters", async () => {
    await manager.session(async (db) => {
      const named = select({ id: Book.c.id, rack: Book.c.rackId })
        .from(Book)
        .where(Book.c.id.in([3, 1]))
        .orderBy(Book.c.id);
      expect(await all(db.stream(named))).toEqual([
        { id: 1, rack: 1 },
        { id: 3, rack: 3 },
      ]);
      const hostile = "'; drop table books; --";
      const rows = await all(
        db.stream(sql<{ text: string }>`select ${hostile}::text as text, ${2}::int from books limit 2;`),
      );
      expect(rows).toEqual(Array.from({ length: 2 }, () => ({ text: hostile, int4: 2 })));
    });
  });

  it("makes what reads its rows once", async () => {
    let readers = 0;
    const query: Query<unknown> = {
      compile: () => {
        const { shape, ...statement } = byId.compile();
        const counted = (fields: Parameters<NonNullable<typeof shape>["reader"]>[0]) => {
          readers += 1;
          return shape!.reader(fields);
        };
        return { ...statement, shape: { reader: counted } };
      },
    };
    expect(await all(manager.stream(query, { batch: 100 }))).toHaveLength(BOOKS);
    expect(readers).toBe(1);
  });

  it("loads the relations of a batch when the batch is used", async () => {
    await manager.session(async (db) => {
      const query = byId.include({ rack: Book.rack });
      const books = await all(db.stream(query, { batch: 500 }));
      expect(books.map(({ rack }) => rack.name)).toEqual(books.map(({ id }) => `rack ${id % 10}`));
      let count = 0;
      for await (const { id, rack } of db.stream(query, { batch: 100 })) {
        // With savepoints between, beside which no statement of the session may run.
        await db.transaction(() => db.execute(sql`select 1`));
        expect(rack.id).toBe(id % 10);
        count += 1;
      }
      expect(count).toBe(BOOKS);
    });
    expect((await all(manager.stream(byId.limit(3).include({ rack: Book.rack })))).map(({ rack }) => rack.id)).toEqual([
      1, 2, 3,
    ]);
  });

  it("never has more than two batches, the one that is used and the one behind it", async () => {
    await restart();
    let seen = 0;
    for await (const { n } of streamMade(20)) {
      seen += 1;
      expect(n).toBe(BigInt(seen));
      const used = Math.ceil(seen / 20) * 20;
      // The next batch may be on its way, or there.
      const there = await made();
      expect(there).toBeGreaterThanOrEqual(used);
      expect(there).toBeLessThanOrEqual(used + 20);
      if (seen === 110) break;
    }
    expect(await made()).toBeLessThanOrEqual(140);
  });

  it("sends nothing before the first result is asked for, and then one flight, also in a transaction that is open", async () => {
    const trips: string[] = [];
    const stop = manager.observe({
      roundTrip: ({ texts }) =>
        trips.push(
          texts
            .join("; ")
            .replace(/set_config[^;]*/g, "…")
            .replace(/hypertroq_\d+/g, "it"),
        ),
    });
    await manager.session(async (db) => {
      const books = db.stream(byId, { batch: 1000 });
      await Promise.resolve();
      expect(trips).toEqual([]);
      await books.next();
      await all(books);
      await all(db.stream(sql`select 1`));
    });
    stop();
    const declare = (query: string): string => `select …; declare it no scroll cursor for ${query}; select …`;
    expect(trips).toEqual([
      `begin; ${declare(byId.compile().text)}; fetch 1000 from it`,
      "fetch 1000 from it",
      "close it",
      `${declare("select 1")}; fetch 500 from it`,
      "close it",
      "commit",
    ]);
  });

  it("is observed as its query, a batch at a time", async () => {
    const seen: unknown[] = [];
    const stop = manager.observe({ statement: ({ text, rows, errorCode }) => seen.push([text, rows, errorCode]) });
    await all(manager.stream(sql`select * from books`, { batch: 1000 }));
    await all(manager.stream(sql`select * from nowhere`)).catch(() => {});
    stop();
    expect(seen).toEqual([
      ["select * from books", 1000, undefined],
      ["select * from books", 234, undefined],
      ["select * from nowhere", 0, "UNDEFINED_TABLE"],
    ]);
  });

  it("leaves the session to other statements and streams, and is not confused by them", async () => {
    await manager.session(async (db) => {
      const [one, two] = [db.stream(byId, { batch: 10 }), db.stream(select(Rack).orderBy(Rack.c.id), { batch: 3 })];
      for (let n = 1; n <= 10; n++) {
        expect((await one.next()).value).toMatchObject({ id: n });
        expect((await two.next()).value).toMatchObject({ id: n - 1 });
        expect(await db.count(select(Book))).toBe(BOOKS);
        await db.transaction(() => db.sql`insert into notes values (${n})`);
        const failed = db.transaction(() => db.sql`select 1 / 0`);
        await expect(failed).rejects.toBeInstanceOf(errors.DataError);
      }
      expect((await two.next()).done).toBe(true);
      expect((await one.next()).value).toMatchObject({ id: 11 });
      expect(await cursors(db)).toHaveLength(1);
      await one.return();
      expect(await cursors(db)).toEqual([]);
      await db.sql`delete from notes`;
    });
  });

  it("sees the rows that were there when it began", async () => {
    await manager.session(async (db) => {
      const titles: string[] = [];
      for await (const { id, title } of db.stream(byId.limit(20), { batch: 5 })) {
        titles.push(title);
        await db.sql`update books set title = 'changed' where id > ${id}`;
      }
      expect(titles).toEqual(Array.from({ length: 20 }, (_, i) => `book ${i + 1}`));
      await db.rollback();
    });
  });

  it("of the manager sees one state of the database, of relations too, which it cannot change", async () => {
    for await (const { id, rack } of manager.stream(byId.limit(30).include({ rack: Book.rack }), { batch: 10 })) {
      expect(rack.name).toBe(`rack ${id % 10}`);
      await database.query(`update racks set name = 'moved' where id = ${(id + 1) % 10}`);
    }
    await database.query("update racks set name = 'rack ' || id");
    const writing = all(manager.stream(sql`select nextval('made')`));
    await expect(writing).rejects.toBeInstanceOf(errors.ReadOnlyTransaction);
    expect(manager.pool.status().checkedOut).toBe(0);
  });

  it("closes its cursor when the loop is left, by break or by an error", async () => {
    await manager.session(async (db) => {
      for await (const _ of db.stream(byId, { batch: 10 })) break;
      expect(await cursors(db)).toEqual([]);
      const failure = new Error("enough");
      const loop = (async () => {
        for await (const { id } of db.stream(byId, { batch: 10 })) if (id === 25) throw failure;
      })();
      await expect(loop).rejects.toBe(failure);
      expect(await cursors(db)).toEqual([]);
    });
  });

  it("of the manager gives its connection back when the loop is left, without waiting for the batch behind", async () => {
    // Each row takes a second after the first ten.
    const slow = sql`select n, case when n > 10 then pg_sleep(100) end from generate_series(1, 100) n`;
    let seen = 0;
    for await (const _ of manager.stream(slow, { batch: 10 })) {
      seen += 1;
      if (seen === 5) break;
    }
    expect(manager.pool.status().checkedOut).toBe(0);
    expect(await manager.one(sql`select 1 as one`)).toEqual({ one: 1 });
  });

  it("whose savepoint is rolled back is over, and closing it hurts nobody", async () => {
    await manager.session(async (db) => {
      let books: AsyncGenerator<Book> | undefined;
      const inner = db.transaction(async () => {
        books = db.stream(byId, { batch: 10 });
        await books.next();
        throw new Error("back");
      });
      await expect(inner).rejects.toThrow("back");
      await books!.return(undefined);
      expect(await db.count(select(Rack))).toBe(10);
    });
  });

  it("fails as its query fails: at the start, in the middle, and where the transaction has failed", async () => {
    const query = (divisor: number) => sql`select 1 / (n - ${divisor}::int) from generate_series(1, 100) n`;
    for (const [text, error] of [
      [sql`select * from nowhere`, { code: "UNDEFINED_TABLE" }],
      [
        sql`select ${"s3cret"}::text::int`,
        { code: "DATA_ERROR", message: 'invalid input syntax for type integer: "…"' },
      ],
      [query(1), { code: "DATA_ERROR" }],
      [query(55), { code: "DATA_ERROR" }],
    ] as const) {
      await expect(manager.session((db) => all(db.stream(text, { batch: 10 })))).rejects.toMatchObject(error);
    }
    const seen: unknown[] = [];
    const failing = manager.session(async (db) => {
      for await (const row of db.stream(query(55), { batch: 10 })) seen.push(row);
    });
    await expect(failing).rejects.toMatchObject({ code: "DATA_ERROR" });
    expect(seen).toHaveLength(50);
    const swallowed = manager.session(async (db) => {
      for await (const _ of db.stream(byId, { batch: 1 })) await db.sql`select 1 / 0`.catch(() => {});
    });
    await expect(swallowed).rejects.toBeInstanceOf(errors.InFailedTransaction);
    expect(manager.pool.status().checkedOut).toBe(0);
  });

  it("refuses what is no select, and a batch that is no number of rows", async () => {
    const writing = manager.session((db) => all(db.stream(insert(Rack, { id: 11, name: "x" }))));
    await expect(writing).rejects.toBeInstanceOf(errors.InvalidSyntax);
    for (const batch of [0, -1, 1.5, Number.NaN, "5" as never]) {
      await expect(all(manager.stream(byId, { batch }))).rejects.toMatchObject({ code: "DEFINITION_INVALID" });
    }
    await expect(all(manager.stream(sql`select ${"a\0"}::text`))).rejects.toMatchObject({ code: "DEFINITION_INVALID" });
  });

  it("ends with its session's signal", async () => {
    const abort = new AbortController();
    const seen: unknown[] = [];
    const work = manager.session(
      async (db) => {
        const slow = sql`select n, case when n > 10 then pg_sleep(100) end from generate_series(1, 100) n`;
        for await (const row of db.stream(slow, { batch: 10 })) {
          seen.push(row);
          if (seen.length === 10) abort.abort(new Error("enough"));
        }
      },
      { signal: abort.signal },
    );
    await expect(work).rejects.toMatchObject({ code: "QUERY_CANCELED", cause: { message: "enough" } });
    expect(seen).toHaveLength(10);
    expect(manager.pool.status().checkedOut).toBe(0);
  });

  it("ends with its session", async () => {
    let kept: AsyncGenerator<Book> | undefined;
    await manager.session(async (db) => {
      kept = db.stream(byId, { batch: 10 });
      await kept.next();
    });
    await expect(all(kept!)).rejects.toBeInstanceOf(errors.SessionClosed);
  });

  it("is lost with its connection", async () => {
    const work = manager.session(async (db) => {
      for await (const { id } of db.stream(byId, { batch: 10 })) {
        if (id !== 15) continue;
        const [{ pid } = { pid: 0 }] = await db.sql<{ pid: number }>`select pg_backend_pid() as pid`;
        await database.query("select pg_terminate_backend($1)", [pid]);
      }
    });
    await expect(work).rejects.toBeInstanceOf(errors.ConnectionLost);
    expect(await manager.one(sql`select 1 as one`)).toEqual({ one: 1 });
  });

  it("is planned for all of its rows, whatever the session says, and leaves that as it was", async () => {
    // Immutable, so that it is called when the query is planned.
    await database.query(`create function fraction() returns text immutable language plpgsql as
      $$ begin return current_setting('cursor_tuple_fraction'); end $$`);
    await manager.session(async (db) => {
      for (const fraction of ["0.1", "0.25"]) {
        for await (const row of db.stream(sql`select fraction()`)) expect(row).toEqual({ fraction: "1" });
        expect(await db.sql`show cursor_tuple_fraction`).toEqual([{ cursor_tuple_fraction: fraction }]);
        await db.sql`set local cursor_tuple_fraction = 0.25`;
      }
    });
  });
});

async function* streamMade(batch: number): AsyncGenerator<{ n: bigint }> {
  const db = manager.open();
  try {
    yield* db.stream(sql<{ n: bigint }>`select * from made_rows`, { batch });
  } finally {
    await db.rollback();
  }
}
