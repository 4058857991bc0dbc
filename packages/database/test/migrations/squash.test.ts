import { execFile } from "node:child_process";
import { copyFile, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import {
  createRevision,
  ScriptDirectory,
  type Squash,
  type SquashOptions,
  squash,
} from "../../src/migrations/index.ts";
import { factsOf, fingerprint } from "./fingerprint.ts";
import { checkFiles } from "./generated-files.ts";
import { client, migratorOf } from "./migrator-of.ts";
import { type RevisionSource, revisionText, type TemporaryApp, temporaryApp } from "./temporary-app.ts";

const TABLE: RevisionSource = {
  id: "r1",
  up: `op.createTable("t", { columns: { id: { type: "integer" }, a: { type: "text", nullable: true } }, primaryKey: ["id"] });`,
  back: `op.dropTable("t");`,
};

/** Five revisions in a line, of which the middle ones are squashed. */
const LINE: readonly RevisionSource[] = [
  TABLE,
  {
    id: "r2",
    down: "r1",
    up: `op.createEnum("mood", ["sad", "glad"]);
  op.addColumn("t", "mood", { type: "mood", default: "'sad'" });`,
    back: `op.dropColumn("t", "mood");
  op.dropEnum("mood");`,
  },
  {
    id: "r3",
    down: "r2",
    message: "a function whose lines\nstay where they are",
    up: `op.sql\`create function f() returns text language sql as $f$
  select '\\\${a}' || E'\\\\\\\\\\\`'
    $f$\`;`,
    back: "op.sql`drop function f()`;",
  },
  {
    id: "r4",
    down: "r3",
    up: `op.createIndex("ix_t_a", "t", ["a"], { concurrently: true });
  op.renameColumn("t", "a", "b");`,
    back: `op.renameColumn("t", "b", "a");
  op.dropIndex("ix_t_a", { concurrently: true });`,
  },
  { id: "r5", down: "r4", up: `op.createSchema("s");`, back: `op.dropSchema("s");` },
];

const names = async (app: TemporaryApp): Promise<string[]> => (await readdir(join(app.migrations, "versions"))).sort();

/** Names the server for all of them: a squash changes nothing in it. */
let server: TestDatabase;
beforeAll(async () => {
  server = await createTestDatabase();
});
afterAll(() => server.drop());

function squashed(app: TemporaryApp, range: string, options: Partial<SquashOptions> = {}): Promise<Squash> {
  return squash({ connect: connectOptions({ url: server.url }), directory: app.migrations, range, ...options });
}

async function databaseAt(app: TemporaryApp, target: string): Promise<TestDatabase> {
  const database = await createTestDatabase();
  if (target !== "base") await migratorOf(app, database).migrator.upgrade(target);
  return database;
}

test("databases at the first one's parent, between, at the last, beyond, and new ones", async () => {
  await using app = await temporaryApp(LINE);
  await using before = await databaseAt(app, "r1");
  await using between = await databaseAt(app, "r3");
  await using at = await databaseAt(app, "r4");
  await using beyond = await databaseAt(app, "r5");
  await using fresh = await databaseAt(app, "base");
  await before.query("insert into t values (1, 'kept')");
  const [head, first] = [await fingerprint(beyond.url), await fingerprint(before.url)];

  const made = await squashed(app, "r2:r4", { lastIn: "v1.2" });
  expect(made).toMatchObject({ id: "r4", replaced: ["r2", "r3", "r4"], removed: { length: 3 } });
  expect(await names(app)).toEqual(["r1_x.ts", "r4_squash_of_r2_to_r4.ts", "r5_x.ts"]);

  for (const database of [before, at, beyond, fresh]) {
    await using looking = await client(database.url);
    const { migrator, events } = migratorOf(app, database);
    await migrator.upgrade();
    expect(events.filter(({ kind }) => kind === "warning")).toEqual([]);
    expect((await migrator.journal()).edited).toEqual([]);
    expect(await migrator.current()).toEqual(["r5"]);
    expect(await factsOf(looking)).toEqual(head);
    await migrator.downgrade("r1");
    expect(await factsOf(looking)).toEqual(first);
  }
  expect(await before.query("select * from t")).toEqual([{ id: 1, a: "kept" }]);

  const { migrator } = migratorOf(app, between);
  const refused = await migrator.upgrade().catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "DATABASE_BEFORE_SQUASH", rows: ["r3"], squashed: "r4", lastIn: "v1.2" });
  expect((refused as Error).message).toMatch(
    /^The database is at r3, which was squashed into r4 \(.*\); that one cannot be begun in the middle\. Run hypertroq upgrade r4 with the code of v1\.2 first/,
  );
  await expect(migrator.upgrade("r2")).rejects.toMatchObject({
    message: expect.stringContaining("was squashed into r4"),
  });
});

