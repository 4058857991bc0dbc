import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** URL, as superuser, of the PostgreSQL 16 that a project's test files share; see database.ts. */
    serverUrl: string;
  }
}

/** Starts one throw-away PostgreSQL 16 for all test files of a project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await EmbeddedPostgres.start({ settings: { max_connections: "300" } });
  project.provide("serverUrl", server.url);
  return () => server.stop({ mode: "immediate" });
}
