import { spawn, spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { Migrator, offlineScript, ScriptDirectory } from "../../src/migrations/index.ts";
import { emptiedDatabase } from "./emptied-database.ts";
import { fingerprint } from "./fingerprint.ts";
import { history, type RevisionSource, temporaryApp } from "./temporary-app.ts";

const database = emptiedDatabase();

/** Debian has a program of this name that only says which package the real one is in. */
const withPsql = test.skipIf(spawnSync("psql", ["--version"]).status !== 0);

async function psql(
  database: { readonly url: string },
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; errors: string }> {
  const child = spawn("psql", ["-X", "-q", "-v", "VERBOSITY=terse", "-f", "-", database.url], {
    stdio: ["pipe", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  child.stdin.end(script);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, errors };
}

const HISTORY: RevisionSource[] = [
  {
    id: "a1",
    up: `op.createTable("t", { columns: { id: { type: "integer" }, a: { type: "text" } }, primaryKey: ["id"] });
  op.sql\`insert into t values (1, \${"it's \\\\ a :value $1"})\`;
  op.sql\`create function f() returns text language sql as $$ select 'a;b' $$ -- with a comment\`;`,
    back: 'op.sql`drop function f`; op.dropTable("t");',
  },
  {
    id: "a2",
    down: "a1",
    up: 'op.createIndex("ix", "t", ["a"], { concurrently: true }); op.sql`insert into t values (2, \'b\')`;',
    back: 'op.dropIndex("ix", { concurrently: true }); op.sql`delete from t where id = 2`;',
  },
  { id: "b1", up: "op.sql`create table other (id int)`;", back: "op.sql`drop table other`;" },
];

withPsql("a script does both ways what a run does, version rows and log included", async () => {
  await using app = await temporaryApp(HISTORY);
  await using online = await createTestDatabase();
  await using offline = await createTestDatabase();
  const script = await ScriptDirectory.load(app.migrations);
  const migrator = new Migrator({ connect: connectOptions({ url: online.url }), directory: app.migrations });
  const both = async (database: TestDatabase): Promise<unknown> => ({
    catalog: await fingerprint(database.url),
    versions: await database.query("select * from alembic_version order by 1"),
    log: await database.query(
      "select revision, direction, checksum, finished_at is not null as finished from hypertroq_migration_log order by id",
    ),
  });
  await migrator.upgrade("heads");
  expect(await psql(offline, offlineScript(script, "upgrade", "base:heads"))).toEqual({ code: 0, errors: "" });
  expect(await both(offline)).toEqual(await both(online));
  expect(await offline.query("select a, f() from t where id = 1")).toEqual([{ a: "it's \\ a :value $1", f: "a;b" }]);
  await migrator.downgrade("base");
  expect(await psql(offline, offlineScript(script, "downgrade", "heads:base"))).toEqual({ code: 0, errors: "" });
  expect(await both(offline)).toEqual(await both(online));
});

withPsql("a script stops on a database that is not where it begins, and at the first error", async () => {
  await using app = await temporaryApp([...history(2), { id: "r3", down: "r2", up: "op.sql`select 1 / 0`;" }]);
  const script = await ScriptDirectory.load(app.migrations);
  expect(await psql(database, offlineScript(script, "upgrade", "r1:r2"))).toMatchObject({
    code: 3,
    errors: expect.stringContaining('relation "alembic_version" does not exist'),
  });
  expect(await psql(database, offlineScript(script, "upgrade", "r1"))).toEqual({ code: 0, errors: "" });
  expect(await psql(database, offlineScript(script, "upgrade", "r2"))).toMatchObject({
    code: 3,
    errors: expect.stringContaining("The database is beyond where this begins: it is at r1."),
  });
  expect(await psql(database, offlineScript(script, "downgrade", "r2:r1"))).toMatchObject({
    code: 3,
    errors: expect.stringContaining("The database is not at r2, where this begins."),
  });
  expect(await database.query("select * from alembic_version")).toEqual([{ version_num: "r1" }]);
  expect(await psql(database, offlineScript(script, "upgrade", "r1:head"))).toMatchObject({ code: 3 });
  expect(await database.query("select * from alembic_version")).toEqual([{ version_num: "r2" }]);
});

withPsql("a script that was run is not run again", async () => {
  await using app = await temporaryApp([
    { id: "a1", up: "op.sql`create table if not exists s (i int); insert into s values (1)`;" },
    { id: "a2", down: "a1", up: "op.sql`insert into s values (2)`;" },
    { id: "b1", up: "op.sql`create table if not exists s (i int); insert into s values (3)`;" },
  ]);
  const script = offlineScript(await ScriptDirectory.load(app.migrations), "upgrade", "a2");
  expect(await psql(database, script)).toEqual({ code: 0, errors: "" });
  expect(await psql(database, script)).toMatchObject({ code: 3, errors: expect.stringContaining("it is at a2") });
  expect(await database.query("select i from s")).toEqual([{ i: 1 }, { i: 2 }]);
  const other = offlineScript(await ScriptDirectory.load(app.migrations), "upgrade", "b1");
  expect(await psql(database, other)).toEqual({ code: 0, errors: "" });
  expect(await database.query("select * from alembic_version order by 1")).toEqual([
    { version_num: "a2" },
    { version_num: "b1" },
  ]);
});

withPsql("a script minds the client's settings and what a revision sets", async () => {
  await using app = await temporaryApp([
    {
      id: "r1",
      up: "op.sql`create schema app; set search_path = app; create table größe (a int); create temp table tt (a text default '\\\\d')`;",
    },
    {
      id: "r2",
      down: "r1",
      up: "op.sql`create table u (a int)`; op.outside`vacuum u`; op.sql`set search_path = app`;",
    },
    { id: "r3", down: "r2", up: "op.sql`create temp table tt (a int)`; op.dropTable('u');" },
  ]);
  const script = `\\set AUTOCOMMIT off\n${offlineScript(await ScriptDirectory.load(app.migrations), "upgrade", "head")}`;
  expect(await psql(database, script, { PGCLIENTENCODING: "LATIN1" })).toEqual({ code: 0, errors: "" });
  expect(
    await database.query(
      "select schemaname as schema, tablename as name from pg_tables where tablename in ('größe', 'u')",
    ),
  ).toEqual([{ schema: "app", name: "größe" }]);
  expect(script).toContain("-- destroys data: u: drops the table");
  expect(await database.query("select * from alembic_version")).toEqual([{ version_num: "r3" }]);
});

withPsql("a script does not begin on what a run has left half done", async () => {
  await using app = await temporaryApp([
    ...history(1),
    { id: "r2", down: "r1", up: "op.outside`vacuum t1`; op.sql`select 1 / 0`;" },
  ]);
  const migrator = new Migrator({ connect: connectOptions({ url: database.url }), directory: app.migrations });
  await expect(migrator.upgrade()).rejects.toMatchObject({ stepsDone: 1 });
  const script = await migrator.script();
  expect(await psql(database, offlineScript(script, "upgrade", "r1:r2"))).toMatchObject({
    code: 3,
    errors: expect.stringContaining("r2 was broken off half way"),
  });
  expect(await psql(database, offlineScript(script, "stamp", "r1:r2"))).toEqual({ code: 0, errors: "" });
  expect((await migrator.journal()).entries.at(-1)).toMatchObject({ revision: "r2", abandoned: true });
});

withPsql("a script gives way to a run", async () => {
  await using app = await temporaryApp(history(1, "op.sql`select pg_sleep(60)`;"));
  const controller = new AbortController();
  const { signal } = controller;
  const events: string[] = [];
  const migrator = new Migrator({
    connect: connectOptions({ url: database.url }),
    directory: app.migrations,
    onEvent: ({ kind }) => events.push(kind),
  });
  const run = migrator.upgrade("head", { signal }).catch((error: unknown) => error);
  while (!events.includes("step")) await new Promise((resolve) => setTimeout(resolve, 10));
  const script = offlineScript(await migrator.script(), "upgrade", "head");
  expect(await psql(database, script)).toMatchObject({ code: 3, errors: expect.stringContaining("Another run holds") });
  controller.abort();
  await run;
});

test("a range has to say from where, a data migration has no script", async () => {
  await using app = await temporaryApp([...history(1), { id: "r2", down: "r1", up: "op.data(async () => {});" }]);
  const script = await ScriptDirectory.load(app.migrations);
  for (const [direction, range] of [
    ["downgrade", "base"],
    ["downgrade", "a:b:c"],
    ["upgrade", "base:"],
    ["upgrade", ""],
  ] as const) {
    expect(() => offlineScript(script, direction, range)).toThrow(
      expect.objectContaining({ code: "OFFLINE_RANGE_NEEDED" }),
    );
  }
  expect(() => offlineScript(script, "upgrade", "head")).toThrow(
    expect.objectContaining({ code: "OFFLINE_IMPOSSIBLE", revision: "r2" }),
  );
  expect(offlineScript(script, "upgrade", "r1", { role: 'my "role"' })).toContain('set role "my ""role""";');
  expect(offlineScript(script, "upgrade", "r1:r1")).not.toContain("begin;");
  expect(offlineScript(script, "stamp", "r1:r2")).toContain("update alembic_version set version_num = 'r2'");
});
