import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  DatabaseManager,
  errors,
  getDb,
  insert,
  integer,
  Model,
  runInScope,
  type Session,
  select,
} from "../../src/index.ts";

class Entry extends Model.define({ n: integer().primaryKey() }) {
  static override readonly table = "entries";
}

let database: TestDatabase;
let manager: DatabaseManager;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`
    create table entries (n int primary key);
    create table late (n int unique deferrable initially deferred)`);
  manager = new DatabaseManager({ url: database.url, poolSize: 3, poolTimeout: 5 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});
beforeEach(() => database.query("truncate entries, late"));

const stored = async (): Promise<unknown[]> =>
  (await database.query("select n from entries order by n")).map((row) => row["n"]);

describe("statements given together", () => {
  it("answer each their own, in order", async () => {
    const sums = await manager.session((db) =>
      Promise.all([1, 2, 3, 4, 5].map((n) => db.sql<{ sum: number }>`select ${n}::int + 1 as sum`)),
    );
    expect(sums.flat().map(({ sum }) => sum)).toEqual([2, 3, 4, 5, 6]);
  });

  it("reads among them, wait for no connection that their own transaction holds", async () => {
    const few = new DatabaseManager({ url: database.url, poolSize: 2, poolTimeout: 10 });
    await few.all(select(Entry));
    await few.session((db) => db.all(select(Entry)));
    const works = Array.from({ length: 20 }, (_, n) =>
      few.session((db) =>
        Promise.all([
          ...Array.from({ length: 6 }, () => db.all(select(Entry))),
          db.one(insert(Entry, { n })),
          ...Array.from({ length: 6 }, () => db.all(select(Entry))),
        ]),
      ),
    );
    await Promise.all(works);
    expect(await stored()).toHaveLength(20);
    await few.close();
  });

  it("after the one that failed are not run, and say so", async () => {
    const outcomes = await manager
      .session(async (db) => {
        await db.sql`select 1`;
        const works = [
          db.one(insert(Entry, { n: 1 })),
          db.sql`select 1 / 0`,
          db.one(insert(Entry, { n: 2 })),
          db.sql`select 2`,
        ];
        const settled = await Promise.allSettled(works);
        throw settled;
      })
      .catch((settled: unknown) => settled as PromiseSettledResult<unknown>[]);
    const reasons = outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "fulfilled"));
    expect(reasons).toEqual(["fulfilled", "DATA_ERROR", "IN_FAILED_TRANSACTION", "IN_FAILED_TRANSACTION"]);
    expect(await stored()).toEqual([]);
  });
});

describe("savepoints", () => {
  it("nest, and roll back what is inside", async () => {
    await manager.session(async (db) => {
      await db.one(insert(Entry, { n: 1 }));
      await db
        .transaction(async () => {
          await db.one(insert(Entry, { n: 2 }));
          await db.transaction(() => db.one(insert(Entry, { n: 3 })));
          await db.transaction(async () => {}); // nothing in it
          throw new Error("no");
        })
        .catch(() => {});
      await db.transaction(() => db.one(insert(Entry, { n: 4 })));
    });
    expect(await stored()).toEqual([1, 4]);
  });

  it("whose statement failed and was swallowed are rolled back, and the session goes on", async () => {
    await manager.session(async (db) => {
      await db.one(insert(Entry, { n: 1 }));
      const inside = db.transaction(async () => {
        await db.one(insert(Entry, { n: 2 }));
        await db.one(insert(Entry, { n: 2 })).catch(() => {});
      });
      await expect(inside).rejects.toBeInstanceOf(errors.TransactionRolledBack);
      await db.one(insert(Entry, { n: 3 }));
    });
    expect(await stored()).toEqual([1, 3]);
  });

  it("recover as the first thing in a session", async () => {
    await manager.session(async (db) => {
      await db.transaction(() => db.sql`select 1 / 0`).catch(() => {});
      await db.one(insert(Entry, { n: 1 }));
    });
    expect(await stored()).toEqual([1]);
  });
});

