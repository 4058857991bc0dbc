import fc from "fast-check";
import { expect, test } from "vitest";
import { drawGraph, drawingOrder } from "../../src/cli/draw-graph.ts";

type Graph = Readonly<Record<string, readonly string[]>>;

function draw(graph: Graph, more: readonly string[] = []): readonly string[] {
  const order = drawingOrder(Object.keys(graph), (id) => graph[id]!);
  return drawGraph(order.map((id) => ({ id, down: graph[id]!, lines: [id, ...more], current: false })));
}

test.each<[string, Graph, string]>([
  ["one line", { c: ["b"], b: ["a"], a: [] }, "○ c\n○ b\n○ a"],
  ["a merge", { m: ["b", "c"], b: ["a"], c: ["a"], a: [] }, "○ m\n├─╮\n○ │ b\n│ ○ c\n├─╯\n○ a"],
  [
    "a merge of three",
    { m: ["b", "c", "d"], b: ["a"], c: ["a"], d: ["a"], a: [] },
    "○ m\n├─┬─╮\n○ │ │ b\n│ ○ │ c\n│ │ ○ d\n├─┴─╯\n○ a",
  ],
  ["two heads", { x: ["a"], y: ["b"], b: ["a"], a: [] }, "○ x\n│ ○ y\n│ ○ b\n├─╯\n○ a"],
  ["a root below which another history begins", { b: ["a"], a: [], y: ["x"], x: [] }, "○ b\n○ a\n  ○ y\n  ○ x"],
  [
    "lanes that cross",
    { top: ["m", "n"], m: ["b", "c"], n: ["c", "d"], b: ["a"], c: ["a"], d: ["a"], a: [] },
    "○ top\n├─╮\n○ │ m\n├─┼─╮\n○ │ │ b\n│ ○ │ n\n│ ├─┼─╮\n│ ├─╯ │\n│ ○   │ c\n│ │   ○ d\n├─┴───╯\n○ a",
  ],
  ["a parent that is not shown", { c: ["gone"] }, "○ c"],
])("%s", (_, graph, expected) => {
  expect(draw(graph).join("\n")).toBe(expected);
});

test("further lines stand beside the lanes, a base's as far to the right as its knot", () => {
  expect(draw({ m: ["b", "c"], b: [], c: [] }, ["more"])).toEqual([
    "○ m",
    "├─╮",
    "│ │ more",
    "○ │ b",
    "  │ more",
    "  ○ c",
    "    more",
  ]);
});

test("the current revision has a full knot, and a lane is painted by its number", () => {
  const rows = [
    { id: "m", down: ["b", "c"], lines: ["m"], current: true },
    { id: "b", down: [], lines: ["b"], current: false },
    { id: "c", down: [], lines: ["c"], current: false },
  ];
  expect(drawGraph(rows, (lane, text) => text.replace(/\S+/g, (sign) => `${lane}${sign}`))).toEqual([
    "0● m",
    "0├─1╮",
    "0○ 1│ b",
    "  1○ c",
  ]);
});

/** Where a pen that follows a line downwards comes out of a sign; it never goes up. */
const EXITS: Readonly<Record<string, (moving: Way) => readonly Way[]>> = {
  "│": () => ["down"],
  "─": (moving) => [moving],
  "┼": (moving) => [moving],
  "╮": () => ["down"],
  "╯": (moving) => (moving === "down" ? ["left"] : []),
  "├": (moving) => (moving === "left" ? ["down"] : ["down", "right"]),
  "┬": (moving) => (moving === "right" ? ["right", "down"] : []),
  "┴": (moving) => (moving === "down" ? ["left"] : [moving]),
};
type Way = "down" | "left" | "right";

/** The revisions that lines lead to from a knot, read off the drawing alone. */
function follow(lines: readonly string[], row: number, column: number): readonly string[] {
  const reached = new Set<string>();
  const seen = new Set<string>();
  const walk = (at: number, where: number, moving: Way): void => {
    const sign = lines[at]?.[where] ?? " ";
    const key = `${at} ${where} ${moving}`;
    if (seen.has(key)) return;
    seen.add(key);
    if (sign === "○") return void reached.add(lines[at]!.split(" ").at(-1)!);
    for (const way of EXITS[sign]?.(moving) ?? []) {
      if (way === "down") walk(at + 1, where, way);
      else walk(at, where + (way === "left" ? -1 : 1), way);
    }
  };
  walk(row + 1, column, "down");
  return [...reached].sort();
}

test("of any history the lines lead from each revision to those that it follows, and nowhere else", () => {
  const graphs = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 14 }).map((choices) => {
    const graph: Record<string, readonly string[]> = {};
    for (const [index, parents] of choices.entries()) {
      graph[`r${index}`] = index === 0 ? [] : [...new Set(parents.map((choice) => `r${choice % index}`))];
    }
    return Object.fromEntries(Object.entries(graph).reverse());
  });
  fc.assert(
    fc.property(graphs, (graph) => {
      const lines = draw(graph);
      const found = Object.fromEntries(
        lines.flatMap((text, row) => {
          const column = text.indexOf("○");
          return column < 0 ? [] : [[text.split(" ").at(-1)!, follow(lines, row, column)]];
        }),
      );
      const expected = Object.fromEntries(Object.entries(graph).map(([id, parents]) => [id, [...parents].sort()]));
      expect(found).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test("of any history each revision comes before all that it follows", () => {
  const parents: Graph = { e: ["c", "d"], d: ["b"], c: ["a"], b: ["a"], a: [] };
  expect(drawingOrder(["a", "b", "c", "d", "e"], (id) => parents[id]!)).toEqual(["e", "c", "d", "b", "a"]);
});
