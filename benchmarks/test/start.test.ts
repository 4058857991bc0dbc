import { expect, it } from "vitest";
import { FULL } from "../../test/sample.ts";
import { compareStarts, renderStarts, type StartStanding } from "../src/start/index.ts";

const even = (median: number) => ({ median, lower: median, upper: median });
const task = "from the start of the process to the first row";
const standings: StartStanding[] = [
  { name: "ours", task, milliseconds: even(150), ratio: even(1) },
  { name: "node, nothing else", task, milliseconds: even(50), ratio: even(1 / 3) },
];

it("shows the fastest first, and who is missing", () => {
  const lines = renderStarts({ standings, leftOut: [{ name: "prisma", reason: "it is not there" }] }).split("\n");
  expect(lines.map((line) => line.trim().replace(/ {2,}/g, " | "))).toEqual([
    task,
    "ms | × ours",
    "node, nothing else | 50 (50 – 50) | 0.33 (0.33 – 0.33)",
    "ours | 150 (150 – 150)",
    "",
    "prisma was left out: it is not there",
  ]);
});

/** Each prints what it should, or the comparison fails; what is installed apart takes part where it is. Some 50 processes. */
if (FULL) {
  it("times commands and first queries from the start of their process", { timeout: 600_000 }, async () => {
    const report = await compareStarts({ contestants: ["ours", "ours-copy", "pg"], rounds: 1, log: () => {} });
    const missing = report.leftOut.map(({ name }) => name);
    const tools = ["ours", "typeorm", "mikro-orm", "drizzle-kit", "prisma", "alembic"];
    const installed = tools.filter((name) => !missing.includes(`${name}'s command`));
    const names = (task: RegExp) => report.standings.filter((one) => task.test(one.task)).map(({ name }) => name);
    const bare = (name: string): boolean => name.endsWith("nothing else");
    expect(names(/--help/).filter((name) => !bare(name))).toEqual(installed);
    expect(names(/migrations/).filter((name) => !bare(name))).toEqual(installed.filter((name) => name !== "prisma"));
    expect(names(/first row/)).toEqual(["ours", "pg", "node, nothing else"]);
    for (const { name, milliseconds } of report.standings) expect(milliseconds.median, name).toBeGreaterThan(0);
  });
}