describe("beside a savepoint", () => {
  it("what was given before stays, when it rolls back", async () => {
    const outcomes = await manager.session((db) =>
      Promise.allSettled([
        db.one(insert(Entry, { n: 1 })),
        db.one(insert(Entry, { n: 2 })),
        db.transaction(async () => {
          await db.one(insert(Entry, { n: 3 }));
          throw new Error("no");
        }),
      ]),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(await stored()).toEqual([1, 2]);
  });

  it("what was given before keeps its instance's changes", async () => {
    await manager.session(async (db) => {
      const entry = new Entry({ n: 1 });
      await Promise.allSettled([
        db.add(entry),
        db.transaction(async () => {
          throw new Error("no");
        }),
      ]);
      await db.refresh(entry); // stored, and known to be
    });
    expect(await stored()).toEqual([1]);
  });

  it("in the air, it is opened all the same", async () => {
    await manager.session(async (db) => {
      await db.sql`select 1`;
      await Promise.all([db.one(insert(Entry, { n: 1 })), db.transaction(() => db.one(insert(Entry, { n: 2 })))]);
      await Promise.all([db.count(select(Entry)), db.transaction(() => db.one(insert(Entry, { n: 3 })))]);
    });
    expect(await stored()).toEqual([1, 2, 3]);
  });

  it("a statement is refused, and not taken along", async () => {
    await manager.session(async (db) => {
      const [inside, beside] = await Promise.allSettled([
        db.transaction(() => db.one(insert(Entry, { n: 1 }))),
        db.one(insert(Entry, { n: 2 })),
      ]);
      expect(inside.status).toBe("fulfilled");
      expect(beside).toMatchObject({ status: "rejected", reason: { code: "DEFINITION_INVALID" } });
    });
    expect(await stored()).toEqual([1]);
  });
});

describe("a transaction that is over behind the session's back", () => {
  it.each([
    "commit",
    "ROLLBACK",
    " begin",
    "end work",
    "abort",
    "start transaction",
    "rollback work",
    "prepare transaction 'x'",
    "/* a note */ commit",
    "-- a note\nrollback",
  ])("is not ended by hand: %s", async (text) => {
    const work = manager.session(async (db) => {
      await db.one(insert(Entry, { n: 1 }));
      await db.sql([text] as never).catch((error: Error) => {
        expect(error).toBeInstanceOf(errors.DefinitionError);
        throw error;
      });
    });
    await expect(work).rejects.toThrow(/begins and ends its transaction itself/);
    expect(await stored()).toEqual([]);
  });

  it("takes no further statements, and cannot be committed", async () => {
    await database.query("create or replace procedure ends() language plpgsql as $$ begin commit; end $$");
    const outcomes: unknown[] = [];
    const work = manager.session(async (db) => {
      await db.one(insert(Entry, { n: 1 }));
      await db.sql`/* by /* the */ hand */ commit`; // a comment in a comment is not looked through
      outcomes.push(await db.one(insert(Entry, { n: 2 })).catch((error: unknown) => error));
    });
    await expect(work).rejects.toBeInstanceOf(errors.TransactionEnded);
    expect(outcomes[0]).toBeInstanceOf(errors.TransactionEnded);
    expect(await stored()).toEqual([1]); // what was committed by hand, and nothing after it
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0 });
  });

  it("because it never began, either", async () => {
    await database.query("create role narrow login password 'narrow'; grant all on entries to narrow");
    const url = Object.assign(new URL(database.url), { username: "narrow", password: "narrow" });
    const narrow = new DatabaseManager({ url: url.href });
    const work = narrow.session(
      async (db) => {
        await db.sql`select 1`.catch(() => {});
        await db.one(insert(Entry, { n: 1 }));
      },
      { context: { session_replication_role: "replica" } },
    );
    await expect(work).rejects.toBeInstanceOf(errors.DatabaseError);
    expect(await stored()).toEqual([]);
    await narrow.close();
    await database.query("revoke all on entries from narrow; drop role narrow");
  });
});

