import { inject, test } from "vitest";
import { cases, corpus } from "./diff-cases.ts";
import { report, runAll } from "./diff-vectors.ts";

/** `HYPERTROQ_CASES=enum` runs the cases whose name or tags match, and prints what is wrong with them. */
const PATTERN = process.env["HYPERTROQ_CASES"];

test.runIf(PATTERN !== undefined)(`cases of ${corpus}, looked at`, { timeout: 1_200_000 }, async () => {
  const pattern = new RegExp(PATTERN!);
  const outcomes = await runAll(
    cases.filter(({ name, tags }) => pattern.test(name) || tags.some((tag) => pattern.test(tag))),
    inject("serverUrl"),
  );
  console.log(report(outcomes));
});
