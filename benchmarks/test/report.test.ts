import { expect, it } from "vitest";
import type { RaceOptions, Series } from "../src/race.ts";
import { render, report } from "../src/report.ts";
import { summarize } from "../src/statistics.ts";

it("finds the median and the quartiles, between two values where need be", () => {
  expect(summarize([5, 1, 4, 2, 3])).toEqual({ median: 3, lower: 2, upper: 4 });
  expect(summarize([4, 1, 2, 3])).toEqual({ median: 2.5, lower: 1.75, upper: 3.25 });
  expect(summarize([7])).toEqual({ median: 7, lower: 7, upper: 7 });
});

const about = { work: "read", concurrency: 20, version: "1.0" } as const;
const laps = (...rates: number[]) => rates.map((perSecond) => ({ perSecond, clientCpu: 10, serverCpu: undefined }));
const series: Series[] = [
  { ...about, name: "ours", semantics: "transaction", laps: laps(300, 100, 220) },
  { ...about, name: "pg", semantics: "transaction", laps: laps(100, 50, 100) },
  { ...about, name: "ours", semantics: "autocommit", laps: laps(900, 900, 900) },
  { ...about, name: "pg", semantics: "autocommit", laps: laps(600, 900, 1800) },
];
const result = report({ server: "16.0", series, leftOut: [{ name: "pgbench", reason: "there is none" }] }, {
  rounds: 3,
  seconds: 1,
} as RaceOptions);

it("compares within each round, and only what promises the same", () => {
  const ratios = result.standings.map(({ name, semantics, oursTimes }) => [name, semantics, oursTimes?.median]);
  expect(ratios).toEqual([
    ["ours", "transaction", 1],
    ["pg", "transaction", 2.2],
    ["ours", "autocommit", 1],
    ["pg", "autocommit", 1],
  ]);
});

it("shows the fastest first, what is unknown as nothing, and who is missing", () => {
  const lines = render(result).split("\n");
  const table = lines.slice(lines.findIndex((line) => line.startsWith("read, 20 concurrent")) + 2);
  expect(table.map((line) => line.trim().replace(/ {2,}/g, " | "))).toEqual([
    "one transaction per request",
    "ours 1.0 | 220 | (160 – 260) | 10.0",
    "pg 1.0 | 100 | (75.0 – 100) | 10.0 | 2.20× | (2.10× – 2.60×)",
    "as their users usually call it: autocommit",
    "ours 1.0 | 900 | (900 – 900) | 10.0",
    "pg 1.0 | 900 | (750 – 1,350) | 10.0 | 1.00× | (0.75× – 1.25×)",
    "",
    "pgbench was left out: there is none",
  ]);
});
