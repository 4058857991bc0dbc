import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { Migrator, type Operations } from "../../src/migrations/index.ts";
import { record } from "../../src/migrations/operations/record.ts";
import { fingerprint } from "./fingerprint.ts";
import { temporaryApp } from "./temporary-app.ts";

/** What each operation makes of a database must be what the hand-written statements beside it make of another. */
const CASES: readonly [name: string, before: string, operation: string, statements: string][] = [
  [
    "createTable",
    "create schema audit",
    `op.createTable("users", {
      columns: {
        id: { type: "uuid", default: "gen_random_uuid()" },
        "Full Name": { type: "varchar(255)", nullable: true },
        tags: { type: "text[]", default: "'{}'" },
      },
      primaryKey: ["id"],
    });
    op.createTable("audit.no_key", { columns: { at: { type: "timestamptz" } } });
    op.createTable("pair", { columns: { a: { type: "int" }, b: { type: "int" } }, primaryKey: ["b", "a"] });`,
    `create table users (id uuid default gen_random_uuid() not null, "Full Name" varchar(255),
       tags text[] default '{}' not null, constraint users_pkey primary key (id));
     create table audit.no_key (at timestamptz not null);
     create table pair (a int not null, b int not null, constraint pair_pkey primary key (b, a))`,
  ],
  ["dropTable", "create table a (); create table b ()", `op.dropTable("a");`, "drop table a"],
  [
    "addColumn",
    "create table t ()",
    `op.addColumn("t", "name", { type: "text", nullable: true });
     op.addColumn("t", "size", { type: "numeric(10,2)", default: "0" });`,
    "alter table t add name text; alter table t add size numeric(10,2) default 0 not null",
  ],
  ["dropColumn", 'create table t (a int, "B" int)', `op.dropColumn("t", "B");`, 'alter table t drop "B"'],
  [
    "alterColumn",
    "create table t (a text default 'x' not null, b int, c int default 1)",
    `op.alterColumn("t", "a", { nullable: true, default: null });
     op.alterColumn("t", "b", { type: "bigint", nullable: false, default: "7" });
     op.alterColumn("t", "c", { type: "text", using: "c::text || '!'" , default: "'none'" });`,
    `alter table t alter a drop not null, alter a drop default;
     alter table t alter b type bigint, alter b set not null, alter b set default 7;
     alter table t alter c type text using c::text || '!', alter c set default 'none'`,
  ],
  [
    "createIndex",
    'create table t (a int, b text, "C" int[])',
    `op.createIndex("ix_a", "t", ["a"]);
     op.createIndex("ix_ab", "t", ["b", "a"], { unique: true, where: "a > 0" });
     op.createIndex("ix_c", "t", ["C"], { method: "gin" });`,
    `create index ix_a on t (a); create unique index ix_ab on t (b, a) where a > 0;
     create index ix_c on t using gin ("C")`,
  ],
  [
    "dropIndex",
    "create schema s; create table s.t (a int); create index i on s.t (a); create index j on s.t (a)",
    `op.dropIndex("s.i");`,
    "drop index s.i",
  ],
  [
    "constraints",
    "create table p (id int primary key); create table t (a int, b int)",
    `op.createUniqueConstraint("t_ab_key", "t", ["a", "b"]);
     op.createCheckConstraint("t_a_check", "t", "a > 0 and b is not null");
     op.createForeignKey("t_a_fkey", "t", ["a"], "p", ["id"], { onDelete: "cascade", onUpdate: "set null" });
     op.createForeignKey("t_b_fkey", "t", ["b"], "p", ["id"]);`,
    `alter table t add constraint t_ab_key unique (a, b);
     alter table t add constraint t_a_check check (a > 0 and b is not null);
     alter table t add constraint t_a_fkey foreign key (a) references p (id) on delete cascade on update set null;
     alter table t add constraint t_b_fkey foreign key (b) references p (id)`,
  ],
  [
    "dropConstraint",
    "create table t (a int constraint odd check (a % 2 = 1), b int constraint even check (b % 2 = 0))",
    `op.dropConstraint("odd", "t");`,
    "alter table t drop constraint odd",
  ],
  [
    "sql",
    "create table t (a int)",
    "op.sql`comment on table t is 'it''s ours'`; op.sql`create view v as select a + 1 as b from t`;",
    "comment on table t is 'it''s ours'; create view v as select a + 1 as b from t",
  ],
  [
    "names that need quoting",
    "",
    `op.createTable('say "hi"; drop table x', { columns: { 'a"b': { type: "int" }, "select": { type: "int" } } });`,
    `create table "say ""hi""; drop table x" ("a""b" int not null, "select" int not null)`,
  ],
];