test("what is written: the calls, formatted; SQL as it was, whatever it holds", async () => {
  await using app = await temporaryApp(LINE);
  const { file } = await squashed(app, "r2:r4", { message: "the middle" });
  const text = await readFile(file, "utf8");
  expect(
    text.replace(/"[0-9a-f]{64}"/g, '"…"').replace(/createdAt = ".*"/, 'createdAt = "…"'),
  ).toBe(`import type { Operations } from "@hypertroq/database/migrations";

export const revision = "r4";
export const downRevision = "r1";
export const branchLabels = null;
export const dependsOn = null;
export const message = "the middle";
export const createdAt = "…";

export const replaces = {
  revisions: {
    r2: "…",
    r3: "…",
    r4: "…",
  },
  lastIn: null,
};

export function upgrade(op: Operations): void {
  // r2: does r2
  op.createEnum("mood", ["sad", "glad"]);
  op.addColumn("t", "mood", { type: "mood", default: "'sad'" });

  // r3: a function whose lines stay where they are
  op.sql\`create function f() returns text language sql as $f$
  select '\\\${a}' || E'\\\\\\\\\\\`'
    $f$\`;

  // r4: does r4
  op.createIndex("ix_t_a", "t", ["a"], { concurrently: true });
  op.renameColumn("t", "a", "b");
}

export function downgrade(op: Operations): void {
  // r4: does r4
  op.renameColumn("t", "b", "a");
  op.dropIndex("ix_t_a", { concurrently: true });

  // r3: a function whose lines stay where they are
  op.sql\`drop function f()\`;

  // r2: does r2
  op.dropColumn("t", "mood");
  op.dropEnum("mood");
}
`);
  expect(await checkFiles([{ text }])).toBe("");
});

test("squashed again, it stands for all; labels, dependencies and consent come along", async () => {
  const labelled = (source: RevisionSource, label: string, dependsOn = "null"): string =>
    `${revisionText(source)
      .replace("branchLabels = null", `branchLabels = "${label}"`)
      .replace("dependsOn = null", `dependsOn = ${dependsOn}`)}\nexport const allowDrop = ["${label}.x"];\n`;
  await using app = await temporaryApp([TABLE, { id: "z" }, ...LINE.slice(4).map((one) => ({ ...one, down: "r3" }))]);
  await app.write("migrations/versions/r2.ts", labelled(LINE[1]!, "two", '"z"'));
  await app.write("migrations/versions/r3.ts", labelled({ ...LINE[2]!, down: "r2" }, "three", '"two"'));
  await using database = await databaseAt(app, "heads");
  await squashed(app, "r1:r2");
  await squashed(app, "r2:r3");
  const { graph } = await ScriptDirectory.load(app.migrations);
  expect(graph.order).toEqual(["z", "r3", "r5"]);
  expect(graph.get("r3")).toMatchObject({
    down: [],
    labels: ["two", "three"],
    dependsOn: ["z"],
    allowDrop: ["two.x", "three.x"],
    replaces: {
      revisions: { r1: expect.any(String), r2: [expect.any(String), expect.any(String)], r3: expect.any(String) },
    },
  });
  const { migrator } = migratorOf(app, database);
  expect((await migrator.journal()).edited).toEqual([]);
  expect(await migrator.upgrade("heads")).toEqual([]);
});

test("what is no line is refused with all reasons, and nothing is changed", async () => {
  await using app = await temporaryApp([...LINE, { id: "side", down: "r2" }]);
  await app.write(
    "migrations/versions/needs.ts",
    revisionText({ id: "needs", down: "r5" }).replace("dependsOn = null", 'dependsOn = "r3"'),
  );
  const before = await names(app);
  await expect(squashed(app, "r2:r4")).rejects.toMatchObject({
    code: "SQUASH_REFUSED",
    problems: [
      "side branches off at r2, which would be there no more",
      "needs depends on r3, which would be there no more",
    ],
  });
  await expect(squashed(app, "r4:r4")).rejects.toMatchObject({ problems: ["a squash takes at least two revisions"] });
  expect(await names(app)).toEqual(before);
});

test("changes of data are refused, kept, or left out", async () => {
  const line = (data: string): RevisionSource[] => [
    TABLE,
    {
      id: "r2",
      down: "r1",
      up: `${data} op.sql\`comment on table t is 'x'\`;`,
      back: "op.sql`comment on table t is null`;",
    },
  ];
  const rows = `op.sql\`-- some\n insert into t values (1, \${"it's"})\`;`;
  await using app = await temporaryApp(
    line(`${rows} op.data("fill", async (db) => { await db.sql\`delete from t\`; });`),
  );
  const before = await names(app);
  await expect(squashed(app, "r1:r2")).rejects.toMatchObject({
    problems: [
      "upgrade of r2 may change data: -- some",
      "upgrade of r2 changes data by a program (op.data), which another file cannot hold",
    ],
  });
  await expect(squashed(app, "r1:r2", { data: "keep" })).rejects.toMatchObject({ problems: { length: 1 } });
  expect(await names(app)).toEqual(before);
  const { file } = await squashed(app, "r1:r2", { data: "drop" });
  expect(await readFile(file, "utf8")).not.toContain("insert into");

  await using other = await temporaryApp(line(rows));
  await squashed(other, "r1:r2", { data: "keep" });
  await using database = await databaseAt(other, "head");
  expect(await database.query("select * from t")).toEqual([{ id: 1, a: "it's" }]);
});

