import { expect, inject, test } from "vitest";
import { sample } from "../../../../test/sample.ts";
import { constraints, domains, domainsUsed } from "./diff-kinds/constraints.ts";
import { MORE_FACTS } from "./diff-kinds/facts.ts";
import { found } from "./diff-kinds/found.ts";
import { refused } from "./diff-kinds/refused.ts";
import { names, partitions, sequences, views } from "./diff-kinds/relations.ts";
import { routines, triggers } from "./diff-kinds/routines.ts";
import { enums, otherTypes } from "./diff-kinds/types.ts";
import { report, runAll } from "./diff-vectors.ts";

const KINDS = { constraints, domains, domainsUsed, enums, otherTypes, routines, triggers };
const RELATIONS = { views, partitions, sequences, names, refused, found };
const ALL = Object.entries({ ...KINDS, ...RELATIONS });

/** `HYPERTROQ_CASES=enum` runs the cases whose name matches. */
const PATTERN = process.env["HYPERTROQ_CASES"];

const chosen =
  PATTERN === undefined
    ? sample(ALL, 6).flatMap(([, cases]) => sample(cases, 1))
    : ALL.flatMap(([, cases]) => cases.filter(({ name }) => new RegExp(PATTERN).test(name)));

test(`${chosen.length} cases: up, empty and down, or refused`, { timeout: 3_600_000 }, async () => {
  const outcomes = await runAll(chosen, inject("serverUrl"), MORE_FACTS);
  const failed = outcomes.filter((outcome) => outcome.failed !== undefined);
  expect(
    failed.map(({ one }) => one.name),
    report(outcomes),
  ).toEqual([]);
});