const VERSION_TABLE =
  "create table alembic_version (version_num varchar(32) not null, constraint alembic_version_pkc primary key (version_num))";

test.each(CASES)("%s", async (_, before, operation, statements) => {
  await using app = await temporaryApp([{ id: "r1", up: operation }]);
  await using ours = await createTestDatabase();
  await using theirs = await createTestDatabase();
  if (before !== "") for (const database of [ours, theirs]) await database.query(before);
  await new Migrator({ connect: connectOptions({ url: ours.url }), directory: app.migrations }).upgrade();
  await theirs.query(VERSION_TABLE);
  await theirs.query(statements);
  expect(await fingerprint(ours.url)).toEqual(await fingerprint(theirs.url));
});

test("values in sql`…` are parameters, whatever they hold", async () => {
  await using app = await temporaryApp([
    {
      id: "r1",
      up: `op.sql\`create table t (a int, b text)\`;
           op.sql\`insert into t values (\${1}, \${"'); drop table t; --"}), (\${2}, \${null})\`;`,
    },
  ]);
  await using database = await createTestDatabase();
  await new Migrator({ connect: connectOptions({ url: database.url }), directory: app.migrations }).upgrade();
  expect(await database.query("select * from t order by a")).toEqual([
    { a: 1, b: "'); drop table t; --" },
    { a: 2, b: null },
  ]);
});

test.each<[string, (op: Operations) => unknown, string]>([
  ["a name beyond 63 bytes", (op) => op.dropTable("ü".repeat(32)), "longer than PostgreSQL's 63 bytes"],
  ["an empty name", (op) => op.dropTable(""), "A name is empty"],
  ["an empty part of a name", (op) => op.dropTable("audit."), "A name is empty"],
  ["a zero byte", (op) => op.dropColumn("t", "a\0b"), "zero byte"],
  ["an index without columns", (op) => op.createIndex("i", "t", []), "list of columns is empty"],
  ["a column without a type", (op) => op.addColumn("t", "a", {} as never), 'Column "a" has no type'],
  ["a misspelt key", (op) => op.addColumn("t", "a", { type: "int", nulable: true } as never), "not nulable"],
  ["op.sql called like a function", (op) => op.sql("select 1" as never), "template tag"],
  ["a broken escape", (op) => op.sql`select '\x'`, "broken escape"],
  ["a change of nothing", (op) => op.alterColumn("t", "a", {}), "changes nothing"],
  ["a commit", (op) => op.sql`commit`, "must not begin or end"],
  [
    "a begin behind comments",
    (op) => op.sql`/* a */ -- b
    Begin`,
    "must not begin or end",
  ],
  ["a rollback", (op) => op.sql`ROLLBACK`, "must not begin or end"],
  ["an async function", async (op) => op.dropTable("t"), "async"],
])("refused before anything is sent: %s", (_, describe, reason) => {
  expect(() => record(describe)).toThrow(expect.objectContaining({ code: "DEFINITION_INVALID" }));
  expect(() => record(describe)).toThrow(reason);
});

test("savepoints are the revision's own affair", () => {
  const steps = record((op) => {
    op.sql`savepoint a`;
    op.sql`rollback to savepoint a`;
  });
  expect(steps.map((step) => step.kind === "sql" && step.statement.text)).toEqual([
    "savepoint a",
    "rollback to savepoint a",
  ]);
});
