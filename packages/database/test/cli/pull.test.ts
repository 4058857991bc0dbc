import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroqWarm } from "./hypertroq.ts";

/** The build, by its path, because an app in a temporary directory has no packages. */
const LIBRARY = fileURLToPath(new URL("../../bundle/index.js", import.meta.url));

test("pull writes models once, of which check finds no difference, and says what they leave out", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  await database.query(
    "create table orders (id int primary key, total numeric not null default 0 check (total >= 0)); create domain email as text",
  );
  const run = (...words: string[]) => hypertroqWarm(words, { cwd: app.root, env: { DATABASE_URL: database.url } });
  const file = join(app.root, "src/models.ts");

  expect(await run("pull")).toMatchObject({
    code: 1,
    stdout: "src/models.ts\n",
    stderr: expect.stringMatching(/^Not described by the models: \w+ (public\.)?email\n$/),
  });
  const text = await readFile(file, "utf8");
  expect(text).toContain("export class Order extends Model.define({");

  expect(await run("pull")).toMatchObject({ code: 1, stderr: expect.stringContaining("say --force to replace it") });
  await database.query("drop domain email");
  expect(await run("pull", "--force", "--json")).toMatchObject({
    code: 0,
    stdout: `${JSON.stringify({ file: "src/models.ts", unsupported: [] }, undefined, 2)}\n`,
  });

  await writeFile(file, (await readFile(file, "utf8")).replace('"@hypertroq/database"', JSON.stringify(LIBRARY)));
  await rm(join(app.root, "hypertroq.config.mjs"));
  await app.write(
    "hypertroq.config.ts", // which may import TypeScript
    'export default { schema: async () => (await import("./src/models.ts")).schema };\n',
  );
  await app.write("migrations/versions/.keep", "");
  expect(await run("check")).toMatchObject({ code: 0 });
});
