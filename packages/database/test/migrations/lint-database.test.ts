import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connect } from "../../src/connection/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { lintOf, rulesIn } from "./lint-of.ts";

let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`
    create table empty (id int, name varchar(5));
    create table few (id int, name varchar(5));
    insert into few select i, 'x' from generate_series(1, 3) i;
    create table many (id int, name varchar(5));
    insert into many select i, 'x' from generate_series(1, 20000) i;
    create table days (d date) partition by range (d);
    create table days_1 partition of days for values from ('2026-01-01') to ('2026-02-01');
    insert into days values ('2026-01-05');
    create function ours() returns int language plpgsql volatile as 'begin return 1; end';
    create function steady() returns int language plpgsql stable as 'begin return 1; end';
    analyze`);
  connection = await connect({ ...connectOptions({ url: database.url }), statementCacheSize: 0 });
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

test("what is found in an empty table is a note, and others have their size", async () => {
  const up = (op: Parameters<Parameters<typeof lintOf>[0][number]["up"]>[0]): void => {
    for (const table of ["empty", "few", "many", "days"]) op.createCheckConstraint("c", table, "true");
    op.renameColumn("empty", "id", "key");
  };
  const { findings } = await lintOf([{ up }], { connection, only: ["add-check-scans", "rename-column"] });
  expect(findings.map(({ table, severity, size }) => [table, severity, size?.rows, size?.isEstimate])).toEqual([
    ["empty", "note", 0, false],
    ["few", "error", 3, false],
    ["many", "error", 20000, true],
    ["days", "error", 1, false],
    ["empty", "error", 0, false], // a program knows the column, whether there are rows or not
  ]);
  expect(findings[2]!.size!.bytes).toBeGreaterThan(500_000);
  expect(findings[3]!.size!.bytes).toBeGreaterThan(0);
});

test("types and functions are those of the database", async () => {
  const report = await lintOf(
    [
      {
        up: (op) => {
          op.alterColumn("few", "name", { type: "varchar(9)" });
          op.alterColumn("few", "name", { type: "varchar(3)" });
          op.addColumn("few", "a", { type: "int", default: "steady()" });
          op.addColumn("few", "b", { type: "int", default: "ours()" });
        },
      },
    ],
    { connection, only: ["change-type-rewrites", "add-column-volatile-default"] },
  );
  expect(report.findings.map(({ rule, step }) => [rule, step])).toEqual([
    ["change-type-rewrites", "alterColumn few.name"],
    ["add-column-volatile-default", "addColumn few.b"],
  ]);
});

test("of what is applied already the revisions below tell, and not the database", async () => {
  const revisions = [
    {
      up: (op: Parameters<Parameters<typeof lintOf>[0][number]["up"]>[0]) =>
        op.createTable("few", { columns: { name: { type: "text" } } }),
    },
    {
      up: (op: Parameters<Parameters<typeof lintOf>[0][number]["up"]>[0]) =>
        op.alterColumn("few", "name", { type: "varchar(5)" }),
    },
  ];
  const only = ["change-type-rewrites"];
  expect(rulesIn(await lintOf(revisions, { connection, only, current: ["r1"] }))).toEqual(only);
  expect(rulesIn(await lintOf(revisions, { connection, only, current: ["r0"] }))).toEqual([]);
});

test("a table whose name the database cannot have is of no size", async () => {
  const long = "t".repeat(70);
  const up = (op: Parameters<Parameters<typeof lintOf>[0][number]["up"]>[0]): void => {
    op.sql`alter table audit."a.b" add constraint c check (true)`;
    op.sql([`alter table ${long} add constraint c check (true)`] as unknown as TemplateStringsArray);
  };
  const { findings } = await lintOf([{ up }], { connection, only: ["add-check-scans"] });
  expect(findings.map(({ severity, size }) => [severity, size])).toEqual([
    ["error", undefined],
    ["error", undefined],
  ]);
});
