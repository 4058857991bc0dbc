import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { history, revisionText, temporaryApp, uniqueName } from "../migrations/temporary-app.ts";
import { hypertroqEach } from "./hypertroq.ts";

const rows = "select version_num from alembic_version order by 1";

test("--dry-run prints the SQL that would be run, in its order, and does nothing", async () => {
  await using app = await temporaryApp([
    ...history(1),
    {
      id: "r2",
      down: "r1",
      up: `op.dropTable("t1"); op.data("fill it", async () => {}); op.sql\`select \${"it's"}::text\`;`,
    },
  ]);
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const [text, json, one, nothing] = await hypertroqEach(
    [
      ["upgrade", "head", "--dry-run"],
      ["upgrade", "head", "--dry-run", "--json"],
      ["upgrade", "head", "--dry-run", "--expect-one"],
      ["downgrade", "base", "--dry-run"],
    ],
    options,
  );
  expect(text).toEqual({
    code: 0,
    stdout: `-- upgrade <base> -> r1, does r1 (one transaction)
create table "t1" (
  "id" integer not null,
  primary key ("id")
);

-- upgrade r1 -> r2, does r2 (one transaction)
-- destroys data: t1: drops the table
drop table "t1";
-- data fill it: asks the database what to do
select 'it''s'::text;

`,
    stderr: "",
  });
  expect(JSON.parse(json!.stdout)).toMatchObject({
    direction: "upgrade",
    revisions: [
      { revision: "r1", rowsBefore: [], rowsAfter: ["r1"], transaction: true, losses: [] },
      {
        revision: "r2",
        losses: [{ object: "t1", reason: "drops the table" }],
        steps: [{ sql: 'drop table "t1"' }, { sql: null }, {}],
      },
    ],
    warnings: [],
  });
  expect(one).toMatchObject({ code: 1, stderr: expect.stringContaining("Exactly one revision was expected") });
  expect(nothing).toEqual({ code: 0, stdout: "", stderr: "Nothing to do.\n" });
  expect(await database.query("select to_regclass('t1') as t, to_regclass('alembic_version') as v")).toEqual([
    { t: null, v: null },
  ]);
});

test("--expect-one and --allow-drop: nothing runs that was not agreed to", async () => {
  await using app = await temporaryApp([
    ...history(2),
    { id: "r3", down: "r2", up: "op.sql`insert into t1 values (1)`; op.sql`insert into t2 values (1)`;" },
    { id: "r4", down: "r3", up: 'op.dropTable("t1"); op.dropTable("t2");' },
  ]);
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const [two, , asked, half, agreed, none] = await hypertroqEach(
    [
      ["upgrade", "r2", "--expect-one"],
      ["upgrade", "r3"],
      ["upgrade", "head", "--expect-one"],
      ["upgrade", "--allow-drop", "t1", "head"],
      ["upgrade", "--allow-drop", "t1", "--allow-drop", "t2"],
      ["upgrade", "--expect-one"],
    ],
    options,
  );
  expect(two).toMatchObject({ code: 1, stderr: expect.stringContaining("2 would be run: r1, r2") });
  expect(asked).toMatchObject({ code: 1, stderr: expect.stringMatching(/--allow-drop t1 --allow-drop t2/) });
  expect(half).toMatchObject({ code: 1, stderr: expect.stringMatching(/--allow-drop t2/) });
  expect(agreed!.code).toBe(0);
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("there is none to run") });
  expect(await database.query(rows)).toEqual([{ version_num: "r4" }]);
});

test("several targets: of upgrade and of stamp", async () => {
  await using app = await temporaryApp([...history(2), { id: "x2", down: "x1" }]);
  await app.write(
    "migrations/versions/x1.ts",
    revisionText({ id: "x1" }).replace("branchLabels = null", 'branchLabels = "side"'),
  );
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const [up, several] = await hypertroqEach(
    [
      ["upgrade", "r1", "side@head"],
      ["upgrade", "head"],
    ],
    options,
  );
  expect(up!.code).toBe(0);
  expect(several).toMatchObject({ code: 1, stderr: expect.stringContaining("several heads") });
  expect(await database.query(rows)).toEqual([{ version_num: "r1" }, { version_num: "x2" }]);

  const [stamped, purged, same] = await hypertroqEach(
    [
      ["stamp", "r2", "x1"],
      ["stamp", "--purge", "r1"],
      ["stamp", "r1"],
    ],
    options,
  );
  expect(stamped).toEqual({ code: 0, stdout: "", stderr: expect.stringMatching(/^Stamped r1, x2 -> r2, x1\n$/) });
  expect(purged!.code).toBe(0);
  expect(same!.stderr).toBe("Nothing to do: the version table says so already.\n");
  expect(await database.query(rows)).toEqual([{ version_num: "r1" }]);
});

test("the configuration's role, hook and further directories hold", async () => {
  await using app = await temporaryApp(history(1));
  await using database = await createTestDatabase();
  const role = uniqueName("migrator");
  await database.query(`create role ${role}`);
  await database.query(`grant create on schema public to ${role}`);
  await database.query("create table changes (what text)");
  await database.query(`grant insert on changes to ${role}`);
  await app.write("billing/r2.ts", revisionText({ id: "r2", down: "r1" }));
  await app.write(
    "hypertroq.config.mjs",
    `export default { migrations: { versions: ["billing"], role: "${role}", lockTimeout: 3,
      onVersionApply: ({ direction, revision }, db) => db.sql\`insert into changes values (\${direction + " " + revision})\` } };`,
  );
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  try {
    const [up, sql] = await hypertroqEach([["upgrade"], ["upgrade", "--sql"]], options);
    expect(up!.code).toBe(0);
    expect(sql!.stdout).toContain(`set role "${role}"`);
    expect(await database.query("select what from changes")).toEqual([{ what: "upgrade r1" }, { what: "upgrade r2" }]);
    expect(await database.query("select tableowner from pg_tables where tablename = 't1'")).toEqual([
      { tableowner: role },
    ]);
  } finally {
    await database.query(`drop owned by ${role}`);
    await database.query(`drop role ${role}`);
  }
});

test("--sql prints a script that psql runs as it is, and nothing else", async (context) => {
  const hasPsql = spawnSync("psql", ["--version"]).status === 0;
  if (!hasPsql && process.env["CI"] === undefined) context.skip("psql is not installed");
  await using app = await temporaryApp(history(2));
  await using database = await createTestDatabase();
  const nowhere = { cwd: app.root, env: { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nothing" } };
  const [all, back, stamp, unknown] = await hypertroqEach(
    [
      ["upgrade", "head", "--sql"],
      ["downgrade", "head:r1", "--sql"],
      ["stamp", "r1:r2", "--sql"],
      ["upgrade", "nope", "--sql"],
    ],
    nowhere,
  );
  expect(unknown).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining('No revision is called "nope"'),
  });
  const scripts = [all, back, stamp];
  for (const script of scripts) expect(script).toMatchObject({ code: 0, stderr: "" });
  const { stdout, stderr } = spawnSync("psql", ["-XqAt", "-v", "ON_ERROR_STOP=1", database.url], {
    input: scripts.map((script) => `${script!.stdout}\n${rows};\n`).join(""),
    encoding: "utf8",
  });
  expect({ stdout, stderr }).toEqual({ stdout: "r2\nr1\nr2\n", stderr: "" });
  expect(await database.query("select to_regclass('t1')::text as t1, to_regclass('t2')::text as t2")).toEqual([
    { t1: "t1", t2: null },
  ]);
});
