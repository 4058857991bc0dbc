import { writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectOptions } from "../../src/connection/options.ts";
import { defineSchema, integer, Model, type ModelClass, sql, text, uuid } from "../../src/index.ts";
import { type AutogenerateOptions, autogenerate, type Generated } from "../../src/migrations/index.ts";
import { emptiedDatabase } from "./emptied-database.ts";
import { revisionText, type TemporaryApp, temporaryApp, uniqueName } from "./temporary-app.ts";

class Thing extends Model.define({ id: integer().primaryKey(), name: text() }) {}

const database = emptiedDatabase();
let app: TemporaryApp;
beforeEach(async () => {
  app = await temporaryApp();
});
afterEach(async () => {
  const [found] = await database.query(
    "select count(*)::int from pg_database where starts_with(datname, format('hypertroq_scratch_%s_', (select oid from pg_database where datname = current_database())))",
  );
  expect(found).toEqual({ count: 0 });
  await app[Symbol.asyncDispose]();
});

function generate(
  models: Record<string, ModelClass>,
  more: Partial<AutogenerateOptions> & { url?: string } = {},
): Promise<Generated> {
  const { url = database.url, ...options } = more;
  return autogenerate({
    connect: connectOptions({ url }),
    schema: defineSchema(models),
    directory: app.migrations,
    message: "x",
    ...options,
  });
}

const THINGS = "create table things (id integer constraint things_pkey primary key, name text not null)";

test.each([
  [
    "what stands on what would be dropped, and an invalid index",
    `create table things (id integer primary key, name text not null, old text); create view v as select old from things;
     create type mood as enum ('a'); create function f(mood) returns int language sql as 'select 1';
     create index ix on things (name); update pg_index set indisvalid = false where indexrelid = 'ix'::regclass`,
    [
      "The function public.f(public.mood) depends on the type public.mood, which would be dropped.",
      "The index ix is invalid: drop it, or finish it with REINDEX.",
      "The view public.v depends on the column public.things.old, which would be dropped.",
    ],
  ],
  [
    "a type without a cast",
    "create table things (id uuid primary key, name text not null)",
    ["When the upgrade is run, PostgreSQL refuses alterColumn things.id: cannot cast type uuid to integer"],
  ],
])("%s: refused by name", async (_, statements, sentences) => {
  await database.query(statements);
  const refused = await generate({ Thing }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "AUTOGENERATE_UNSUPPORTED" });
  expect([...(refused as { unsupported: readonly string[] }).unsupported].sort()).toEqual(sentences);
  expect(await readdir(join(app.migrations, "versions"))).toEqual([]);
});

test("what models cannot describe is left alone and named", async () => {
  await database.query(`${THINGS}; create view v as select 1 as one; create sequence s; create table parts (id integer) partition by range (id);
    create table part partition of parts default; create domain d as text; create type pair as (a integer);
    create function f() returns int language sql as 'select 1'; create extension hstore`);
  const { detected, leftAlone } = await generate({ Thing });
  expect(detected).toEqual([]);
  expect(leftAlone.map((line) => line.replace("public.", ""))).toEqual([
    "table parts, with partitions",
    "table part, with a table that it is a partition of",
    "view v",
    "function f()",
    "sequence s",
    "type d",
    "type pair",
  ]);
});

test("functions and sequences of the database may stand in defaults", async () => {
  class Coded extends Model.define({
    id: integer().primaryKey().default(sql`nextval('codes')`),
    code: text().default(sql`make_code()`),
  }) {}
  await database.query(
    "create sequence codes; create function make_code() returns text language sql as $$ select 'x' $$",
  );
  const { revision } = await generate({ Coded });
  expect(await readFile(revision!.file, "utf8")).toContain(
    `id: { type: "integer", default: "nextval('public.codes'::regclass)" }`,
  );
});

