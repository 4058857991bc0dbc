import { afterAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { sample } from "../../../../test/sample.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { defineSchema, integer, Model, text } from "../../src/index.ts";
import { call } from "../../src/migrations/compare/call.ts";
import { renameCandidates } from "../../src/migrations/diff/rename-candidates.ts";
import { autogenerate, type DiffStep, diff } from "../../src/migrations/index.ts";
import { fingerprint } from "./fingerprint.ts";
import { migratorOf } from "./migrator-of.ts";
import { temporaryApp } from "./temporary-app.ts";

const scratch = await createTestDatabase();
afterAll(() => scratch.drop());
const statements = (steps: readonly DiffStep[]): readonly string[] => steps.map(({ sql }) => sql);

class Person extends Model.define({
  id: integer().primaryKey(),
  fullName: text().index(),
  friendId: integer()
    .nullable()
    .references(() => Person.c.id),
}) {
  static override readonly table = "people";
}

test("a table and a column are renamed with all that hangs on them, and the rows stay, up and down", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  await database.query(`
    create table users (id integer constraint users_pkey primary key, name text not null,
      friend integer constraint fk_users_friend_users references users (id));
    create index ix_users_name on users (name);
    insert into users values (1, 'Ada', null), (2, 'Bob', 1)`);
  const was = await fingerprint(database.url);
  const renames = ["table users=people", "people.name=people.full_name", "people.friend=people.friend_id"];
  const { revision, detected } = await autogenerate({
    connect: connectOptions({ url: database.url }),
    schema: defineSchema({ Person }),
    directory: app.migrations,
    renames,
  });
  expect(detected).toEqual([
    "Detected renamed table 'users' to 'people'",
    "Detected renamed column 'people.name' to 'full_name'",
    "Detected renamed column 'people.friend' to 'friend_id'",
    "Detected renamed constraint 'users_pkey' on 'people' to 'people_pkey'",
    "Detected renamed constraint 'fk_users_friend_users' on 'people' to 'fk_people_friend_id_people'",
    "Detected renamed index 'ix_users_name' to 'ix_people_full_name'",
  ]);
  const { migrator } = migratorOf(app, database);
  await migrator.upgrade();
  expect(revision?.files).toHaveLength(1);
  expect(await database.query("select * from people order by id")).toEqual([
    { id: 1, full_name: "Ada", friend_id: null },
    { id: 2, full_name: "Bob", friend_id: 1 },
  ]);
  await migrator.downgrade("base");
  expect((await fingerprint(database.url)).filter((line) => !line.includes("alembic_version"))).toEqual(was);
  expect(await database.query("select * from users order by id")).toEqual([
    { id: 1, name: "Ada", friend: null },
    { id: 2, name: "Bob", friend: 1 },
  ]);
});

/** Each of something else, so that one comparison has them all. */
const RENAMES: readonly { from: string; to: string; rename: string; up: readonly string[] }[] = [
  {
    from: "create schema old; create table old.t (id integer)",
    to: "create schema new; create table new.t (id integer)",
    rename: "old=new",
    up: ['alter schema "old" rename to "new"'],
  },
  {
    // Into a schema that is not there yet.
    from: "create table moved (id integer)",
    to: "create schema far; create table far.other (id integer)",
    rename: "public.moved=far.other",
    up: [
      'create schema "far"',
      'alter table "public"."moved" set schema "far"',
      'alter table "far"."moved" rename to "other"',
    ],
  },
  {
    // An enum keeps its columns.
    from: "create type mood as enum ('sad', 'ok'); create table felt (m mood default 'ok')",
    to: "create type humour as enum ('sad', 'ok'); create table felt (m humour default 'ok')",
    rename: "type mood=humour",
    up: ['alter type "mood" rename to "humour"'],
  },
  {
    from: "create type state as enum ('new', 'ok')",
    to: "create type state as enum ('new', 'fine')",
    rename: "state.ok=state.fine",
    up: [`alter type "state" rename value 'ok' to 'fine'`],
  },
  {
    from: 'create table "a.b" ("x""=y" integer)',
    to: 'create table "a.b" ("z w" integer)',
    rename: '"a.b"."x""=y"="a.b"."z w"',
    up: ['alter table "a.b" rename column "x""=y" to "z w"'],
  },
  {
    from: "create table t (id integer primary key, a integer constraint c check (a > 0) constraint f references t (id)); create index i on t (a)",
    to: "create table t (id integer primary key, b integer constraint c check (b > 0) constraint f references t (id)); create index i on t (b)",
    rename: "t.a=t.b",
    up: ['alter table "t" rename column "a" to "b"'],
  },
];

