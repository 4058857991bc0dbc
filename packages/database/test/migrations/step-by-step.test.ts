import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { TestDatabase } from "../../../../test/database.ts";
import { emptiedDatabase } from "./emptied-database.ts";
import { client, migratorOf } from "./migrator-of.ts";
import { type RevisionSource, revisionText, type TemporaryApp, temporaryApp, uniqueName } from "./temporary-app.ts";

const database = emptiedDatabase();

const rewrite = (app: TemporaryApp, source: RevisionSource): Promise<string> =>
  app.write(`migrations/versions/${source.id}_x.ts`, revisionText(source));

async function log(database: Pick<TestDatabase, "query">): Promise<unknown[]> {
  return database.query(
    `select revision, direction, finished_at is not null as finished, abandoned, steps_done as steps
     from hypertroq_migration_log order by id`,
  );
}

async function indexes(database: Pick<TestDatabase, "query">): Promise<unknown[]> {
  return database.query(
    `select c.relname as name, i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = 't'::regclass order by 1`,
  );
}

/** Waits until a statement like this is running on the server. */
async function running(database: Pick<TestDatabase, "query">, text: string): Promise<number> {
  for (;;) {
    const [found] = await database.query<{ pid: number }>(
      "select pid from pg_stat_activity where state = 'active' and query ilike $1 and pid <> pg_backend_pid()",
      [`${text}%`],
    );
    if (found !== undefined) return found.pid;
    await sleep(10);
  }
}

const TABLE = 'op.createTable("t", { columns: { a: { type: "integer" } } }); op.sql`insert into t values (1), (2)`;';
const R1: RevisionSource = { id: "r1", up: TABLE, back: 'op.dropTable("t");' };
const DETACHING: RevisionSource[] = [
  {
    id: "r1",
    up: "op.sql`create table p (a int) partition by list (a)`; op.sql`create table t partition of p for values in (1)`;",
  },
  { id: "r2", down: "r1", up: 'op.detachPartition("p", "t", { concurrently: true });' },
];
const INDEX = 'op.createIndex("ix", "t", ["a"], { concurrently: true });';

