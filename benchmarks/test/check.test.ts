import { expect, it } from "vitest";
import { compareChecks, renderChecks } from "../src/check/index.ts";

/** Everybody finds the column that is too many, and nothing without it. */
it("compares how long it takes to find that tables are as the models say", async () => {
  const report = await compareChecks({ sizes: [3], rounds: 1, log: () => {} });
  const names = [...report.standings, ...report.leftOut].map(({ name }) => name);
  expect(names.toSorted()).toEqual(["alembic", "alembic-thorough", "drizzle-kit", "mikro-orm", "ours", "typeorm"]);
  for (const { name, first, milliseconds } of report.standings) {
    expect(milliseconds.median, name).toBeGreaterThan(0);
    expect(first, name).toBeGreaterThan(0);
  }
  const [heading, columns, ours] = renderChecks(report).split("\n");
  expect(heading).toBe("3 tables that are as the models say");
  expect(columns?.trim().split(/ {2,}/)).toEqual(["first ms", "ms", "× ours"]);
  expect(ours).toMatch(/^ {2}ours +\d+ +\d+$/);
});
