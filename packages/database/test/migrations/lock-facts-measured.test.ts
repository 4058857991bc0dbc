import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { sample } from "../../../../test/sample.ts";
import { connect } from "../../src/connection/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { record } from "../../src/migrations/index.ts";
import { factsOf } from "../../src/migrations/locks/facts.ts";
import type { Facts, Unknown } from "../../src/migrations/locks/findings.ts";
import { strongest } from "../../src/migrations/locks/lock-mode.ts";
import { readSurroundings } from "../../src/migrations/locks/read-surroundings.ts";
import type { Surroundings } from "../../src/migrations/locks/surroundings.ts";
import { OUTSIDE, SETUP, STATEMENTS } from "./lock-statements.ts";
import { agreement, agrees, type Effects, measure, modeOf, predict, together } from "./measured-locks.ts";
import { CASES } from "./operations-cases/all.ts";

let database: TestDatabase;
let connection: Connection;
let surroundings: Surroundings;

const open = (url: string): Promise<Connection> => connect({ ...connectOptions({ url }), statementCacheSize: 0 });

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(
    "do $$ begin create role operations_role; exception when duplicate_object or unique_violation then null; end $$",
  );
  await database.query(SETUP);
  connection = await open(database.url);
  surroundings = await readSurroundings(connection);
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

/** Where somebody who knows no table would be wrong. */
function roughly({ lock, rewrites, scans, unknown }: Facts, measured: Effects): readonly string[] {
  const seen = strongest(Object.values(measured.locks));
  const isKnown = (part: Unknown): boolean => !unknown.includes(part);
  return [
    ...(isKnown("locks") && lock !== seen ? [`lock ${lock}, and not ${seen}`] : []),
    ...(isKnown("rewrites") && rewrites.length > 0 !== measured.rewrites.length > 0 ? ["rewrites"] : []),
    ...(isKnown("scans") && scans.length > 0 !== measured.scans.length > 0 ? ["scans"] : []),
  ];
}

test.each(sample(STATEMENTS, 25))("%s", async (statement) => {
  await connection.query("begin");
  try {
    const { all, run } = await predict(connection, [statement], surroundings);
    const measured = await measure(connection, run);
    const told = together(all);
    expect(agreement(told, measured)).toSatisfy(agrees);
    // What it says without having been told anything is so, too.
    expect(roughly(factsOf(statement), measured)).toEqual([]);
  } finally {
    await connection.query("rollback");
  }
});

test("where the database is known, something is unknown of one statement in eight at most", () => {
  const some = STATEMENTS.filter((statement) => factsOf(statement, surroundings).unknown.length > 0);
  expect(some.length).toBeLessThan(STATEMENTS.length / 8);
});

test.each(OUTSIDE)("%s", async (statement, table, mode) => {
  const facts = factsOf(statement, surroundings);
  expect(facts.transactional).toBe(false);
  expect(facts.locks.find((lock) => lock.table === table)?.mode).toBe(mode);
  await connection.query("begin");
  await expect(connection.query(statement)).rejects.toMatchObject({ sqlState: "25001" });
  await connection.query("rollback");
  // It waits for a table that somebody else holds against all but readers, and the server says what for.
  await connection.query("begin");
  await connection.query(`lock table ${table} in share mode`);
  const waiting = await open(database.url);
  const done = waiting.query(statement);
  try {
    const asked = `select mode from pg_locks where not granted and relation = '${table}'::regclass`;
    await expect
      .poll(async () => modeOf(String((await connection.query(asked)).rows[0]?.[0])), { timeout: 20_000 })
      .toBe(mode);
  } finally {
    await connection.query("rollback");
    await done;
    await waiting.close();
  }
});

const OPERATIONS = CASES.filter(({ recovery }) => recovery === undefined);

test.each(sample(OPERATIONS, 10))("operation $name", async ({ before, up }) => {
  await using own = await createTestDatabase();
  await own.query(before);
  const on = await open(own.url);
  try {
    for (const step of record(up)) {
      if (step.kind !== "sql" || step.statement.values.length > 0) continue;
      await on.query("begin");
      const { all, run } = await predict(on, [step.statement.text]);
      const measured = await measure(on, run);
      // A foreign key is looked up by an index where there are few rows.
      const said = together(all);
      const scans = said.scans.filter((table) => measured.scans.includes(table));
      expect(agreement({ ...said, scans }, measured)).toSatisfy(agrees);
      await on.query("commit");
    }
  } finally {
    await on.close();
  }
});
