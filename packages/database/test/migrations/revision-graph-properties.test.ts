import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type GraphNode, NotDowngradeTarget, RevisionGraph, type Step } from "../../src/migrations/index.ts";
import { line, node, thrown } from "./revision-graph-nodes.ts";

/** How often a set or a map is asked or told something while `work` runs: the walks along edges, without a clock. */
function countLookups(work: () => void): number {
  const patched = [
    [Map.prototype, "get"],
    [Map.prototype, "has"],
    [Set.prototype, "has"],
    [Set.prototype, "add"],
  ] as const;
  let count = 0;
  const originals = patched.map(([prototype, name]) => {
    const original = Object.getOwnPropertyDescriptor(prototype, name)!;
    Object.defineProperty(prototype, name, {
      ...original,
      value(this: unknown, ...args: unknown[]) {
        count += 1;
        return original.value.apply(this, args);
      },
    });
    return original;
  });
  try {
    work();
  } finally {
    for (const [index, [prototype, name]] of patched.entries()) {
      Object.defineProperty(prototype, name, originals[index]!);
    }
  }
  return count;
}

/** Every tenth revision parts in two that are merged again, is labelled, and depends on one long before. */
function ladder(length: number): readonly GraphNode[] {
  const nodes: GraphNode[] = [node("r0")];
  for (let index = 1; index < length; index++) {
    const last = nodes.at(-1)!.id;
    if (index % 10 === 0) {
      const [left, right] = [node(`l${index}`, [last]), node(`m${index}`, [last], { dependsOn: [`r${index >> 1}`] })];
      nodes.push(left, right, node(`r${index}`, [left.id, right.id], index === 10 ? { labels: ["low"] } : {}));
    } else {
      nodes.push(node(`r${index}`, [last]));
    }
  }
  return nodes;
}

test.each([
  ["build", () => {}],
  ["upgrade", (graph: RevisionGraph) => graph.upgrade("heads", [])],
  ["downgrade", (graph: RevisionGraph) => graph.downgrade("low@base", graph.realHeads)],
  ["walk up", (graph: RevisionGraph) => graph.upgrade("low@base+9", [])],
  ["stamp", (graph: RevisionGraph) => graph.stamp("low@head", ["r1"])],
  ["range", (graph: RevisionGraph) => graph.between("low@base", "heads")],
  ["labels", (graph: RevisionGraph) => graph.branchLabelsOf("r1")],
] as const)("%s takes work in proportion to the history: 5,000 revisions and 10,000", (_, work) => {
  const count = (length: number): number => countLookups(() => work(new RevisionGraph(ladder(length))));
  const [small, large] = [count(5000), count(10_000)];
  expect(small).toBeLessThan(5000 * 100);
  expect(large / small).toBeLessThan(2.1);
});

describe("properties of any linear history", () => {
  const history = fc
    .uniqueArray(fc.stringMatching(/^[a-f0-9]{1,12}$/), { minLength: 1, maxLength: 30 })
    .chain((ids) =>
      fc.record({ ids: fc.constant(ids), nodes: fc.shuffledSubarray(line(ids), { minLength: ids.length }) }),
    );
  const position = fc.nat();

  test("from anywhere to anywhere: the steps are the revisions between, and the rows chain up", () => {
    fc.assert(
      fc.property(history, position, position, ({ ids, nodes }, a, b) => {
        const graph = new RevisionGraph(nodes);
        const [from, to] = [a % (ids.length + 1), b % (ids.length + 1)]; // how many are applied before and after
        const rows = (applied: number): string[] => (applied === 0 ? [] : [ids[applied - 1]!]);
        const target = to === 0 ? "base" : ids[to - 1]!;
        const steps = to >= from ? graph.upgrade(target, rows(from)) : graph.downgrade(target, rows(from));
        const between = ids.slice(Math.min(from, to), Math.max(from, to));
        expect(steps.map((step) => step.revision)).toEqual(to >= from ? between : between.reverse());
        let before = rows(from);
        for (const step of steps) {
          expect(step.rowsBefore).toEqual(before);
          before = [...step.rowsAfter];
        }
        expect(before).toEqual(rows(to));
      }),
    );
  });

  test("an upgrade to what is applied is empty, a downgrade to what is not is an error", () => {
    fc.assert(
      fc.property(history, position, position, ({ ids, nodes }, a, b) => {
        const graph = new RevisionGraph(nodes);
        const [low, high] = [a % ids.length, b % ids.length].sort((x, y) => x - y) as [number, number];
        expect(graph.upgrade(ids[low]!, [ids[high]!])).toEqual([]);
        if (low < high) {
          expect(thrown(() => graph.downgrade(ids[high]!, [ids[low]!]))).toMatchObject({
            code: "NOT_DOWNGRADE_TARGET",
          });
        }
      }),
    );
  });

  test("+N undoes -N, and stamp goes anywhere in one step", () => {
    fc.assert(
      fc.property(history, position, position, ({ ids, nodes }, a, b) => {
        const graph = new RevisionGraph(nodes);
        const at = a % ids.length;
        const steps = (b % (at + 1)) + 1;
        const down = graph.downgrade(`-${steps}`, [ids[at]!]).at(-1)!.rowsAfter;
        expect(graph.upgrade(`+${steps}`, down).at(-1)?.rowsAfter).toEqual([ids[at]]);
        const to = ids[b % ids.length]!;
        const stamped = graph.stamp(to, [ids[at]!]);
        expect(stamped).toEqual(to === ids[at] ? [] : [{ revision: to, rowsBefore: [ids[at]], rowsAfter: [to] }]);
      }),
    );
  });
});

