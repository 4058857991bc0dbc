import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { type TemporaryApp, temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroq, hypertroqEach, hypertroqWarm, start } from "./hypertroq.ts";
import { onTerminal } from "./on-terminal.ts";

const NEXT_STEP = 'Where the models are right, write a revision: hypertroq revision --autogenerate -m "what it does"\n';

/** The build, by its path, because an app in a temporary directory has no packages. */
const LIBRARY = fileURLToPath(new URL("../../bundle/index.js", import.meta.url));

/** An app with a model of things. */
async function appWith(columns: string, config = ""): Promise<TemporaryApp> {
  const app = await temporaryApp();
  await app.write(
    "models.mjs",
    `import { Model, defineSchema, integer, text } from ${JSON.stringify(LIBRARY)};
class Thing extends Model.define({ id: integer().primaryKey(), ${columns} }) {}
export const schema = defineSchema({ Thing });\n`,
  );
  await app.write(
    "hypertroq.config.mjs",
    `export default { schema: async () => (await import("./models.mjs")).schema, ${config} };\n`,
  );
  return app;
}

const THINGS = "create table things (id integer primary key, name text not null, constraint c check (name <> ''));";

async function withThings(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await database.query(`${THINGS} insert into things values (1, 'Ada')`);
  return database;
}

test("diff between databases, files and the models: 0, 1 and 2; as text, as a script, as JSON", async () => {
  await using app = await appWith("name: text(), size: integer().nullable()");
  await using database = await withThings();
  await app.write("things.sql", THINGS);
  await app.write("wrong.sql", "create table a ();\ncreate nothing;");
  const [same, named, changed, script, down, json, wrong, unread, nonsense] = await hypertroqEach(
    [
      ["--to", "things.sql"],
      ["--from", "things.sql", "--to", database.url],
      [],
      ["--sql", "--down"],
      ["--down"],
      ["--json"],
      ["--to", "wrong.sql", "--json"],
      ["--to", "nowhere.sql"],
      ["--to", "things.sql", "--rename", "nonsense"],
    ].map((words) => ["diff", ...words]),
    { cwd: app.root, env: { DATABASE_URL: database.url } },
  );
  expect(same).toEqual({ code: 0, stdout: "", stderr: "No difference.\n" });
  expect(named).toMatchObject({ code: 0, stdout: "" });
  expect(changed).toEqual({
    code: 1,
    stdout: `alter table "things" drop constraint "c";
-- locks ACCESS EXCLUSIVE
alter table "things" add column "size" integer;
-- locks ACCESS EXCLUSIVE
`,
    stderr: `Detected removed check constraint 'c' on 'things'\nDetected added column 'things.size'\n${NEXT_STEP}`,
  });
  expect(script!.stdout).toBe(
    `begin;
alter table "things" drop column "size";
alter table "things" add constraint "c" check (name <> ''::text);
commit;
`,
  );
  expect(down).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("-- destroys: things.size: drops the column\n"),
  });
  const { up, detected } = JSON.parse(json!.stdout);
  expect({ steps: up.length, detected }).toEqual({ steps: 2, detected: expect.any(Array) });
  expect(up[1]).toMatchObject({ transactional: true, lock: "ACCESS EXCLUSIVE", rewrites: false, destructive: false });
  // What failed exits with 1 too; a script knows it by these, as docs/migrations.md says.
  expect(wrong).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^error: .*wrong\.sql, line 2: [\s\S]*\ncode: DIFF_SQL_FAILED\n$/),
  });
  expect(unread).toMatchObject({ code: 2, stderr: expect.stringContaining("nowhere.sql cannot be read") });
  expect(nonsense!.stderr).toContain("it is no OLD=NEW");
});

test("diff needs no configuration where both sides and a server are named", async () => {
  await using app = await temporaryApp();
  await using database = await withThings();
  await app.write("elsewhere/a.sql", THINGS);
  await app.write("elsewhere/b.sql", THINGS.replace("name text", "title text").replace("name <>", "title <>"));
  const words = ["diff", "--from", "a.sql", "--to", "b.sql", "--scratch", database.url];
  const options = { cwd: join(app.root, "elsewhere") };
  const asked = await hypertroqWarm(words, options);
  expect(asked.code).toBe(1);
  expect(asked.stderr).toContain(
    "The column things.name may be renamed: --rename things.name=things.title, else --not-renamed things.name\n",
  );
  expect((await hypertroq([...words, "--sql", "--rename", "things.name=things.title"], options)).stdout).toBe(
    'begin;\nalter table "things" rename column "name" to "title";\ncommit;\n',
  );
});

test("inspect prints what a database holds", async () => {
  await using app = await temporaryApp();
  await using database = await withThings();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const [text, json] = await hypertroqEach([["inspect"], ["inspect", "--json"]], options);
  expect(text!.code).toBe(0);
  expect(text!.stdout).toMatch(/table .*things\n/);
  expect(text!.stdout).toMatch(/ {2}column .*things\.name\n {4}name: name\n {4}type: text\n/);
  const { tables } = JSON.parse(json!.stdout);
  expect(tables).toMatchObject([{ name: "things", columns: [{ name: "id" }, { name: "name" }] }]);
});

