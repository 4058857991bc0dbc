import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroqWarm } from "./hypertroq.ts";

const REVISIONS = [
  {
    id: "a1",
    up: 'op.createTable("t", { columns: { id: { type: "bigint" } }, primaryKey: ["id"] });',
    back: 'op.dropTable("t");',
  },
  { id: "b2", down: "a1", up: 'op.renameColumn("t", "id", "key");', back: 'op.renameColumn("t", "key", "id");' },
  { id: "c3", down: "b2", up: 'op.createIndex("i", "t", ["key"]);', back: 'op.dropIndex("i");' },
];

test("lint looks at what is not applied; without a database at all; says place, lock, size and what to write", async () => {
  await using app = await temporaryApp(REVISIONS);
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const run = (...words: string[]) => hypertroqWarm(words, options);
  await run("upgrade", "b2");

  expect(await run("lint")).toEqual({
    code: 0,
    stdout: `note create-index-blocks-writes  migrations/versions/c3_x.ts:11  createIndex i
  The index is built while nobody can write to t.
  Lock:    SHARE, which keeps out writes
  Table:   t is empty here
  Instead: op.createIndex("i", "t", ["key"], { concurrently: true }), in a revision of its own, or one with \`transaction = false\`

`,
    stderr: "1 note in 1 revision.\n",
  });

  await database.query("insert into t select generate_series(1, 1000)");
  const full = await run("lint", "--json");
  expect(full.code).toBe(1);
  expect(JSON.parse(full.stdout)).toMatchObject({
    ok: false,
    revisions: ["c3"],
    ignored: 0,
    findings: [
      {
        rule: "create-index-blocks-writes",
        severity: "error",
        revision: "c3",
        line: 11,
        table: "t",
        lock: "SHARE",
        size: { rows: 1000, isEstimate: false },
      },
    ],
  });
  expect(await run("lint", "--ignore", "create-index-blocks-writes")).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "Nothing found in 1 revision.\n",
  });
  const range = await run("lint", "b2:c3", "--rule", "rename-column");
  expect(range).toMatchObject({ code: 1, stderr: "1 error in 2 revisions.\n" });
  expect(range.stdout).toContain("error rename-column  migrations/versions/b2_x.ts:11  renameColumn t.id");
  await run("upgrade", "head");
  expect(await run("lint")).toMatchObject({ code: 0, stderr: "Nothing to look at: all revisions are applied.\n" });

  const alone = await hypertroqWarm(["lint"], { cwd: app.root });
  expect(alone.code).toBe(1);
  expect(alone.stderr).toMatch(
    /^No database is at hand: [\s\S]*DATABASE_URL is not set[\s\S]*2 errors in 3 revisions\.\n$/,
  );
});

test("the configuration says which rules count; wrong words are told", async () => {
  await using app = await temporaryApp(REVISIONS);
  await app.write("hypertroq.config.mjs", 'export default { migrations: { lint: { "rename-column": "warn" } } };\n');
  const run = (...words: string[]) => hypertroqWarm(words, { cwd: app.root });
  expect(await run("lint", "b2")).toMatchObject({ code: 0, stdout: expect.stringContaining("warning rename-column") });
  const unknown = await run("lint", "--rule", "rename-colum");
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("Did you mean rename-column?") });
  await using wrong = await temporaryApp();
  await wrong.write(
    "hypertroq.config.mjs",
    'export default { migrations: { lint: { "rename-column": "warning" } } };\n',
  );
  expect((await hypertroqWarm(["lint"], { cwd: wrong.root })).stderr).toContain(
    'migrations.lint is not an object of rules, each "off", "warn" or "error"',
  );
});

test("--list names all rules", async () => {
  await using app = await temporaryApp();
  const { code, stdout } = await hypertroqWarm(["lint", "--list"], { cwd: app.root });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^create-index-blocks-writes +error +an index is built while nobody can write to its table$/m);
});
