import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import type { MigratorOptions } from "../../src/migrations/index.ts";
import { hasNoPgBouncer, PgBouncer } from "../poolers/pgbouncer.ts";
import { emptiedDatabase } from "./emptied-database.ts";
import { client, migratorOf } from "./migrator-of.ts";
import {
  history,
  type RevisionSource,
  revisionText,
  type TemporaryApp,
  temporaryApp,
  uniqueName,
} from "./temporary-app.ts";

const database = emptiedDatabase();

describe("on a busy table", () => {
  test("a run behind a long transaction gives way, lets others through, and tries again", async () => {
    await using app = await temporaryApp([
      ...history(1),
      {
        id: "r2",
        down: "r1",
        up: 'op.createTable("u", { columns: { a: { type: "int" } } }); op.addColumn("t1", "b", { type: "int", nullable: true });',
      },
    ]);
    await migratorOf(app, database).migrator.upgrade("r1");
    await using long = await client(database.url);
    await long.query("set application_name = 'report'; begin; select * from t1");
    const { migrator, events } = migratorOf(app, database, { lockTimeout: 0.2 });
    const run = migrator.upgrade();
    while (!events.some(({ kind }) => kind === "retrying")) await sleep(10);
    await database.query("select * from t1"); // would wait for ever behind one that waits for ever
    await long.query("commit");
    expect(await run).toHaveLength(1);
    expect(events.find((event) => event.kind === "retrying")).toMatchObject({
      revision: "r2",
      attempt: 1,
      attempts: 10,
      pause: expect.any(Number),
      blockers: [{ applicationName: "report", state: "idle in transaction", openFor: expect.any(Number) }],
    });
    expect(await database.query("select count(*)::int from pg_class where relname = 'u'")).toEqual([{ count: 1 }]);
  });

  test("a lock that is not to be had at all is a failure in the end", async () => {
    await using app = await temporaryApp([...history(1), { id: "r2", down: "r1", up: 'op.dropColumn("t1", "id");' }]);
    await migratorOf(app, database).migrator.upgrade("r1");
    await using long = await client(database.url);
    await long.query("begin; lock table t1 in access exclusive mode"); // not even its rows can be counted
    // The connection's own lock timeout counts where no other is given.
    const connect = connectOptions({ url: database.url, lockTimeout: 0.05 });
    const { migrator, events } = migratorOf(app, database, { connect, lockAttempts: 2 });
    await expect(migrator.upgrade()).rejects.toMatchObject({
      code: "MIGRATION_FAILED",
      cause: { code: "LOCK_NOT_AVAILABLE" },
    });
    expect(events.filter(({ kind }) => kind === "retrying")).toMatchObject([{ attempt: 1, attempts: 2 }]);
  });

  test("an interruption ends the waiting", async () => {
    await using app = await temporaryApp([...history(1), { id: "r2", down: "r1", up: 'op.dropColumn("t1", "id");' }]);
    await migratorOf(app, database).migrator.upgrade("r1");
    await using long = await client(database.url);
    await long.query("begin; select * from t1");
    const controller = new AbortController();
    const { migrator, events } = migratorOf(app, database, { lockTimeout: 0.05 });
    const run = migrator.upgrade("head", { signal: controller.signal }).catch((error: unknown) => error);
    while (events.filter(({ kind }) => kind === "retrying").length < 2) await sleep(10);
    controller.abort();
    expect(await run).toMatchObject({ code: "MIGRATION_INTERRUPTED", done: [] });
  });
});