test("revision --autogenerate without a terminal stops and lists the choices; with an answer the rows stay", async () => {
  await using app = await appWith("title: text()");
  await using database = await withThings();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const generate = ["revision", "--autogenerate", "-m", "title", "--rev-id", "r1"];
  expect(await hypertroqWarm(generate, options)).toEqual({
    code: 1,
    stdout: "",
    stderr: `error: Something may have been renamed. Nothing was written. Say for each which it is, with the same command and:
- the column things.name:
    --rename things.name=things.title
    --not-renamed things.name    it goes, and what it holds with it
code: RENAMES_UNDECIDED
`,
  });
  expect(await readdir(join(app.root, "migrations/versions"))).toEqual([]);
  const made = await hypertroqWarm([...generate, "--rename", "things.name=things.title"], options);
  expect(made).toMatchObject({ code: 0, stdout: "migrations/versions/r1_title.ts\n" });
  const written = await readFile(join(app.root, "migrations/versions/r1_title.ts"), "utf8");
  expect(written).toContain('op.renameColumn("things", "name", "title");');
  expect(written).toContain('op.renameColumn("things", "title", "name");');
  expect(written).not.toContain("op.dropColumn");
  expect((await hypertroqWarm(["upgrade"], options)).code).toBe(0);
  expect(await database.query("select title from things")).toEqual([{ title: "Ada" }]);
  expect((await hypertroqWarm(["downgrade", "base"], options)).code).toBe(0);
  expect(await database.query("select name from things")).toEqual([{ name: "Ada" }]);
});

test("revision --autogenerate asks on a terminal", async () => {
  await using app = await appWith("title: text()");
  await using database = await withThings();
  const words = ["revision", "--autogenerate", "-m", "title", "--rev-id", "r1"];
  const shown = await onTerminal(words, { cwd: app.root, env: { DATABASE_URL: database.url } }, [
    ["not renamed: it goes", "x\r"],
    ["A number up to 1, or n.", "1\r"],
  ]);
  expect(shown).toContain("The column things.name goes. Which is it?");
  expect(shown).toContain("  1  renamed: it is things.title now");
  expect(shown).toContain("Detected renamed column 'things.name' to 'title'");
  expect(shown).toContain("exit 0");
  expect(await readFile(join(app.root, "migrations/versions/r1_title.ts"), "utf8")).toContain("op.renameColumn(");
});

test("hooks of the configuration: includeObject in check, processRevisionDirectives in revision", async () => {
  await using app = await appWith(
    "name: text(), size: integer().nullable()",
    `migrations: {
      includeObject: ({ type, name, table, reflected }) => !(type === "constraint" && name === "c" && reflected),
      processRevisionDirectives: (directives) =>
        directives.message === "nothing" ? null : { ...directives, message: "by the hook" },
    }`,
  );
  await using database = await withThings();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const [none, check, made] = await hypertroqEach(
    [
      ["revision", "--autogenerate", "-m", "nothing"],
      ["check"],
      ["revision", "--autogenerate", "-m", "x", "--rev-id", "r1"],
    ],
    options,
  );
  expect(none).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("has left nothing") });
  expect(check).toEqual({ code: 1, stdout: "", stderr: `Detected added column 'things.size'\n${NEXT_STEP}` });
  expect(made!.stdout).toBe("migrations/versions/r1_by_the_hook.ts\n");
});

test("a role that only reads: the development server makes the scratch databases, and without one it says what to do", async () => {
  await using database = await withThings();
  await using app = await appWith("name: text()");
  await using served = await appWith(
    "name: text()",
    `database: { server: {
      use: async () => ({ url: ${JSON.stringify(database.url)}, release: async () => {} }),
      ${["status", "start", "stop", "reset"].map((name) => `${name}() { throw new Error("It is not asked for that."); }`)}
    } }`,
  );
  const role = `reader_${database.name}`;
  await database.query(`alter table things drop constraint c; create role ${role} login password 'secret'`);
  try {
    const env = { DATABASE_URL: Object.assign(new URL(database.url), { username: role, password: "secret" }).href };
    const [refused, given] = await hypertroqEach([["diff"], ["diff", "--scratch", database.url]], {
      cwd: app.root,
      env,
    });
    expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("--scratch URL") });
    expect(given).toMatchObject({ code: 0, stdout: "" });
    expect(await hypertroqWarm(["diff"], { cwd: served.root, env })).toEqual({
      code: 0,
      stdout: "",
      stderr:
        "No scratch database can be made on that server; they are made on the development server.\nNo difference.\n",
    });
  } finally {
    await database.query(`drop role ${role}`);
  }
});

test("a killed diff leaves nothing that the next one does not remove", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  await app.write("slow.sql", "select pg_sleep(600)");
  await app.write("empty.sql", "");
  const scratches = async (): Promise<readonly string[]> => {
    const rows = await database.query<{ name: string }>(
      "select datname::text as name from pg_database where starts_with(datname, format('hypertroq_scratch_%s_', (select oid from pg_database where datname = current_database())))",
    );
    return rows.map(({ name }) => name);
  };
  const words = ["diff", "--from", "slow.sql", "--to", "empty.sql", "--scratch", database.url];
  const begun = async (gone: readonly string[]): Promise<ReturnType<typeof start>> => {
    const running = start(words, { cwd: app.root });
    await vi.waitUntil(
      async () => {
        expect(running.process.exitCode).toBeNull();
        const now = await scratches();
        return now.length > 0 && !now.some((name) => gone.includes(name));
      },
      { timeout: 60_000, interval: 20 },
    );
    return running;
  };
  const killed = await begun([]);
  killed.process.kill("SIGKILL");
  await killed.finished;
  const left = await scratches();
  expect(left).toHaveLength(1);
  const interrupted = await begun(left);
  interrupted.process.kill("SIGINT");
  expect(await interrupted.finished).toMatchObject({ code: 130, stdout: "" });
  expect(await scratches()).toEqual([]);
});
