import { expect, it } from "vitest";
import { compareTypes, renderTypes } from "../src/types/index.ts";

/** The compiler accepts what is written for each library, and refuses the one line in it that is wrong. */
it("compares what it costs to check each library's types", async () => {
  const report = await compareTypes({ sizes: [2], rounds: 1, log: () => {} });
  const names = [...report.standings.map(({ library }) => library), ...report.leftOut.map(({ name }) => name)];
  expect(names.toSorted()).toEqual(["drizzle", "kysely", "mikro-orm", "ours", "prisma", "prisma-8", "typeorm"]);
  for (const { library, ...figures } of report.standings) {
    for (const figure of Object.values(figures)) expect(figure, library).toBeGreaterThan(0);
  }
  const [heading, columns, first] = renderTypes(report).split("\n");
  expect(heading).toBe("2 models and 8 queries");
  expect(columns?.trim().split(/ {2,}/)).toEqual(["instantiations", "types", "check s", "total s", "MiB"]);
  expect(first).toMatch(/^ {2}\S+ +[\d,]+ +[\d,]+ +[\d.]+ +[\d.]+ +\d+$/);
});
