import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

/** An empty database of its own for one test file or one test, on the server that the run shares. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** Runs SQL (several statements if need be) on a connection outside the layer under test. */
  query<Row extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** @param original a database to copy, to which nobody is connected; default an empty one. */
export async function createTestDatabase(original?: TestDatabase): Promise<TestDatabase> {
  const server = new URL(inject("serverUrl"));
  const name = `test_${randomBytes(6).toString("hex")}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  // Files are copied: the server is nobody else's, and by its log the same takes four times as long.
  await run(server.href, `create database ${name} template ${original?.name ?? "template0"} strategy file_copy`);
  const drop = async (): Promise<void> => {
    await run(server.href, `drop database if exists ${name} with (force)`);
  };
  return {
    name,
    url: url.href,
    query: (sql, values) => run(url.href, sql, values),
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

async function run<Row extends object>(url: string, sql: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // a test may kill the server or this very backend
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
