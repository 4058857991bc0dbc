import { expect, it } from "vitest";
import { typeCost } from "../benchmarks/src/types/cost.ts";
import { deviations } from "./counts.ts";
import { sample } from "./sample.ts";

/**
 * How many types the compiler makes for 50 models and four queries of each. The same for the same files, so a change that
 * makes every application slower to check shows here.
 */
it("costs the compiler what is stored, and less than its peers' types", async () => {
  const { instantiations, types } = await typeCost("ours", 50);
  expect(deviations("types", { "50 models and 200 queries": { instantiations, types } })).toEqual([]);
  for (const peer of sample(["kysely", "drizzle"] as const, 1)) {
    expect(instantiations, peer).toBeLessThan((await typeCost(peer, 50)).instantiations / 2);
  }
});
