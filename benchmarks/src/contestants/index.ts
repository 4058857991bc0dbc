import type { Contestant } from "../client.ts";

/** The libraries that run on Node. A contestant's process loads its own alone. */
export const CONTESTANTS: Readonly<Record<string, () => Promise<Contestant>>> = {
  ours: async () => (await import("./ours.ts")).ours,
  pg: async () => (await import("./pg.ts")).pg,
  copy: async () => (await import("./copy.ts")).copy,
  "postgres.js": async () => (await import("./postgres.ts")).postgres,
  kysely: async () => (await import("./kysely.ts")).kysely,
  drizzle: async () => (await import("./drizzle.ts")).drizzle,
  "drizzle-prepared": async () => (await import("./drizzle.ts")).drizzlePrepared,
  typeorm: async () => (await import("./typeorm.ts")).typeorm,
};
