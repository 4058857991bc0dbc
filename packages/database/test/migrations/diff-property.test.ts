import { expect, inject, test } from "vitest";
import { FULL } from "../../../../test/sample.ts";
import { MORE_FACTS } from "./diff-kinds/facts.ts";
import { pairOf, runPair, scriptsOf, type Verdict } from "./diff-property/run.ts";
import { type Pair, shrink } from "./diff-property/shrink.ts";
import { ROLE } from "./diff-property/sql.ts";
import { makeRoles, type Side, withTwoSides } from "./diff-side.ts";

/** `HYPERTROQ_SEEDS=17` or `100-400` runs these; otherwise others each day. */
const GIVEN = /^(\d+)(?:-(\d+))?$/.exec(process.env["HYPERTROQ_SEEDS"] ?? "");
const FIRST = GIVEN === null ? Math.floor(Date.now() / 86_400_000) * 1000 : Number(GIVEN[1]);
const COUNT = GIVEN === null ? (FULL ? 1000 : 4) : Number(GIVEN[2] ?? GIVEN[1]) - FIRST + 1;

/** How many of a hundred may be refused by name. */
const REFUSED = 5;

test(`${COUNT} random changes of random schemas with rows go there and back`, { timeout: 3_600_000 }, async () => {
  const server = inject("serverUrl");
  await makeRoles(server, [ROLE]);
  const refused: string[] = [];
  const failed: string[] = [];
  const seeds = Array.from({ length: COUNT }, (_, index) => FIRST + index);
  const work = (): Promise<void> =>
    withTwoSides(server, MORE_FACTS, async (from, to) => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const pair = pairOf(seed);
        const { at, lines } = await runPair(pair, server, from, to);
        if (at === "fine") continue;
        const line = `HYPERTROQ_SEEDS=${seed} (${at}): ${lines[0]}`;
        (at === "refused" ? refused : failed).push(line);
        // One is enough to begin with: it takes its time.
        const isShrunk = at !== "refused" && failed.length === 1;
        if (isShrunk) failed.push(await smallest(pair, at, server, from, to));
        if (GIVEN !== null) console.log([line, ...lines.slice(1, 9), ...changesOf(pair)].join("\n  "));
        if (GIVEN !== null && isShrunk) console.log(failed.at(-1));
      }
    });
  await Promise.all(COUNT > 20 ? [work(), work()] : [work()]);
  expect(failed.length, failed.join("\n")).toBe(0);
  expect(refused.length, refused.join("\n")).toBeLessThanOrEqual(1 + (COUNT * REFUSED) / 100);
});

/** What differs between the sides, as they are made. */
function changesOf(pair: Pair): readonly string[] {
  const { from, to } = scriptsOf(pair);
  return [
    ...from.filter((sql) => !to.includes(sql) && !/^(?:insert|set) /.test(sql)).map((sql) => `- ${sql}`),
    ...to.filter((sql) => !from.includes(sql)).map((sql) => `+ ${sql}`),
  ];
}

/** The smallest pair that is wrong in the same way. */
async function smallest(pair: Pair, at: Verdict["at"], server: string, from: Side, to: Side): Promise<string> {
  const found = await shrink(pair, async (one) => (await runPair(one, server, from, to)).at === at);
  const { lines } = await runPair(found, server, from, to);
  const script = scriptsOf(found);
  const told = (statements: readonly string[]): readonly string[] => statements.map((sql) => `${sql};`);
  return [...lines.slice(0, 20), "-- from", ...told(script.from), "-- to", ...told(script.to)].join("\n");
}
