import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { describe, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connect } from "../../src/connection/connect.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { Migrator } from "../../src/migrations/index.ts";
import { emptiedDatabase } from "./emptied-database.ts";
import { fingerprint } from "./fingerprint.ts";
import { client, migratorOf } from "./migrator-of.ts";
import { ALEMBIC_DDL, history, temporaryApp, USERS, uniqueName } from "./temporary-app.ts";

const database = emptiedDatabase();

async function versionRows(database: Pick<TestDatabase, "query">): Promise<string[]> {
  const rows = await database.query<{ version_num: string }>("select version_num from alembic_version order by 1");
  return rows.map((row) => row.version_num);
}

describe("up and down", () => {
  test("up, back to base and up again leave the same catalog, and the table is Alembic's", async () => {
    await using app = await temporaryApp([USERS, { ...history(2)[1]!, down: USERS.id }]);
    const { migrator, events } = migratorOf(app, database);
    const steps = await migrator.upgrade("head");
    expect(steps).toEqual([
      { revision: USERS.id, rowsBefore: [], rowsAfter: [USERS.id] },
      { revision: "r2", rowsBefore: [USERS.id], rowsAfter: ["r2"] },
    ]);
    const first = await fingerprint(database.url);
    expect(first).toContainEqual(expect.stringContaining("alembic_version_pkc PRIMARY KEY (version_num)"));
    expect(await versionRows(database)).toEqual(["r2"]);
    await migrator.downgrade("base");
    expect(await versionRows(database)).toEqual([]);
    expect(await database.query("select relname from pg_class where relname in ('users', 't2')")).toEqual([]);
    await migrator.upgrade("head");
    expect(await fingerprint(database.url)).toEqual(first);
    const [users, table] = [
      ["started", "step", "step", "step", "finished"],
      ["started", "step", "finished"],
    ];
    expect(events.map((event) => event.kind)).toEqual([users, table, table, users, users, table].flat());
    expect(events[0]).toEqual({
      kind: "started",
      steps: 3,
      stepsDone: 0,
      direction: "upgrade",
      revision: USERS.id,
      parents: [],
      message: "Initial migration with user model",
    });
    expect(events[7]).toMatchObject({ kind: "finished", revision: "r2", parents: [USERS.id] });
    expect((events[7] as { milliseconds: number }).milliseconds).toBeGreaterThan(0);
  });

  test("one step at a time, by every form of target", async () => {
    await using app = await temporaryApp(history(4));
    const { migrator } = migratorOf(app, database);
    for (const [verb, target, rows] of [
      ["upgrade", "+1", "r1"],
      ["upgrade", "head-1", "r3"],
      ["downgrade", "-1", "r2"],
      ["upgrade", "r2+2", "r4"],
      ["downgrade", "base+1", "r1"],
    ] as const) {
      await migrator[verb](target);
      expect(await migrator.current()).toEqual([rows]);
    }
  });

  test("a revision that fails is rolled back whole; those before it stay", async () => {
    const broken = { id: "r2", down: "r1", up: `op.sql\`create table half ()\`; op.sql\`select 1 / 0\`;` };
    await using app = await temporaryApp([history(1)[0]!, broken]);
    const { migrator } = migratorOf(app, database);
    await expect(migrator.upgrade()).rejects.toMatchObject({
      code: "MIGRATION_FAILED",
      revision: "r2",
      direction: "upgrade",
      statement: "select 1 / 0",
      file: expect.stringContaining("r2_x.ts"),
      cause: expect.objectContaining({ sqlState: "22012" }),
    });
    expect(await versionRows(database)).toEqual(["r1"]);
    expect(await database.query("select relname from pg_class where relname = 'half'")).toEqual([]);
  });

  test("a commit that a deferred constraint stops is a failed revision", async () => {
    const deferred = `op.sql\`create table p (id int primary key)\`;
      op.sql\`create table c (p int references p deferrable initially deferred)\`;
      op.sql\`insert into c values (1)\`;`;
    await using app = await temporaryApp([{ id: "r1", up: deferred }]);
    const { migrator } = migratorOf(app, database);
    await expect(migrator.upgrade()).rejects.toMatchObject({
      code: "MIGRATION_FAILED",
      cause: expect.objectContaining({ code: "FOREIGN_KEY_VIOLATION" }),
    });
    expect(await migrator.upgrade().catch((error: unknown) => error)).not.toHaveProperty("statement");
    expect(await migrator.current()).toEqual([]);
  });

  test("when the first revision fails there is no version table either", async () => {
    await using app = await temporaryApp([{ id: "r1", up: "op.sql`select nonsense`;" }]);
    const { migrator } = migratorOf(app, database);
    await expect(migrator.upgrade()).rejects.toMatchObject({ code: "MIGRATION_FAILED" });
    expect(await migrator.status()).toEqual({ current: [], heads: ["r1"], atHead: false, unknown: [] });
    expect(await database.query("select relname from pg_class where relname = 'alembic_version'")).toEqual([]);
  });

  test("a revision whose own code throws, or that is async, is named", async () => {
    await using app = await temporaryApp([{ id: "r1", up: `throw new Error("not on a Friday");` }]);
    await expect(migratorOf(app, database).migrator.upgrade()).rejects.toMatchObject({
      code: "MIGRATION_FAILED",
      message: expect.stringMatching(/upgrade of r1 .*not on a Friday.*r1_x\.ts/s),
      wasRun: false,
    });
  });

  test("statement_timeout is for requests, whoever has set it: a slow revision is not cancelled by it", async () => {
    await using app = await temporaryApp([
      { id: "r1", up: "op.sql`select pg_sleep(0.3)`; op.outside`vacuum pg_class`;" },
      {
        id: "r2",
        down: "r1",
        up: "op.outside`vacuum pg_class`; op.data(() => new Promise((end) => setTimeout(end, 300)));",
      },
    ]);
    await using database = await createTestDatabase();
    await database.query(
      `alter database ${database.name} set statement_timeout = 100; alter database ${database.name} set idle_session_timeout = 100`,
    );
    const connect = connectOptions({ url: database.url, statementTimeout: 0.05 });
    expect(await new Migrator({ connect, directory: app.migrations }).upgrade()).toHaveLength(2);
  });
});

