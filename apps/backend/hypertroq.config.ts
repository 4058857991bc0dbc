import { defineConfig } from "@hypertroq/database";
import { migrationsDirectory, schema, server } from "./src/config.ts";

export default defineConfig({
  schema,
  migrations: { directory: migrationsDirectory },
  database: { server },
});
