import { afterAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { defineSchema, integer, Model, text } from "../../src/index.ts";
import { type DiffOptions, type DiffStep, diff } from "../../src/migrations/index.ts";
import { fingerprint } from "./fingerprint.ts";
import { temporaryApp } from "./temporary-app.ts";

/** Names the server, and this file's scratch databases by its number. */
const scratch = await createTestDatabase();
afterAll(() => scratch.drop());

async function apply({ query }: TestDatabase, steps: readonly DiffStep[]): Promise<void> {
  await query(steps.map(({ sql }) => sql).join(";"));
}

async function facts({ url }: TestDatabase): Promise<readonly string[]> {
  return (await fingerprint(url)).map((line) => line.replace(/^(col \S+) #\d+ /, "$1 ")).sort();
}

/** Scratch databases that are there now. */
async function scratches(): Promise<number> {
  const [row] = await scratch.query<{ count: number }>(
    "select count(*)::integer from pg_database where starts_with(datname, format('hypertroq_scratch_%s_', (select oid from pg_database where datname = current_database())))",
  );
  return row!.count;
}

const BEFORE = `
  create table users (id integer primary key, name varchar(20) not null, born date);
  create table gone (id integer);`;
const AFTER = `
  create table users (id integer primary key, name bigint, mail text);
  create schema shop;
  create table shop.orders (id integer primary key, user_id integer not null references public.users (id));`;

test("up makes it the other, down what it was, and a second diff is empty; each step says what it does", async () => {
  await using database = await createTestDatabase();
  await using wanted = await createTestDatabase();
  await database.query(BEFORE);
  await wanted.query(AFTER);
  const was = await facts(database);
  const to = { url: wanted.url };
  const plan = await diff({ from: { url: database.url }, to, scratch });
  expect(plan).toMatchObject({ unsupported: [], renameCandidates: [] });
  const step = (sql: string): DiffStep | undefined => [...plan.up, ...plan.down].find((one) => one.sql.startsWith(sql));
  expect(step('drop table "gone"')).toEqual({
    sql: 'drop table "gone"',
    transactional: true,
    lock: "ACCESS EXCLUSIVE",
    rewrites: false,
    destructive: true,
    losses: ["gone: drops the table"],
  });
  expect(step('alter table "users" alter column "name"')).toMatchObject({ rewrites: true, lock: "ACCESS EXCLUSIVE" });
  expect(step('create table "shop"."orders"')).toMatchObject({ rewrites: false, destructive: false });
  await apply(database, plan.up);
  expect(await facts(database)).toEqual(await facts(wanted));
  expect(await diff({ from: { url: database.url }, to })).toMatchObject({ up: [], down: [], detected: [] });
  await apply(database, plan.down);
  expect(await facts(database)).toEqual(was);
  expect(await scratches()).toBe(0);
});

class User extends Model.define({ id: integer().primaryKey(), name: text() }) {}

test("sources: SQL, models, revisions, in any pair", async () => {
  await using app = await temporaryApp([
    { id: "r1", up: 'op.createTable("users", { columns: { id: { type: "integer" } }, primaryKey: ["id"] });' },
    { id: "r2", down: "r1", up: 'op.addColumn("users", "name", { type: "text" });' },
  ]);
  const sql = {
    sql: 'create table users (id int4, "name" text not null, constraint users_pkey primary key (id)); -- the end\n',
  };
  const schema = { schema: defineSchema({ User }) };
  const revision = (id: string) => ({ revision: id, directory: app.migrations });
  const empty = { up: [], down: [], unsupported: [], detected: [], renameCandidates: [] };
  expect(await diff({ from: sql, to: schema, scratch })).toEqual(empty);
  expect(await diff({ from: schema, to: revision("head"), scratch })).toEqual(empty);
  const { up, down } = await diff({ from: revision("r1"), to: sql, scratch });
  expect([up, down].map((steps) => steps.map((one) => one.sql))).toEqual([
    ['alter table "users" add column "name" text not null'],
    ['alter table "users" drop column "name"'],
  ]);
  expect(await scratches()).toBe(0);
});

test("what cannot be: no server, SQL that is refused, of which the line is told, SQL of psql", async () => {
  const to = { sql: "" };
  await expect(diff({ from: to, to })).rejects.toThrow("scratch: { url } has to name a server");
  await expect(
    diff({ from: { sql: "create table a ();\n\n-- two\ncreate table b (id nothing);" }, to, scratch }),
  ).rejects.toMatchObject({
    code: "DIFF_SQL_FAILED",
    line: 3,
    message: expect.stringMatching(/^Line 3 of the SQL: type "nothing"/),
  });
  await expect(diff({ from: { sql: "create table a ();\n\\connect x" }, to, scratch })).rejects.toThrow(
    "Line 2 of the SQL: a backslash",
  );
  expect(await scratches()).toBe(0);
});

test("an abort ends it, and drops what it had made", async () => {
  const controller = new AbortController();
  const work = diff({ from: { sql: "select pg_sleep(60)" }, to: { sql: "" }, scratch, signal: controller.signal });
  while ((await scratches()) === 0);
  controller.abort();
  await expect(work).rejects.toMatchObject({ code: "COMPARISON_INTERRUPTED" });
  expect(await scratches()).toBe(0);
});

test("scratch databases are made on the server that is named, and not on that of the database", async () => {
  await using reader = await createTestDatabase();
  const role = `reader_${reader.name}`;
  await reader.query(`create role ${role} login password 'secret'; create table users (id integer primary key)`);
  try {
    const url = Object.assign(new URL(reader.url), { username: role, password: "secret" }).href;
    const options: DiffOptions = { from: { url }, to: { schema: defineSchema({ User }) } };
    await expect(diff(options)).rejects.toMatchObject({ code: "SCRATCH_UNAVAILABLE" });
    const { up } = await diff({ ...options, scratch });
    expect(up.map((one) => one.sql)).toEqual(['alter table "users" add column "name" text not null']);
  } finally {
    await reader.query(`drop role ${role}`);
  }
});

test("hooks: what is not included, types and defaults that are taken for the same", async () => {
  const from = {
    sql: "create table users (id integer primary key, name varchar(9) default 'a'); create table other (id integer)",
  };
  const to = {
    sql: "create table users (id integer primary key, name text default 'b'); create index own on users (name)",
  };
  const seen: unknown[] = [];
  const plan = await diff({
    from,
    to,
    scratch,
    includeObject: (object) => {
      if (object.name === "own") seen.push(object);
      return object.name !== "other" && object.name !== "own";
    },
    compareType: ({ table, column, from: was, to: now }) => {
      seen.push({ table, column, was, now });
      return false;
    },
    compareServerDefault: () => false,
  });
  expect(plan).toMatchObject({ up: [], unsupported: [] });
  expect(seen).toEqual([
    { type: "index", name: "own", schema: "public", table: "users", reflected: false },
    { table: "users", column: "name", was: "varchar(9)", now: "text" },
  ]);
  const some = await diff({ from, to, scratch, includeObject: ({ name }) => name !== "other" });
  expect(some.unsupported).toEqual([]);
  expect(some.up.map((one) => one.sql)).toEqual([
    expect.stringContaining('alter table "users" alter column "name"'),
    'create index "own" on "users" ("name")',
  ]);
});

test("hooks: indexes and triggers of views", async () => {
  const base = `create table users (id integer); create view active as select id from users;
    create materialized view known as select id from users;
    create function touch() returns trigger language plpgsql as $$begin return new; end$$;`;
  const to = {
    sql: `${base} create index own on known (id); create trigger mine instead of insert on active
      for each row execute function touch()`,
  };
  const seen: unknown[] = [];
  const { up } = await diff({
    from: { sql: base },
    to,
    scratch,
    includeObject: (object) => {
      if (object.table !== undefined && object.type !== "column") seen.push(object);
      return object.type !== "index" && object.type !== "trigger";
    },
  });
  expect(up).toEqual([]);
  const asked = { schema: "public", reflected: false };
  expect(seen).toHaveLength(2);
  expect(seen).toContainEqual({ ...asked, type: "index", name: "own", table: "known" });
  expect(seen).toContainEqual({ ...asked, type: "trigger", name: "mine", table: "active" });
});