describe("what destroys data", () => {
  const drops = (more = ""): Promise<TemporaryApp> =>
    temporaryApp([
      { id: "r1", up: "op.sql`create table t (id int primary key, a text, b text); create table u (id int)`;" },
      {
        id: "r2",
        down: "r1",
        up: 'op.dropColumn("t", "a");',
        back: 'op.addColumn("t", "a", { type: "text", nullable: true });',
      },
      { id: "r3", down: "r2", up: `op.dropTable("u"); ${more}`, back: "op.sql`create table u (id int)`;" },
    ]);

  test("is not run before somebody agrees to each object; nothing at all is run then", async () => {
    await using app = await drops();
    await migratorOf(app, database).migrator.upgrade("r1");
    await database.query("insert into t values (1, 'x', null), (2, null, null); insert into u values (1)");
    const { migrator } = migratorOf(app, database);
    const error = await migrator.upgrade().catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "CONSENT_NEEDED",
      revisions: [
        { revision: "r2", losses: [{ object: "t.a", rows: 1 }] },
        { revision: "r3", losses: [{ object: "u", rows: 1 }] },
      ],
      message: expect.stringContaining("--allow-drop t.a --allow-drop u"),
    });
    expect(await migrator.current()).toEqual(["r1"]);
    await expect(migrator.upgrade("head", { allowDrop: ["t.a", "t"] })).rejects.toMatchObject({
      code: "CONSENT_NEEDED",
    });
    expect(await migrator.current()).toEqual(["r1"]);
    expect(await migrator.upgrade("head", { allowDrop: ["t.a", "u"] })).toHaveLength(2);
  });

  test("needs no consent where there is nothing to lose, or the revision gives it", async () => {
    await using app = await drops('op.dropColumn("t", "b");');
    await migratorOf(app, database).migrator.upgrade("r1");
    await database.query("insert into t values (1, null, 'x')");
    await expect(migratorOf(app, database).migrator.upgrade()).rejects.toMatchObject({
      revisions: [{ revision: "r3", losses: [{ object: "t.b" }] }],
    });
    await app.write(
      "migrations/versions/r3_x.ts",
      `${revisionText({ id: "r3", down: "r2", up: 'op.dropTable("u"); op.dropColumn("t", "b");' })}export const allowDrop = ["t.b"];\n`,
    );
    expect(await migratorOf(app, database).migrator.upgrade()).toHaveLength(2);
  });

  test("is a change of type only where the type that the column has may lose something", async () => {
    const change = (id: string, down: string, column: string, type: string): RevisionSource => ({
      id,
      down,
      up: `op.alterColumn("t", "${column}", { type: "${type}" });`,
    });
    await using app = await temporaryApp([
      {
        id: "r1",
        up: "op.sql`create table t (a int, b varchar(20), c numeric(10, 4)); insert into t values (1, 'x', 2.5)`;",
      },
      change("r2", "r1", "a", "bigint"),
      change("r3", "r2", "b", "text"),
      change("r4", "r3", "c", "numeric(10, 2)"),
    ]);
    const { migrator } = migratorOf(app, database);
    await migrator.upgrade("r1");
    await expect(migrator.upgrade()).rejects.toMatchObject({
      code: "CONSENT_NEEDED",
      revisions: [{ revision: "r4", losses: [{ object: "t.c", rows: 1 }] }],
      message: expect.stringContaining("t.c: r4 changes its type to numeric(10, 2) (1 row)"),
    });
    expect(await migrator.upgrade("r3")).toHaveLength(2);
    expect(await migrator.upgrade("r4", { allowDrop: ["t.c"] })).toHaveLength(1);
  });

  test("is not believed to be nothing because row security hides it, or an operation's was is wrong", async () => {
    await using app = await temporaryApp([
      {
        id: "r1",
        up: `op.sql\`create table s (a numeric, b int, g int generated always as (b + 1) stored);
          insert into s values (1.25, 1); create table hidden (a int); insert into hidden values (1);
          alter table hidden enable row level security; alter table hidden force row level security\`;`,
      },
      { id: "r2", down: "r1", up: 'op.dropTable("hidden");' },
      { id: "r3", down: "r2", up: 'op.alterColumn("s", "a", { type: "integer", was: { type: "smallint" } });' },
      { id: "r4", down: "r3", up: 'op.dropColumn("s", "g");' },
      { id: "r5", down: "r4", up: 'op.dropColumn("s", "b", { was: { type: "integer", generated: "1" } });' },
    ]);
    const owner = uniqueName("owner");
    await database.query(`create role ${owner}; grant create on schema public to ${owner}`);
    try {
      const { migrator } = migratorOf(app, database, { role: owner });
      await migrator.upgrade("r1");
      await expect(migrator.upgrade()).rejects.toMatchObject({
        revisions: [
          { revision: "r2", losses: [{ object: "hidden" }] },
          { revision: "r3", losses: [{ object: "s.a", rows: 1 }] },
          { revision: "r5", losses: [{ object: "s.b", rows: 1 }] },
        ],
      });
      expect((await migrator.plan("upgrade", "head")).revisions.map(({ losses }) => losses.length)).toEqual([
        1, 0, 1, 0,
      ]);
    } finally {
      await database.query(`drop owned by ${owner}; drop role ${owner}`);
    }
  });

  test("is asked for again where it is done: a table that only came into sight on the way", async () => {
    await using app = await temporaryApp([
      { id: "r1", up: "op.sql`create table t (id int)`;" },
      { id: "r2", down: "r1", up: "op.sql`alter table t rename to v`;" },
      { id: "r3", down: "r2", up: 'op.dropTable("v");' },
    ]);
    await migratorOf(app, database).migrator.upgrade("r1");
    await database.query("insert into t values (1)");
    const { migrator } = migratorOf(app, database);
    await expect(migrator.upgrade()).rejects.toMatchObject({ code: "CONSENT_NEEDED" });
    expect(await migrator.current()).toEqual(["r2"]);
  });

  test("is told by a downgrade, which was asked for it", async () => {
    await using app = await temporaryApp(history(1));
    const { migrator, events } = migratorOf(app, database);
    await migrator.upgrade();
    await database.query("insert into t1 values (1), (2)");
    await migrator.downgrade("base");
    expect(events.find((event) => event.kind === "losing")).toMatchObject({ losses: [{ object: "t1", rows: 2 }] });
  });
});

