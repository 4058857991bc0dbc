import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { type Operations, record, reverseOf } from "../../src/migrations/index.ts";
import { MigrationData } from "../../src/migrations/runner/data.ts";
import { migratorOf } from "./migrator-of.ts";
import { open } from "./online-run.ts";
import { revisionText, temporaryApp } from "./temporary-app.ts";

async function fill(url: string, up: (op: Operations) => void): Promise<readonly number[]> {
  await using connection = await open({ url });
  const done: number[] = [];
  for (const step of record(up)) {
    if (step.kind === "data") await step.run(new MigrationData({ connection, onProgress: (rows) => done.push(rows) }));
  }
  return done;
}

test("a column is filled in batches by keys that a Date could not hold, and values stay", async () => {
  await using database = await createTestDatabase();
  await database.query(`create schema "s.x"; create table "s.x"."t.t" (at timestamptz, "n n" int, "c c" int, primary key (at, "n n"));
    insert into "s.x"."t.t" select '2026-01-01'::timestamptz + n / 2 * interval '1 microsecond', n % 2, nullif(n % 10, 0)
    from generate_series(1, 250) n`);
  const done = await fill(database.url, (op) => op.fillColumn(["s.x", "t.t"], "c c", `"n n" + 100`, { size: 10 }));
  expect(done).toEqual([10, 20, 25]);
  expect(
    await database.query(`select "c c" > 9 as filled, count(*)::int from "s.x"."t.t" group by 1 order by 1`),
  ).toEqual([
    { filled: false, count: 225 },
    { filled: true, count: 25 },
  ]);
});

test("by other columns than a primary key", async () => {
  await using database = await createTestDatabase();
  await database.query("create table t (id int, c int); insert into t select generate_series(1, 30)");
  await expect(fill(database.url, (op) => op.fillColumn("t", "c", "1"))).rejects.toThrow("has no primary key");
  await fill(database.url, (op) => op.fillColumn("t", "c", "id * 2", { key: ["id"] }));
  expect(await database.query("select sum(c)::int from t")).toEqual([{ sum: 930 }]);
});

test("a fill that is broken off goes on with the batch after the last one", async () => {
  await using app = await temporaryApp();
  const text = revisionText({ id: "r1", up: `op.fillColumn("t", "c", "10 / (25 - id)", { size: 10 });` });
  await app.write("migrations/versions/r1_x.ts", `${text}export const transaction = false;\n`);
  await using database = await createTestDatabase();
  await database.query("create table t (id int primary key, c int); insert into t select generate_series(1, 40)");
  const { migrator, events } = migratorOf(app, database);
  await expect(migrator.upgrade()).rejects.toMatchObject({ code: "MIGRATION_FAILED", step: "fillColumn t.c" });
  expect(await database.query("select count(c)::int from t")).toEqual([{ count: 20 }]);
  await database.query("delete from t where id = 25; update t set c = null where id = 1");
  await migrator.upgrade();
  expect(await database.query("select count(c)::int from t where id > 1")).toEqual([{ count: 38 }]);
  expect(await database.query("select c from t where id = 1")).toEqual([{ c: null }]);
  expect(events.filter(({ kind }) => kind === "progress")).toHaveLength(4);
});

test("taken back the values stay; a value that is no SQL is refused", () => {
  expect(record(reverseOf((op) => op.fillColumn("t", "c", "1")))).toEqual([]);
  expect(() => record((op) => op.fillColumn("t", "c", " "))).toThrow("must be SQL");
});
