import { expect, inject, test } from "vitest";
import { cases, corpus, sample } from "./diff-cases.ts";
import { report, runAll } from "./diff-vectors.ts";

/** `HYPERTROQ_CASES=enum` runs the cases whose name or tags match, and prints what is wrong with them. */
const PATTERN = process.env["HYPERTROQ_CASES"];

/** All in a full run, else some, others each day. */
const FULL = Boolean(process.env["HYPERTROQ_FULL"]);
const DAY = Math.floor(Date.now() / 86_400_000);

/** What is refused by name, and why: see the guide, "Compare any two". */
const REFUSED: Readonly<Record<string, string>> = {
  "migra/generated": "a generated column in the middle cannot come back to its place",
};

const chosen = FULL ? cases : sample(cases, 8, DAY);

if (PATTERN === undefined) {
  test(`${chosen.length} of ${cases.length} cases of ${corpus}: up, empty, and down`, {
    timeout: 7_200_000,
  }, async () => {
    const outcomes = await runAll(chosen, inject("serverUrl"));
    const failed = outcomes.filter((outcome) => outcome.failed !== undefined);
    const wrong = failed.filter(({ one, failed: how }) => how !== "unsupported" || !(one.name in REFUSED));
    expect(
      wrong.map(({ one }) => one.name),
      report(outcomes),
    ).toEqual([]);
  });
} else {
  test(`cases of ${corpus}, looked at`, { timeout: 1_800_000 }, async () => {
    const pattern = new RegExp(PATTERN);
    const outcomes = await runAll(
      cases.filter(({ name, tags }) => pattern.test(name) || tags.some((tag) => pattern.test(tag))),
      inject("serverUrl"),
    );
    console.log(report(outcomes));
  });
}
