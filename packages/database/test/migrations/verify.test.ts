import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL } from "../../../../test/sample.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { type Verification, type VerifyOptions, verify } from "../../src/migrations/index.ts";
import { mixedHistory } from "./mixed-history.ts";
import { type RevisionSource, temporaryApp } from "./temporary-app.ts";

/** Of the mixed history, in which each way to run comes once in five. */
const LENGTH = FULL ? 30 : 5;

/** One for all: a verification changes nothing in it. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function verified(
  revisions: readonly (RevisionSource & { readonly text?: string })[],
  options: Partial<VerifyOptions> = {},
): Promise<Verification> {
  await using app = await temporaryApp(revisions.filter(({ text }) => text === undefined));
  for (const { id, text } of revisions) {
    if (text !== undefined) await app.write(`migrations/versions/${id}_x.ts`, text);
  }
  const connect = connectOptions({ url: database.url });
  return await verify({ connect, directory: app.migrations, ...options }).finally(async () =>
    expect(await leftovers()).toEqual([]),
  );
}

/** What a verification leaves on the server: nothing in the database that it was told of, and no other database. */
function leftovers(): Promise<object[]> {
  return database.query(
    `select relname::text as left from pg_class where relnamespace = 'public'::regnamespace
     union all
     select datname::text from pg_database
     where starts_with(datname, format('hypertroq_scratch_%s_', (select oid from pg_database where datname = current_database())))`,
  );
}

/** Without the schema that goes without saying. */
const plain = (line: string): string => line.replaceAll("public.", "");

const outcomes = ({ revisions }: Verification): string => revisions.map(({ outcome }) => outcome).join(" ");
const problems = ({ revisions }: Verification): Record<string, readonly string[]> =>
  Object.fromEntries(
    revisions
      .filter(({ problems }) => problems.length > 0)
      .map(({ revision, problems }) => [
        revision,
        problems.flatMap(({ what, differences }) => [what, ...differences.map(plain)]),
      ]),
  );

const TABLE: RevisionSource = {
  id: "r1",
  up: `op.createTable("t", { columns: { id: { type: "integer" }, a: { type: "text", default: "'x'", nullable: true } }, primaryKey: ["id"] });
  op.createEnum("mood", ["sad", "glad"]);`,
  back: `op.dropEnum("mood"); op.dropTable("t");`,
};

test("a history of every way to run, with rows, is verified; progress is told", async () => {
  const told: string[] = [];
  const found = await verified(mixedHistory().slice(0, LENGTH), {
    onProgress: ({ revision, pass, direction, place, revisions }) =>
      told.push(`${pass} ${direction} ${revision} ${place}/${revisions}`),
  });
  expect(problems(found)).toEqual({});
  expect(found.ok).toBe(true);
  expect(found.revisions).toHaveLength(LENGTH);
  expect(told.slice(0, 4)).toEqual([
    `each upgrade r01 1/${LENGTH}`,
    `each downgrade r01 1/${LENGTH}`,
    `each upgrade r01 1/${LENGTH}`,
    `each upgrade r02 2/${LENGTH}`,
  ]);
  expect(told).toHaveLength(5 * LENGTH);
  expect(told.slice(-LENGTH)[0]).toBe(`whole upgrade r01 1/${LENGTH}`);
});

test("the backend's own history is verified", async () => {
  const directory = fileURLToPath(new URL("../../../../apps/backend/migrations", import.meta.url));
  const found = await verify({ connect: connectOptions({ url: database.url }), directory });
  expect(found).toMatchObject({ ok: true, revisions: [{ revision: "ddef93c02177", outcome: "verified" }] });
});

test("wrong downgrades are found, each at its own revision, and the others are verified all the same", async () => {
  const found = await verified([
    TABLE,
    {
      id: "r2",
      down: "r1",
      up: `op.alterColumn("t", "a", { default: "'y'" });`,
      back: `op.alterColumn("t", "a", { default: null });`,
    },
    { id: "r3", down: "r2", up: `op.createIndex("ix_t_a", "t", ["a"]);` },
    { id: "r4", down: "r3", up: `op.addEnumValue("mood", "ok", { before: "glad" });` },
    { id: "r5", down: "r4", up: `op.addColumn("t", "b", { type: "integer" });`, back: `op.dropColumn("t", "b");` },
    {
      id: "r6",
      down: "r5",
      up: `op.dropTable("t");`,
      back: `op.createTable("t", { columns: { id: { type: "integer" } } });`,
    },
    { id: "r7", down: "r6", up: "op.sql`create table u (id integer)`;", back: "op.sql`drop table wrong`;" },
    { id: "r8", down: "r7", up: "op.sql`create table v (id integer)`;", back: "op.sql`drop table v`;" },
  ]);
  expect(found.ok).toBe(false);
  expect(outcomes(found)).toBe("verified wrong wrong wrong verified wrong wrong verified");
  const after = "After its downgrade the database is not what it was before:";
  expect(problems(found)).toEqual({
    r2: [after, "column t.a: default was 'x' and is none"],
    r3: [
      after,
      "index ix_t_a is left",
      expect.stringContaining("after its downgrade, fails at createIndex ix_t_a: relation"),
    ],
    r4: [
      after,
      'type mood: values was ["sad","glad"] and is ["sad","ok","glad"]',
      expect.stringContaining("fails at addEnumValue mood.ok"),
    ],
    r6: [
      after,
      "column t.a is missing",
      "column t.b is missing",
      "constraint t.t_pkey is missing",
      "index ix_t_a is missing",
    ],
    r7: ['Its downgrade fails at sql drop table wrong: table "wrong" does not exist'],
  });
});

