import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { BranchesCollide, mergeProven, type ProvenMerge } from "../../src/migrations/index.ts";
import { migratorOf } from "./migrator-of.ts";
import { type RevisionSource, revisionText, type TemporaryApp, temporaryApp } from "./temporary-app.ts";

const BASE: RevisionSource = {
  id: "r1",
  up: `op.createEnum("mood", ["sad", "glad"]);
  op.createTable("t", { columns: { id: { type: "integer" }, a: { type: "text", nullable: true } }, primaryKey: ["id"] });
  op.createTable("u", { columns: { id: { type: "integer" }, a: { type: "text", nullable: true } }, primaryKey: ["id"] });
  op.sql\`insert into t select g, 'x' from generate_series(1, 3) g\`;`,
  back: `op.dropTable("u"); op.dropTable("t"); op.dropEnum("mood");`,
};

const branch = (id: string, up: string, back: string): RevisionSource => ({ id, down: "r1", up, back });
const column = (id: string, name = id, table = "t"): RevisionSource =>
  branch(
    id,
    `op.addColumn("${table}", "${name}", { type: "text", nullable: true });`,
    `op.dropColumn("${table}", "${name}");`,
  );

/** One for all: a proof changes nothing in it. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function scratches(): Promise<object[]> {
  return database.query(
    "select from pg_database where starts_with(datname, format('hypertroq_scratch_%s_', (select oid from pg_database where datname = current_database())))",
  );
}

async function merged(app: TemporaryApp, revisions: readonly string[] = ["heads"]): Promise<ProvenMerge> {
  const connect = connectOptions({ url: database.url });
  return mergeProven({ connect, directory: app.migrations, revisions, id: "m" }).finally(async () =>
    expect(await scratches()).toEqual([]),
  );
}

/** What a merge of two branches after r1 says; nothing may be written. */
async function collision(
  ...branches: readonly RevisionSource[]
): Promise<Pick<BranchesCollide, "collisions" | "message">> {
  await using app = await temporaryApp([BASE, ...branches]);
  const error = await merged(app).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(BranchesCollide);
  expect(await readdir(join(app.migrations, "versions"))).toHaveLength(1 + branches.length);
  const { collisions, message } = error as BranchesCollide;
  return {
    message: plain(message),
    collisions: collisions.map((one) => ({ ...one, objects: one.objects.map(plain) })),
  };
}

/** Without the schema that goes without saying. */
const plain = (text: string): string => text.replaceAll("public.", "");

test("branches that commute are merged; data steps run, and the merge goes up and back", async () => {
  const fill = branch(
    "a1",
    `op.addColumn("t", "a1", { type: "text", nullable: true });
  op.data("fill", async (db) => { await db.sql\`update t set a1 = a\`; });
  op.alterColumn("t", "a1", { nullable: false });`,
    `op.dropColumn("t", "a1");`,
  );
  const index = { ...column("b2"), down: "b1" };
  await using app = await temporaryApp([BASE, fill, column("b1"), index]);
  const made = await merged(app);
  expect(made).toMatchObject({ id: "m", remarks: [] });
  await using migrated = await createTestDatabase();
  const { migrator } = migratorOf(app, migrated);
  await migrator.upgrade();
  expect(await migrator.current()).toEqual(["m"]);
  await migrator.downgrade("base");
});

test("branches with a base each have nothing in common", async () => {
  const schema = (id: string) => ({ id, up: `op.createSchema("${id}");`, back: `op.dropSchema("${id}");` });
  await using app = await temporaryApp([schema("y"), schema("z")]);
  expect((await merged(app)).remarks).toEqual([]);
});

test("the same column in both: no order works, and the column is named", async () => {
  const { collisions, message } = await collision(column("a1", "x"), column("b1", "x"));
  expect(collisions).toMatchObject([{ heads: ["a1", "b1"], objects: ["column t.x"], works: [] }]);
  expect(message).toBe(
    `The branches of a1, b1 do not commute:
  a1, then b1: the upgrade of b1 fails at addColumn t.x: column "x" of relation "t" already exists
  b1, then a1: the upgrade of a1 fails at addColumn t.x: column "x" of relation "t" already exists
    column t.x
  It goes wrong in every order: change what one of them does.
Nothing was written. With --no-proof the merge is written all the same.`,
  );
});