describe("the log", () => {
  test("holds who applied what, when and from where, and comes with the first revision", async () => {
    await using app = await temporaryApp(history(2));
    const { migrator } = migratorOf(app, database);
    await migrator.stamp("base");
    await migrator.stamp("r1");
    expect(await database.query("select to_regclass('hypertroq_migration_log') as log")).toEqual([{ log: null }]);
    await database.query("create table t1 (id int)");
    await migrator.upgrade("r2");
    await migrator.downgrade("r1");
    await migrator.stamp("r2");
    for (let entry = 4; entry <= 10; entry++) await migrator.stamp(entry % 2 === 0 ? "r1" : "r2");
    await database.query("delete from hypertroq_migration_log where id between 4 and 9"); // 10 comes after 3 all the same
    expect((await migrator.journal()).entries.map(({ id }) => id)).toEqual(["1", "2", "3", "10"]);
    await database.query("delete from hypertroq_migration_log where id = 10");
    const { entries, edited } = await migrator.journal();
    const script = await migrator.script();
    expect(entries).toMatchObject([
      {
        revision: "r2",
        direction: "upgrade",
        checksum: script.get("r2").checksum,
        appliedBy: "postgres",
        abandoned: false,
      },
      { revision: "r2", direction: "downgrade" },
      { revision: "r2", direction: "stamp" },
    ]);
    for (const { startedAt, finishedAt, host } of entries) {
      expect(Math.abs(Date.now() - finishedAt!.getTime())).toBeLessThan(60_000);
      expect(finishedAt!.getTime()).toBeGreaterThanOrEqual(startedAt.getTime());
      expect(host).toMatch(/./);
    }
    expect(edited).toEqual([]);
  });

  test("is beside the version table, wherever the search path finds that", async () => {
    await using app = await temporaryApp(history(1));
    await migratorOf(app, database).migrator.upgrade(); // in public, which others see behind their own schema
    await database.query(
      "create schema app; create schema meta; create table meta.alembic_version (version_num varchar(32) primary key)",
    );
    const connect = connectOptions({ url: database.url, serverSettings: { search_path: "app, meta, public" } });
    const { migrator } = migratorOf(app, database, { connect });
    expect(await migrator.journal()).toMatchObject({ entries: [], status: { current: [] } });
    await migrator.upgrade();
    expect((await migrator.journal()).entries).toHaveLength(1);
    expect(
      await database.query(
        "select schemaname as schema from pg_tables where tablename = 'hypertroq_migration_log' order by 1",
      ),
    ).toEqual([{ schema: "meta" }, { schema: "public" }]);
  });

  test("shows that a revision was edited after it was applied, until it is put back or reverted", async () => {
    await using app = await temporaryApp(history(2));
    await migratorOf(app, database).migrator.upgrade();
    const [, second] = history(2);
    await app.write("migrations/versions/r2_x.ts", revisionText({ ...second!, up: "" }));
    const { migrator, events } = migratorOf(app, database);
    expect((await migrator.journal()).edited).toMatchObject([
      { revision: "r2", file: expect.stringContaining("r2_x.ts"), appliedAt: expect.any(Date) },
    ]);
    expect(await migrator.upgrade()).toEqual([]);
    expect(events).toEqual([
      { kind: "warning", message: expect.stringContaining("r2_x.ts was edited after it was applied") },
    ]);
    // Line ends are no edit: git may change them.
    await app.write("migrations/versions/r2_x.ts", revisionText(second!).replaceAll("\n", "\r\n"));
    expect((await migratorOf(app, database).migrator.journal()).edited).toEqual([]);
    await app.write("migrations/versions/r2_x.ts", revisionText({ ...second!, message: "other" }));
    const accepting = migratorOf(app, database).migrator;
    expect(await accepting.acceptEdits()).toEqual(["r2"]);
    expect((await accepting.journal()).edited).toEqual([]);
    expect(await accepting.acceptEdits()).toEqual([]);
    await app.write("migrations/versions/r2_x.ts", revisionText({ ...second!, message: "else" }));
    expect((await migratorOf(app, database).migrator.journal()).edited).toHaveLength(1);
    await migratorOf(app, database).migrator.downgrade("r1");
    expect((await migratorOf(app, database).migrator.journal()).edited).toEqual([]);
  });
});