describe("what a session is given", () => {
  it.each([
    [{ context: { "app.x": 5 } }, /context app\.x must be text/],
    [{ context: { "app.x": undefined } }, /context app\.x must be text/],
    [{ context: { "app.x": "a\0b" } }, /U\+0000/],
    [{ isolation: "snapshot" }, /isolation is one of/],
    [{ statementTimeout: -1 }, /statement_timeout is a number of seconds/],
    [{ lockTimeout: Number.NaN }, /lock_timeout is a number of seconds/],
  ])("%o is refused before anything is sent", async (options, expected) => {
    const work = manager.session(async (db) => {
      db.begin();
      await db.one(insert(Entry, { n: 1 }));
    }, options as never);
    await expect(work).rejects.toThrow(expected);
    expect(await stored()).toEqual([]);
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0 });
  });

  it("is named in the server's complaint", async () => {
    const work = manager.session((db) => db.sql`select 1`, { context: { "no such": "x" } });
    await expect(work).rejects.toThrow(/"no such"/);
  });
});

describe("a result that cannot be used", () => {
  it("is an error inside a transaction too", async () => {
    const small = new DatabaseManager({ url: database.url, maxResultBytes: 1000 });
    const work = small.session(async (db) => {
      await db.one(insert(Entry, { n: 1 }));
      return await db.sql`select g, repeat('x', 50) from generate_series(1, 50) g`;
    });
    await expect(work).rejects.toBeInstanceOf(errors.ResultTooLarge);
    expect(await stored()).toEqual([]);
    await expect(small.sql`select repeat('x', 2000)`).rejects.toBeInstanceOf(errors.ResultTooLarge);
    await small.close();
  });
});

describe("an error", () => {
  it("shows the line that ran the statement", async () => {
    async function findMe(): Promise<void> {
      await manager.session((db) => db.sql`select nonsense`);
    }
    async function findMeToo(): Promise<void> {
      await manager.sql`select nonsense`;
    }
    for (const [work, name] of [
      [findMe, "findMe"],
      [findMeToo, "findMeToo"],
    ] as const) {
      const error = await work().catch((failure: Error) => failure);
      expect((error as Error).stack).toContain(name);
      expect((error as Error).stack).toContain("transaction.test.ts");
    }
  });
});

describe("a session ended by hand", () => {
  it("is not ended again", async () => {
    const result = await manager.session(async (db) => {
      await db.one(insert(Entry, { n: 1 }));
      await db.commit();
      return "kept";
    });
    expect(result).toBe("kept");
    await manager.session(async (db) => {
      await db.one(insert(Entry, { n: 2 }));
      await db.rollback();
    });
    expect(await stored()).toEqual([1]);
  });
});

describe("close", () => {
  it("waits for sessions that hold no connection just now, and refuses new ones", async () => {
    const closing = new DatabaseManager({ url: database.url });
    await closing.session((db) => db.all(select(Entry)));
    let go = (): void => {};
    const pause = new Promise<void>((resolve) => {
      go = resolve;
    });
    const work = closing.session(async (db) => {
      await db.all(select(Entry));
      expect(closing.pool.status().checkedOut).toBe(0);
      await pause;
      await db.one(insert(Entry, { n: 1 }));
    });
    await expect.poll(() => closing.pool.counters().checkouts).toBeGreaterThan(1);
    const closed = closing.close({ timeout: 30 });
    await expect(closing.session(async () => {})).rejects.toBeInstanceOf(errors.PoolClosed);
    go();
    await work;
    await closed;
    expect(await stored()).toEqual([1]);
  });
});

