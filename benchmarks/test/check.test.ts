import { expect, it } from "vitest";
import { FULL } from "../../test/sample.ts";
import { compareChecks, renderChecks } from "../src/check/index.ts";

const TOOLS = ["alembic", "alembic-thorough", "drizzle-kit", "mikro-orm", "ours", "typeorm"];

/** Everybody finds the column that is too many, and nothing without it. */
it("compares how long it takes to find that tables are as the models say", async () => {
  const report = await compareChecks({ sizes: [3], rounds: 1, log: () => {} });
  const names = [...report.standings, ...report.leftOut].map(({ name }) => name);
  expect(names.toSorted()).toEqual(TOOLS);
  for (const { name, first, milliseconds } of report.standings) {
    expect(milliseconds?.median, name).toBeGreaterThan(0);
    expect(first, name).toBeGreaterThan(0);
  }
  const [heading, columns, ours] = renderChecks(report).split("\n");
  expect(heading).toBe("3 tables that are as the models say");
  expect(columns?.trim().split(/ {2,}/)).toEqual(["first ms", "ms", "× ours"]);
  expect(ours).toMatch(/^ {2}ours +\d+ +\d+$/);
});

it("shows who was given up, with what they were given", () => {
  const standings = [{ name: "ours", tables: 3, first: null, milliseconds: null, ratio: null }];
  const lines = renderChecks({ limit: 1, standings, leftOut: [] }).split("\n");
  expect(lines[2]).toMatch(/^ {2}ours +more than 1 +more than 1$/);
});

// Everybody's processes start for it once more.
if (FULL) {
  it("gives up who takes too long, and goes on with the others", async () => {
    const lines: string[] = [];
    const report = await compareChecks({ sizes: [3], rounds: 1, limit: 1, log: (line) => lines.push(line) });
    expect(report.standings.length + report.leftOut.length).toBe(TOOLS.length);
    for (const { name, first, milliseconds, ratio } of report.standings) {
      expect([first, milliseconds, ratio], name).toEqual([null, null, null]);
    }
    expect(lines).toContain("3 tables: ours is given up");
  });
}