describe("taking over from Alembic", () => {
  test("a database that Alembic left is at head, and upgrade head changes nothing", async () => {
    await using app = await temporaryApp([USERS]);
    await using alembics = await createTestDatabase();
    await using ours = await createTestDatabase();
    await alembics.query(ALEMBIC_DDL);
    const before = await fingerprint(alembics.url);
    const { migrator, events } = migratorOf(app, alembics);
    expect(await migrator.status()).toEqual({ current: [USERS.id], heads: [USERS.id], atHead: true, unknown: [] });
    expect(await migrator.upgrade("head")).toEqual([]);
    expect(events).toEqual([]);
    expect(await fingerprint(alembics.url)).toEqual(before);

    await migratorOf(app, ours).migrator.upgrade("head");
    expect(await fingerprint(ours.url)).toEqual(before);
  });

  test("it can be taken back and forth as if it were ours", async () => {
    await using app = await temporaryApp([USERS, { ...history(2)[1]!, down: USERS.id }]);
    await database.query(ALEMBIC_DDL);
    const { migrator } = migratorOf(app, database);
    await migrator.upgrade();
    expect(await versionRows(database)).toEqual(["r2"]);
    await migrator.downgrade("base");
    expect(await versionRows(database)).toEqual([]);
  });

  test("with nothing to do, a role that may only read can do it", async () => {
    await using app = await temporaryApp([USERS]);
    await database.query(ALEMBIC_DDL);
    const reader = uniqueName("reader");
    await database.query(`create role ${reader} login password 'r'; grant select on alembic_version to ${reader};
      create table hypertroq_migration_log (); alter role ${reader} set default_transaction_read_only = on`);
    try {
      const url = new URL(database.url);
      url.username = reader;
      url.password = "r";
      const { migrator } = migratorOf(app, { url: url.href });
      expect(await migrator.upgrade("head")).toEqual([]);
      await expect(migrator.downgrade("-1")).rejects.toMatchObject({ code: "MIGRATION_FAILED" });
    } finally {
      await database.query(`drop owned by ${reader}; drop role ${reader}`);
    }
  });

  test("with nothing to do, the server does not even hand out a transaction id", async () => {
    await using app = await temporaryApp([USERS]);
    // A server of its own: on a shared one, others' transactions would be counted.
    const server = await EmbeddedPostgres.start({ settings: { autovacuum: "off" } });
    try {
      await using watcher = await client(server.url);
      await watcher.query(ALEMBIC_DDL);
      const { migrator } = migratorOf(app, server);
      const next = async (): Promise<unknown> =>
        (await watcher.query("select pg_snapshot_xmax(pg_current_snapshot())::text as xid")).rows[0].xid;
      const before = await next();
      expect(await migrator.upgrade("head")).toEqual([]);
      expect(await migrator.status()).toMatchObject({ atHead: true });
      expect(await next()).toBe(before);
      await migrator.stamp("base");
      expect(await next()).not.toBe(before);
    } finally {
      await server.stop({ mode: "immediate" });
    }
  });
});

