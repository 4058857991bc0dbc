import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { sample } from "../../../../test/sample.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { autogenerate, compareModels } from "../../src/migrations/index.ts";
import { CASES } from "./autogenerate-cases.ts";
import { createModels, schemaOf } from "./create-models.ts";
import { fingerprint } from "./fingerprint.ts";
import { checkFiles } from "./generated-files.ts";
import { migratorOf } from "./migrator-of.ts";
import { temporaryApp } from "./temporary-app.ts";

/** Without the version table; and columns without their place, which is not compared. */
async function facts(database: TestDatabase): Promise<readonly string[]> {
  const lines = await fingerprint(database.url);
  return lines
    .filter((line) => !line.includes("alembic_version"))
    .map((line) => line.replace(/^(col \S+(?: name")?) #\d+ /, "$1 "))
    .sort();
}

async function scratchDatabases({ query }: TestDatabase): Promise<number> {
  const [{ count }] = (await query(
    "select count(*)::int from pg_database d where starts_with(datname, format('hypertroq_scratch_%s_', (select oid from pg_database where datname = current_database())))",
  )) as [{ count: number }];
  return count;
}

const files: { name: string; text: string }[] = [];

test.each(sample(CASES, 4))("$name", async ({ name, before, after, sql, existing, detected }) => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  await using wanted = await createTestDatabase();
  await createModels(database, before, sql);
  await createModels(wanted, after, sql);
  if (existing !== undefined) await database.query(existing);
  const was = await facts(database);
  const options = { connect: connectOptions({ url: database.url }), schema: schemaOf(after) };

  const made = await autogenerate({ ...options, directory: app.migrations, message: name, id: "generated" });
  if (detected !== undefined) expect(made.detected).toEqual(detected);
  if (made.revision === undefined) {
    expect(was).toEqual(await facts(wanted));
    expect(await scratchDatabases(database)).toBe(0);
    return;
  }
  const text = await readFile(made.revision.file, "utf8");
  files.push({ name, text });

  const { migrator } = migratorOf(app, database);
  await migrator.upgrade("head", { allowDrop: ["mood.sad"] });
  expect(await facts(database), text).toEqual(await facts(wanted));
  expect((await compareModels(options)).detected).toEqual([]);
  await migrator.downgrade("base");
  expect(await facts(database), text).toEqual(was);
  expect(await scratchDatabases(database)).toBe(0);
});

test("what is written is formatted, and type-checks", async () => {
  expect(files).not.toEqual([]);
  expect(await checkFiles(files)).toBe("");
});
