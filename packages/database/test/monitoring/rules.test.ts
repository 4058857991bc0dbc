import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { DatabaseManager, errors, type Session } from "../../src/index.ts";
import { Monitor, type Thresholds } from "../../src/monitoring/index.ts";
import { clears, fires } from "./looks.ts";

let database: TestDatabase;
let manager: DatabaseManager;
let monitor: Monitor;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("create table things (id int primary key, name text)");
  await database.query("insert into things select n, 'thing' from generate_series(1, 100) n");
});
afterAll(() => database.drop());
beforeEach(() => {
  manager = new DatabaseManager({ url: database.url, poolSize: 4 });
});
afterEach(async () => {
  await monitor.stop();
  await manager.close();
});

/** A monitor whose rules have limits that a test can reach; it tells at the first look, and that it is over at the first. */
function watch(thresholds: Thresholds, more: { readonly on?: DatabaseManager } = {}): Monitor {
  monitor = new Monitor(more.on ?? manager, { thresholds, alertInterval: 0, fireAfter: 1, clearAfter: 1 });
  return monitor;
}

/** A session with a transaction that is open until it is ended. */
async function opened(text = "select 1"): Promise<Session> {
  const db = manager.open();
  db.begin();
  await db.all({ compile: () => ({ text, values: [] }) });
  return db;
}

