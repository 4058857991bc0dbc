import { expect, it } from "vitest";
import { compareLatencies, renderLatencies } from "../src/latency/index.ts";

it("measures how long requests wait that come at a rate everybody can keep", { timeout: 600_000 }, async () => {
  let warmed = 0;
  const options = {
    works: ["read"],
    contestants: ["ours", "pg"],
    rounds: 2,
    seconds: 0.05,
    warmUp: {
      get operations() {
        warmed++;
        return 1;
      },
      seconds: 0.05,
      most: 1,
    },
    log: () => {},
  } as const;
  const { standings, leftOut } = await compareLatencies(options);
  expect(leftOut).toEqual([]);
  expect(warmed, "each is warmed up once").toBe(2);
  expect(standings.map(({ name, share }) => [name, share])).toEqual([
    ["ours", 0.5],
    ["pg", 0.5],
    ["ours", 0.8],
    ["pg", 0.8],
  ]);
  const rates = standings.map(({ rate }) => rate);
  expect(rates[1]).toBe(rates[0]);
  expect(rates[2]! / rates[0]!).toBeCloseTo(1.6, 1);
  for (const { p50, p99 } of standings) {
    expect(p50.median).toBeGreaterThan(0);
    expect(p99.median).toBeGreaterThanOrEqual(p50.median);
  }
  expect(standings[0]!.ratio50.median).toBe(1);
  const [heading, columns] = renderLatencies({ standings, leftOut }).split("\n");
  expect(heading).toMatch(/^read \(.*\), [\d,]+ a second, 50 % of what the slowest reaches$/);
  expect(columns?.trim().split(/ {2,}/)).toEqual(["p50 ms", "p99 ms", "p50 × ours", "p99 × ours"]);
});