test("an interruption ends a run that is still connecting to a server that does not answer", async () => {
  await using app = await temporaryApp(history(1));
  const silent = createServer();
  await new Promise<void>((resolve) => {
    silent.listen(0, "127.0.0.1", resolve);
  });
  const { port } = silent.address() as { port: number };
  const controller = new AbortController();
  const { migrator } = migratorOf(app, { url: `postgresql://postgres:x@127.0.0.1:${port}/x` });
  const run = migrator.upgrade("head", { signal: controller.signal }).catch((error: unknown) => error);
  await new Promise((resolve) => silent.once("connection", resolve));
  controller.abort();
  expect(await run).toMatchObject({ code: "MIGRATION_INTERRUPTED", done: [] });
  silent.close();
});

test("expectOne refuses another number of revisions than one", async () => {
  await using app = await temporaryApp(history(3));
  const { migrator } = migratorOf(app, database);
  await expect(migrator.upgrade("head", { expectOne: true })).rejects.toMatchObject({
    code: "EXPECTED_ONE_REVISION",
    revisions: ["r1", "r2", "r3"],
  });
  expect(await migrator.current()).toEqual([]);
  expect(await migrator.upgrade("+1", { expectOne: true })).toHaveLength(1);
  await expect(migrator.upgrade("r1", { expectOne: true })).rejects.toMatchObject({ revisions: [] });
  expect(await migrator.downgrade("-1", { expectOne: true })).toHaveLength(1);
});

test("a plan says what would be run, and runs nothing", async () => {
  await using app = await temporaryApp([
    ...history(1),
    {
      id: "r2",
      down: "r1",
      up: `op.dropTable("t1"); op.sql\`insert into x values (\${"it's"})\`; op.data("count", async () => {});`,
    },
  ]);
  const { migrator } = migratorOf(app, database);
  const plan = await migrator.plan("upgrade", "head");
  expect(plan).toMatchObject({
    direction: "upgrade",
    warnings: [],
    revisions: [
      { revision: "r1", rowsBefore: [], rowsAfter: ["r1"], transaction: true, losses: [] },
      {
        revision: "r2",
        rowsBefore: ["r1"],
        rowsAfter: ["r2"],
        steps: [
          { sql: 'drop table "t1"' },
          { sql: "insert into x values ('it''s')" },
          { title: "data count", sql: null },
        ],
        losses: [{ object: "t1" }],
      },
    ],
  });
  expect(await database.query("select relname from pg_class where relname = 'alembic_version'")).toEqual([]);
});