describe("status and stamp", () => {
  test("a database that is newer than the code says so, and nothing is done", async () => {
    await using app = await temporaryApp(history(2));
    await database.query(ALEMBIC_DDL);
    const { migrator } = migratorOf(app, database);
    expect(await migrator.status()).toEqual({
      current: [USERS.id],
      heads: ["r2"],
      atHead: false,
      unknown: [USERS.id],
    });
    const runs = [() => migrator.upgrade(), () => migrator.downgrade("base"), () => migrator.stamp("head")];
    for (const run of runs) {
      await expect(run()).rejects.toMatchObject({
        code: "DATABASE_NEWER_THAN_CODE",
        unknown: [USERS.id],
        heads: ["r2"],
      });
    }
    expect(await versionRows(database)).toEqual([USERS.id]);
  });

  test("status can be asked through a connection that is there already, also without a version table", async () => {
    await using app = await temporaryApp(history(1));
    const { migrator } = migratorOf(app, database);
    const connection = await connect(connectOptions({ url: database.url }));
    try {
      expect(await migrator.status(connection)).toMatchObject({ current: [], atHead: false });
      await migrator.upgrade();
      expect(await migrator.status(connection)).toMatchObject({ current: ["r1"], atHead: true });
    } finally {
      await connection.close();
    }
  });

  test("stamp moves rows and runs nothing; purge forgets what nobody knows", async () => {
    await using app = await temporaryApp(history(3));
    const { migrator, events } = migratorOf(app, database);
    await migrator.stamp("r2");
    expect(await versionRows(database)).toEqual(["r2"]);
    await migrator.stamp("head");
    expect(await versionRows(database)).toEqual(["r3"]);
    expect(await migrator.stamp("head")).toEqual([]);
    await migrator.stamp("base");
    expect(await versionRows(database)).toEqual([]);
    await database.query("insert into alembic_version values ('fff')");
    await migrator.stamp("r1", { purge: true });
    expect(await versionRows(database)).toEqual(["r1"]);
    expect(await database.query("select relname from pg_class where relname like 't_'")).toEqual([]);
    expect(events).toEqual([
      { kind: "stamped", rowsBefore: [], rowsAfter: ["r2"] },
      { kind: "stamped", rowsBefore: ["r2"], rowsAfter: ["r3"] },
      { kind: "stamped", rowsBefore: ["r3"], rowsAfter: [] },
      { kind: "stamped", rowsBefore: ["fff"], rowsAfter: ["r1"] },
    ]);
  });

  test("a file that was wrong is read again after it was corrected", async () => {
    await using app = await temporaryApp();
    const { migrator } = migratorOf(app, database);
    await expect(migrator.status()).rejects.toMatchObject({ code: "MIGRATIONS_DIRECTORY_MISSING" });
    await app.write("migrations/versions/README", "");
    expect(await migrator.status()).toEqual({ current: [], heads: [], atHead: true, unknown: [] });
  });
});

