import type pg from "pg";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { EMPTY } from "./diff-side.ts";
import { client } from "./migrator-of.ts";

/**
 * One database for all tests of a file, emptied before each: that is quicker than one for each. Queries are run on one
 * connection, one after another.
 */
export function emptiedDatabase(): Pick<TestDatabase, "name" | "url" | "query"> {
  let database: TestDatabase;
  let connection: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    connection = await client(database.url);
  });
  beforeEach(async () => {
    await connection.query("discard all");
    await connection.query(EMPTY);
  });
  afterAll(async () => {
    await connection.end();
    await database.drop();
  });
  return {
    get name() {
      return database.name;
    },
    get url() {
      return database.url;
    },
    query: async <Row extends object>(sql: string, values?: unknown[]) =>
      (await connection.query<Row>(sql, values)).rows,
  };
}
