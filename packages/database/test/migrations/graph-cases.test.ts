import { expect, test } from "vitest";
import { DatabaseError } from "../../src/errors.ts";
import { RevisionGraph, type Step } from "../../src/migrations/index.ts";
import { allCases, corpus, type GraphCase, supportedCases } from "./graph-cases.ts";

const CODES: Readonly<Record<string, string>> = {
  multiple_heads: "MULTIPLE_HEADS",
  not_found: "UNKNOWN_REVISION",
  ambiguous: "AMBIGUOUS_REVISION",
  relative_out_of_range: "RELATIVE_OUT_OF_RANGE",
  not_downgrade_target: "NOT_DOWNGRADE_TARGET",
  cycle: "REVISION_CYCLE",
};

/** What a case expects, in the form in which `run` answers. */
function expected(one: GraphCase): unknown {
  if (one.error_kind !== undefined) return { error: CODES[one.error_kind] };
  if (one.expect_graph !== undefined) {
    return { heads: [...one.expect_graph.real_heads].sort(), bases: [...one.expect_graph.bases].sort() };
  }
  const order = one.order_forced === false ? [...one.expect_order!].sort() : one.expect_order;
  return { order, rows: one.expect_version_rows === undefined ? undefined : [...one.expect_version_rows].sort() };
}

function run(one: GraphCase): unknown {
  try {
    const graph = new RevisionGraph(
      one.revisions.map(({ depends_on, ...node }) => ({ ...node, dependsOn: depends_on })),
    );
    const target = [one.to].flat()[0] ?? "";
    switch (one.command) {
      case "load":
        return { heads: graph.heads, bases: graph.bases };
      case "resolve_one": {
        const found = graph.resolve(target);
        return found.length > 1 ? { error: "MULTIPLE_HEADS" } : { order: found };
      }
      case "resolve_many":
        return { order: graph.resolve(target) };
      case "iterate": {
        const lowerFrom = one.from[0] ?? "base";
        const relative = lowerFrom.startsWith("-");
        const first = relative ? [] : one.from.flatMap((lower) => graph.resolve(lower));
        const upper = graph.resolve(target, first, one.assert_relative_length);
        const lower = relative ? graph.resolve(lowerFrom, upper, one.assert_relative_length) : first;
        const ids = graph.between(lower, upper).filter((id) => one.inclusive || !lower.includes(id));
        const order = [...ids].reverse();
        return { order: one.order_forced === false ? order.sort() : order };
      }
      default: {
        const steps: readonly Step[] = graph[one.command](target, one.from);
        const ids = steps.map((step) => step.revision);
        const rows = [...(steps.at(-1)?.rowsAfter ?? new Set(one.from))].sort();
        if (one.command === "stamp") return { order: undefined, rows };
        return { order: one.order_forced === false ? ids.sort() : ids, rows };
      }
    }
  } catch (error) {
    if (error instanceof DatabaseError) return { error: error.code };
    throw error;
  }
}

test.each(supportedCases.map((one, index) => [index, one.name, one] as const))(`${corpus} %i: %s`, (_, __, one) => {
  expect(run(one)).toEqual(expected(one));
});

test(`${corpus}: ${supportedCases.length} of ${allCases.length} cases concern what this graph does`, () => {
  expect(supportedCases.length).toBeGreaterThanOrEqual(Math.min(allCases.length, 100));
});
