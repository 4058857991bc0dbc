import { readFile } from "node:fs/promises";
import type pg from "pg";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { sample } from "../../../../test/sample.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { autogenerate, compareModels } from "../../src/migrations/index.ts";
import { CASES } from "./autogenerate-cases.ts";
import { createModels, schemaOf } from "./create-models.ts";
import { factsOf } from "./fingerprint.ts";
import { checkFiles } from "./generated-files.ts";
import { client, migratorOf } from "./migrator-of.ts";
import { temporaryApp } from "./temporary-app.ts";

/** Without the version table; and columns without their place, which is not compared. */
async function facts(looking: pg.Client): Promise<readonly string[]> {
  const lines = await factsOf(looking);
  return lines
    .filter((line) => !line.includes("alembic_version"))
    .map((line) => line.replace(/^(col \S+(?: name")?) #\d+ /, "$1 "))
    .sort();
}

async function scratchDatabases(looking: pg.Client): Promise<number> {
  const { rows } = await looking.query<{ count: number }>(
    "select count(*)::int from pg_database d where starts_with(datname, format('hypertroq_scratch_%s_', (select oid from pg_database where datname = current_database())))",
  );
  return rows[0]!.count;
}

const files: { name: string; text: string }[] = [];

test.each(sample(CASES, 3))("$name", async ({ name, before, after, sql, existing, detected }) => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  await using wanted = await createTestDatabase();
  await createModels(database, before, sql);
  await createModels(wanted, after, sql);
  if (existing !== undefined) await database.query(existing);
  await using looking = await client(database.url);
  await using lookingThere = await client(wanted.url);
  const [was, goal] = [await facts(looking), await facts(lookingThere)];
  const options = { connect: connectOptions({ url: database.url }), schema: schemaOf(after) };

  const made = await autogenerate({ ...options, directory: app.migrations, message: name, id: "generated" });
  if (detected !== undefined) expect(made.detected).toEqual(detected);
  if (made.revision === undefined) {
    expect(was).toEqual(goal);
    expect(await scratchDatabases(looking)).toBe(0);
    return;
  }
  const text = await readFile(made.revision.file, "utf8");
  files.push({ name, text });

  const { migrator } = migratorOf(app, database);
  await migrator.upgrade("head", { allowDrop: ["mood.sad"] });
  expect(await facts(looking), text).toEqual(goal);
  expect((await compareModels(options)).detected).toEqual([]);
  await migrator.downgrade("base");
  expect(await facts(looking), text).toEqual(was);
  expect(await scratchDatabases(looking)).toBe(0);
});

test("what is written is formatted, and type-checks", async () => {
  expect(files).not.toEqual([]);
  expect(await checkFiles(files)).toBe("");
});