test("one drops what the other alters: the order that works, how to say it, and then it is merged", async () => {
  const drop = branch("a1", `op.dropColumn("t", "a");`, `op.addColumn("t", "a", { type: "text", nullable: true });`);
  const alter = branch(
    "b1",
    `op.alterColumn("t", "a", { default: "'y'" });`,
    `op.alterColumn("t", "a", { default: null });`,
  );
  const { collisions, message } = await collision(drop, alter);
  expect(collisions).toMatchObject([{ objects: ["column t.a"], works: [["b1", "a1"]] }]);
  expect(message).toContain("This order works: b1, then a1.");
  const [said] = /export const dependsOn = "b1"; in .*a1_x\.ts/.exec(message)!;

  await using app = await temporaryApp([BASE, alter]);
  const back = `op.addColumn("t", "a", { type: "text", nullable: true, default: "'y'" });`;
  const waiting = revisionText({ ...drop, back }).replace("export const dependsOn = null;", said.split(" in ")[0]!);
  await app.write("migrations/versions/a1_x.ts", waiting);
  expect((await merged(app, ["a1", "b1"])).remarks).toEqual([]);
});

test("values of an enum whose order depends on that of the branches", async () => {
  const value = (id: string): RevisionSource =>
    branch(
      id,
      `op.addEnumValue("mood", "${id}", { after: "glad" });`,
      `op.replaceEnum("mood", ["sad", "glad"], { columns: [] });`,
    );
  const { collisions } = await collision(value("a1"), value("b1"));
  expect(collisions).toMatchObject([
    {
      problems: ["What comes of them depends on the order:"],
      objects: [
        'type mood: values is ["sad","glad","b1","a1"] after a1, then b1, and ["sad","glad","a1","b1"] after b1, a1',
      ],
      works: [
        ["a1", "b1"],
        ["b1", "a1"],
      ],
    },
  ]);
});

test("a way back that takes the other's with it", async () => {
  const sweeping = branch("a1", `op.createSchema("s");`, "op.sql`drop schema s cascade`;");
  const guest = branch(
    "b1",
    "op.sql`create schema if not exists s; create table s.g (id integer)`;",
    "op.sql`drop table s.g; drop schema if exists s`;",
  );
  const { message } = await collision(sweeping, guest);
  expect(message).toContain("do not commute");
});

test("of three, each pair is tried: two that take an index name twice, on two tables, are named, the third is not", async () => {
  const index = (id: string, table: string): RevisionSource =>
    branch(id, `op.createIndex("ix", "${table}", ["a"], { concurrently: true });`, `op.dropIndex("ix");`);
  const { collisions } = await collision(index("a1", "t"), column("b1"), index("c1", "u"));
  expect(collisions).toMatchObject([{ heads: ["a1", "c1"], objects: ["index ix"], works: [] }]);
});

test("three that commute by twos and not together", async () => {
  // Each adds its column unless the others' are both there.
  const shy = (id: string): RevisionSource =>
    branch(
      id,
      `op.sql\`do $$ begin
         if (select count(*) from pg_attribute where attrelid = 't'::regclass and attname in ('a1', 'b1', 'c1') and not attisdropped) < 2
         then alter table t add column ${id} text; end if; end $$\`;`,
      `op.sql\`alter table t drop column if exists ${id}\`;`,
    );
  const { collisions } = await collision(shy("a1"), shy("b1"), shy("c1"));
  expect(collisions).toMatchObject([
    { heads: ["a1", "b1", "c1"], objects: expect.arrayContaining([expect.stringContaining("column t.a1")]) },
  ]);
});

test("branches that are wrong by themselves are remarked on, and are no collision", async () => {
  const lazy = branch("a1", `op.createIndex("ix", "t", ["a"]);`, "");
  const final = branch("b1", `op.dropTable("u");`, `throw new Error("u is gone");`);
  await using app = await temporaryApp([BASE, lazy, final]);
  expect((await merged(app)).remarks.map(plain)).toEqual([
    "a1 does not take back what it does, whatever the others do (see hypertroq verify): index ix is left",
    "b1 does not go back whatever the others do, so that the way back was not tried: the downgrade of b1 fails: u is gone",
  ]);
});
