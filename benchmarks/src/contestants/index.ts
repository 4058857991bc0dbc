import { pathToFileURL } from "node:url";
import type { Contestant } from "../client.ts";
import { inBenchmarks, PEERS } from "./peers.ts";

const peer = (name: string) => import(pathToFileURL(inBenchmarks(PEERS[name]!)).href);

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
  "drizzle-v1": async () => (await peer("drizzle-v1")).drizzleV1,
  typeorm: async () => (await import("./typeorm.ts")).typeorm,
  "mikro-orm": async () => (await peer("mikro-orm")).mikroOrm,
  prisma: async () => (await peer("prisma")).prisma,
  "prisma-8": async () => (await peer("prisma-8")).prisma8,
};
