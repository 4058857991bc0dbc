import type { Config } from "@hypertroq/database";
import { migrationsDirectory, server } from "./src/config.ts";

// Only types of the layer, and the models when they are asked for: most verbs of the command line need neither.
export default {
  schema: async () => (await import("./src/models/index.ts")).schema,
  seeds: async () => (await import("./src/seeds/index.ts")).seeds(),
  migrations: { directory: migrationsDirectory },
  database: { server },
} satisfies Config;