test("schemas, tables, enums, their values and columns that others use are renamed, and nothing else happens", async () => {
  const all = (side: "from" | "to") => ({ sql: RENAMES.map((one) => one[side]).join(";") });
  const renames = RENAMES.map(({ rename }) => rename);
  const plan = await diff({ from: all("from"), to: all("to"), scratch, renames });
  expect(plan.unsupported).toEqual([]);
  expect([...statements(plan.up)].sort()).toEqual(RENAMES.flatMap(({ up }) => up).sort());
  expect(plan.up.some(({ destructive }) => destructive)).toBe(false);
});

test("candidates are told and not guessed; an answer ends the question", async () => {
  const from = {
    sql: "create table users (id integer, name text, nick text); create type mood as enum ('a'); create table log (id bigint)",
  };
  const to = {
    sql: "create table users (id integer, full_name text); create type humour as enum ('a'); create table entries (id bigint)",
  };
  const open = await diff({ from, to, scratch });
  expect(open.renameCandidates).toEqual([
    { kind: "table", from: "log", to: ["entries"] },
    { kind: "column", from: "users.name", to: ["users.full_name"] },
    { kind: "column", from: "users.nick", to: ["users.full_name"] },
    { kind: "enum", from: "mood", to: ["humour"] },
  ]);
  expect(open.up.filter(({ destructive }) => destructive)).toHaveLength(3);
  const renames = ["users.name=users.full_name", "log=entries"];
  const answered = await diff({ from, to, scratch, renames, notRenamed: ["public.mood"] });
  expect(answered).toMatchObject({ renameCandidates: [], unsupported: [] });
  expect(statements(answered.up).slice(0, 2)).toEqual([
    'alter table "users" rename column "name" to "full_name"',
    'alter table "log" rename to "entries"',
  ]);
  expect(answered.up.flatMap(({ losses }) => losses)).toEqual(["users.nick: drops the column"]);
});

const REFUSED: readonly [rename: string, why: string][] = [
  ["users.name", "it is no OLD=NEW"],
  ["users.name=", "it is no OLD=NEW"],
  ["nothing=something", "nothing is called nothing"],
  ["column users=people", "nothing is called column users"],
  ["users.name=people.name", "which is in another place"],
  ["twice.x=twice.y", "that may be"],
];

test.each(sample(REFUSED, 1))("%s is refused: %s", async (rename, why) => {
  const from = {
    sql: "create table users (name text); create table twice (x integer constraint x check (x > 0))",
  };
  await expect(
    diff({ from, to: { sql: "create table something (x integer)" }, scratch, renames: [rename] }),
  ).rejects.toMatchObject({
    code: "RENAME_INVALID",
    rename,
    message: expect.stringContaining(why),
  });
});

test("a partition that goes and one that comes are no rename, but for the same bound; nor are tables of nothing", () => {
  const of = (bound: string) => ({ partitionOf: { table: "days", bound } });
  const [january, february] = [of("for values from (1) to (2)"), of("for values from (2) to (3)")];
  const changes = (was: object, now: object) => [call("dropTable", "gone", { was }), call("createTable", "come", now)];
  const candidatesOf = (was: object, now: object) => renameCandidates(changes(was, now), [], "public");
  expect(candidatesOf(january, february)).toEqual([]);
  expect(candidatesOf(january, january)).toEqual([{ kind: "table", from: "gone", to: ["come"] }]);
  expect(candidatesOf({ columns: {} }, { columns: {} })).toEqual([]);
});