test("a change that destroys says how many rows it touches, up and down; what may be a rename has to be answered", async () => {
  await database.query(`${THINGS}; alter table things add old text, add nickname text;
    insert into things values (1, 'a', 'b', 'c'), (2, 'b', null, null); create table gone (id integer); insert into gone values (1)`);
  class Renamed extends Model.define({
    id: integer().primaryKey(),
    name: text(),
    alias: text().nullable(),
    size: integer(),
  }) {
    static override readonly table = "things";
  }
  await expect(generate({ Renamed })).rejects.toMatchObject({
    code: "RENAMES_UNDECIDED",
    message: expect.stringContaining(`- the column things.old:
    --rename things.old=things.alias
    --not-renamed things.old    it goes, and what it holds with it
- the column things.nickname:
    --rename things.nickname=things.alias
`),
    candidates: [
      { kind: "column", from: "things.old", to: ["things.alias"] },
      { kind: "column", from: "things.nickname", to: ["things.alias"] },
    ],
  });
  expect(await readdir(join(app.migrations, "versions"))).toEqual([]);
  const { revision, obstacles } = await generate({ Renamed }, { notRenamed: ["things.old", "public.things.nickname"] });
  expect(obstacles).toEqual([
    "Fails as it is: 2 rows of things would have no value. Give it a default, or fill it first.",
  ]);
  const written = await readFile(revision!.file, "utf8");
  expect(written.match(/^ *\/\/.*\n.*$/gm)).toEqual([
    '  // gone: drops the table (1 row); applied with --allow-drop gone\n  op.dropTable("gone", {',
    "  // things.old: drops the column (1 row with a value); applied with --allow-drop things.old\n" +
      '  op.dropColumn("things", "old", { was: { type: "text", nullable: true } });',
    "  // things.nickname: drops the column (1 row with a value); applied with --allow-drop things.nickname\n" +
      '  op.dropColumn("things", "nickname", { was: { type: "text", nullable: true } });',
    '  // Fails as it is: 2 rows of things would have no value. Give it a default, or fill it first.\n  op.addColumn("things", "size", { type: "integer" });',
    "  // things.alias: drops the column (now 2 rows)\n" +
      '  op.dropColumn("things", "alias", { was: { type: "text", nullable: true } });',
    "  // things.size: drops the column (now 2 rows)\n" +
      '  op.dropColumn("things", "size", { was: { type: "integer" } });',
  ]);
});

test("models that PostgreSQL refuses", async () => {
  class Wrong extends Model.define({ id: uuid().primaryKey().default(sql`no_such_function()`) }) {}
  await expect(generate({ Wrong })).rejects.toMatchObject({ code: "MODELS_NOT_CREATABLE", step: "createTable wrongs" });
});

test("a role that may not create databases", async () => {
  const role = uniqueName("reader");
  await database.query(`create role ${role} login password 'secret'`);
  try {
    const url = new URL(database.url);
    [url.username, url.password] = [role, "secret"];
    await expect(generate({ Thing }, { url: url.href })).rejects.toMatchObject({
      code: "SCRATCH_UNAVAILABLE",
      message: expect.stringContaining("permission denied to create database"),
    });
  } finally {
    await database.query(`drop role ${role}`);
  }
});

test("an old template has no place for it, which is said; nothing to do writes nothing", async () => {
  const old = await app.write(
    "old.template",
    `export const revision = {{revision}};\nexport const downRevision = {{downRevision}};
export const branchLabels = {{branchLabels}};\nexport const dependsOn = {{dependsOn}};
export const message = {{message}};\nexport const createdAt = {{createdAt}};
export function upgrade() {}\nexport function downgrade() {}\n`,
  );
  await expect(generate({ Thing }, { template: old })).rejects.toMatchObject({
    code: "TEMPLATE_INVALID",
    message: expect.stringContaining("it has no line {{upgrade}}"),
  });
  await database.query(THINGS);
  expect(await generate({ Thing }, { template: old })).toEqual({
    revision: undefined,
    detected: [],
    leftAlone: [],
    obstacles: [],
  });
  expect(await readdir(join(app.migrations, "versions"))).toEqual([]);
});

test("an abort leaves nothing, and what a killed run has left is dropped by the next", async () => {
  const controller = new AbortController();
  const work = generate({ Thing }, { signal: controller.signal });
  setTimeout(() => controller.abort(), 300);
  await work.catch(() => {});
  const [row] = await database.query<{ name: string }>(
    "select format('hypertroq_scratch_%s_0', oid) as name from pg_database where datname = current_database()",
  );
  await database.query(`create database ${row!.name}`);
  await generate({ Thing });
});

test("nothing is written when somebody else has written a revision meanwhile", async () => {
  const versions = join(app.migrations, "versions");
  const processRevisionDirectives = (): undefined => {
    writeFileSync(join(versions, "other_x.ts"), revisionText({ id: "other" }));
  };
  await expect(generate({ Thing }, { processRevisionDirectives })).rejects.toMatchObject({
    code: "DATABASE_NOT_AT_HEAD",
    current: [],
    heads: ["other"],
  });
  expect(await readdir(versions)).toEqual(["other_x.ts"]);
});
