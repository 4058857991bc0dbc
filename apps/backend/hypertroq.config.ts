import type { Config } from "@hypertroq/database";

// Only types of the layer, and models, seeds and server when they are asked for: most verbs of the command line need none.
export default {
  schema: async () => (await import("./src/models/index.ts")).schema,
  seeds: async () => (await import("./src/seeds/index.ts")).seeds(),
  database: { server: async () => (await import("./src/config.ts")).server },
} satisfies Config;
