import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  DatabaseManager,
  type DatabaseOptions,
  errors,
  insert,
  integer,
  Model,
  type Session,
  select,
  sql,
  text,
} from "../../src/index.ts";
import { failure } from "./failure.ts";
import type { Fault } from "./link.ts";
import { FaultProxy } from "./proxy.ts";
import { ENTRIES, Entry } from "./workload.ts";

let database: TestDatabase;
let proxy: FaultProxy;
let manager: DatabaseManager;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(ENTRIES);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.query("truncate entries");
  await database.query("insert into entries values (0)");
  proxy = await FaultProxy.start(database.url);
  manager = manage();
});
afterEach(async () => {
  await manager.close({ timeout: 0 });
  await proxy.close();
});

function manage(options: Partial<DatabaseOptions> = {}): DatabaseManager {
  return new DatabaseManager({ url: proxy.url, poolSize: 1, connectTimeout: 1, watchdog: 0.5, ...options });
}

/** Uses the pool's one connection, for what the tests do as well, so that nothing is new to it. */
async function warmUp(): Promise<void> {
  for (let i = 0; i < 3; i++) await read();
  proxy.recording.clear();
}

const read = (): Promise<Entry | undefined> =>
  manager.session((db) => db.first(select(Entry).where(Entry.c.number.eq(0))));
const write = (number: number): Promise<unknown> => manager.session((db) => db.add(new Entry({ number })));
const track = { trackOutcome: true };

const inflict = (fault: Fault) => () => proxy.inflict(fault, "existing");
const numbers = async (): Promise<unknown[]> =>
  (await database.query("select number from entries where number > 0 order by 1")).map((row) => row["number"]);
/** How often a statement was sent. */
const sent = (text: RegExp): number => proxy.recording.flights.flat().filter((one) => text.test(one)).length;

describe("a pooled connection turns out to be dead:", () => {
  it("a read is sent once more, and nobody notices", async () => {
    await warmUp();
    proxy.cut("rst", "server");
    expect(await read()).toBeInstanceOf(Entry);
    expect(sent(/^select "entries"/)).toBe(2);
    expect(manager.pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0, waiting: 0 });
  });

  it("also when it had been opened for that read", async () => {
    proxy.when(/^select "entries"/, () => proxy.cut("rst", "server"));
    expect(await read()).toBeInstanceOf(Entry);
    expect(sent(/^select "entries"/)).toBe(2);
    expect(manager.pool.counters().connects).toBe(2);
  });

  it("the first flight of a transaction is sent once more, for its commit is yet to come", async () => {
    await warmUp();
    proxy.cut("rst", "server");
    await write(1);
    expect(await numbers()).toEqual([1]);
    expect(sent(/^insert/)).toBe(2);
    expect(sent(/^commit/)).toBe(1);
  });

  it("a write that commits by itself is not: its outcome is unknown", async () => {
    await warmUp();
    proxy.cut("rst", "server");
    expect(await failure(manager.execute(insert(Entry, { number: 1 })))).toBeInstanceOf(errors.CommitOutcomeUnknown);
    expect(sent(/^insert/)).toBe(1);
    await manager.execute(insert(Entry, { number: 2 }));
    expect(await numbers()).toEqual([2]);
  });

  it("a read on the manager is sent once more only from a table that is known to be plain", async () => {
    await database.query("create or replace view seen_entries as select * from entries");
    class Seen extends Entry {
      static override readonly table: string = "seen_entries";
    }
    await warmUp();
    for (const model of [Entry, Seen]) for (let i = 0; i < 2; i++) await manager.all(select(model));
    proxy.recording.clear();
    proxy.cut("rst", "server");
    expect(await manager.all(select(Entry))).toHaveLength(1);
    expect(sent(/^select "entries"/)).toBe(2);
    proxy.cut("rst", "server");
    expect(await failure(manager.all(select(Seen)))).toBeInstanceOf(errors.CommitOutcomeUnknown);
    expect(sent(/^select "seen_entries"/)).toBe(1);
  });

  it("what was told its end before anything was sent is replaced, and a write that commits by itself succeeds", async () => {
    await warmUp();
    const lease = await manager.pool.checkout();
    const { connection } = lease;
    await lease.release();
    proxy.cut("fin");
    await expect.poll(() => connection.isLost).toBe(true);
    await manager.execute(insert(Entry, { number: 1 }));
    expect(await numbers()).toEqual([1]);
    expect(sent(/^insert/)).toBe(1);
  });

  it("terminated by an administrator while idle, a write that commits by itself succeeds", async () => {
    await warmUp();
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hypertroq' and datname = current_database()",
    );
    await manager.execute(insert(Entry, { number: 1 }));
    expect(await numbers()).toEqual([1]);
  });

  it("without pre-ping nothing is sent again", async () => {
    manager = manage({ prePing: false });
    await warmUp();
    proxy.cut("rst", "server");
    expect(await failure(read())).toBeInstanceOf(errors.ConnectionLost);
    expect(sent(/^select "entries"/)).toBe(1);
    expect(await read()).toBeInstanceOf(Entry);
  });

  it("nothing is sent a third time", async () => {
    await warmUp();
    proxy.inflict({ resetAfter: 1 }, "existing");
    proxy.cut("rst", "server");
    proxy.onMessage = ({ type, text = "" }) => {
      if (type === "bind" && /^select "entries"/.test(text)) proxy.cut("rst");
    };
    expect(await failure(read())).toBeInstanceOf(errors.ConnectionLost);
    expect(sent(/^select "entries"/)).toBe(2);
  });
});

