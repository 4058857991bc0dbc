import { expect, it } from "vitest";
import { compareReplicas, renderReplicas } from "../src/replicas/index.ts";

const warmUp = { operations: 1, seconds: 0.1, most: 1 };

it("measures read-only sessions with 0, 1 and 2 replicas, each of which is read from", async () => {
  const standings = await compareReplicas({ rounds: 1, seconds: 0.1, warmUp, log: () => {} });
  expect(standings.map(({ replicas }) => replicas)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
  for (const { throughput } of standings) expect(throughput.median).toBeGreaterThan(0);
  expect(standings[0]!.ratio.median).toBe(1);
  expect(renderReplicas(standings).split("\n")).toHaveLength(10);
});
