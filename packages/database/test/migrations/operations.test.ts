import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  type Loss,
  type Operations,
  type RecordedStep,
  type Recovery,
  record,
  reverseOf,
} from "../../src/migrations/index.ts";
import { RENDERERS } from "../../src/migrations/operations/record.ts";
import { CASES } from "./operations-cases/all.ts";
import { facts } from "./operations-cases/facts.ts";
import { type OperationCase, objects } from "./operations-cases/operation-case.ts";

const isAlone = ({ recovery }: OperationCase): boolean => recovery !== undefined;

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = await connected(database);
  // Roles belong to the whole server.
  await client.query(
    "do $$ begin create role operations_role; exception when duplicate_object or unique_violation then null; end $$",
  );
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function connected({ url }: TestDatabase): Promise<pg.Client> {
  const opened = new pg.Client({ connectionString: url });
  await opened.connect();
  return opened;
}

async function run(on: pg.Client, steps: readonly RecordedStep[]): Promise<void> {
  for (const step of steps) {
    if (step.kind !== "sql") throw new Error(`${step.title} is no SQL`);
    await on.query(step.statement.text, [...step.statement.values]);
  }
}

/** What they destroy, if columns are what the operations say. */
const likely = (steps: readonly RecordedStep[]): readonly Loss[] =>
  steps.flatMap(({ losses }) => losses.filter(({ unlikely }) => !unlikely));

const recoveries = (steps: readonly RecordedStep[]): Recovery["kind"][] =>
  steps.flatMap((step) => (step.kind === "sql" && step.recovery !== undefined ? [step.recovery.kind] : []));

/** All in one transaction that is rolled back, so what says that it can run in one does. */
test.each(CASES.filter((one) => !isAlone(one)))("$name", async ({ before, up, sql, reverse, losses = [] }) => {
  await client.query("begin");
  try {
    await client.query(before);
    const start = await facts(client);
    await client.query("savepoint before");
    await client.query(sql);
    const byHand = await facts(client);
    if (sql !== "") expect(byHand).not.toEqual(start);
    if (typeof reverse === "object") await client.query(reverse.leaves);
    const left = typeof reverse === "object" ? await facts(client) : start;
    await client.query("rollback to savepoint before");

    const steps = record(up);
    await run(client, steps);
    expect(await facts(client)).toEqual(byHand);
    expect(objects(likely(steps))).toEqual(losses);
    expect(recoveries(steps)).toEqual([]);

    if (reverse === "none") {
      expect(() => record(reverseOf(up))).toThrow(expect.objectContaining({ code: "IRREVERSIBLE_OPERATION" }));
      return;
    }
    await run(client, record(reverseOf(up)));
    expect(await facts(client)).toEqual(left);
  } finally {
    await client.query("rollback");
  }
});

test.each(CASES.filter(isAlone))("$name, which no transaction may hold", async (given) => {
  const { before, up, sql, reverse, losses = [], recovery = [] } = given;
  await using ours = await createTestDatabase();
  await using theirs = await createTestDatabase();
  const [ourClient, theirClient] = await Promise.all([connected(ours), connected(theirs)]);
  try {
    for (const on of [ourClient, theirClient]) await on.query(before);
    const start = await facts(ourClient);
    const steps = record(up);
    for (const step of steps) {
      await ourClient.query("begin");
      await expect(run(ourClient, [step])).rejects.toMatchObject({ code: "25001" }); // active_sql_transaction
      await ourClient.query("rollback");
    }
    await run(ourClient, steps);
    if (sql !== "") await theirClient.query(sql);
    expect(await facts(ourClient)).toEqual(await facts(theirClient));
    expect(objects(likely(steps))).toEqual(losses);
    expect(recoveries(steps)).toEqual(recovery);
    if (reverse === "none") {
      expect(() => record(reverseOf(up))).toThrow(expect.objectContaining({ code: "IRREVERSIBLE_OPERATION" }));
      return;
    }
    await run(ourClient, record(reverseOf(up)));
    if (reverse !== "exact") await theirClient.query(reverse.leaves);
    expect(await facts(ourClient)).toEqual(reverse === "exact" ? start : await facts(theirClient));
  } finally {
    await Promise.all([ourClient.end(), theirClient.end()]);
  }
});

test("each operation has a case", () => {
  const covered = new Set<string>(CASES.flatMap(({ covers }) => covers));
  // Programs, not SQL: see operations-record and operations-fill. And a remark: see lint-ignore.
  const known = Object.keys(RENDERERS).filter((method) => !["data", "fillColumn", "lintIgnore"].includes(method));
  expect([...covered].sort()).toEqual(known.sort());
});

test("what takes an operation back can be taken back itself", () => {
  for (const { reverse, up } of CASES) if (reverse === "exact") record(reverseOf(reverseOf(up)));
});

test("rows go with their enum, mapped where their value is gone", async () => {
  await client.query("begin");
  await client.query(`create type mood as enum ('sad', 'ok', 'happy'); create table t (a mood, b mood[]);
    insert into t values ('sad', '{happy,sad}'), ('happy', '{}'), (null, null)`);
  const values = async (): Promise<unknown[]> =>
    (await client.query("select a::text, b::text[] from t order by a::text desc")).rows.map(({ a, b }) => [a, b]);
  const up = (op: Operations): void =>
    op.replaceEnum("mood", ["ok", "happy"], {
      columns: ["t.a", { column: "t.b", type: "mood[]" }],
      mapping: { sad: "ok" },
      was: ["sad", "ok", "happy"],
    });
  await run(client, record(up));
  const mapped = [
    [null, null],
    ["ok", ["happy", "ok"]],
    ["happy", []],
  ];
  expect(await values()).toEqual(mapped);
  await run(client, record(reverseOf(up)));
  expect(await values()).toEqual(mapped);
  await client.query("rollback");
});

