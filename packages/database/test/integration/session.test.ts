import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { BaseModel, DatabaseManager, errors, select, sql, text } from "../../src/index.ts";
import { Sql } from "../../src/query/sql.ts";

class Note extends BaseModel.define({ body: text() }) {}

let database: TestDatabase;
let manager: DatabaseManager;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(
    "create table notes (id uuid primary key, body text not null, created_at timestamptz not null default now(), updated_at timestamptz not null default now())",
  );
  manager = new DatabaseManager({ url: database.url, poolSize: 4, poolTimeout: 5 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});
beforeEach(() => database.query("truncate notes"));

const bodies = async (): Promise<unknown[]> =>
  (await database.query("select body from notes order by body")).map((row) => row["body"]);

describe("session", () => {
  it("commits when the callback returns, and gives the connection back", async () => {
    await manager.session(async (db) => {
      await db.add(new Note({ body: "kept" }));
      expect(manager.pool.status().checkedOut).toBe(1);
      expect(await bodies()).toEqual([]); // not visible outside before the commit
    });
    expect(await bodies()).toEqual(["kept"]);
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0, checkedIn: 1 });
  });

  it("rolls back when the callback throws, and throws the same error", async () => {
    const failure = new Error("no");
    const work = manager.session(async (db) => {
      await db.add(new Note({ body: "lost" }));
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await bodies()).toEqual([]);
  });

  it("borrows no connection when it runs no statement", async () => {
    const fresh = new DatabaseManager({ url: database.url });
    await fresh.session(async () => {});
    expect(fresh.pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0 });
    await fresh.close();
  });

  it("refuses to commit quietly when a failed statement's error was swallowed", async () => {
    const work = manager.session(async (db) => {
      await db.add(new Note({ body: "first" }));
      await db.sql`select 1 / 0`.catch(() => {});
    });
    await expect(work).rejects.toBeInstanceOf(errors.TransactionRolledBack);
    expect(await bodies()).toEqual([]);
    expect(manager.pool.status().checkedOut).toBe(0);
  });

  it("rolls a savepoint back and goes on", async () => {
    await manager.session(async (db) => {
      await db.add(new Note({ body: "outer" }));
      const inner = db.transaction(async () => {
        await db.add(new Note({ body: "inner" }));
        await db.sql`select 1 / 0`;
      });
      await expect(inner).rejects.toMatchObject({ code: "DATA_ERROR", sqlState: "22012" });
      await db.transaction(() => db.add(new Note({ body: "second" })));
    });
    expect(await bodies()).toEqual(["outer", "second"]);
  });

  it("refuses savepoints beside each other, and keeps what the first one did", async () => {
    const outcome = await manager.session(async (db) =>
      Promise.allSettled([
        db.transaction(async () => {
          await db.add(new Note({ body: "first" }));
          await db.transaction(() => db.add(new Note({ body: "nested" })));
        }),
        db.transaction(() => db.add(new Note({ body: "beside" }))),
      ]),
    );
    expect(outcome).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "DEFINITION_INVALID" } },
    ]);
    expect(await bodies()).toEqual(["first", "nested"]);
  });

  it("rolls back when its signal is aborted, be it after the last statement", async () => {
    const abort = new AbortController();
    const work = manager.session(
      async (db) => {
        await db.add(new Note({ body: "unwanted" }));
        abort.abort(new Error("changed my mind"));
      },
      { signal: abort.signal },
    );
    await expect(work).rejects.toThrow("changed my mind");
    expect(await bodies()).toEqual([]);
  });

  it("that is aborted before its commit by hand is rolled back by it, and holds no connection", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    const db = manager.open({ signal: abort.signal });
    await db.add(new Note({ body: "late" }));
    abort.abort(reason);
    await expect(db.commit()).rejects.toBe(reason);
    const { isEnded } = db;
    const { checkedOut } = manager.pool.status();
    await db.rollback(); // for the tests after this one, should it not have been
    expect({ isEnded, checkedOut }).toEqual({ isEnded: true, checkedOut: 0 });
    expect(await bodies()).toEqual([]);
  });

  it("rolls a savepoint back although its signal is aborted", async () => {
    const abort = new AbortController();
    const work = manager.session(
      async (db) => {
        await db.add(new Note({ body: "outer" }));
        const inner = db.transaction(async () => {
          await db.add(new Note({ body: "inner" }));
          abort.abort(new Error("enough"));
          await db.add(new Note({ body: "never" }));
        });
        await inner.catch(() => {});
      },
      { signal: abort.signal },
    );
    await expect(work).rejects.toThrow("enough");
    expect(await bodies()).toEqual([]);
    expect(manager.pool.status().checkedOut).toBe(0);
  });

  it("runs afterCommit after a commit and never after a rollback", async () => {
    const ran: string[] = [];
    await manager.session(async (db) => {
      db.afterCommit(async () => {
        ran.push(`committed, ${(await bodies()).length} visible`);
      });
      await db.add(new Note({ body: "x" }));
    });
    await manager
      .session(async (db) => {
        db.afterCommit(() => void ran.push("never"));
        throw new Error("no");
      })
      .catch(() => {});
    expect(ran).toEqual(["committed, 1 visible"]);
  });

  it("refuses use after its end", async () => {
    let kept: Parameters<Parameters<typeof manager.session>[0]>[0] | undefined;
    await manager.session(async (db) => {
      kept = db;
    });
    await expect(kept!.all(select(Note))).rejects.toBeInstanceOf(errors.SessionClosed);
  });

  it("honours readOnly and isolation", async () => {
    const write = manager.session((db) => db.add(new Note({ body: "x" })), { readOnly: true });
    await expect(write).rejects.toMatchObject({ sqlState: "25006" });
    const level = await manager.session(
      async (db) => (await db.sql<{ transaction_isolation: string }>`show transaction_isolation`)[0],
      { isolation: "serializable" },
    );
    expect(level).toEqual({ transaction_isolation: "serializable" });
  });

  it("cancels the running statement on abort, and the connection can be used again", async () => {
    const abort = new AbortController();
    const sleeping = manager.session((db) => db.sql`select pg_sleep(30)`, { signal: abort.signal });
    await expect.poll(() => manager.pool.status().checkedOut).toBe(1);
    await expect
      .poll(() =>
        database.query(
          "select 1 from pg_stat_activity where query like '%pg_sleep(30)%' and state = 'active' and pid <> pg_backend_pid()",
        ),
      )
      .toHaveLength(1);
    abort.abort();
    await expect(sleeping).rejects.toBeInstanceOf(errors.QueryCanceled);
    await manager.ping();
    expect(manager.pool.status().checkedOut).toBe(0);
  });

  it("runs statements given at the same time one after another, and aborts only its own", async () => {
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", note);
    const abort = new AbortController();
    const work = await manager.session(async (db) => {
      const answers = Promise.all([1, 2, 3].map((n) => db.sql`select ${n}::int as n, pg_sleep(0.01)`));
      await manager.session((other) => other.sql`select 1`, { signal: abort.signal });
      abort.abort(); // of a session that has ended
      return await answers;
    });
    expect(work.flat()).toMatchObject([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });

  it("never puts a value into an error", async () => {
    const secret = "s3cret-value";
    const failures = await Promise.all([
      manager.session((db) => db.sql`select ${secret}::uuid`).catch((error: unknown) => error),
      manager.session((db) => db.sql`select ${secret}::integer`).catch((error: unknown) => error),
      manager.session((db) => db.sql`select now() at time zone ${secret}`).catch((error: unknown) => error),
      manager.session((db) => db.sql`select ${secret}::regclass`).catch((error: unknown) => error),
      manager.session((db) => db.sql`select current_setting(${secret})`).catch((error: unknown) => error),
      manager
        .session(async (db) => {
          await db.sql`create temporary table once (body text unique) on commit drop`;
          await db.sql`insert into once values (${secret}), (${secret})`;
        })
        .catch((error: unknown) => error),
    ]);
    const { inspect } = await import("node:util");
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(errors.StatementFailed);
      expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(secret);
    }
    expect(failures[5]).toMatchObject({ code: "UNIQUE_VIOLATION", constraint: "once_body_key", columns: ["body"] });
  });
});