test("what cannot be one transaction runs step by step; a way back that there is not, is not there", async () => {
  await using app = await temporaryApp([
    ...LINE.slice(0, 2),
    { id: "r3", down: "r2", up: `op.addEnumValue("mood", "ok");`, back: 'throw new Error("values stay");' },
    {
      id: "r4",
      down: "r3",
      up: `op.alterColumn("t", "mood", { default: "'ok'" });`,
      back: `op.alterColumn("t", "mood", { default: "'sad'" });`,
    },
  ]);
  const { file } = await squashed(app, "r3:r4");
  const text = await readFile(file, "utf8");
  expect(text).toContain("export const transaction = false;\n");
  expect(text).toContain('  throw new Error("r3: values stay");\n');
  await using database = await databaseAt(app, "head");
  await expect(migratorOf(app, database).migrator.downgrade("base")).rejects.toMatchObject({
    code: "MIGRATION_FAILED",
  });
});

test("a run that does not come to the same in one revision is refused, and nothing is changed", async () => {
  // The second one asks the log of migrations what has been applied.
  const nosy = `op.sql\`do $$ begin if exists (select from alembic_version where version_num = 'r1') then create table seen (); end if; end $$\`;`;
  await using app = await temporaryApp([
    TABLE,
    { id: "r2", down: "r1", up: nosy, back: "op.sql`drop table if exists seen`;" },
  ]);
  const before = await names(app);
  await expect(squashed(app, "r1:r2", { data: "keep" })).rejects.toMatchObject({ code: "SQUASH_REFUSED" });
  expect(await names(app)).toEqual(before);
});

test("in Git: what is not committed is not removed, and the commit is said", async () => {
  await using app = await temporaryApp(LINE);
  const git = async (...words: string[]): Promise<string> =>
    (
      await promisify(execFile)("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...words], {
        cwd: app.root,
      })
    ).stdout;
  await git("init", "-q");
  await git("add", "migrations/versions/r1_x.ts");
  await git("commit", "-qm", "one");
  await expect(squashed(app, "r1:r2")).rejects.toMatchObject({
    problems: ["migrations/versions/r2_x.ts is not in Git as it is now, and would be lost"],
  });
  await git("add", ".");
  await git("commit", "-qm", "all");
  const { file } = await squashed(app, "r1:r2");
  const commit = (await git("rev-parse", "HEAD")).slice(0, 12);
  expect(await readFile(file, "utf8")).toContain(`  lastIn: "${commit}",\n`);
});

test("files that a killed squash has left are not read, and go with the next new revision", async () => {
  await using app = await temporaryApp(LINE);
  const versions = join(app.migrations, "versions");
  await app.write(
    "migrations/versions/r6_x.up.sql",
    "-- revision: r6\n-- down revision: r5\n-- message: x\n-- created at: 2026-01-01T00:00:00Z\n\ncreate view v as select 1 as a;",
  );
  await app.write("migrations/versions/r6_x.down.sql", "drop view v;");
  const before = await names(app);
  for (const name of before) await copyFile(join(versions, name), join(app.root, name));
  await squashed(app, "r2:r6", { data: "keep" });
  const after = await names(app);
  for (const name of before) await copyFile(join(app.root, name), join(versions, name));
  await rm(join(versions, "r6_x.up.sql"));
  const { graph, leftovers } = await ScriptDirectory.load(app.migrations);
  expect(graph.order).toEqual(["r1", "r6"]);
  expect(leftovers).toHaveLength(5);
  await createRevision({ directory: app.migrations, id: "r7" });
  expect(await names(app)).toEqual([...after, "r7_empty_message.ts"].sort());

  // A file that was edited is not what was replaced.
  await app.write("migrations/versions/r6_y.ts", revisionText({ id: "r6" }));
  await expect(ScriptDirectory.load(app.migrations)).rejects.toMatchObject({ code: "DUPLICATE_REVISION" });
  await rm(join(versions, "r6_y.ts"));
  await app.write("migrations/versions/late.ts", revisionText({ id: "late", down: "r3" }));
  await expect(ScriptDirectory.load(app.migrations)).rejects.toMatchObject({
    code: "MISSING_PARENT",
    message: expect.stringContaining("It was squashed into r6"),
  });
});