test("an upgrade that fails: what needs it is not reached, other branches are", async () => {
  const found = await verified([
    TABLE,
    { id: "a1", down: "r1", up: "op.sql`select 1 / 0`;" },
    { id: "a2", down: "a1" },
    { id: "b1", down: "r1", up: `op.addColumn("t", "b", { type: "text" });`, back: `op.dropColumn("t", "b");` },
    { id: "b2", down: "b1", up: `op.addColumn("t", "c", { type: "text" });`, back: `op.dropColumn("t", "c");` },
  ]);
  expect(found.revisions.map(({ revision, outcome }) => `${revision} ${outcome}`)).toEqual([
    "r1 verified",
    "a1 wrong",
    "a2 unreached",
    "b1 verified",
    "b2 verified",
  ]);
  expect(problems(found)).toEqual({ a1: ["Its upgrade fails at sql select 1 / 0: division by zero"] });
});

test("a step that fails outside a transaction spoils nothing of what follows", async () => {
  const found = await verified([
    TABLE,
    {
      id: "r2",
      down: "r1",
      up: `op.createIndex("ix_t_a", "t", ["a"], { concurrently: true });`,
      back: `op.dropIndex("ix_t_a", { concurrently: true }); op.sql\`drop table wrong\`;`,
    },
    { id: "r3", down: "r2", up: `op.dropIndex("ix_t_a");`, back: `op.createIndex("ix_t_a", "t", ["a"]);` },
  ]);
  expect(outcomes(found)).toBe("verified wrong verified");
});

test("an irreversible revision is told, unless it is allowed to be; what follows is verified", async () => {
  const history = [
    TABLE,
    {
      id: "r2",
      down: "r1",
      up: `op.dropColumn("t", "a");`,
      back: `throw new Error("What was in t.a is gone.");`,
    },
    { id: "r3", down: "r2", up: "op.sql`create view w as select id from t`;", back: "op.sql`drop view w`;" },
  ];
  const found = await verified(history, { range: ":r2" });
  expect(found.ok).toBe(false);
  expect(outcomes(found)).toBe("verified irreversible");
  expect(problems(found)).toEqual({ r2: ["Its downgrade says: What was in t.a is gone."] });
  const told: string[] = [];
  const allowed = await verified(history, {
    allowIrreversible: ["r2"],
    onProgress: ({ pass, direction, revision }) => pass === "whole" && told.push(`${direction} ${revision}`),
  });
  expect(allowed.ok).toBe(true);
  expect(outcomes(allowed)).toBe("verified irreversible verified");
  expect(told).toEqual(["downgrade r3", "upgrade r3"]);
});

/** A graph: a branch and its merge, a dependency, a second base. */
const graph = (): (RevisionSource & { readonly text?: string })[] => {
  const text = (id: string, down: string, up: string, back: string, dependsOn = "null"): string =>
    `export const revision = "${id}"; export const downRevision = ${down}; export const dependsOn = ${dependsOn};
     export const message = "${id}"; export const createdAt = "2026-01-01T00:00:00Z";
     export function upgrade(op) { ${up} } export function downgrade(op) { ${back} }`;
  const column = (id: string, down: string, dependsOn?: string) => ({
    id,
    text: text(id, down, `op.addColumn("t", "${id}", { type: "text" });`, `op.dropColumn("t", "${id}");`, dependsOn),
  });
  return [
    TABLE,
    column("b", '"r1"'),
    column("c", '"b"'),
    column("d", '"r1"'),
    column("m", '["c", "d", "b"]'),
    { id: "z", text: text("z", "null", 'op.createSchema("z");', 'op.dropSchema("z");') },
    column("y", '"z"', '"d"'),
    { id: "e", text: text("e", '["y", "m"]', "", "") },
  ];
};

test("branches, merges, dependencies and several bases are gone through in order, also a part of them", async () => {
  const all = await verified(graph());
  expect(problems(all)).toEqual({});
  expect(all).toMatchObject({ ok: true, revisions: { length: 8 } });
  const part = await verified(graph(), { range: "b:m" });
  expect(part.ok).toBe(true);
  expect(part.revisions.map(({ revision }) => revision).sort()).toEqual(["b", "c", "m"]);
  expect((await verified(graph(), { range: "y" })).revisions).toMatchObject([{ revision: "y", outcome: "verified" }]);
});

test("aborted, it leaves no database", async () => {
  const controller = new AbortController();
  const aborted = verified(mixedHistory().slice(0, 2), {
    signal: controller.signal,
    onProgress: ({ revision }) => revision === "r02" && controller.abort(),
  });
  await expect(aborted).rejects.toMatchObject({ code: "COMPARISON_INTERRUPTED" });
});
