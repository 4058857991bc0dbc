import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { createRevision, Migrator, ScriptDirectory } from "../../src/migrations/index.ts";
import { record } from "../../src/migrations/operations/record.ts";
import { history, type TemporaryApp, temporaryApp } from "./temporary-app.ts";

const HEAD = `-- revision: r2
-- down revision: r1
-- branch labels: billing, ledger
-- depends on: other
-- message: views: two
-- created at: 2026-01-31T12:00:00Z
-- transaction: false
-- allow drop: users.nickname, orders
`;
const UP = `${HEAD}
-- the first
create view v as select ';' as a;

create function f() returns int language sql begin atomic select 1; end; -- trailing
`;
const DOWN = "-- back\ndrop function f();\ndrop view v\n";

async function app(up: string | undefined, down: string | undefined): Promise<TemporaryApp> {
  const made = await temporaryApp([...history(1), { id: "other" }]);
  if (up !== undefined) await made.write("migrations/versions/r2_views.up.sql", up);
  if (down !== undefined) await made.write("migrations/versions/r2_views.down.sql", down);
  return made;
}

const statements = (describe: Parameters<typeof record>[0]): (string | undefined)[] =>
  record(describe).map((step) => (step.kind === "sql" ? step.statement.text : undefined));

test("a pair is read: the head comment says what it is, and each statement is an operation", async () => {
  await using made = await app(UP, DOWN);
  const file = join(made.migrations, "versions/r2_views.up.sql");
  const revision = (await ScriptDirectory.load(made.migrations)).get("r2");
  expect(revision).toMatchObject({
    id: "r2",
    down: ["r1"],
    labels: ["billing", "ledger"],
    dependsOn: ["other"],
    message: "views: two",
    createdAt: "2026-01-31T12:00:00Z",
    transaction: false,
    allowDrop: ["users.nickname", "orders"],
    file,
    checksum: createHash("sha256").update(`${UP}\0${DOWN}`).digest("hex"),
  });
  expect(statements(revision.upgrade)).toEqual([
    "-- the first\ncreate view v as select ';' as a",
    "create function f() returns int language sql begin atomic select 1; end",
  ]);
  expect(statements(revision.downgrade)).toEqual(["-- back\ndrop function f()", "drop view v"]);

  await using windows = await app(`\uFEFF${UP.replaceAll("\n", "\r\n")}`, DOWN.replaceAll("\n", "\r\n"));
  const same = (await ScriptDirectory.load(windows.migrations)).get("r2");
  expect(same).toMatchObject({ id: "r2", message: "views: two", checksum: revision.checksum });
  expect(statements(same.downgrade)).toHaveLength(2);
});

test.each<[string, string | undefined, string | undefined, RegExp]>([
  ["no .down.sql", UP, undefined, /r2_views\.up\.sql .*has no r2_views\.down\.sql beside it.*write one/],
  ["no .up.sql", undefined, DOWN, /r2_views\.down\.sql .*has no r2_views\.up\.sql beside it.*delete this file/],
  ["an empty .up.sql", "", DOWN, /r2_views\.up\.sql .*have no "-- revision: …"/],
  ["an empty .down.sql", UP, " \n", /r2_views\.down\.sql .*it is empty/],
  [
    "no head comment",
    "select 1;",
    DOWN,
    /have no "-- revision: …", "-- down revision: …", "-- message: …", "-- created at: …"/,
  ],
  [
    "a line misspelled",
    UP.replace("depends on", "dependson"),
    DOWN,
    /line 4 says "dependson", did you mean "depends on"\?/,
  ],
  ["a comment in the head", `-- hello there\n${UP}`, DOWN, /line 1 says "hello there", which is none of revision, /],
  ["a line twice", `-- revision: r3\n${UP}`, DOWN, /line 2 says "revision" again/],
  ["a time that is none", UP.replace("2026-01-31T12:00:00Z", "today"), DOWN, /createdAt is not a time/],
  ["transaction that is neither", UP.replace(": false", ": no"), DOWN, /transaction is not true or false/],
  ["quotes that never end", `${UP}select 'half`, DOWN, /r2_views\.up\.sql .*Line 14 of the SQL/],
  ["a command of psql", UP, "\\connect other", /r2_views\.down\.sql .*Line 1 .*psql/],
  ["a commit", `${UP}commit;`, DOWN, /Line 13 .*must not begin or end a transaction/],
])("refused by name: %s", async (_, up, down, problem) => {
  await using made = await app(up, down);
  await expect(ScriptDirectory.load(made.migrations)).rejects.toMatchObject({
    code: "REVISION_FILE_INVALID",
    message: expect.stringMatching(problem),
  });
});

test("what PostgreSQL runs in no transaction is a step by itself", async () => {
  await using made = await app(`${UP}create index concurrently i on t1 (id);\nvacuum t1;`, DOWN);
  const steps = record((await ScriptDirectory.load(made.migrations)).get("r2").upgrade);
  const recoveries = steps.map((step) => (step.kind === "sql" ? step.recovery?.kind : "none"));
  expect(recoveries).toEqual([undefined, undefined, "createIndex", "repeat"]);
});

test("a new pair is written, goes up and comes back", async () => {
  await using made = await temporaryApp(history(1));
  const directory = made.migrations;
  const { id, file, files } = await createRevision({
    directory,
    sql: true,
    message: "all items",
    branchLabel: "items",
    dependsOn: "r1",
    head: "base",
  });
  expect(files).toEqual([file, file.replace(".up.sql", ".down.sql")]);
  expect(await readFile(file, "utf8")).toMatch(
    new RegExp(
      `^-- revision: ${id}\n-- down revision: <base>\n-- branch labels: items\n-- depends on: r1\n` +
        "-- message: all items\n-- created at: \\S+Z\n\n$",
    ),
  );
  await made.write(
    `migrations/versions/${id}_all_items.up.sql`,
    `${await readFile(file, "utf8")}create view items as table t1;\n`,
  );
  await made.write(`migrations/versions/${id}_all_items.down.sql`, "drop view items;\n");

  await using database = await createTestDatabase();
  const migrator = new Migrator({ connect: connectOptions({ url: database.url }), directory });
  await migrator.upgrade("heads");
  expect(await database.query("select * from items")).toEqual([]);
  await migrator.downgrade("base");
  expect(await database.query("select to_regclass('items') as it")).toEqual([{ it: null }]);
});

test("a pair is written whole or not at all, and replaces nothing", async () => {
  await using made = await temporaryApp(history(1));
  await made.write(
    "migrations/versions/r2_x.up.sql",
    UP.replace("-- revision: r2", "-- revision: r9").replace(/-- depends.*\n/, ""),
  );
  await made.write("migrations/versions/r2_x.down.sql", DOWN);
  const asked = createRevision({ directory: made.migrations, id: "r2", message: "x", sql: true, head: "r9" });
  await expect(asked).rejects.toMatchObject({
    code: "REVISION_NOT_WRITTEN",
    message: expect.stringContaining("exists"),
  });
  const versions = join(made.migrations, "versions");
  expect((await readdir(versions)).sort()).toEqual(["r1_x.ts", "r2_x.down.sql", "r2_x.up.sql"]);

  await rm(join(versions, "r2_x.down.sql"));
  await expect(createRevision({ directory: made.migrations, id: "r3" })).rejects.toMatchObject({
    code: "REVISION_FILE_INVALID",
  });
});