describe("each rule fires and clears by what really happens:", () => {
  it("idle in transaction, long transaction", async () => {
    watch({ "idle-in-transaction": { warning: 0.05 }, "long-transaction": { warning: 0.05, critical: 0.1 } });
    const db = await opened();
    const idle = await fires(monitor, "idle-in-transaction");
    expect(idle).toMatchObject({ severity: "warning", unit: "s" });
    expect(idle.findings[0]!.detail).toMatch(/^hypertroq \(postgres\) has been idle in its transaction for \d+ s\.$/);
    expect(idle.findings[0]!.value).toBeGreaterThanOrEqual(0.05);
    await expect.poll(() => monitor.look().then(() => monitor.alerts()[0]?.severity)).toBe("critical");
    expect(await fires(monitor, "long-transaction")).toMatchObject({ severity: "critical" });
    await db.commit();
    await clears(monitor, "idle-in-transaction");
    await clears(monitor, "long-transaction");
  });

  it("a lock that is waited for, with who holds it", async () => {
    watch({ "lock-wait": { warning: 0.05 } });
    const holder = await opened("lock table things in access exclusive mode");
    const waiting = manager.sql`select count(*) from things`;
    const { findings } = await fires(monitor, "lock-wait");
    expect(findings).toHaveLength(1);
    expect(findings[0]!.detail).toMatch(
      /^hypertroq waits for AccessShareLock on things, which is held by session \d+ \(hypertroq, idle in transaction\)\.$/,
    );
    await holder.commit();
    await waiting;
    await clears(monitor, "lock-wait");
  });

  it("a deadlock", async () => {
    watch({});
    await monitor.look();
    const [one, two] = await Promise.all([1, 2].map((n) => opened(`update things set name = 'a' where id = ${n}`)));
    await Promise.all([one!, two!].map((db) => db.sql`set local deadlock_timeout = '50ms'`));
    const ends = await Promise.allSettled([
      one!.sql`update things set name = 'b' where id = 2`,
      two!.sql`update things set name = 'b' where id = 1`,
    ]);
    expect(
      ends.filter((end) => end.status === "rejected" && end.reason instanceof errors.DeadlockDetected).length,
    ).toBe(1);
    // A session that is idle otherwise tells its statistics ten seconds later.
    for (const db of [one!, two!]) {
      await db.rollback();
      await manager.sql`select pg_stat_force_next_flush()`;
    }
    expect((await fires(monitor, "deadlocks")).findings[0]).toMatchObject({ subject: database.name, value: 1 });
    await clears(monitor, "deadlocks");
  });

  it("rollbacks", async () => {
    watch({ "rollback-ratio": { warning: 0.5, floor: 20 } });
    await monitor.look();
    const fail = () => manager.sql`select 1/0`.catch(() => {});
    // The server counts a session's transactions once a second at most.
    await expect
      .poll(async () => {
        for (let n = 0; n < 50; n++) await fail();
        await monitor.look();
        return monitor.alerts().map(({ id }) => id);
      })
      .toContain("rollback-ratio");
    await expect
      .poll(async () => {
        for (let n = 0; n < 50; n++) await manager.sql`select 1`;
        await monitor.look();
        return monitor.alerts().map(({ id }) => id);
      })
      .not.toContain("rollback-ratio");
  });

  it("dead rows", async () => {
    watch({ "dead-tuples": { warning: 0.2, floor: 50 } });
    await database.query("create table dying as select n from generate_series(1, 200) n");
    await database.query("alter table dying set (autovacuum_enabled = off)");
    await database.query("delete from dying where n <= 80");
    const { findings } = await fires(monitor, "dead-tuples");
    expect(findings).toEqual([{ subject: "table public.dying", value: 0.4, detail: "80 of 200 rows are dead." }]);
    await database.query("vacuum dying");
    await clears(monitor, "dead-tuples");
  });

  it("a sequence that is nearly used up, by its own end or by its column's type", async () => {
    watch({});
    await database.query("create sequence ending maxvalue 100");
    await database.query("create table numbered (id int)");
    await database.query("create sequence too_wide as bigint owned by numbered.id");
    await database.query("create sequence downwards increment -1 minvalue -100");
    await database.query("select setval('ending', 75), setval('too_wide', 2000000000), setval('downwards', -71)");
    expect(await fires(monitor, "sequence")).toMatchObject({
      severity: "critical",
      findings: [
        { subject: "sequence public.too_wide", value: expect.closeTo(0.93, 2) },
        { subject: "sequence public.ending", value: 0.75, detail: "It is at 75 of 100." },
        { subject: "sequence public.downwards", value: 0.71 },
      ],
    });
    await database.query("alter sequence ending maxvalue 1000");
    await database.query("alter table numbered alter id type bigint");
    await database.query("drop sequence downwards");
    await clears(monitor, "sequence");
  });

  it("an invalid index, an unvalidated constraint", async () => {
    watch({});
    await expect(database.query("create unique index concurrently things_name on things (name)")).rejects.toThrow();
    await database.query("alter table things add constraint small check (id < 1000) not valid");
    expect((await fires(monitor, "invalid-index")).findings).toMatchObject([{ subject: "index things_name" }]);
    expect((await fires(monitor, "unvalidated-constraint")).findings).toMatchObject([
      { subject: "constraint small on things" },
    ]);
    await database.query("drop index things_name");
    await database.query("alter table things validate constraint small");
    await clears(monitor, "invalid-index");
    await clears(monitor, "unvalidated-constraint");
  });

  it("a pool that is too small", async () => {
    const small = new DatabaseManager({ url: database.url, poolSize: 1 });
    watch({ "pool-waiting": { warning: 0.05 }, "pool-acquire": { warning: 20, critical: 1e6 } }, { on: small });
    await monitor.look();
    const db = small.open();
    await db.sql`select 1`;
    const waiting = small.sql`select 2`;
    await fires(monitor, "pool-waiting");
    await sleep(30);
    await db.rollback();
    await waiting;
    expect(await fires(monitor, "pool-acquire")).toMatchObject({ severity: "warning", unit: "ms" });
    await clears(monitor, "pool-waiting");
    await small.sql`select 3`;
    await clears(monitor, "pool-acquire");
    await small.close();
  });
});

it("by default a look at a quiet database finds nothing", async () => {
  watch({ "cache-hit": false, connections: false });
  await monitor.look();
  await monitor.look();
  expect(monitor.alerts()).toEqual([]);
  expect(monitor.expose()).toContain('hypertroq_rule_value{rule="wraparound"}');
});

it("looks are no rollbacks, which a rule counts", async () => {
  const rollbacks = () =>
    database.query("select xact_rollback::int as count from pg_stat_database where datname = current_database()");
  watch({});
  const before = await rollbacks();
  await monitor.look();
  await monitor.stop();
  // What a session has done is counted when it is gone, at the latest.
  await expect
    .poll(() =>
      database.query(
        "select from pg_stat_activity where application_name = 'hypertroq monitor' and datname = current_database()",
      ),
    )
    .toEqual([]);
  expect(await rollbacks()).toEqual(before);
});