describe("a revision with a step that no transaction may hold", () => {
  test("runs step by step, and its version row comes at the end", async () => {
    await using app = await temporaryApp([
      R1,
      {
        id: "r2",
        down: "r1",
        up: `op.addColumn("t", "b", { type: "text", nullable: true }); ${INDEX} op.outside\`vacuum t\`;`,
        back: 'op.dropIndex("ix", { concurrently: true }); op.dropColumn("t", "b");',
      },
    ]);
    const { migrator, events } = migratorOf(app, database);
    await migrator.upgrade();
    expect(await indexes(database)).toEqual([{ name: "ix", valid: true }]);
    expect(await log(database)).toEqual([
      { revision: "r1", direction: "upgrade", finished: true, abandoned: false, steps: 0 },
      { revision: "r2", direction: "upgrade", finished: true, abandoned: false, steps: 3 },
    ]);
    const steps = events.filter((event) => event.kind === "step" && event.revision === "r2");
    expect(steps).toMatchObject([{ step: 1, steps: 3 }, { step: 2, title: "createIndex ix" }, { step: 3 }]);
    await migrator.downgrade("r1");
    expect(await indexes(database)).toEqual([]);
    expect(await migrator.current()).toEqual(["r1"]);
  });

  test("is refused when it says transaction = true", async () => {
    await using app = await temporaryApp([R1]);
    await app.write(
      "migrations/versions/r2_x.ts",
      `${revisionText({ id: "r2", down: "r1", up: INDEX })}export const transaction = true;\n`,
    );
    const { migrator } = migratorOf(app, database);
    await expect(migrator.upgrade()).rejects.toMatchObject({ code: "STEP_OUTSIDE_TRANSACTION", revision: "r2" });
    expect(await migrator.current()).toEqual([]);
  });

  test("goes on behind the steps that are done when one has failed and was corrected", async () => {
    const broken = (step: string): RevisionSource => ({
      id: "r2",
      down: "r1",
      up: `op.sql\`insert into t values (3)\`; ${INDEX} op.sql\`${step}\`; op.sql\`insert into t values (5)\`;`,
    });
    await using app = await temporaryApp([R1, broken("insert into tt values (4)")]);
    await expect(migratorOf(app, database).migrator.upgrade()).rejects.toMatchObject({
      code: "MIGRATION_FAILED",
      stepsDone: 2,
      steps: 4,
      message: expect.stringContaining("at step 3 of 4; what was done before stays"),
    });
    const { migrator } = migratorOf(app, database);
    expect(await migrator.current()).toEqual(["r1"]);
    expect((await migrator.journal()).unfinished).toMatchObject({ revision: "r2", stepsDone: 2, direction: "upgrade" });
    await rewrite(app, broken("insert into t values (4)"));
    const again = migratorOf(app, database);
    await again.migrator.upgrade();
    expect(again.events.find(({ kind }) => kind === "started")).toMatchObject({ stepsDone: 2, steps: 4 });
    expect(await database.query("select a from t order by a")).toEqual([1, 2, 3, 4, 5].map((a) => ({ a })));
    expect(await again.migrator.journal()).toMatchObject({ unfinished: undefined, edited: [] });
  });

  test("cannot go on when the steps that are done were changed", async () => {
    const source = (value: number): RevisionSource => ({
      id: "r2",
      down: "r1",
      up: `${INDEX} op.sql\`insert into t values (${value})\`; op.sql\`select 1 / 0\`;`,
    });
    await using app = await temporaryApp([R1, source(3)]);
    await expect(migratorOf(app, database).migrator.upgrade()).rejects.toMatchObject({ stepsDone: 2 });
    await rewrite(app, source(4));
    await expect(migratorOf(app, database).migrator.upgrade()).rejects.toMatchObject({
      code: "UNFINISHED_REVISION_EDITED",
      stepsDone: 2,
      file: expect.stringContaining("r2_x.ts"),
    });
  });

  test("lets nothing else be run before it is finished or given up by a stamp", async () => {
    await using app = await temporaryApp([R1, { id: "r2", down: "r1", up: `${INDEX} op.sql\`select 1 / 0\`;` }]);
    const { migrator } = migratorOf(app, database);
    await expect(migrator.upgrade()).rejects.toMatchObject({ stepsDone: 1 });
    await expect(migrator.downgrade("base")).rejects.toMatchObject({
      code: "REVISION_UNFINISHED",
      revision: "r2",
      direction: "upgrade",
      stepsDone: 1,
    });
    await migrator.stamp("r1");
    expect(await log(database)).toMatchObject([{}, { revision: "r2", finished: false, abandoned: true }]);
    await migrator.downgrade("base");
    expect(await migrator.current()).toEqual([]);
  });

  test("removes the invalid index that a broken CREATE INDEX CONCURRENTLY has left", async () => {
    await using app = await temporaryApp([R1, { id: "r2", down: "r1", up: INDEX }]);
    await migratorOf(app, database).migrator.upgrade("r1");
    await using blocker = await client(database.url);
    await blocker.query("begin; insert into t values (3)");
    const broken = migratorOf(app, database)
      .migrator.upgrade()
      .catch((error: unknown) => error);
    const pid = await running(database, "create index concurrently");
    while ((await indexes(database)).length === 0) await sleep(5);
    await database.query("select pg_terminate_backend($1)", [pid]);
    expect(await broken).toMatchObject({ code: "MIGRATION_FAILED" });
    expect(await indexes(database)).toEqual([{ name: "ix", valid: false }]);
    await blocker.query("commit");
    const { migrator, events } = migratorOf(app, database);
    await migrator.upgrade();
    expect(await indexes(database)).toEqual([{ name: "ix", valid: true }]);
    expect(events).toContainEqual(
      expect.objectContaining({ kind: "recovered", what: expect.stringContaining("removed the invalid index ix") }),
    );
  });

  test.each([
    ["create index ix on t (a)", "taken"],
    ["create index ix on t ((a + 1))", "refused"],
    ["create unique index ix on t (a)", "refused"],
  ])(
    "the index that the server finished after the client had died is taken, no other of its name: %s is %s",
    async (existing, outcome) => {
      await using app = await temporaryApp([R1, { id: "r2", down: "r1", up: INDEX }]);
      // A role that may create tables, and no temporary ones.
      const role = uniqueName("owner");
      await database.query(`create role ${role}; grant create on schema public to ${role}`);
      await database.query(`revoke temporary on database ${database.name} from public`);
      try {
        const { migrator } = migratorOf(app, database, { role });
        await migrator.upgrade("r1");
        await database.query(existing);
        // Not begun by us: whatever has the name is somebody else's.
        await expect(migrator.upgrade()).rejects.toMatchObject({ code: "MIGRATION_FAILED", stepsDone: 0 });
        if (outcome === "taken") expect(await migrator.upgrade()).toHaveLength(1);
        else await expect(migrator.upgrade()).rejects.toMatchObject({ code: "MIGRATION_FAILED", stepsDone: 0 });
      } finally {
        await database.query(`drop owned by ${role}; drop role ${role}`);
        await database.query(`grant temporary on database ${database.name} to public`);
      }
    },
  );

  test("is planned as it is: without what is done, and not where it cannot be run", async () => {
    const source = (step: string): RevisionSource => ({ id: "r2", down: "r1", up: `${INDEX} op.sql\`${step}\`;` });
    await using app = await temporaryApp([R1, source("select 1 / 0")]);
    const { migrator } = migratorOf(app, database);
    await expect(migrator.upgrade()).rejects.toMatchObject({ stepsDone: 1 });
    expect(await migrator.plan("upgrade", "head")).toMatchObject({
      revisions: [{ revision: "r2", stepsDone: 1, transaction: false, steps: [{ sql: "select 1 / 0" }] }],
    });
    await expect(migrator.plan("downgrade", "base")).rejects.toMatchObject({ code: "REVISION_UNFINISHED" });
    // Whoever has finished it since, has: the version rows have the last word.
    await database.query("update alembic_version set version_num = 'r2'");
    expect((await migrator.journal()).unfinished).toBeUndefined();
    await migrator.downgrade("base");
    expect(await log(database)).toMatchObject([{}, { revision: "r2", abandoned: true }, {}, {}]);
  });

  test("what it SETs lasts for it, and our own tables stay where they are", async () => {
    const role = uniqueName("owner");
    await using app = await temporaryApp([
      {
        id: "r1",
        up: `op.sql\`create schema app; create role ${role}; grant all on schema app to ${role}; set search_path = app;
          create table in_app (a int); create temporary table tt (a int); set role ${role}\`;`,
      },
      { id: "r2", down: "r1", up: "op.sql`create table in_public (a int); create temporary table tt (a int)`;" },
      {
        id: "r3",
        down: "r2",
        up: `op.sql\`set search_path = app; set role ${role}; create table t (a int)\`; ${INDEX}
          op.sql\`create table u (a int)\`; op.sql\`select 1 / 0\`;`,
      },
      {
        id: "r4",
        down: "r3",
        up: "op.sql`select pg_catalog.set_config('search_path', '', false)`; op.sql`create table public.v (a int)`;",
      },
    ]);
    try {
      await expect(migratorOf(app, database).migrator.upgrade()).rejects.toMatchObject({ stepsDone: 5 });
      const corrected = "op.sql`create table w (a int)`;";
      await rewrite(app, {
        id: "r3",
        down: "r2",
        up: `op.sql\`set search_path = app; set role ${role}; create table t (a int)\`; ${INDEX}
          op.sql\`create table u (a int)\`; ${corrected}`,
      });
      const { migrator } = migratorOf(app, database);
      expect(await migrator.upgrade()).toHaveLength(2);
      expect(await migrator.current()).toEqual(["r4"]);
      expect(
        await database.query(
          `select schemaname as schema, tablename as name, tableowner as owner from pg_tables
           where schemaname in ('app', 'public') and tablename not like '%\\_%\\_%' order by 1, 2`,
        ),
      ).toEqual([
        { schema: "app", name: "in_app", owner: "postgres" },
        { schema: "app", name: "t", owner: role },
        { schema: "app", name: "u", owner: role },
        { schema: "app", name: "w", owner: role },
        { schema: "public", name: "alembic_version", owner: "postgres" },
        { schema: "public", name: "in_public", owner: "postgres" },
        { schema: "public", name: "v", owner: "postgres" },
      ]);
    } finally {
      await database.query(`drop owned by ${role}; drop role ${role}`);
    }
  });

  test("ends a partition's detaching that was broken off", async () => {
    await using app = await temporaryApp(DETACHING);
    await migratorOf(app, database).migrator.upgrade("r1");
    await using blocker = await client(database.url);
    await blocker.query("begin; select * from p");
    const broken = migratorOf(app, database, { lockTimeout: 0 }) // it must be at it when it is ended
      .migrator.upgrade()
      .catch((error: unknown) => error);
    const pid = await running(database, "alter table");
    const pending = "select 1 from pg_inherits where inhdetachpending";
    while ((await database.query(pending)).length === 0) await sleep(5);
    await database.query("select pg_terminate_backend($1)", [pid]);
    expect(await broken).toMatchObject({ code: "MIGRATION_FAILED" });
    await blocker.query("commit");
    await migratorOf(app, database).migrator.upgrade();
    expect(await database.query("select * from pg_inherits")).toEqual([]);
  });

  test("detaching a partition gives way, and is then finished", async () => {
    await using app = await temporaryApp(DETACHING);
    await migratorOf(app, database).migrator.upgrade("r1");
    await using blocker = await client(database.url);
    await blocker.query("begin; select * from t");
    const { migrator, events } = migratorOf(app, database, { lockTimeout: 0.1 });
    const run = migrator.upgrade();
    while (!events.some(({ kind }) => kind === "retrying")) await sleep(10);
    await database.query("select * from t");
    await blocker.query("commit");
    expect(await run).toHaveLength(1);
    expect(await database.query("select * from pg_inherits")).toEqual([]);
  });

  test("is interrupted between steps, says so, and is gone on with", async () => {
    await using app = await temporaryApp([
      R1,
      { id: "r2", down: "r1", up: `${INDEX} op.sql\`select pg_sleep(30)\`; op.sql\`insert into t values (3)\`;` },
    ]);
    const controller = new AbortController();
    const { migrator } = migratorOf(app, database);
    const run = migrator.upgrade("head", { signal: controller.signal }).catch((error: unknown) => error);
    await running(database, "select pg_sleep(30)");
    controller.abort();
    expect(await run).toMatchObject({
      code: "MIGRATION_INTERRUPTED",
      done: ["r1"],
      unfinished: "r2",
      message: expect.stringContaining("r2 is half done"),
    });
    await rewrite(app, { id: "r2", down: "r1", up: `${INDEX} op.sql\`insert into t values (3)\`;` });
    await migratorOf(app, database).migrator.upgrade();
    expect(await database.query("select max(a) from t")).toEqual([{ max: 3 }]);
  });
});

