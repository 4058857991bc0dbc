import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { defineSchema, integer, Model, sql, text, uuid } from "../../src/index.ts";
import { autogenerate, compareModels } from "../../src/migrations/index.ts";
import { DEFAULT_TEMPLATE } from "../../src/migrations/script/template.ts";
import { fingerprint } from "./fingerprint.ts";
import { checkFiles } from "./generated-files.ts";
import { migratorOf } from "./migrator-of.ts";
import { temporaryApp } from "./temporary-app.ts";

class Owner extends Model.define({ id: integer().primaryKey() }) {}

class Thing extends Model.define({
  id: integer().primaryKey(),
  name: text().unique(),
  ownerId: integer()
    .nullable()
    .index()
    .references(() => Owner.c.id),
  code: uuid().default(sql`gen_random_uuid()`),
}) {}

const BEFORE = `
  create table owners (id int primary key);
  create table things (id int primary key, name text, owner_id int);`;
const ROWS = "insert into owners values (1); insert into things select n, 'n' || n, 1 from generate_series(1, 50) n";

const options = (url: string) => ({ connect: connectOptions({ url }), schema: defineSchema({ Owner, Thing }) });

test("a revision for tables with rows is in the safe form both ways, and runs step by step", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  await database.query(`${BEFORE} ${ROWS}`);
  const was = await fingerprint(database.url);
  const template = await app.write("migrations/mine.template", `// ours\n${DEFAULT_TEMPLATE}`);
  const made = { directory: app.migrations, template, message: "things", id: "generated" };
  const { revision } = await autogenerate({ ...options(database.url), ...made });
  const text = await readFile(revision!.file, "utf8");
  expect(text).toMatch(/\nexport const createdAt = .*\nexport const transaction = false;\n\nexport function upgrade/);
  expect([...text.matchAll(/op\.(\w+)\(/g)].map(([, method]) => method)).toEqual([
    ...["createCheckConstraint", "validateConstraint", "alterColumn", "dropConstraint"],
    ...["addColumn", "alterColumn", "fillColumn"],
    ...["createCheckConstraint", "validateConstraint", "alterColumn", "dropConstraint"],
    ...["createIndex", "createUniqueConstraint", "createIndex"],
    ...["createForeignKey", "validateConstraint"],
    ...["dropConstraint", "dropConstraint", "dropIndex", "dropColumn", "alterColumn"],
  ]);
  expect(await checkFiles([{ text }])).toBe("");

  const { migrator } = migratorOf(app, database);
  await migrator.upgrade();
  expect((await compareModels(options(database.url))).detected).toEqual([]);
  expect(await database.query("select count(distinct code)::int from things")).toEqual([{ count: 50 }]);
  await migrator.downgrade("base");
  const now = await fingerprint(database.url);
  expect(now.filter((line) => !line.includes("alembic_version"))).toEqual(was);
});

test("for the same tables without rows it is one transaction of plain changes", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  await database.query(BEFORE);
  const { revision } = await autogenerate({ ...options(database.url), directory: app.migrations, message: "things" });
  const text = await readFile(revision!.file, "utf8");
  expect(text).not.toMatch(/transaction|concurrently|validateConstraint/);
});
