import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";

/** A test file as an application has it, for a runner that knows nothing of Vitest; it uses the build. */
const FILE = `
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { BaseModel, DatabaseManager, select, text } from "@hypertroq/database";
import { assertStatements, beginTest, cloneDatabase, defineFactory } from "@hypertroq/database/testing";

class Note extends BaseModel.define({ line: text() }) {}
const notes = defineFactory(Note, (n) => ({ line: "line " + n }));
const prepare = async (url) => {
  const manager = new DatabaseManager({ url });
  await manager.sql\`create table notes (id uuid primary key, created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(), line text not null)\`;
  await manager.close();
};

let database, manager, testing;
before(async () => {
  database = await cloneDatabase({ url: process.env.DATABASE_URL, key: "notes", name: "runners", prepare });
  manager = new DatabaseManager({ url: database.url });
});
after(async () => {
  await manager.close();
  await database.drop();
});
beforeEach(async () => {
  testing = await beginTest(manager);
});
afterEach(() => testing.rollback());

for (const name of ["first", "second"]) {
  test(name, async () => {
    await assertStatements(manager, { statements: 1 }, () => notes.createMany(manager, 3));
    assert.equal(await manager.session((db) => db.count(select(Note))), 3);
  });
}
test("fails on purpose", () => assertStatements(manager, { statements: 2 }, () => notes.create(manager)));
`;

it("node:test runs tests that use all of it, and its process ends by itself", async () => {
  await using database = await createTestDatabase();
  const { PATH = "", HOME = "" } = process.env;
  const failed = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--test-reporter=tap", "--eval", FILE],
    {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { PATH, HOME, DATABASE_URL: database.url },
    },
  ).catch((error: { stdout: string }) => error);
  const outcomes = failed.stdout.match(/^(?:not )?ok \d.*$/gm);
  expect(outcomes).toEqual(["ok 1 - first", "ok 2 - second", "not ok 3 - fails on purpose"]);
  expect(failed.stdout).toMatch(/Expected 2 statements, not 1:\s+1\. insert into "notes"/);
  for (const { datname } of await database.query<{ datname: string }>(
    "select datname from pg_database where starts_with(datname, 'runners_')",
  )) {
    await database.query(`drop database ${datname}`);
  }
});