describe("properties of any graph", () => {
  /** Up to 14 revisions, each of which follows up to three earlier ones and depends on up to two. */
  const graphs = fc
    .array(fc.record({ down: fc.array(fc.nat(), { maxLength: 3 }), dependsOn: fc.array(fc.nat(), { maxLength: 2 }) }), {
      minLength: 1,
      maxLength: 14,
    })
    .map((drawn) => {
      const pick = (numbers: readonly number[], index: number): readonly string[] =>
        index === 0 ? [] : numbers.map((number) => `r${number % index}`);
      return drawn.map((one, index) =>
        node(`r${index}`, pick(one.down, index), { dependsOn: pick(one.dependsOn, index) }),
      );
    });
  const choice = fc.array(fc.nat(), { maxLength: 4 });

  /** Everything that some revisions need, found without the graph: by looking again until nothing is new. */
  function closed(nodes: readonly GraphNode[], ids: Iterable<string>): Set<string> {
    const found = new Set(ids);
    for (let size = -1; size < found.size; ) {
      size = found.size;
      for (const one of nodes) {
        if (found.has(one.id)) for (const other of [...one.down, ...one.dependsOn]) found.add(other);
      }
    }
    return found;
  }

  function maximal(nodes: readonly GraphNode[], applied: ReadonlySet<string>): readonly string[] {
    const needed = new Set(
      nodes.filter((one) => applied.has(one.id)).flatMap((one) => [...one.down, ...one.dependsOn]),
    );
    return [...applied].filter((id) => !needed.has(id)).sort();
  }

  /** Follows steps as a database would; each must find the rows that the one before has left. */
  function follow(nodes: readonly GraphNode[], from: ReadonlySet<string>, steps: readonly Step[]): Set<string> {
    const applied = new Set(from);
    let rows = maximal(nodes, applied);
    for (const { revision, rowsBefore, rowsAfter } of steps) {
      expect(rowsBefore.toSorted()).toEqual(rows);
      if (!applied.delete(revision)) applied.add(revision);
      expect(closed(nodes, applied)).toEqual(applied); // nothing is applied before what it needs, or outlives it
      rows = maximal(nodes, applied);
      expect(rowsAfter.toSorted()).toEqual(rows);
    }
    return applied;
  }

  const chosen = (nodes: readonly GraphNode[], numbers: readonly number[]): readonly string[] =>
    numbers.map((number) => nodes[number % nodes.length]!.id);

  test("an upgrade adds what the targets need, and the rows are always the revisions that no applied one needs", () => {
    fc.assert(
      fc.property(graphs, choice, choice, (nodes, at, to) => {
        const graph = new RevisionGraph(nodes);
        const before = closed(nodes, chosen(nodes, at));
        const targets = maximal(nodes, closed(nodes, chosen(nodes, to)));
        const steps = graph.upgrade(targets, maximal(nodes, before));
        const after = follow(nodes, before, steps);
        expect(after).toEqual(closed(nodes, [...before, ...targets]));
        const rest = graph.upgrade("heads", maximal(nodes, after));
        expect(maximal(nodes, follow(nodes, after, rest))).toEqual(graph.realHeads);
        expect(steps.length + rest.length).toBe(nodes.length - before.size);
      }),
    );
  });

  test("a downgrade takes away what follows the target, and all that needs it; base leaves nothing", () => {
    fc.assert(
      fc.property(graphs, choice, fc.nat(), (nodes, at, to) => {
        const graph = new RevisionGraph(nodes);
        const before = closed(nodes, chosen(nodes, at));
        const rows = maximal(nodes, before);
        const base = graph.downgrade("base", rows);
        expect(follow(nodes, before, base).size).toBe(0);
        expect(base).toHaveLength(before.size);
        const [target] = chosen(nodes, [to]);
        const falls = (id: string): boolean =>
          [...closed(nodes, [id])].some((other) => nodes.find((one) => one.id === other)!.down.includes(target!));
        const expected = new Set([...before].filter((id) => !falls(id)));
        if (expected.size === before.size && !rows.includes(target!)) {
          expect(thrown(() => graph.downgrade(target!, rows))).toBeInstanceOf(NotDowngradeTarget);
        } else {
          expect(follow(nodes, before, graph.downgrade(target!, rows))).toEqual(expected);
        }
      }),
    );
  });

  test("a stamp leaves the target and the rows that it is not related to", () => {
    fc.assert(
      fc.property(graphs, choice, fc.nat(), (nodes, at, to) => {
        const graph = new RevisionGraph(nodes);
        const rows = maximal(nodes, closed(nodes, chosen(nodes, at)));
        const [target = ""] = chosen(nodes, [to]);
        const others = rows.filter((row) => !closed(nodes, [row]).has(target) && !closed(nodes, [target]).has(row));
        const after = graph.stamp(target, rows).at(-1)?.rowsAfter ?? rows;
        expect(after.toSorted()).toEqual([...others, target].sort());
      }),
    );
  });
});
