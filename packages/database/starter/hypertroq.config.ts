import { fileURLToPath } from "node:url";
import { defineConfig } from "@hypertroq/database";
import { developmentServer } from "@hypertroq/embedded-postgres";

/** The PostgreSQL that is used when DATABASE_URL is not set. Its data is kept in `.hypertroq/`. */
export const server = developmentServer({
  dataDir: fileURLToPath(new URL(".hypertroq/data", import.meta.url)),
  database: "app",
});

export default defineConfig({
  schema: async () => (await import("./src/models.ts")).schema,
  seeds: async () => (await import("./src/seeds.ts")).seeds,
  migrations: { directory: "migrations" },
  database: { server },
});
