import { expect, it } from "vitest";
import { sample } from "../../test/sample.ts";
import { CONTESTANTS } from "../src/contestants/index.ts";
import { leftOutOf } from "../src/contestants/peers.ts";
import { profile } from "../src/profile.ts";
import { race } from "../src/race.ts";
import { WORK_NAMES } from "../src/works/index.ts";

const requests = ["read", "write", "five", "together", "checkout"];
const lists = ["list20", "list500", "include"];
const bulk = ["insert1000", "insert100000"];
const pages = ["page", "offset"];

/** What each does in one transaction; as autocommit it is the same of `read`, `write`, lists and pages. */
const WORKS: Readonly<Record<string, readonly string[]>> = {
  ours: [...requests, ...lists, ...bulk, ...pages],
  "ours-copy": bulk,
  pg: [...requests, ...lists, ...bulk, ...pages],
  copy: bulk,
  "postgres.js": [...requests, ...lists, ...bulk],
  kysely: [...requests, ...lists, ...bulk],
  drizzle: ["read", "write", "five", "together", ...lists, ...bulk],
  "drizzle-prepared": ["read", "write", "five", "together", ...lists],
  "drizzle-v1": ["read", "write", "five", ...lists, ...bulk],
  typeorm: ["read", "write", "five", "checkout", ...lists, ...bulk],
  "mikro-orm": ["read", "write", "five", ...lists, ...bulk],
  prisma: ["read", "write", "five", ...lists, ...bulk],
  "prisma-8": ["read", "write", "five", ...lists, ...bulk],
};

/** Asked for the number of operations each time something is warmed up. */
let warmed = 0;
const ONCE = {
  get operations() {
    warmed++;
    return 1;
  },
  seconds: 0.001,
  most: 1,
};

/** Ours and, otherwise than in a whole run, one of the others. */
const [ours, ...others] = Object.keys(CONTESTANTS) as [string, ...string[]];
const contestants = [ours, ...sample(others, 1)];

/** What is installed apart takes part where it is. */
const missing = leftOutOf(contestants).map(({ name }) => name);

/**
 * Each contestant's works, which `race` checks before it times them. Nothing here says how fast anything is. Two processes
 * are started for each of them, one after another, which on a busy machine takes its time.
 */
it("every library does its work rightly and finishes a round", { timeout: 600_000 }, async () => {
  const { series, leftOut } = await race({
    works: WORK_NAMES,
    contestants,
    concurrency: [2],
    rounds: 1,
    seconds: 0.001,
    warmUp: ONCE,
    scale: 0.005,
    log: () => {},
  });
  expect(leftOut.map(({ name }) => name)).toEqual(missing);
  const done = series.map(({ name, semantics, work }) => `${name} ${semantics} ${work}`);
  const twice = ["read", "write", ...lists, ...pages];
  const racing = contestants.filter((name) => !missing.includes(name));
  const expected = racing.flatMap((name) => [
    ...WORKS[name]!.map((work) => `${name} transaction ${work}`),
    ...WORKS[name]!.filter((work) => twice.includes(work)).map((work) => `${name} autocommit ${work}`),
  ]);
  expect(done.toSorted()).toEqual(expected.toSorted());
  expect(warmed, "each is warmed up once").toBe(series.length);
  for (const { work, concurrency, laps } of series) {
    expect(concurrency, work).toBe(bulk.includes(work) ? 1 : 2);
    expect(laps.map(({ perSecond }) => perSecond > 0)).toEqual([true]);
  }
});

it("tells what each layer costs", async () => {
  const costs = await profile({ rounds: 1, seconds: 0.01, warmUp: ONCE });
  expect(costs.map(({ name }) => name)).toEqual([
    "statement",
    "wire",
    "hydration",
    "pool",
    "session",
    "round trip",
    "query",
    "request",
  ]);
  for (const { cpu } of costs) expect(cpu.median).toBeGreaterThan(0);
});
