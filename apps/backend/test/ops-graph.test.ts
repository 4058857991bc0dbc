import { RevisionGraph } from "@hypertroq/database/migrations";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layOut } from "../src/ops/graph/layout.ts";

const node = (id: string, down: readonly string[] = [], dependsOn: readonly string[] = []) => ({
  id,
  down,
  dependsOn,
  labels: [],
});

/** Histories in which each revision follows and depends on some of those before it. */
const histories = fc
  .array(fc.tuple(fc.array(fc.nat(100), { maxLength: 3 }), fc.array(fc.nat(100), { maxLength: 2 })), { maxLength: 30 })
  .map((all) =>
    all.map(([follows, needs], i) => {
      const names = (indexes: readonly number[]) =>
        [...new Set(indexes.filter((each) => each < i))].map((n) => `r${n}`);
      const down = names(follows);
      return node(
        `r${i}`,
        down,
        names(needs).filter((each) => !down.includes(each)),
      );
    }),
  );

describe("the drawn revisions", () => {
  it("are one lane where they are one line, the newest on top", () => {
    const { places, edges, lanes } = layOut(new RevisionGraph([node("c", ["b"]), node("a"), node("b", ["a"])]), 10);
    expect(places).toEqual(["c", "b", "a"].map((id, row) => ({ id, row, lane: 0 })));
    expect(edges.map(({ from, to }) => [from.id, to?.id])).toEqual([
      ["c", "b"],
      ["b", "a"],
    ]);
    expect(lanes).toBe(1);
  });

  it("part at a branch point and meet at a merge point", () => {
    const graph = new RevisionGraph([node("a"), node("b", ["a"]), node("c", ["a"]), node("d", ["b", "c"])]);
    const { places, lanes } = layOut(graph, 10);
    expect(lanes).toBe(2);
    expect(new Set(places.map(({ lane }) => lane))).toEqual(new Set([0, 1]));
    expect(places[0]).toEqual({ id: "d", row: 0, lane: 0 });
    expect(places[3]).toEqual({ id: "a", row: 3, lane: 0 });
  });

  it("go on below what is drawn, when there are more", () => {
    const graph = new RevisionGraph([node("a"), node("b", ["a"]), node("c", ["b"])]);
    const { places, edges } = layOut(graph, 2);
    expect(places.map(({ id }) => id)).toEqual(["c", "b"]);
    expect(edges.map(({ from, to }) => [from.id, to?.id])).toEqual([
      ["c", "b"],
      ["b", undefined],
    ]);
  });

  it("have no line through a revision that it does not belong to, and each line of the graph once", () => {
    fc.assert(
      fc.property(histories, (nodes) => {
        const graph = new RevisionGraph(nodes);
        const { places, edges, lanes } = layOut(graph, nodes.length);
        expect(edges.map(({ from, to, kind }) => `${from.id} ${kind} ${to!.id}`).sort()).toEqual(
          nodes
            .flatMap(({ id, down, dependsOn }) => [
              ...down.map((other) => `${id} follows ${other}`),
              ...dependsOn.map((other) => `${id} depends ${other}`),
            ])
            .sort(),
        );
        for (const { from, to, lane } of edges) {
          expect(to!.row).toBeGreaterThan(from.row);
          const between = places.filter(({ row }) => row > from.row && row < to!.row);
          expect(between.filter((place) => place.lane === lane)).toEqual([]);
        }
        for (const { lane } of places) expect(lane).toBeLessThan(lanes);
      }),
      { numRuns: 200 },
    );
  });
});