describe("values", () => {
  it("that cannot be sent are the caller's error, and the connection is as good as before", async () => {
    const before = await manager.session((db) => db.sql`select pg_backend_pid() as pid`);
    for (const value of [{ a: 1n }, new Date(Number.NaN), () => 1, [Symbol("x")]]) {
      const refused = manager.session((db) => db.sql`select ${value}::text`);
      await expect(refused).rejects.toThrow(/^Parameter \$1 cannot be sent/);
    }
    const many = Array.from({ length: 65_536 }, () => 1);
    const tooMany = manager.session((db) => db.all(new Sql([...many.map(() => ""), ""], many)));
    await expect(tooMany).rejects.toThrow(/65536 parameters; PostgreSQL takes 65535/);
    expect(await manager.session((db) => db.sql`select pg_backend_pid() as pid`)).toEqual(before);
  });

  it("arrive as they were sent", async () => {
    const moment = new Date("2026-01-31T12:00:00.123Z");
    const [row] = await manager.session(
      (db) => db.sql<
        Record<string, unknown>
      >`select ${Buffer.from("abc")}::bytea as bytes, ${moment}::timestamptz as moment,
        ${[moment, null]}::timestamptz[] as moments, ${new Date("+012026-01-01T00:00:00Z")}::timestamptz as far,
        ${new Date("-000043-03-15T12:00:00Z")}::timestamptz as ides, ${{ a: [1] }}::jsonb as json, ${12n}::bigint as big,
        ${[["a,b", null], ['"', "x"]]}::text[] as nested, ${Number.POSITIVE_INFINITY}::float8 as much, ${undefined}::int as none`,
    );
    expect(row).toEqual({
      bytes: Buffer.from("abc"),
      moment,
      moments: [moment, null],
      far: new Date("+012026-01-01T00:00:00Z"),
      ides: new Date("-000043-03-15T12:00:00Z"),
      json: { a: [1] },
      big: 12n,
      nested: [
        ["a,b", null],
        ['"', "x"],
      ],
      much: Number.POSITIVE_INFINITY,
      none: null,
    });
  });

  it("read the same whatever the database's own settings", async () => {
    await using other = await createTestDatabase();
    for (const setting of [
      "datestyle = 'German'",
      "bytea_output = 'escape'",
      "intervalstyle = 'iso_8601'",
      "timezone = 'Asia/Kolkata'",
    ]) {
      await other.query(`alter database ${other.name} set ${setting}`);
    }
    const there = new DatabaseManager({ url: other.url });
    const [row] = await there.session(
      (db) =>
        db.sql`select timestamptz '2026-01-31 12:00:00+00' as moment, 'ab'::bytea as bytes, interval '1 day' as span`,
    );
    await there.close();
    expect(row).toEqual({ moment: new Date("2026-01-31T12:00:00Z"), bytes: Buffer.from("ab"), span: "1 day" });
  });

  it("of COPY FROM STDIN are refused, and nothing hangs", async () => {
    const copy = manager.session((db) => db.sql`copy notes from stdin`);
    await expect(copy).rejects.toThrow(/COPY FROM STDIN cannot be run as a query/);
    expect(await manager.session((db) => db.sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });
});

describe("retry", () => {
  it("runs the whole callback again on a serialization failure", async () => {
    await database.query("create table counters (id int primary key, n int not null)");
    await database.query("insert into counters values (1, 0)");
    let runs = 0;
    const increment = (): Promise<void> =>
      manager.retry(
        async (db) => {
          runs += 1;
          const [row] = await db.sql<{ n: number }>`select n from counters where id = 1`;
          await db.sql`update counters set n = ${row!.n + 1} where id = 1`;
        },
        { isolation: "serializable", attempts: 20 },
      );
    await Promise.all([increment(), increment(), increment(), increment()]);
    expect(await database.query("select n from counters")).toEqual([{ n: 4 }]);
    expect(runs).toBeGreaterThan(4);
  });

  it("does not repeat other failures", async () => {
    let runs = 0;
    const work = manager.retry(async (db) => {
      runs += 1;
      await db.sql`select 1 / 0`;
    });
    await expect(work).rejects.toMatchObject({ sqlState: "22012" });
    expect(runs).toBe(1);
  });
});

describe("a lost connection", () => {
  it("is reported as such, and the next session gets a new one", async () => {
    const work = manager.session(async (db) => {
      await db.add(new Note({ body: "lost" }));
      const [row] = await db.sql<{ pid: number }>`select pg_backend_pid() as pid`;
      await database.query(`select pg_terminate_backend(${row!.pid})`);
      await db.all(select(Note));
    });
    await expect(work).rejects.toBeInstanceOf(errors.ConnectionLost);
    expect(await bodies()).toEqual([]);
    expect(await manager.session((db) => db.sql`select ${1}::int as one`)).toEqual([{ one: 1 }]);
  });

  it("is not noticed by readers when it happened to idle connections", async () => {
    await Promise.all([1, 2, 3].map(() => manager.session((db) => db.sql`select pg_sleep(0.05)`)));
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hypertroq' and datname = current_database()",
    );
    const answers = await Promise.all(
      [1, 2, 3].map((n) => manager.session((db) => db.one(sql<{ n: number }>`select ${n}::int as n`))),
    );
    expect(answers).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });
});