describe("one at a time", () => {
  test("eight at once: one applies, the others wait and find nothing to do", async () => {
    const untilLetGo = "do $$ begin while (select held from gate) loop perform pg_sleep(0.01); end loop; end $$";
    await using app = await temporaryApp(history(3, `op.sql\`${untilLetGo}\`;`));
    await database.query("create table gate as select true as held");
    const runs = Array.from({ length: 8 }, () => migratorOf(app, database));
    const all = Promise.all(runs.map(({ migrator }) => migrator.upgrade()));
    const waiting = () => runs.filter(({ events }) => events.some(({ kind }) => kind === "waiting"));
    await expect.poll(waiting).toHaveLength(7);
    await database.query("update gate set held = false");
    const done = await all;
    expect(done.map((steps) => steps.length).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 3]);
    expect(await versionRows(database)).toEqual(["r3"]);
  });

  test("who waits is told who holds the lock, and can be interrupted", async () => {
    await using app = await temporaryApp([{ id: "r1", up: "op.sql`select pg_sleep(30)`;" }]);
    const connect = connectOptions({ url: database.url, applicationName: "deploy 17" });
    const stopFirst = new AbortController();
    let started: () => void = () => {};
    const isStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const first = new Migrator({ connect, directory: app.migrations, onEvent: () => started() });
    const running = first.upgrade("head", { signal: stopFirst.signal });
    const firstEnds = expect(running).rejects.toMatchObject({ code: "MIGRATION_INTERRUPTED", done: [] });
    await isStarted;

    const stopSecond = new AbortController();
    const { migrator, events } = migratorOf(app, database);
    const waiting = migrator.upgrade("head", { signal: stopSecond.signal });
    const secondEnds = expect(waiting).rejects.toMatchObject({ code: "MIGRATION_INTERRUPTED", done: [] });
    await expect.poll(() => events.length, { timeout: 20_000 }).toBeGreaterThan(0);
    const user = new URL(inject("serverUrl")).username;
    expect(events).toEqual([
      { kind: "waiting", holder: expect.objectContaining({ applicationName: "deploy 17", user }) },
    ]);
    stopSecond.abort();
    await secondEnds;
    stopFirst.abort();
    await firstEnds;
    expect(await database.query("select relname from pg_class where relname = 'alembic_version'")).toEqual([]);
    const held = await database.query(
      "select 1 from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
    );
    expect(held).toEqual([]);
  });

  test("a version row that somebody changes under the lock stops the revision", async () => {
    await using app = await temporaryApp([
      ...history(1),
      {
        id: "r2",
        down: "r1",
        up: "op.sql`create table meddled ()`; op.sql`update alembic_version set version_num = 'zzz'`;",
      },
    ]);
    const { migrator } = migratorOf(app, database);
    await expect(migrator.upgrade()).rejects.toMatchObject({ code: "VERSION_ROWS_CHANGED", revision: "r1" });
    expect(await versionRows(database)).toEqual(["r1"]);
    expect(await database.query("select relname from pg_class where relname = 'meddled'")).toEqual([]);
  });

  test("an interruption between two revisions keeps what is done", async () => {
    await using app = await temporaryApp(history(3));
    const stop = new AbortController();
    const migrator = new Migrator({
      connect: connectOptions({ url: database.url }),
      directory: app.migrations,
      onEvent: (event) => {
        if (event.kind === "finished" && event.revision === "r2") stop.abort();
      },
    });
    await expect(migrator.upgrade("head", { signal: stop.signal })).rejects.toMatchObject({
      code: "MIGRATION_INTERRUPTED",
      done: ["r1", "r2"],
    });
    expect(await versionRows(database)).toEqual(["r2"]);
    await migrator.upgrade();
    expect(await versionRows(database)).toEqual(["r3"]);
  });

  test("a server process killed in the middle: nothing is half done, and the next run completes", async () => {
    await using app = await temporaryApp(history(2, "op.sql`select pg_sleep(seconds) from pause`;"));
    await database.query("create table pause as select 600 as seconds");
    const { migrator } = migratorOf(app, database);
    const running = migrator.upgrade();
    const fails = expect(running).rejects.toMatchObject({
      code: "MIGRATION_FAILED",
      message: expect.stringMatching(/\nNothing has to be corrected: run the same command again\.$/),
    });
    const kill =
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%from pause%' and pid <> pg_backend_pid()";
    await expect.poll(() => database.query(kill)).toHaveLength(1);
    await fails;
    await database.query("update pause set seconds = 0");
    expect(await migrator.current()).toEqual([]);
    expect(await database.query("select relname from pg_class where relname = 't1'")).toEqual([]);
    await migrator.upgrade();
    expect(await migrator.current()).toEqual(["r2"]);
  });
});
