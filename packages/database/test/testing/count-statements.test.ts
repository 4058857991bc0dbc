import { AssertionError } from "node:assert";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { DatabaseManager } from "../../src/index.ts";
import { assertStatements, beginTest, countStatements } from "../../src/testing/index.ts";

let database: TestDatabase;
let manager: DatabaseManager;

beforeAll(async () => {
  database = await createTestDatabase();
  manager = new DatabaseManager({ url: database.url });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});

/** Two statements and a commit. */
const work = (): Promise<string> =>
  manager.session(async (db) => {
    await db.sql`select ${"secret"} as a`;
    await db.sql`select 2`;
    return "done";
  });

const counts = (): void => {
  it("counts statements and round trips, and tells what they were", async () => {
    expect(await countStatements(manager, work)).toEqual({
      result: "done",
      statements: ["select $1 as a", "select 2"],
      roundTrips: 3,
    });
  });

  it("counts what failed, and fails when the work does", async () => {
    const failures: unknown[] = [];
    const counted = await countStatements(manager, async () => {
      await manager.sql`select 1/0`.catch((error: unknown) => failures.push(error));
    });
    expect(counted.statements).toEqual(["select 1/0"]);
    expect(failures).toHaveLength(1);
    await expect(countStatements(manager, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  });

  it("counts nothing that comes after the work", async () => {
    const { statements } = await countStatements(manager, work);
    await manager.sql`select 3`;
    expect(statements).toHaveLength(2);
  });

  it("asserts, and returns what the work returns", async () => {
    expect(await assertStatements(manager, { statements: 2, roundTrips: 3 }, work)).toBe("done");
    expect(await assertStatements(manager, {}, work)).toBe("done");
    await assertStatements(manager, { statements: 0, roundTrips: 0 }, async () => {});
  });

  it("names each statement when it fails, without values", async () => {
    const error = await assertStatements(manager, { statements: 1 }, work).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AssertionError);
    expect(error).toMatchObject({ actual: 2, expected: 1 });
    expect((error as Error).message).toBe("Expected 1 statement, not 2:\n  1. select $1 as a\n  2. select 2");
    expect((error as Error).stack).not.toContain("secret");
  });

  it("names each round trip when there were others, the layer's own too", async () => {
    await expect(assertStatements(manager, { statements: 2, roundTrips: 2 }, work)).rejects.toThrow(
      "Expected 2 round trips, not 3:\n  1. begin; select $1 as a\n  2. select 2\n  3. commit",
    );
    await expect(assertStatements(manager, { statements: 3 }, async () => {})).rejects.toThrow(
      "Expected 3 statements, not 0.",
    );
  });
};

describe("in a database", counts);

describe("in a test that is rolled back", () => {
  beforeEach(async () => {
    const test = await beginTest(manager);
    return () => test.rollback();
  });
  counts();
});
