import { expect, test } from "vitest";
import { DatabaseError } from "../../src/errors.ts";
import { RevisionGraph } from "../../src/migrations/index.ts";
import { cases, corpus, type GraphCase } from "./graph-cases.ts";

const CODES: Readonly<Record<string, string>> = {
  multiple_heads: "MULTIPLE_HEADS",
  not_found: "UNKNOWN_REVISION",
  ambiguous: "AMBIGUOUS_REVISION",
  relative_out_of_range: "RELATIVE_OUT_OF_RANGE",
  not_downgrade_target: "NOT_DOWNGRADE_TARGET",
  not_ancestor: "NOT_ANCESTOR",
  not_in_branch: "NOT_IN_BRANCH",
  no_such_branch: "NO_SUCH_BRANCH",
  overlapping_targets: "OVERLAPPING_REVISIONS",
  duplicate_label: "DUPLICATE_LABEL",
  cycle: "REVISION_CYCLE",
};

const sorted = (ids: readonly string[]): readonly string[] => [...ids].sort();

/** What a case expects, in the form in which `run` answers. */
function expected(one: GraphCase): unknown {
  if (one.error_kind !== undefined) return { error: CODES[one.error_kind] };
  if (one.expect_graph !== undefined) {
    const { heads, real_heads, bases, real_bases, labels } = one.expect_graph;
    return {
      heads: sorted(heads),
      realHeads: sorted(real_heads),
      bases: sorted(bases),
      realBases: sorted(real_bases),
      labels: Object.fromEntries(Object.entries(labels).map(([id, names]) => [id, sorted(names)])),
    };
  }
  const rows = one.expect_version_rows === undefined ? undefined : sorted(one.expect_version_rows);
  if (one.expect_steps !== undefined) return { moves: movesOf(one), rows };
  return { order: one.order_forced === false ? sorted(one.expect_order!) : one.expect_order, rows };
}

/** What each stamp step takes away and puts there; a row that is gone already is not taken away once more. */
function movesOf(one: GraphCase): unknown {
  const gone = new Set<string>();
  // The order of several heads is that of the files there, and of their ids here.
  const steps = [one.to].flat().includes("heads")
    ? [...one.expect_steps!].sort((a, b) => (String(a.to) < String(b.to) ? -1 : 1))
    : one.expect_steps!;
  return steps.map(({ from_, to }) => {
    const from = from_.filter((row) => !gone.has(row));
    for (const row of from) gone.add(row);
    return { from: sorted(from), to };
  });
}

function run(one: GraphCase): unknown {
  try {
    const graph = new RevisionGraph(
      one.revisions.map(({ depends_on, ...node }) => ({ ...node, dependsOn: depends_on })),
    );
    const target = [one.to].flat()[0] ?? "base";
    const inOrder = (ids: readonly string[]): unknown => ({
      order: one.order_forced === false ? sorted(ids) : ids,
      rows: undefined,
    });
    switch (one.command) {
      case "load": {
        const { heads, realHeads, bases, realBases } = graph;
        const labelled = graph.order.map((id) => [id, graph.branchLabelsOf(id)] as const);
        const labels = Object.fromEntries(labelled.filter(([, names]) => names.length > 0));
        return { heads, realHeads, bases, realBases, labels };
      }
      case "resolve_one": {
        const found = graph.resolveOne(target);
        return inOrder(found === undefined ? [] : [found]);
      }
      case "resolve_many":
        return inOrder(graph.resolve(one.to));
      case "iterate": {
        const { inclusive = false, implicit_base: implicitBase = false, assert_relative_length: strict = true } = one;
        return one.select_for_downgrade
          ? inOrder(graph.above(target, graph.resolve(one.from), { inclusive, implicitBase }))
          : inOrder(graph.between(one.from, one.to, { inclusive, implicitBase, strict }).toReversed());
      }
      default: {
        const { steps } = graph.plan(one.command, one.to, one.from);
        const rows = sorted(steps.at(-1)?.rowsAfter ?? [...new Set(one.from)]);
        if (one.command !== "stamp") {
          const ids = steps.map((step) => step.revision);
          return { order: one.order_forced === false ? sorted(ids) : ids, rows };
        }
        const moves = steps.map(({ rowsBefore, rowsAfter }) => ({
          from: sorted(rowsBefore.filter((row) => !rowsAfter.includes(row))),
          to: rowsAfter.filter((row) => !rowsBefore.includes(row)),
        }));
        return { moves, rows };
      }
    }
  } catch (error) {
    if (error instanceof DatabaseError) return { error: error.code };
    throw error;
  }
}

test.each(cases.map((one, index) => [index, one.name, one] as const))(`${corpus} %i: %s`, (_, __, one) => {
  expect(run(one)).toEqual(expected(one));
});

test(`${corpus}: orders that are not forced respect the edges`, () => {
  const free = cases.filter((one) => one.order_forced === false && ["upgrade", "downgrade"].includes(one.command));
  expect(free.length).toBeGreaterThan(0);
  for (const one of free) {
    const graph = new RevisionGraph(
      one.revisions.map(({ depends_on, ...node }) => ({ ...node, dependsOn: depends_on })),
    );
    const { steps } = graph.plan(one.command as "upgrade" | "downgrade", one.to, one.from);
    const oldestFirst = steps.map((step) => step.revision);
    if (one.command === "downgrade") oldestFirst.reverse();
    for (const [index, id] of oldestFirst.entries()) {
      const needed = [...graph.get(id)!.down, ...graph.dependencies(id)];
      expect(oldestFirst.slice(index).filter((other) => needed.includes(other))).toEqual([]);
    }
  }
});
