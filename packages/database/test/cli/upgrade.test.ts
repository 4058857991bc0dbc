import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL } from "../../../../test/sample.ts";
import { fingerprint } from "../migrations/fingerprint.ts";
import { ALEMBIC_DDL, history, temporaryApp, USERS } from "../migrations/temporary-app.ts";
import { hypertroq, hypertroqEach, hypertroqWarm, start } from "./hypertroq.ts";

/** What the version table says and which of the history's tables exist; both undefined where there is no such table. */
async function state(database: TestDatabase): Promise<{ row: string | undefined; tables: string[] }> {
  const rows = await database.query<{ row: string | null; tables: string[] | null }>(
    `select (select array_agg(relname::text order by relname) from pg_class
             where relname ~ '^t[0-9]+$' and relkind = 'r') as tables,
            case when to_regclass('alembic_version') is null then null
                 else (xpath('//version_num/text()', query_to_xml('select * from alembic_version', false, false, '')))[1]::text
            end as row`,
  );
  return { row: rows[0]?.row ?? undefined, tables: rows[0]?.tables ?? [] };
}

/** The tables that the history has made at a revision. */
function tablesAt(row: string | undefined): string[] {
  return Array.from({ length: row === undefined ? 0 : Number(row.slice(1)) }, (_, index) => `t${index + 1}`);
}

test("upgrade head, downgrade base, upgrade head: the same catalog, and progress on stderr alone", async () => {
  await using app = await temporaryApp([USERS]);
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const up = await hypertroq(["upgrade", "head"], options);
  expect(up).toEqual({
    code: 0,
    stdout: "",
    stderr: expect.stringMatching(
      /^Running upgrade <base> -> ddef93c02177, Initial migration with user model\n {2}done in \d+ ms\n$/,
    ),
  });
  const first = await fingerprint(database.url);
  expect(first).toContainEqual(expect.stringMatching(/^idx CREATE UNIQUE INDEX ix_users_email ON public\.users/));
  expect(await hypertroqWarm(["downgrade", "base"], options)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("Running downgrade ddef93c02177 -> <base>"),
  });
  expect((await fingerprint(database.url)).filter((fact) => fact.includes("users"))).toEqual([]);
  expect(await hypertroqWarm(["upgrade", "head"], options)).toMatchObject({ code: 0 });
  expect(await fingerprint(database.url)).toEqual(first);
});

test("the seed's own connection string, with its driver's name in it, works as it stands", async () => {
  await using app = await temporaryApp([USERS]);
  await using database = await createTestDatabase();
  await database.query(ALEMBIC_DDL);
  const env = { DATABASE_URL: database.url.replace(/^postgres(ql)?:/, "postgresql+asyncpg:") };
  const [current, upgrade] = await hypertroqEach([["current"], ["upgrade", "head"]], { cwd: app.root, env });
  expect(current).toEqual({ code: 0, stdout: "ddef93c02177 (head)\n", stderr: "" });
  expect(upgrade).toEqual({ code: 0, stdout: "", stderr: "Nothing to do: it is applied already.\n" });
});

test("four at once: every revision runs once, three find nothing to do, all succeed", async () => {
  await using app = await temporaryApp(history(4, "op.sql`select pg_sleep(0.5)`;"));
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const runs = await Promise.all(Array.from({ length: 4 }, () => hypertroq(["upgrade", "head"], options)));
  expect(runs.map((run) => run.code)).toEqual(Array(4).fill(0));
  const said = runs.map((run) => run.stderr).join("");
  expect(said.match(/Running upgrade/g)).toHaveLength(4);
  expect(said.match(/Nothing to do/g)).toHaveLength(3);
  expect(said).toMatch(/Waiting for another run to end: server process \d+, user postgres, application hypertroq/);
  expect(await state(database)).toEqual({ row: "r4", tables: tablesAt("r4") });
});

test("kill -9 at any moment: the version row and the tables agree, and the next run completes", async () => {
  await using app = await temporaryApp(history(6, "op.sql`select pg_sleep(0.1)`;"));
  const reached = new Set<string>();
  for (let round = 0; round < (FULL ? 12 : 1); round++) {
    await using database = await createTestDatabase();
    const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
    const running = start(["upgrade", "head"], options);
    // Counted from the first revision's start, so that the moments fall into the run on a slow machine too.
    await running.said("Running upgrade");
    await sleep(Math.random() * 800);
    running.process.kill("SIGKILL");
    await running.finished;
    const { row, tables } = await state(database);
    reached.add(row ?? "base");
    expect(tables).toEqual(tablesAt(row));
    expect(await hypertroqWarm(["upgrade", "head"], options)).toMatchObject({ code: 0 });
    expect(await state(database)).toEqual({ row: "r6", tables: tablesAt("r6") });
  }
  console.log(`kill -9 left the database at ${[...reached].sort().join(", ")}`);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s in the middle of a revision: rolled back, the lock released, exit %i", async (signal, code) => {
  await using app = await temporaryApp([
    ...history(1),
    { id: "r2", down: "r1", up: "op.sql`create table t2 ()`; op.sql`select pg_sleep(60)`;" },
  ]);
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const running = start(["upgrade", "head"], options);
  await running.said("-> r2");
  running.process.kill(signal);
  const { code: exit, stderr } = await running.finished;
  expect(exit).toBe(code);
  expect(stderr).toContain("Interrupted after r1; nothing is half done");
  expect(await state(database)).toEqual({ row: "r1", tables: ["t1"] });
  const sessions = await database.query(
    "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
  expect(sessions).toEqual([]);
});

test("a revision that fails: its file and statement are named, exit 1, what was before it stays", async () => {
  await using app = await temporaryApp([
    ...history(1),
    { id: "r2", down: "r1", up: `op.createTable("t2", { columns: { a: { type: "no_such_type" } } });` },
  ]);
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const { code, stderr, stdout } = await hypertroqWarm(["upgrade", "head"], options);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain('The upgrade of r2 failed and was rolled back: type "no_such_type" does not exist');
  expect(stderr).toContain("r2_x.ts");
  expect(stderr).toContain('create table "t2"');
  expect(stderr).toMatch(
    /\nCorrect the file, or what it found in the database, and run the same command again\.\ncode: /,
  );
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(await state(database)).toEqual({ row: "r1", tables: ["t1"] });
});

test("stamp and revision say what they did", async () => {
  await using app = await temporaryApp(history(2));
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  expect(await hypertroqWarm(["stamp", "r1"], options)).toMatchObject({ code: 0, stderr: "Stamped <base> -> r1\n" });
  await database.query("update alembic_version set version_num = 'fff'");
  expect(await hypertroqWarm(["stamp", "head"], options)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("fff"),
  });
  expect(await hypertroqWarm(["stamp", "--purge", "head"], options)).toMatchObject({
    code: 0,
    stderr: "Stamped fff -> r2\n",
  });
  const written = await hypertroqWarm(["revision", "-m", "Add orders", "--rev-id", "abc123"], options);
  expect(written).toEqual({ code: 0, stdout: "migrations/versions/abc123_add_orders.ts\n", stderr: "" });
  expect(await hypertroqWarm(["upgrade", "head"], options)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("Running upgrade r2 -> abc123, Add orders"),
  });
  const again = await hypertroqWarm(["revision", "--rev-id", "abc123"], options);
  expect(again).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("abc123_add_orders.ts") });
});
