import { expect, it } from "vitest";
import { CONTESTANTS } from "../src/contestants/index.ts";
import { profile } from "../src/profile.ts";
import { race } from "../src/race.ts";
import { WORK_NAMES } from "../src/works/index.ts";

/** Each contestant's works, which `race` checks before it times them. Nothing here says how fast anything is. */
it("every library does its work rightly and finishes a round", async () => {
  const { series, leftOut } = await race({
    works: WORK_NAMES,
    contestants: Object.keys(CONTESTANTS),
    concurrency: [3],
    rounds: 1,
    seconds: 0.01,
    log: () => {},
  });
  expect(leftOut).toEqual([]);
  const done = series.map(({ name, semantics, work }) => `${name} ${semantics} ${work}`);
  const requests = ["read", "write", "five", "together", "checkout"];
  const works: Readonly<Record<string, readonly string[]>> = {
    ours: requests,
    pg: requests,
    "postgres.js": requests,
    kysely: requests,
    drizzle: ["read", "write", "five", "together"],
    "drizzle-prepared": ["read", "write", "five", "together"],
    typeorm: ["read", "write", "five", "checkout"],
  };
  const expected = Object.entries(works).flatMap(([name, list]) => [
    ...list.map((work) => `${name} transaction ${work}`),
    ...["read", "write"].map((work) => `${name} autocommit ${work}`),
  ]);
  expect(done.toSorted()).toEqual(expected.toSorted());
  for (const { laps } of series) expect(laps.map(({ perSecond }) => perSecond > 0)).toEqual([true]);
});

it("tells what each layer costs", async () => {
  const costs = await profile({ rounds: 1, seconds: 0.01 });
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
