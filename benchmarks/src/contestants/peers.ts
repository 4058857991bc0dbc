import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LeftOut } from "../racers/racer.ts";

/** What is installed apart is told by its path below this folder: `peers` runs on every Node, `peers-next` on the newest. */
const BENCHMARKS = new URL("../../", import.meta.url);

/** The oldest Node on which the packages of a folder run, where that is not the oldest of all. */
const NODE: Readonly<Record<string, string>> = { "peers-next": "26.8.2" };

/** The contestants that are installed apart, and where they then are. */
export const PEERS: Readonly<Record<string, string>> = {
  "drizzle-v1": "peers/dist/drizzle-v1.js",
  "mikro-orm": "peers/dist/mikro-orm.js",
  prisma: "peers/dist/prisma.js",
  "prisma-8": "peers-next/dist/prisma-8.js",
};

/** Where a path below the folder of the benchmarks is. */
export const inBenchmarks = (path: string): string => fileURLToPath(new URL(path, BENCHMARKS));

/** Why a program of the benchmarks cannot be run here; undefined where it can. */
export function whyNot(path: string): string | undefined {
  const [folder] = path.split("/") as [string];
  const node = NODE[folder];
  if (node !== undefined && isOlderThan(node)) return `it needs Node ${node}, and this is ${process.versions.node}`;
  return existsSync(inBenchmarks(path)) ? undefined : `it is not installed: npm ci --prefix benchmarks/${folder}`;
}

/** Those of some contestants that cannot take part here. */
export function leftOutOf(contestants: readonly string[]): LeftOut[] {
  return contestants.flatMap((name) => {
    const reason = name in PEERS ? whyNot(PEERS[name]!) : undefined;
    return reason === undefined ? [] : { name, reason };
  });
}

/** Whether the Node that runs this is older than a version. */
export function isOlderThan(version: string): boolean {
  return process.versions.node.localeCompare(version, "en", { numeric: true }) < 0;
}
