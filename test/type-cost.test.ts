import { expect, it } from "vitest";
import { typeCost } from "../benchmarks/src/types/cost.ts";

/**
 * How many types the compiler makes for 50 models and four queries of each. The same for the same files, so a change that
 * makes every application slower to check shows here; lower it when it falls.
 */
const STORED = 51_000;

it("costs the compiler no more than it did, and less than its peers' types", async () => {
  const ours = await typeCost("ours", 50);
  expect(ours.instantiations).toBeLessThanOrEqual(STORED);
  expect(ours.instantiations).toBeGreaterThan(STORED * 0.9);
  for (const peer of ["kysely", "drizzle"] as const) {
    expect(ours.instantiations, peer).toBeLessThan((await typeCost(peer, 50)).instantiations / 2);
  }
});
