import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, inject, test, vi } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { type TemporaryApp, temporaryApp } from "../migrations/temporary-app.ts";
import { type Finished, hypertroqEach, hypertroqWarm, start } from "./hypertroq.ts";

const NEXT_STEP = 'Where the models are right, write a revision: hypertroq revision --autogenerate -m "what it does"\n';

/** The build, by its path, because an app in a temporary directory has no packages. */
const LIBRARY = fileURLToPath(new URL("../../bundle/index.js", import.meta.url));

/** An app whose models are in the file that MODELS names. */
async function appWithModels(): Promise<TemporaryApp> {
  const app = await temporaryApp();
  await app.write(
    "hypertroq.config.mjs",
    "export default { schema: async () => (await import(process.env.MODELS)).schema };\n",
  );
  return app;
}

/** Writes models, the columns of one of which are given, and returns their file. */
function writeModels(app: TemporaryApp, columns: string, name = "models.mjs"): Promise<string> {
  return app.write(
    name,
    `import { Model, defineSchema, integer, text } from ${JSON.stringify(LIBRARY)};
class Thing extends Model.define({ id: integer().primaryKey(), ${columns} }) {}
export const schema = defineSchema({ Thing });\n`,
  );
}

const SCRATCHES =
  "select count(*)::int from pg_database where starts_with(datname, format('hypertroq_scratch_%s_', (select oid from pg_database where datname = current_database())))";

test("revision --autogenerate, upgrade, check, and again when a model has changed", async () => {
  await using app = await appWithModels();
  await using database = await createTestDatabase();
  const run = (MODELS: string, ...runs: readonly (readonly string[])[]): Promise<readonly Finished[]> =>
    hypertroqEach(runs, { cwd: app.root, env: { DATABASE_URL: database.url, MODELS } });
  const revision = (message: string, id: string) => ["revision", "--autogenerate", "-m", message, "--rev-id", id];

  const named = await writeModels(app, "name: text()", "named.mjs");
  const [first, early, applied, checked, none] = await run(
    named,
    revision("things", "r1"),
    ["revision", "--autogenerate", "-m", "more"],
    ["upgrade"],
    ["check"],
    revision("none", "r2"),
  );
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
  expect(early).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining("not at r1") });
  expect(applied!.code).toBe(0);
  expect(checked!.code).toBe(0);
  expect(none).toEqual({
    code: 0,
    stdout: "",
    stderr: "The database is as the models describe it: nothing was written.\n",
  });
  expect(await readdir(join(app.root, "migrations/versions"))).toEqual(["r1_things.ts"]);

  const sized = await writeModels(app, "name: text().nullable(), size: integer().default(0)", "sized.mjs");
  const [drift, json, second, ...well] = await run(
    sized,
    ["check"],
    ["check", "--json"],
    revision("size", "r3"),
    ["upgrade"],
    ["check"],
  );
  const lines = ["Detected NULL on column 'things.name'", "Detected added column 'things.size'"];
  expect(drift).toEqual({ code: 1, stdout: "", stderr: `${lines.join("\n")}\n${NEXT_STEP}` });
  expect({ code: json!.code, ...JSON.parse(json!.stdout) }).toMatchObject({ code: 1, ok: false, detected: lines });
  expect(second!.stderr).toBe(`${lines.join("\n")}\n`);
  expect(well.map(({ code }) => code)).toEqual([0, 0]);

  await database.query("insert into things (id) values (7)");
  const columns = "name: text().nullable(), size: integer().default(0), weight: integer()";
  const weighed = await writeModels(app, columns, "weighed.mjs");
  const [third, refused] = await run(weighed, revision("weight", "r4"), ["upgrade"]);
  expect(third!.stderr).toBe(
    "Detected added column 'things.weight'\n" +
      "warning: Fails as it is: 1 row of things would have no value. Give it a default, or fill it first.\n",
  );
  expect(refused!.stderr).toMatch(
    /\nThere are rows without a value: fill them before this operation, or give the column a default, and run the same command again\.\ncode: MIGRATION_FAILED\n$/,
  );
  await database.query("delete from things");
  const moves = await run(weighed, ["upgrade"], ["downgrade", "r1"]);
  expect(moves.map(({ code }) => code)).toEqual([0, 0]);
  expect(await database.query(SCRATCHES)).toEqual([{ count: 0 }]);
});

test("without a schema it says what is missing, and nothing is made", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  const { code, stderr } = await hypertroqWarm(["revision", "--autogenerate"], {
    cwd: app.root,
    env: { DATABASE_URL: database.url },
  });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("names no models") });
});

test.each([
  ["hypertroq.config.mjs", "export default { schema: {} };\n", /its schema is not what defineSchema returns/],
  [
    "hypertroq.config.mjs",
    'export default { schema: () => import("./nowhere.mjs") };\n',
    /its schema cannot be loaded: .*nowhere/,
  ],
  [
    "hypertroq.config.ts",
    'export default { schema: () => import("./models.ts") };\n',
    /hypertroq\.config\.ts cannot be used: its schema cannot be loaded: .*\/models\.ts:2\./,
  ],
])("a schema that is none, or cannot be loaded, is told: %#", async (name, text, problem) => {
  await using app = await temporaryApp();
  await app.write(name, text);
  await app.write("models.ts", "export const schema = {\n  models: [] enums: [],\n};\n");
  const env = { DATABASE_URL: inject("serverUrl") };
  const { stderr } = await hypertroqWarm(["revision", "--autogenerate"], { cwd: app.root, env });
  expect(stderr).toMatch(problem);
});

test("SIGINT drops the scratch database and writes nothing", async () => {
  await using app = await appWithModels();
  await using database = await createTestDatabase();
  const env = { DATABASE_URL: database.url, MODELS: await writeModels(app, "name: text().default('x')") };
  const running = start(["revision", "--autogenerate"], { cwd: app.root, env });
  await vi.waitUntil(
    async () => {
      expect(running.process.exitCode).toBeNull();
      return (await database.query<{ count: number }>(SCRATCHES))[0]!.count > 0;
    },
    { timeout: 60_000, interval: 5 },
  );
  running.process.kill("SIGINT");
  expect(await running.finished).toEqual({ code: 130, stdout: "", stderr: expect.stringContaining("nterrupted") });
  expect(await database.query(SCRATCHES)).toEqual([{ count: 0 }]);
  expect(await readdir(join(app.root, "migrations/versions")).catch(() => [])).toEqual([]);
});