describe("op.data", () => {
  const rows = (count: number): RevisionSource => ({
    id: "r1",
    up: `op.createTable("t", { columns: { a: { type: "integer" }, b: { type: "text" }, n: { type: "integer", default: "0" } }, primaryKey: ["a", "b"] });
  op.sql\`insert into t select g / 3, 'k' || g % 3 from generate_series(1, ${count}) g\`;`,
  });

  test("walks a table by its key, batch by batch, in the revision's transaction", async () => {
    await using app = await temporaryApp([
      rows(25),
      {
        id: "r2",
        down: "r1",
        up: `op.data(async (db) => {
    let seen = [];
    await db.batches({ table: "t", size: 10, columns: ["n"] }, async (rows) => {
      seen.push(rows.length, Object.keys(rows[0]).join());
      for (const { a, b } of rows) await db.sql\`update t set n = n + 1 where a = \${a} and b = \${b}\`;
    });
    await db.batches({ table: "t", where: "b = 'k1'", key: ["a"], size: 100 }, async (rows) => { seen.push(rows.length); });
    await db.sql\`comment on table t is 'seen'\`;
    const [{ total }] = await db.sql\`select count(*)::int as total from t where n = \${1}\`;
    if (seen.join() !== "10,a,b,n,10,a,b,n,5,a,b,n,9" || total !== 25) throw new Error(seen.join() + " " + total);
  });`,
      },
    ]);
    const { migrator, events } = migratorOf(app, database);
    await migrator.upgrade();
    expect(await database.query("select min(n), max(n), obj_description('t'::regclass) from t")).toEqual([
      { min: 1, max: 1, obj_description: "seen" },
    ]);
    const progress = events.flatMap((event) => (event.kind === "progress" ? [event.rows] : []));
    expect(progress).toEqual([10, 20, 25, 9]);
  });

  test("goes on behind the last batch when it runs step by step and was broken off", async () => {
    const fill = (condition: string): RevisionSource => ({
      id: "r2",
      down: "r1",
      up: `op.outside\`vacuum t\`;
  op.data("count up", async (db) => {
    await db.batches({ table: "t", size: 10 }, async (rows) => {
      for (const { a, b } of rows) await db.sql\`update t set n = n + 1 where a = \${a} and b = \${b}\`;
    });
    await db.batches({ table: "t", size: 10 }, async (rows) => {
      ${condition}
      for (const { a, b } of rows) await db.sql\`update t set n = n + 10 where a = \${a} and b = \${b}\`;
    });
  });`,
    });
    await using app = await temporaryApp([rows(45), fill('if (rows[0].a >= 7) throw new Error("broken");')]);
    await expect(migratorOf(app, database).migrator.upgrade()).rejects.toMatchObject({ stepsDone: 1 });
    expect(await database.query("select n, count(*)::int from t group by n order by n")).toEqual([
      { n: 1, count: 25 },
      { n: 11, count: 20 },
    ]);
    await rewrite(app, fill(""));
    const { migrator, events } = migratorOf(app, database);
    await migrator.upgrade();
    expect(await database.query("select n, count(*)::int from t group by n order by n")).toEqual([
      { n: 11, count: 45 },
    ]);
    expect(events.flatMap((event) => (event.kind === "progress" ? [event.rows] : []))).toEqual([10, 20, 25]);
  });

  test("asked for several things at once it does them one after another, also when one has to be tried again", async () => {
    await using app = await temporaryApp([
      { id: "r1", up: "op.sql`create table p (id int primary key, v int default 0); insert into p values (1), (2)`;" },
      {
        id: "r2",
        down: "r1",
        up: `op.outside\`vacuum p\`; op.data(async (db) => {
    await Promise.all([1, 2].map((id) => db.sql\`update p set v = v + 1 where id = \${id}\`));
  });`,
      },
    ]);
    await migratorOf(app, database).migrator.upgrade("r1");
    await using blocker = await client(database.url);
    await blocker.query("begin; update p set v = 0 where id = 1");
    const { migrator, events } = migratorOf(app, database, { lockTimeout: 0.1 });
    const run = migrator.upgrade();
    while (!events.some(({ kind }) => kind === "retrying")) await sleep(10);
    await blocker.query("commit");
    await run;
    expect(await database.query("select v from p order by id")).toEqual([{ v: 1 }, { v: 1 }]);
  });

  test("a walk inside a batch is part of the batch, and is not remembered", async () => {
    const source = (stop: string): RevisionSource => ({
      id: "r2",
      down: "r1",
      up: `op.outside\`vacuum t\`; op.data(async (db) => {
    await db.batches({ table: "u", size: 2 }, async () => {
      await db.batches({ table: "t", size: 100 }, async () => {});
    });
    await db.batches({ table: "t", size: 10 }, async (rows) => {
      ${stop}
      for (const { a, b } of rows) await db.sql\`update t set n = n + 1 where a = \${a} and b = \${b}\`;
    });
  });`,
    });
    const tables: RevisionSource = {
      ...rows(45),
      up: `${rows(45).up} op.sql\`create table u (id int primary key); insert into u select generate_series(1, 7)\`;`,
    };
    await using app = await temporaryApp([tables, source('if (rows[0].a >= 7) throw new Error("broken");')]);
    await expect(migratorOf(app, database).migrator.upgrade()).rejects.toMatchObject({ stepsDone: 1 });
    await rewrite(app, source(""));
    await migratorOf(app, database).migrator.upgrade();
    expect(await database.query("select n, count(*)::int from t group by n")).toEqual([{ n: 1, count: 45 }]);
  });

  test("is not gone on with when what was put before it, or what it walks, is another thing", async () => {
    const work = (table: string, stop: string, before = ""): RevisionSource => ({
      id: "r2",
      down: "r1",
      up: `op.outside\`vacuum t\`; ${before} op.data("count", async (db) => {
    await db.batches({ table: "${table}", size: 10 }, async (rows) => {
      ${stop}
      for (const { a, b } of rows) await db.sql\`update t set n = n + 1 where a = \${a} and b = \${b}\`;
    });
  });`,
    });
    const stop = 'if (rows[0].a >= 7) throw new Error("broken");';
    await using app = await temporaryApp([
      { ...rows(45), up: `${rows(45).up} op.sql\`create table u (like t including all)\`;` },
      work("t", stop),
    ]);
    await expect(migratorOf(app, database).migrator.upgrade()).rejects.toMatchObject({ stepsDone: 1 });
    for (const other of [
      work("t", "", "op.sql`select 1`;"),
      work("t", "", 'op.data("other", async () => {});'),
      work("u", ""),
    ]) {
      await rewrite(app, other);
      await expect(migratorOf(app, database).migrator.upgrade()).rejects.toMatchObject({
        code: "UNFINISHED_REVISION_EDITED",
      });
    }
    await rewrite(app, work("t", ""));
    await migratorOf(app, database).migrator.upgrade();
    expect(await database.query("select distinct n from t")).toEqual([{ n: 1 }]);
  });

  test("is left alone by an abort, whatever it is doing, and takes nothing any more", async () => {
    for (const outside of ["", "op.outside`vacuum t`;"]) {
      await using app = await temporaryApp([
        rows(1),
        {
          id: "r2",
          down: "r1",
          up: `${outside} op.data(async (db) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    await db.sql\`update t set n = 1\`.catch((error) => { globalThis.lateError = error; });
  });`,
        },
      ]);
      const controller = new AbortController();
      const { migrator, events } = migratorOf(app, database);
      await migrator.upgrade("r1");
      const run = migrator.upgrade("head", { signal: controller.signal }).catch((error: unknown) => error);
      while (!events.some((event) => event.kind === "step" && event.title.startsWith("data"))) await sleep(5);
      controller.abort();
      expect(await run).toMatchObject({ code: "MIGRATION_INTERRUPTED" });
      await expect
        .poll(() => (globalThis as { lateError?: unknown }).lateError)
        .toMatchObject({ code: "DEFINITION_INVALID" });
      expect(await database.query("select n from t")).toEqual([{ n: 0 }]);
      Object.assign(globalThis, { lateError: undefined });
    }
  });

  test("a failure that is caught does not pass for success", async () => {
    for (const outside of ["", "op.outside`vacuum t`;"]) {
      await using app = await temporaryApp([
        rows(3),
        {
          id: "r2",
          down: "r1",
          up: `${outside} op.data(async (db) => {
    await db.batches({ table: "t" }, async () => {
      await db.sql\`update t set n = 1\`;
      await db.sql\`select nonsense\`.catch(() => {});
    });
  });`,
        },
      ]);
      const { migrator } = migratorOf(app, database);
      await expect(migrator.upgrade()).rejects.toMatchObject({ code: "MIGRATION_FAILED" });
      expect(await migrator.current()).toEqual(["r1"]);
      expect(await database.query("select distinct n from t")).toEqual([{ n: 0 }]);
    }
  });

  test("a failure in it says which one, and in what", async () => {
    for (const [body, statement, message] of [
      [
        "await db.sql`selec 1`",
        "selec 1",
        /syntax error.*operation: data fill\n {2}in: selec 1\nCorrect the file, .*again\.$/s,
      ],
      [
        'throw new Error("oh no")',
        undefined,
        /oh no\n {2}file: .*\n {2}operation: data fill\nCorrect the file, .*again\.$/,
      ],
      ['await db.batches({ table: "nope" }, async () => {})', undefined, /relation "nope" does not exist/],
    ] as const) {
      await using app = await temporaryApp([{ id: "r1", up: `op.data("fill", async (db) => { ${body}; });` }]);
      const error = await migratorOf(app, database)
        .migrator.upgrade()
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        code: "MIGRATION_FAILED",
        step: "data fill",
        message: expect.stringMatching(message),
      });
      expect((error as { statement?: string }).statement).toBe(statement);
    }
  });

  test("refuses what would end its transaction, and a table without a key", async () => {
    for (const [body, message] of [
      ["await db.sql`commit`", "must not begin or end a transaction"],
      ["await db.sql`copy t from stdin`", "COPY"],
      ["await db.sql`copy t to stdout`", "COPY"],
      ["await db.sql`-- part one\\ncommit`", "must not begin or end a transaction"],
      ['await db.batches({ table: "u" }, async () => {})', "u has no primary key"],
      ['await db.batches({ table: "u", key: "a" }, async () => {})', "A row of u has NULL in its key, a"],
      [
        'await db.batches({ table: "u", key: "a", where: "a > 0", size: 1 }, async () => {})',
        "Several rows of u have the same key",
      ],
      ['await db.batches({ table: "t", size: 0 }, async () => {})', "A batch's size is a whole number"],
    ] as const) {
      await using app = await temporaryApp([
        rows(1),
        {
          id: "r2",
          down: "r1",
          up: `op.sql\`create table u (a int); insert into u values (1), (1), (null)\`; op.data(async (db) => { ${body}; });`,
        },
      ]);
      const { migrator } = migratorOf(app, database);
      await expect(migrator.upgrade()).rejects.toMatchObject({
        code: "MIGRATION_FAILED",
        message: expect.stringContaining(message),
      });
      expect(await migrator.current()).toEqual(["r1"]);
    }
  });
});