test("values that are mapped onto each other change places, in an array too", async () => {
  await client.query("begin");
  await client.query(`create type mood as enum ('low', 'mid', 'high'); create table t (a mood, b mood[]);
    insert into t values ('low', '{low,mid,high}'), ('mid', '{mid,low}')`);
  const up = (op: Operations): void =>
    op.replaceEnum("mood", ["high", "mid", "low"], {
      columns: ["t.a", { column: "t.b", type: "mood[]" }],
      mapping: { low: "mid", mid: "high" },
      was: ["low", "mid", "high"],
    });
  await run(client, record(up));
  const { rows } = await client.query("select a::text, b::text[] from t order by a::text desc");
  expect(rows).toEqual([
    { a: "mid", b: ["mid", "high", "high"] },
    { a: "high", b: ["high", "mid"] },
  ]);
  await client.query("rollback");
});

test("a value that an enum is given can be used in the next transaction, not in the same", async () => {
  const steps = record((op) => op.addEnumValue("late", "b"));
  await client.query("create type late as enum ('a')");
  try {
    await client.query("begin");
    await run(client, steps);
    await expect(client.query("select 'b'::late")).rejects.toMatchObject({ code: "55P04" }); // unsafe_new_enum_value_usage
    await client.query("rollback");
    await run(client, steps);
    expect((await client.query("select 'b'::late as value")).rows).toEqual([{ value: "b" }]);
  } finally {
    await client.query("rollback; drop type late");
  }
});

test("how a killed step is mended is SQL that runs", async () => {
  await using own = await createTestDatabase();
  await own.query(`create schema s; create table s."T" (a int); create table p (a int) partition by list (a);
    create table q partition of p for values in (1)`);
  const [create, drop, detach] = record((op) => {
    op.createIndex(["a.b"], "s.T", ["a"], { concurrently: true });
    op.dropIndex("s.gone", { concurrently: true });
    op.detachPartition("p", "q", { concurrently: true });
  }).map((step) => (step.kind === "sql" ? step.recovery : undefined));
  expect(create).toMatchObject({ kind: "createIndex", schema: "s", index: "a.b", table: '"s"."T"' });
  expect(detach).toMatchObject({ kind: "detachPartition", table: '"p"', partition: '"q"' });
  if (create?.kind !== "createIndex" || drop?.kind !== "dropIndex" || detach?.kind !== "detachPartition") return;
  await own.query(create.text("other.name", "s.T"));
  expect(await own.query("select indexname from pg_indexes where schemaname = 's'")).toEqual([
    { indexname: "other.name" },
  ]);
  await own.query(drop.text);
  // Nothing was interrupted, which is all that it complains of.
  await expect(own.query(detach.finalize)).rejects.toThrow("cannot complete detaching partition");
});

test("names are what they say, whatever is in them", async () => {
  const HOSTILE = [
    'say "hi"; drop table x',
    "dots.in.it",
    "CaPiTaLs",
    "ünïcödé 名前 🙂",
    "select",
    "x".repeat(63),
    "it's \\ $1",
  ];
  const up = (op: Operations): void => {
    for (const name of HOSTILE) {
      op.createSchema(name);
      op.createTable([name, name], {
        columns: { [name]: { type: "int", comment: name }, b: { type: "int" } },
        primaryKey: { name: `${name.slice(0, 20)} pk`, columns: [name] },
        checks: { [`${name.slice(0, 20)} ck`]: "b > 0" },
      });
      op.createIndex([`${name.slice(0, 20)} ix`], [name, name], ["b"]);
      op.renameIndex([name, `${name.slice(0, 20)} ix`], [`${name.slice(0, 20)} jx`]);
      op.renameColumn([name, name], "b", `${name.slice(0, 20)} b`);
      op.createEnum([name, `${name.slice(0, 20)} e`], [name]);
      op.createView([name, `${name.slice(0, 20)} v`], "select 1 as a");
      op.createFunction(
        { name: [name, name], arguments: "a int" },
        { returns: "int", language: "sql", body: "select 1" },
      );
      op.rename("function", { name: [name, name], arguments: "a int" }, [`${name.slice(0, 20)} f`]);
      op.createPolicy(name, [name, name]);
      op.comment("policy", name, name, { on: [name, name], was: null });
      op.renameTable([name, name], [`${name.slice(0, 20)} t`]);
    }
  };
  await client.query("begin");
  const start = await facts(client);
  await run(client, record(up));
  const { rows: tables } = await client.query<{ nspname: string; relname: string }>(
    "select nspname, relname from pg_class c join pg_namespace n on n.oid = relnamespace where relkind = 'r' and nspname = any($1)",
    [HOSTILE],
  );
  expect(tables.map(({ nspname, relname }) => [nspname, relname]).sort()).toEqual(
    HOSTILE.map((name) => [name, `${name.slice(0, 20)} t`]).sort(),
  );
  await run(client, record(reverseOf(up)));
  expect(await facts(client)).toEqual(start);
  await client.query("rollback");
});