describe("options", () => {
  it("of context hold for the transaction and no longer", async () => {
    const read = async (options = {}): Promise<unknown> => {
      const [row] = await manager.session(
        (db) => db.sql<{ who: string | null }>`select nullif(current_setting('app.user', true), '') as who`,
        options,
      );
      return row!.who;
    };
    expect(await read({ context: { "app.user": "o'neill; --" } })).toBe("o'neill; --");
    for (let i = 0; i < 5; i++) expect(await read()).toBe(null);
  });

  it("of context are what row security goes by", async () => {
    await database.query(`
      create table secrets (owner text, what text);
      insert into secrets values ('ada', 'one'), ('bob', 'two');
      alter table secrets enable row level security;
      create policy own on secrets using (owner = current_setting('app.user', true));
      create role reader login password 'reader';
      grant select on secrets to reader`);
    const url = new URL(database.url);
    Object.assign(url, { username: "reader", password: "reader" });
    const asReader = new DatabaseManager({ url: url.href });
    const seen = await asReader.session((db) => db.sql`select what from secrets`, { context: { "app.user": "bob" } });
    expect(seen).toEqual([{ what: "two" }]);
    expect(await asReader.session((db) => db.sql`select what from secrets`)).toEqual([]);
    await asReader.close();
    await database.query("drop table secrets; drop role reader");
  });

  it("of time limits hold for the session and no longer", async () => {
    const slow = manager.session((db) => db.sql`select pg_sleep(30)`, { statementTimeout: 0.05 });
    await expect(slow).rejects.toBeInstanceOf(errors.QueryCanceled);
    const limits = (options = {}) =>
      manager.session(
        (db) => db.sql`select current_setting('statement_timeout') s, current_setting('lock_timeout') l`,
        options,
      );
    expect(await limits({ lockTimeout: 1.5 })).toEqual([{ s: "0", l: "1500ms" }]);
    expect(await limits()).toEqual([{ s: "0", l: "0" }]);
  });

  it("of the transaction's kind arrive", async () => {
    const [modes] = await manager.session(
      (db) => db.sql`select current_setting('transaction_isolation') i, current_setting('transaction_read_only') r,
                            current_setting('transaction_deferrable') d`,
      { isolation: "serializable", readOnly: true, deferrable: true },
    );
    expect(modes).toEqual({ i: "serializable", r: "on", d: "on" });
    const write = manager.session((db) => db.one(insert(Entry, { n: 1 })), { readOnly: true });
    await expect(write).rejects.toMatchObject({ sqlState: "25006" });
  });

  it("that the server refuses fail the first statement, which did not run", async () => {
    const work = manager.session((db) => db.one(insert(Entry, { n: 1 })), { context: { "no such": "x" } });
    await expect(work).rejects.toMatchObject({ sqlState: "42704" });
    expect(await stored()).toEqual([]);
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0 });
  });
});

describe("afterCommit and afterRollback", () => {
  it("given inside a savepoint go by its end", async () => {
    const ran: string[] = [];
    await manager.session(async (db) => {
      db.afterCommit(() => void ran.push("committed"));
      await db
        .transaction(async () => {
          await db.one(insert(Entry, { n: 1 }));
          db.afterCommit(() => void ran.push("never"));
          db.afterRollback(() => void ran.push("rolled back"));
          throw new Error("no");
        })
        .catch(() => {});
      expect(ran).toEqual(["rolled back"]);
    });
    expect(ran).toEqual(["rolled back", "committed"]);
  });
});

describe("afterRollback", () => {
  it("runs after a rollback, a failed commit and a swallowed failure, and never after a commit", async () => {
    const ran: string[] = [];
    const session = (
      name: string,
      work: (db: Parameters<Parameters<typeof manager.session>[0]>[0]) => Promise<unknown>,
    ) =>
      manager
        .session(async (db) => {
          db.afterRollback(() => void ran.push(name));
          await work(db);
        })
        .catch(() => {});
    await session("throws", async () => {
      throw new Error("no");
    });
    await session("deferred", (db) => db.sql`insert into late values (1), (1)`);
    await session("swallowed", (db) => db.sql`select 1 / 0`.catch(() => {}));
    await session("committed", (db) => db.one(insert(Entry, { n: 1 })));
    expect(ran).toEqual(["throws", "deferred", "swallowed"]);
  });
});

