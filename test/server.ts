import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import pg from "pg";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** URL, as superuser, of the PostgreSQL 16 that a project's test files share; see database.ts. */
    serverUrl: string;
  }
}

/** Starts one throw-away PostgreSQL 16 for all test files of a project, which is to cost as little as it can. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Databases come and go within seconds: to vacuum them is work for nothing.
  const settings = { max_connections: "300", autovacuum_naptime: "1h" };
  const server = await EmbeddedPostgres.start({ settings });
  await hashPasswordOnce(server.url);
  project.provide("serverUrl", server.url);
  return () => server.stop({ mode: "immediate" });
}

/** Each of thousands of connections would hash the password 4,096 times (PostgreSQL, scram_iterations), which takes 2 ms. */
async function hashPasswordOnce(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { password } = new URL(url);
  await client.query("set scram_iterations = 1");
  await client.query(`alter role postgres password ${client.escapeLiteral(decodeURIComponent(password))}`);
  await client.end();
}