test("onVersionApply is called in the transaction that changes the version, and can undo it", async () => {
  await using app = await temporaryApp(history(2));
  await database.query("create table audit (direction text, before text[], after text[])");
  const onVersionApply: MigratorOptions["onVersionApply"] = async ({ direction, rowsBefore, rowsAfter }, db) => {
    await db.sql`insert into audit values (${direction}, ${rowsBefore}, ${rowsAfter})`;
    if (rowsAfter.includes("r2")) throw new Error("not on a Friday");
  };
  const { migrator } = migratorOf(app, database, { onVersionApply });
  await expect(migrator.upgrade()).rejects.toThrow("not on a Friday");
  expect(await migrator.current()).toEqual(["r1"]);
  await migrator.downgrade("base");
  await migrator.stamp("r1");
  await migrator.stamp("base", { purge: true });
  expect(await database.query("select * from audit")).toEqual([
    { direction: "upgrade", before: [], after: ["r1"] },
    { direction: "downgrade", before: ["r1"], after: [] },
    { direction: "stamp", before: [], after: ["r1"] },
    { direction: "stamp", before: ["r1"], after: [] },
  ]);
});

test("a failure that onVersionApply catches does not pass for success", async () => {
  await using app = await temporaryApp(history(1));
  const onVersionApply: MigratorOptions["onVersionApply"] = async (_, db) => {
    await db.sql`insert into nowhere values (1)`.catch(() => {});
  };
  const { migrator } = migratorOf(app, database, { onVersionApply });
  await expect(migrator.upgrade()).rejects.toMatchObject({ cause: { code: "SWALLOWED_FAILURE" } });
  await expect(migrator.stamp("r1")).rejects.toMatchObject({ code: "SWALLOWED_FAILURE" });
  expect(await migrator.current()).toEqual([]);
});

test("revisions run under a role of their own, which owns what they make", async () => {
  await using app = await temporaryApp(history(1));
  const [owner, deployer] = [uniqueName("owner"), uniqueName("deployer")];
  await database.query(
    `create role ${owner}; create role ${deployer} login password 'x' in role ${owner}; grant create on schema public to ${owner}`,
  );
  try {
    const url = new URL(database.url);
    Object.assign(url, { username: deployer, password: "x" });
    const { migrator } = migratorOf(app, { url: url.href }, { role: owner });
    await migrator.upgrade();
    expect(
      await database.query(
        "select distinct pg_get_userbyid(relowner) as owner from pg_class where relnamespace = 'public'::regnamespace",
      ),
    ).toEqual([{ owner }]);
    expect((await migrator.journal()).entries).toMatchObject([{ appliedBy: deployer }]);
    const missing = migratorOf(app, { url: url.href }, { role: "nobody_here" });
    await expect(missing.migrator.upgrade()).rejects.toMatchObject({ code: "ROLE_UNAVAILABLE", role: "nobody_here" });
    const foreign = migratorOf(app, { url: url.href }, { role: "postgres" });
    await expect(foreign.migrator.upgrade()).rejects.toThrow("no member of it");
  } finally {
    await database.query(`drop owned by ${owner}; drop role ${deployer}; drop role ${owner}`);
  }
});

describe.skipIf(hasNoPgBouncer)("behind PgBouncer", () => {
  for (const mode of ["transaction", "session"] as const) {
    test(`in ${mode} mode ${mode === "transaction" ? "nothing is run" : "it works"}`, async () => {
      await using app = await temporaryApp(history(2));
      await using database = await createTestDatabase();
      // One server connection is the hardest case in session mode.
      await using pooler = await PgBouncer.start(database.url, { mode, size: mode === "session" ? 1 : 3 });
      const { migrator } = migratorOf(app, pooler);
      if (mode === "session") {
        expect(await migrator.upgrade()).toHaveLength(2);
      } else {
        await expect(migrator.upgrade()).rejects.toMatchObject({
          code: "TRANSACTION_POOLER",
          message: expect.stringContaining("DIRECT_URL"),
        });
        expect(await migrator.status()).toMatchObject({ current: [], atHead: false }); // reading does not need the lock
        expect(await migratorOf(app, database).migrator.upgrade()).toHaveLength(2);
      }
    });
  }
});
