import type { Contestant } from "../client.ts";

/** Libraries that are installed apart, by `npm ci --prefix benchmarks/peers`, and where their contestants then are. */
export const PEERS: Readonly<Record<string, URL>> = {
  "drizzle-v1": new URL("../../peers/dist/drizzle-v1.js", import.meta.url),
  "mikro-orm": new URL("../../peers/dist/mikro-orm.js", import.meta.url),
  prisma: new URL("../../peers/dist/prisma.js", import.meta.url),
};

/** The libraries that run on Node. A contestant's process loads its own alone. */
export const CONTESTANTS: Readonly<Record<string, () => Promise<Contestant>>> = {
  ours: async () => (await import("./ours.ts")).ours,
  "ours-copy": async () => (await import("./ours.ts")).oursCopy,
  pg: async () => (await import("./pg.ts")).pg,
  copy: async () => (await import("./copy.ts")).copy,
  "postgres.js": async () => (await import("./postgres.ts")).postgres,
  kysely: async () => (await import("./kysely.ts")).kysely,
  drizzle: async () => (await import("./drizzle.ts")).drizzle,
  "drizzle-prepared": async () => (await import("./drizzle.ts")).drizzlePrepared,
  "drizzle-v1": async () => (await import(`${PEERS["drizzle-v1"]}`)).drizzleV1,
  typeorm: async () => (await import("./typeorm.ts")).typeorm,
  "mikro-orm": async () => (await import(`${PEERS["mikro-orm"]}`)).mikroOrm,
  prisma: async () => (await import(`${PEERS["prisma"]}`)).prisma,
};