describe("a connection dies while it is used:", () => {
  it("a read is not sent again once a row of its answer has come", async () => {
    await warmUp();
    proxy.when(/^select "entries"/, inflict({ resetAfter: 20 })); // 5 bytes of BindComplete, 12 of the row
    expect(await failure(read())).toBeInstanceOf(errors.ConnectionLost);
    expect(sent(/^select "entries"/)).toBe(1);
  });

  it("a read is sent once more when the server had only begun with it", async () => {
    await warmUp();
    proxy.when(/^select "entries"/, inflict({ resetAfter: 10 }));
    expect(await read()).toBeInstanceOf(Entry);
    expect(sent(/^select "entries"/)).toBe(2);
  });

  it("there is no silent reconnect in the middle of a transaction", async () => {
    await warmUp();
    const work = manager.session(async (db) => {
      await db.add(new Entry({ number: 1 }));
      proxy.cut("rst", "server");
      await db.add(new Entry({ number: 2 }));
    });
    const error = await failure(work);
    expect(error).toBeInstanceOf(errors.ConnectionLost);
    expect(error).not.toBeInstanceOf(errors.CommitOutcomeUnknown);
    expect(await numbers()).toEqual([]);
  });

  it("a session whose error was swallowed does not commit on another connection", async () => {
    await warmUp();
    const work = manager.session(async (db) => {
      await db.add(new Entry({ number: 1 }));
      proxy.cut("rst");
      await db.add(new Entry({ number: 2 })).catch(() => {});
      await db.add(new Entry({ number: 3 })).catch(() => {});
    });
    expect(await failure(work)).toBeInstanceOf(errors.DatabaseError);
    expect(await numbers()).toEqual([]);
    expect(manager.pool.status()).toMatchObject({ checkedOut: 0, waiting: 0 });
  });

  it("a savepoint does not hide it", async () => {
    await warmUp();
    const work = manager.session(async (db) => {
      await db.add(new Entry({ number: 1 }));
      await db.transaction(async () => {
        proxy.cut("rst");
        await db.add(new Entry({ number: 2 }));
      });
    });
    expect(await failure(work)).toBeInstanceOf(errors.ConnectionLost);
    expect(await numbers()).toEqual([]);
  });

  it("a write that commits by itself is not sent again from a black hole, where it happened once", async () => {
    await warmUp();
    proxy.when(/^insert/, inflict({ toClient: "swallow" }));
    expect(await failure(manager.execute(insert(Entry, { number: 1 })))).toBeInstanceOf(errors.CommitOutcomeUnknown);
    expect(sent(/^insert/)).toBe(1);
    expect(await numbers()).toEqual([1]);
  });

  it("a read that nobody answers is found by the watchdog and sent once more", async () => {
    await warmUp();
    proxy.when(/^select "entries"/, inflict({ toServer: "swallow" }));
    expect(await read()).toBeInstanceOf(Entry);
    expect(sent(/^select "entries"/)).toBe(2);
  });

  it("a read whose server process is terminated before it answered is sent once more", async () => {
    await warmUp();
    const other = new DatabaseManager({ url: database.url, applicationName: "locker" });
    const locker = other.open();
    await locker.sql`lock table entries in access exclusive mode`;
    const waiting = read();
    const isWaiting = "datname = current_database() and application_name = 'hypertroq' and wait_event_type = 'Lock'";
    await expect.poll(() => database.query(`select 1 from pg_stat_activity where ${isWaiting}`)).toHaveLength(1);
    await database.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${isWaiting}`);
    await locker.rollback();
    await other.close();
    expect(await waiting).toBeInstanceOf(Entry);
    expect(sent(/^select "entries"/)).toBe(2);
  });

  it("a write that nobody answers is sent once more, and does not wait for the locks of the first", async () => {
    await database.query("insert into entries values (1)");
    await warmUp();
    proxy.when(/^update/, () => {
      proxy.inflict({ toClient: "swallow" }, "existing");
      // Once the statement has got there, the server hears nothing more either: not of the client's end.
      setImmediate(inflict({ toServer: "swallow", toClient: "swallow" }));
    });
    await manager.session((db) => db.sql`update entries set number = 2 where number = 1`, { lockTimeout: 30 });
    expect(sent(/^update/)).toBe(2);
    expect(await numbers()).toEqual([2]);
  });

  it("a statement that takes long is left alone by the watchdog", async () => {
    await warmUp();
    expect(await manager.session((db) => db.sql`select pg_sleep(4), 1 as one`)).toMatchObject([{ one: 1 }]);
    expect(sent(/pg_sleep/)).toBe(1);
  });
});

describe("the answer to COMMIT is lost:", () => {
  it("the outcome is unknown, and resolves to committed when the server had it", async () => {
    await warmUp();
    proxy.when(/^commit/, inflict({ toClient: "swallow" }));
    const error = await failure(manager.session((db) => db.add(new Entry({ number: 1 })), track));
    expect(error).toBeInstanceOf(errors.CommitOutcomeUnknown);
    expect(await manager.resolveCommit(error as errors.CommitOutcomeUnknown)).toBe("committed");
    expect(await numbers()).toEqual([1]);
  });

  it("and to aborted when the server never got it", async () => {
    await warmUp();
    proxy.when(/^commit/, () => proxy.cut("rst", "server"));
    const error = await failure(manager.session((db) => db.add(new Entry({ number: 1 })), track));
    expect(error).toBeInstanceOf(errors.CommitOutcomeUnknown);
    expect(await manager.resolveCommit(error as errors.CommitOutcomeUnknown)).toBe("aborted");
    expect(await numbers()).toEqual([]);
  });

  it("and to aborted when the server still waits for it: its process is ended", async () => {
    await warmUp();
    proxy.when(/^commit/, () => proxy.cut("rst", "client")); // and the server does not hear of it
    const error = await failure(manager.session((db) => db.add(new Entry({ number: 1 })), track));
    expect(error).toBeInstanceOf(errors.CommitOutcomeUnknown);
    expect(await manager.resolveCommit(error as errors.CommitOutcomeUnknown)).toBe("aborted");
    expect(await numbers()).toEqual([]);
  });

  it("is never called aborted while the server may yet get it", async () => {
    await warmUp();
    proxy.when(/^commit/, inflict({ toServer: "hold", toClient: "hold" }));
    const error = (await failure(
      manager.session((db) => db.add(new Entry({ number: 1 })), track),
    )) as errors.CommitOutcomeUnknown;
    expect(error).toBeInstanceOf(errors.CommitOutcomeUnknown);
    expect(await numbers()).toEqual([]);
    const early = await manager.resolveCommit(error);
    proxy.restore();
    await expect
      .poll(() =>
        database.query(
          "select 1 from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
        ),
      )
      .toEqual([]);
    const late = await manager.resolveCommit(error);
    expect(late).toBe((await numbers()).length === 1 ? "committed" : "aborted");
    expect([late, "unknown"]).toContain(early);
  });

  it("is not resolved for a session that kept no track", async () => {
    await warmUp();
    proxy.when(/^commit/, inflict({ toClient: "swallow" }));
    const error = await failure(write(1));
    expect(error).toBeInstanceOf(errors.CommitOutcomeUnknown);
    expect(await manager.resolveCommit(error as errors.CommitOutcomeUnknown)).toBe("unknown");
  });

  it("leads retry to do it again when it had not happened, and not when it had", async () => {
    await warmUp();
    let runs = 0;
    const retried = (number: number): Promise<number> =>
      manager.retry(async (db) => {
        runs += 1;
        await db.add(new Entry({ number }));
        return number;
      });
    proxy.when(/^commit/, () => proxy.cut("rst", "server"));
    expect(await retried(1)).toBe(1);
    expect(runs).toBe(2);
    proxy.when(/^commit/, inflict({ toClient: "swallow" }));
    expect(await retried(2)).toBe(2);
    expect(runs).toBe(3);
    expect(await numbers()).toEqual([1, 2]);
  });

  it("and retry does not take another session's outcome for its own", async () => {
    const other = manage();
    const ran: string[] = [];
    let runs = 0;
    const work = manager.retry(async (db) => {
      runs += 1;
      db.afterCommit(() => void ran.push("committed"));
      await db.add(new Entry({ number: 1 }));
      proxy.when(/^commit/, inflict({ toClient: "swallow" }));
      await other.session((inner) => inner.add(new Entry({ number: 2 })), track);
      return "result";
    });
    expect(await failure(work)).toBeInstanceOf(errors.CommitOutcomeUnknown);
    await other.close({ timeout: 0 });
    expect(runs).toBe(1);
    expect(ran).toEqual([]);
    expect(await numbers()).toEqual([2]);
  });

  it("matters to nobody when the session was read only", async () => {
    await warmUp();
    proxy.when(/^commit/, () => proxy.cut("rst", "server"));
    const rows = await manager.session((db) => db.all(sql<{ n: number }>`select count(*)::int as n from entries`), {
      readOnly: true,
    });
    expect(rows).toEqual([{ n: 1 }]);
  });

  it("leaves instances as they were before, so that saving them again saves them", async () => {
    await database.query(
      "create table named (id int primary key, name text not null); insert into named values (1, 'old')",
    );
    class Named extends Model.define({ id: integer().primaryKey(), name: text() }) {
      static override readonly table = "named";
    }
    const item = await manager.one(select(Named));
    const save = async (db: Session): Promise<void> => {
      item.name = "new";
      await db.save(item);
    };
    proxy.when(/^commit/, () => proxy.cut("rst", "server"));
    await manager.retry(save);
    expect(await database.query("select name from named")).toEqual([{ name: "new" }]);
    await database.query("update named set name = 'old'");
    await manager.session((db) => db.refresh(item));
    proxy.when(/^commit/, () => proxy.cut("rst", "server"));
    expect(await failure(manager.session(save))).toBeInstanceOf(errors.CommitOutcomeUnknown);
    await manager.session(save);
    expect(await database.query("select name from named")).toEqual([{ name: "new" }]);
  });

  it("runs neither afterCommit nor afterRollback", async () => {
    await warmUp();
    const ran: string[] = [];
    proxy.when(/^commit/, inflict({ toClient: "swallow" }));
    const work = manager.session(async (db) => {
      db.afterCommit(() => void ran.push("committed"));
      db.afterRollback(() => void ran.push("rolled back"));
      await db.add(new Entry({ number: 1 }));
    });
    expect(await failure(work)).toBeInstanceOf(errors.CommitOutcomeUnknown);
    expect(ran).toEqual([]);
  });
});
