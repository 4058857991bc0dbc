import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { type TemporaryApp, temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroq, start } from "./hypertroq.ts";

const NEXT_STEP = 'Where the models are right, write a revision: hypertroq revision --autogenerate -m "what it does"\n';

/** The build, by its path, because an app in a temporary directory has no packages. */
const LIBRARY = fileURLToPath(new URL("../../bundle/index.js", import.meta.url));

/** An app with models, the columns of one of which are given. */
async function appWith(columns: string): Promise<TemporaryApp> {
  const app = await temporaryApp();
  await writeModels(app, columns);
  await app.write(
    "hypertroq.config.mjs",
    'export default { schema: async () => (await import("./models.mjs")).schema };\n',
  );
  return app;
}

function writeModels(app: TemporaryApp, columns: string): Promise<string> {
  return app.write(
    "models.mjs",
    `import { Model, defineSchema, integer, text } from ${JSON.stringify(LIBRARY)};
class Thing extends Model.define({ id: integer().primaryKey(), ${columns} }) {}
export const schema = defineSchema({ Thing });\n`,
  );
}

async function scratches(database: TestDatabase): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "select count(*)::int from pg_database where starts_with(datname, format('hypertroq_scratch_%s_', (select oid from pg_database where datname = current_database())))",
  );
  return row!.count;
}

test("revision --autogenerate, upgrade, check, and again when a model has changed", async () => {
  await using app = await appWith("name: text()");
  await using database = await createTestDatabase();
  const options = { cwd: app.root, env: { DATABASE_URL: database.url } };
  const run = (...words: string[]) => hypertroq(words, options);

  const first = await run("revision", "--autogenerate", "-m", "things", "--rev-id", "r1");
  expect(first).toEqual({
    code: 0,
    stdout: "migrations/versions/r1_things.ts\n",
    stderr: "Detected added table 'things'\n",
  });
  expect(await readFile(join(app.root, "migrations/versions/r1_things.ts"), "utf8")).toContain(`
export function upgrade(op: Operations): void {
  op.createTable("things", {
    columns: {
      id: { type: "integer" },
      name: { type: "text" },
    },
    primaryKey: ["id"],
  });
}
`);
  expect(await run("revision", "--autogenerate", "-m", "more")).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("not at r1"),
  });
  expect((await run("upgrade")).code).toBe(0);
  expect(await run("check")).toMatchObject({ code: 0 });
  expect(await run("revision", "--autogenerate", "-m", "none", "--rev-id", "r2")).toEqual({
    code: 0,
    stdout: "",
    stderr: "The database is as the models describe it: nothing was written.\n",
  });
  expect(await readdir(join(app.root, "migrations/versions"))).toEqual(["r1_things.ts"]);

  await writeModels(app, "name: text().nullable(), size: integer().default(0)");
  const lines = ["Detected NULL on column 'things.name'", "Detected added column 'things.size'"];
  expect(await run("check")).toEqual({ code: 1, stdout: "", stderr: `${lines.join("\n")}\n${NEXT_STEP}` });
  const json = await run("check", "--json");
  expect({ code: json.code, ...JSON.parse(json.stdout) }).toMatchObject({ code: 1, ok: false, detected: lines });
  expect((await run("revision", "--autogenerate", "-m", "size", "--rev-id", "r3")).stderr).toBe(
    `${lines.join("\n")}\n`,
  );
  expect((await run("upgrade")).code).toBe(0);
  expect((await run("check")).code).toBe(0);
  await database.query("insert into things (id) values (7)");
  await writeModels(app, "name: text().nullable(), size: integer().default(0), weight: integer()");
  expect((await run("revision", "--autogenerate", "-m", "weight", "--rev-id", "r4")).stderr).toBe(
    "Detected added column 'things.weight'\n" +
      "warning: Fails as it is: 1 row of things would have no value. Give it a default, or fill it first.\n",
  );
  expect((await run("upgrade")).stderr).toMatch(
    /\nThere are rows without a value: fill them before this operation, or give the column a default, and run the same command again\.\ncode: MIGRATION_FAILED\n$/,
  );
  await database.query("delete from things");
  expect((await run("upgrade")).code).toBe(0);
  expect((await run("downgrade", "r1")).code).toBe(0);
  expect(await scratches(database)).toBe(0);
});

test("without a schema it says what is missing, and nothing is made", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  const { code, stderr } = await hypertroq(["revision", "--autogenerate"], {
    cwd: app.root,
    env: { DATABASE_URL: database.url },
  });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("names no models") });
});

test("a schema that is none, or cannot be loaded, is told", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  const run = () => hypertroq(["revision", "--autogenerate"], { cwd: app.root, env: { DATABASE_URL: database.url } });
  await app.write("hypertroq.config.mjs", "export default { schema: {} };\n");
  expect((await run()).stderr).toContain("its schema is not what defineSchema returns");
  await app.write("hypertroq.config.mjs", 'export default { schema: () => import("./nowhere.mjs") };\n');
  expect((await run()).stderr).toMatch(/its schema cannot be loaded: .*nowhere/);
  await app.write("hypertroq.config.ts", 'export default { schema: () => import("./models.ts") };\n');
  await app.write("models.ts", "export const schema = {\n  models: [] enums: [],\n};\n");
  expect((await run()).stderr).toMatch(
    /hypertroq\.config\.ts cannot be used: its schema cannot be loaded: .*\/models\.ts:2\./,
  );
});

test("SIGINT drops the scratch database and writes nothing", async () => {
  await using app = await appWith("name: text().default('x')");
  await using database = await createTestDatabase();
  const running = start(["revision", "--autogenerate"], { cwd: app.root, env: { DATABASE_URL: database.url } });
  while ((await scratches(database)) === 0) expect(running.process.exitCode).toBeNull();
  running.process.kill("SIGINT");
  expect(await running.finished).toEqual({ code: 130, stdout: "", stderr: expect.stringContaining("nterrupted") });
  expect(await scratches(database)).toBe(0);
});