describe("a lost answer to a commit", () => {
  const unknown = (transaction?: { transactionId: string; incarnation: string }) =>
    new errors.CommitOutcomeUnknown("?", { transaction });
  const track = async (db: Session) => {
    const [row] = await db.sql<{ transactionId: string; incarnation: string }>`
      select pg_current_xact_id()::text as "transactionId",
             extract(epoch from pg_stat_get_bgwriter_stat_reset_time())::text as incarnation`;
    return row!;
  };

  it("is resolved by the transaction's id: committed, rolled back, or not known", async () => {
    const committed = await manager.session(track);
    const aborted = await manager
      .session(async (db) => {
        throw await track(db);
      })
      .catch((tracked: unknown) => tracked as typeof committed);
    expect(await manager.resolveCommit(unknown(committed))).toBe("committed");
    expect(await manager.resolveCommit(unknown(aborted))).toBe("aborted");
    expect(await manager.resolveCommit(unknown())).toBe("unknown");
    expect(await manager.resolveCommit(unknown({ ...committed, transactionId: "9000000000000" }))).toBe("unknown");
    expect(await manager.resolveCommit(unknown({ ...committed, incarnation: "0" }))).toBe("unknown");
  });

  it("ends a transaction that the server has not given up", async () => {
    const work = manager.session(async (db) => {
      const tracked = await track(db);
      await db.one(insert(Entry, { n: 1 }));
      expect(await manager.resolveCommit(unknown(tracked))).toBe("aborted");
    });
    await expect(work).rejects.toBeInstanceOf(errors.ConnectionLost);
    expect(await stored()).toEqual([]);
  });
});

describe("retry", () => {
  const kill = (): Promise<unknown> =>
    database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
    );

  it("runs the callback again when the connection was lost before the commit", async () => {
    let attempts = 0;
    await manager.retry(async (db) => {
      attempts += 1;
      await db.one(insert(Entry, { n: attempts }));
      if (attempts === 1) {
        await kill();
        await db.sql`select 1`;
      }
    });
    expect(await stored()).toEqual([2]);
  });

  it("ends with its attempts, or with its time", async () => {
    let attempts = 0;
    const conflict = async (): Promise<never> => {
      attempts += 1;
      throw new errors.SerializationFailure("again", { sqlState: "40001" });
    };
    await expect(manager.retry(conflict, { attempts: 3 })).rejects.toBeInstanceOf(errors.SerializationFailure);
    expect(attempts).toBe(3);
    await expect(manager.retry(conflict, { budget: 0 })).rejects.toBeInstanceOf(errors.SerializationFailure);
    expect(attempts).toBe(4);
  });

  it("stops pausing when it is aborted", async () => {
    const abort = new AbortController();
    const work = manager.retry(
      async () => {
        abort.abort(new Error("enough"));
        throw new errors.DeadlockDetected("again", { sqlState: "40P01" });
      },
      { signal: abort.signal },
    );
    await expect(work).rejects.toThrow("enough");
  });
});

describe("the manager", () => {
  it("runs single statements, each a transaction of its own", async () => {
    expect(await manager.one(insert(Entry, { n: 1 }))).toMatchObject({ n: 1 });
    await expect(manager.one(insert(Entry, { n: 1 }))).rejects.toBeInstanceOf(errors.UniqueViolation);
    expect(await manager.first(select(Entry).where(Entry.c.n.eq(1)))).toMatchObject({ n: 1 });
    expect(await manager.count(select(Entry))).toBe(1);
    expect(await manager.sql`select n from entries`).toEqual([{ n: 1 }]);
    const transaction = () => manager.sql<{ id: string }>`select pg_current_xact_id()::text as id`;
    expect(await transaction()).not.toEqual(await transaction());
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0 });
  });
});

describe("runInScope", () => {
  it("gives getDb its session, commits, and ends it for whatever outlives it", async () => {
    let late: Promise<unknown> | undefined;
    await runInScope(manager, async (db) => {
      expect(getDb()).toBe(db);
      await db.one(insert(Entry, { n: 1 }));
      late = new Promise((resolve) => setTimeout(resolve, 50)).then(() => getDb().sql`select 1`);
    });
    await expect(late).rejects.toBeInstanceOf(errors.SessionClosed);
    await expect(late).rejects.toThrow(/session has ended/);
    expect(await stored()).toEqual([1]);
    expect(() => getDb()).toThrow(errors.NoSession);
  });
});
