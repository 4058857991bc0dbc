import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AmbiguousRevision,
  DatabaseNewerThanCode,
  DuplicateRevision,
  type GraphNode,
  InvalidRevisionId,
  MissingParent,
  MultipleHeads,
  RevisionCycle,
  RevisionGraph,
  RevisionNotSupported,
  UnknownRevision,
} from "../../src/migrations/index.ts";

function node(id: string, down: readonly string[] = [], more: Partial<GraphNode> = {}): GraphNode {
  return { id, down, dependsOn: [], labels: [], ...more };
}

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

const line = (ids: readonly string[]): GraphNode[] =>
  ids.map((id, index) => node(id, index === 0 ? [] : [ids[index - 1]!]));

describe("building", () => {
  test("two revisions with one id name both files", () => {
    const error = thrown(
      () => new RevisionGraph([node("a", [], { file: "one.ts" }), node("a", [], { file: "two.ts" })]),
    );
    expect(error).toBeInstanceOf(DuplicateRevision);
    expect(error).toMatchObject({ code: "DUPLICATE_REVISION", revision: "a", files: ["one.ts", "two.ts"] });
  });

  test("a missing parent is named with the file that names it", () => {
    const error = thrown(() => new RevisionGraph([node("b", ["a"], { file: "b.ts" })]));
    expect(error).toBeInstanceOf(MissingParent);
    expect(error).toMatchObject({ revision: "b", parent: "a", message: expect.stringContaining("b (b.ts) follows a") });
  });

  test("a self-loop and a circle above a line are found, and only the circle is named", () => {
    expect(thrown(() => new RevisionGraph([node("a", ["a"])]))).toMatchObject({ revisions: ["a"] });
    const nodes = [...line(["a", "b"]), node("c", ["b", "e"]), node("d", ["c"]), node("e", ["d"]), node("f", ["e"])];
    const error = thrown(() => new RevisionGraph(nodes));
    expect(error).toBeInstanceOf(RevisionCycle);
    expect([...(error as RevisionCycle).revisions].sort()).toEqual(["c", "d", "e"]);
  });

  test.each(["a@b", "a-b", "a+b", "a:b", "a b", "../a", ".a", "", "head", "base", "current", "x".repeat(33)])(
    "the id %j is refused",
    (id) => {
      expect(thrown(() => new RevisionGraph([node(id)]))).toBeInstanceOf(InvalidRevisionId);
    },
  );

  test("labels and dependencies are refused rather than ignored", () => {
    expect(thrown(() => new RevisionGraph([node("a", [], { labels: ["x"] })]))).toBeInstanceOf(RevisionNotSupported);
    const dependent = [node("a"), node("b", [], { dependsOn: ["a"] })];
    expect(thrown(() => new RevisionGraph(dependent))).toBeInstanceOf(RevisionNotSupported);
  });

  test("a history of 20,000 revisions, given newest first", () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `r${i}`);
    const graph = new RevisionGraph(line(ids).reverse());
    expect(graph.order).toEqual(ids);
    expect(graph.upgrade("head", ["r19997"]).map((step) => step.revision)).toEqual(["r19998", "r19999"]);
  });
});

describe("targets", () => {
  const graph = new RevisionGraph(line(["abc1", "abc12", "abd"]));

  test("an exact match wins over a beginning; a beginning of several lists them; nothing is guessed", () => {
    expect(graph.resolve("abc1")).toEqual(["abc1"]);
    expect(graph.resolve("abd")).toEqual(["abd"]);
    expect(graph.resolve("abc12-1")).toEqual(["abc1"]);
    const error = thrown(() => graph.resolve("ab"));
    expect(error).toBeInstanceOf(AmbiguousRevision);
    expect(error).toMatchObject({ candidates: ["abc1", "abc12", "abd"] });
    expect(thrown(() => graph.resolve("nope"))).toBeInstanceOf(UnknownRevision);
    expect(thrown(() => graph.resolve(""))).toBeInstanceOf(UnknownRevision);
    expect(thrown(() => graph.resolve("x@head"))).toBeInstanceOf(RevisionNotSupported);
  });

  test("rows that no revision has: the database is newer, whatever is asked", () => {
    for (const verb of ["upgrade", "downgrade", "stamp"] as const) {
      const error = thrown(() => graph[verb](verb === "downgrade" ? "base" : "head", ["fff"]));
      expect(error).toBeInstanceOf(DatabaseNewerThanCode);
      expect(error).toMatchObject({ unknown: ["fff"], heads: ["abd"] });
    }
  });

  test("two heads: head fails and names them, heads takes both, a merge point joins their rows", () => {
    const forked = new RevisionGraph([node("a"), node("b", ["a"]), node("c", ["a"])]);
    expect(thrown(() => forked.upgrade("head", []))).toMatchObject({ heads: ["b", "c"] });
    expect(thrown(() => forked.resolve("head"))).toBeInstanceOf(MultipleHeads);
    expect(forked.upgrade("heads", []).at(-1)?.rowsAfter).toEqual(["b", "c"]);
    expect(thrown(() => forked.upgrade("a+1", []))).toBeInstanceOf(AmbiguousRevision);

    const merged = new RevisionGraph([node("a"), node("b", ["a"]), node("c", ["a"]), node("m", ["b", "c"])]);
    expect(merged.upgrade("head", ["b", "c"])).toEqual([{ revision: "m", rowsBefore: ["b", "c"], rowsAfter: ["m"] }]);
    expect(merged.downgrade("b", ["m"])[0]?.rowsAfter).toEqual(["b", "c"]);
  });
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
