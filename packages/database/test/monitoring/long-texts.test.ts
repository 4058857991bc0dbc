import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { Summaries } from "../../src/monitoring/summary.ts";
import { KnownTexts, normalise } from "../../src/session/normalise.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Megabytes in use once what nobody holds is gone. */
function megabytes(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** A megabyte of text, which is another one each time, as lists of rows are. */
const long = (n: number): string => Buffer.from(`insert into notes values (${n})${", (0)".repeat(200_000)}`).toString();

it.each([
  ["shapes", () => new KnownTexts(1000, normalise)],
  ["summaries", () => new Summaries()],
])("%s of texts that are long are not kept with them", (_, make) => {
  const known = make();
  const before = megabytes();
  for (let n = 0; n < 40; n++) known.of(long(n));
  expect(megabytes() - before).toBeLessThan(10);
  expect(known.of("select 1")).toEqual(known.of("select 1"));
});
