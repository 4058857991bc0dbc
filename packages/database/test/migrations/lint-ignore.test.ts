import { expect, test } from "vitest";
import { record, reverseOf, ScriptDirectory } from "../../src/migrations/index.ts";
import { lint } from "../../src/migrations/lint/lint.ts";
import { BEFORE } from "./lint-cases.ts";
import { lintOf, rulesIn } from "./lint-of.ts";
import { temporaryApp } from "./temporary-app.ts";

test("a remark keeps its rule silent for the next operation, and for no other", async () => {
  const report = await lintOf([
    { up: BEFORE },
    {
      up: (op) => {
        op.lintIgnore("drop-column", "no program names it");
        op.dropColumn("users", "age");
        op.dropColumn("users", "email");
      },
    },
  ]);
  expect(report.findings.map(({ rule, step }) => [rule, step])).toEqual([["drop-column", "dropColumn users.email"]]);
  expect(report.ignored).toBe(1);
});

test("a remark that says too little, or too much, is a finding", async () => {
  const { findings } = await lintOf([
    { up: BEFORE },
    {
      up: (op) => {
        op.lintIgnore("drop-column", " ");
        op.dropColumn("users", "age");
        op.lintIgnore("drop-colum", "a reason");
        op.lintIgnore("rename-column", "a reason");
        op.addColumn("users", "a", { type: "int", nullable: true });
        op.lintIgnore("drop-table", "a reason");
      },
    },
  ]);
  expect(findings.map(({ rule, step, message }) => [rule, step, message])).toEqual([
    ["drop-column", "dropColumn users.age", expect.anything()],
    ["lint-ignore", "lintIgnore drop-column", "It has no reason."],
    ["lint-ignore", "lintIgnore drop-colum", 'There is no rule "drop-colum".'],
    ["lint-ignore", "lintIgnore rename-column", "The rule rename-column finds nothing there."],
    ["lint-ignore", "lintIgnore drop-table", "It stands before nothing."],
  ]);
});

test("a rule that is not looked for leaves its remarks alone", async () => {
  const up = (op: Parameters<typeof BEFORE>[0]): void => {
    op.lintIgnore("drop-column", "no program names it");
    op.dropColumn("users", "age");
  };
  expect(rulesIn(await lintOf([{ up: BEFORE }, { up }], { settings: { "drop-column": "off" } }))).toEqual([]);
});

test("a remark is nothing that runs, and nothing to take back", () => {
  const up = (op: Parameters<typeof BEFORE>[0]): void => {
    op.lintIgnore("create-index-blocks-writes", "the table is small");
    op.createIndex("i", "users", ["age"]);
  };
  expect(record(up).map(({ title }) => title)).toEqual(["createIndex i"]);
  expect(record(reverseOf(up)).map(({ title }) => title)).toEqual(["dropIndex i"]);
});

const HEAD = (id: string, down: string): string =>
  `-- revision: ${id}\n-- down revision: ${down}\n-- message: x\n-- created at: 2026-01-01T00:00:00Z\n\n`;

test("in SQL files a remark is a comment above its statement, and findings have lines", async () => {
  await using app = await temporaryApp();
  await app.write(
    "migrations/versions/a.up.sql",
    `${HEAD("a", "<base>")}create table t (id bigint primary key, a int, b int);`,
  );
  await app.write("migrations/versions/a.down.sql", "drop table t;");
  await app.write(
    "migrations/versions/b.up.sql",
    `${HEAD("b", "a")}-- why it goes
-- lint-ignore drop-column: nobody reads it
alter table t drop column a;

-- another remark
create index i on t (b);
-- lint-ignore drop-table
drop table t; -- lint-ignore drop-table: too late
`,
  );
  await app.write("migrations/versions/b.down.sql", "create table t (id bigint primary key);");
  const script = await ScriptDirectory.load(app.migrations);
  const { findings, ignored } = await lint({ script, revisions: ["b"] });
  expect(findings.map(({ rule, line }) => [rule, line])).toEqual([
    ["create-index-blocks-writes", 11],
    ["drop-table", 13],
    ["lint-ignore", 12],
    ["lint-ignore", 13],
  ]);
  expect(ignored).toBe(1);
});

test("a finding in TypeScript has the line of its operation", async () => {
  await using app = await temporaryApp([
    { id: "a", up: 'op.createTable("t", { columns: { a: { type: "int" } } });', back: 'op.dropTable("t");' },
    { id: "b", down: "a", up: '\n  // here\n  op.renameColumn(\n    "t", "a", "b");', back: "op.sql`select 1`;" },
  ]);
  const script = await ScriptDirectory.load(app.migrations);
  const { findings } = await lint({ script, revisions: ["b"] });
  expect(findings.map(({ rule, line }) => [rule, line])).toEqual([["rename-column", 13]]);
});
