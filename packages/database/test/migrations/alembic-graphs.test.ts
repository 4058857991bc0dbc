import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { FULL } from "../../../../test/sample.ts";
import { DatabaseError } from "../../src/errors.ts";
import { RevisionGraph } from "../../src/migrations/index.ts";
import { type GraphMove, randomGraph } from "./alembic-graphs.ts";
import { type Difference, maximal, neededBy, type Outcome, RULES, reworded, same } from "./alembic-graphs-rules.ts";

const GRAPHS = FULL ? 500 : 60;
const DRIVER = fileURLToPath(new URL("alembic-graphs.py", import.meta.url));

/** A Python that has Alembic: Debian's package serves the system's one only. */
const python = ["python3", "/usr/bin/python3"].find(
  (program) => spawnSync(program, ["-c", "import alembic"]).status === 0,
);

interface Answer {
  readonly graph: Readonly<Record<"heads" | "realHeads" | "bases" | "realBases", readonly string[]>> & {
    readonly labels: Readonly<Record<string, readonly string[]>>;
  };
  readonly moves: readonly Outcome[];
}

/** One process for all graphs; each move is asked for as it is, and with its symbols spelt out. */
function ask(program: string): readonly Answer[] {
  const lines = cases.map(({ graph, revisions, moves }) =>
    JSON.stringify({ revisions, moves: moves.flatMap((move) => [move, reworded(graph, move)]) }),
  );
  const { stdout, stderr } = spawnSync(program, [DRIVER], {
    input: lines.join("\n"),
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    env: { ...process.env, PYTHONHASHSEED: "0" },
  });
  expect(stderr).toBe("");
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);
}

const cases = Array.from({ length: GRAPHS }, (_, seed) => {
  const { revisions, moves } = randomGraph(seed);
  return { seed, revisions, moves, graph: new RevisionGraph(revisions) };
});

/** What we make of a move, after its steps were looked at by themselves. */
function outcome(graph: RevisionGraph, { direction, targets, rows }: GraphMove): Outcome {
  try {
    const { steps } = graph.plan(direction, targets, rows);
    const order = direction === "stamp" ? [] : steps.map((step) => step.revision);
    const applied = new Set(rows.flatMap((row) => [...neededBy(graph, row)]));
    let before = rows;
    for (const { revision, rowsBefore, rowsAfter } of steps) {
      expect(rowsBefore).toEqual(before);
      before = rowsAfter;
      if (direction === "stamp") continue;
      const needed = [...neededBy(graph, revision)].filter((id) => id !== revision);
      expect(applied.has(revision)).toBe(direction === "downgrade");
      if (direction === "upgrade") applied.add(revision);
      else applied.delete(revision);
      expect(needed.filter((id) => !applied.has(id))).toEqual([]);
      expect(rowsAfter.toSorted()).toEqual(maximal(graph, [...applied]));
    }
    return { order: order.toSorted(), rows: before.toSorted() };
  } catch (error) {
    if (error instanceof DatabaseError) return { error: error.code };
    throw error;
  }
}

describe.skipIf(python === undefined)(
  "against Debian's alembic, run as it is (skipped where it is not installed)",
  () => {
    const answers = python === undefined ? [] : ask(python);
    const explained = new Map(RULES.map(({ name }) => [name, 0]));
    let [compared, equal] = [0, 0];

    /** The rule that makes ours and theirs differ; the same move asked for in other words may agree, too. */
    function explain(difference: Difference, asked: GraphMove, reply: Outcome): string | undefined {
      const rule = RULES.find((one) => one.explains(difference));
      if (rule !== undefined) return rule.name;
      if (String(asked.targets) === String(difference.move.targets)) return undefined;
      if (same(difference.ours, reply)) return "spelt out, the two agree";
      return RULES.find((one) => one.explains({ ...difference, move: asked, theirs: reply }))?.name;
    }

    test.each(cases)("graph $seed", ({ seed, graph, revisions, moves }) => {
      const answer = answers[seed]!;
      const { heads, realHeads, bases, realBases } = graph;
      const labelled = graph.order.map((id) => [id, graph.branchLabelsOf(id)] as const);
      const labels = Object.fromEntries(labelled.filter(([, names]) => names.length > 0));
      expect({ heads, realHeads, bases, realBases, labels }).toEqual(answer.graph);

      const unexplained: unknown[] = [];
      for (const [index, move] of moves.entries()) {
        const ours = outcome(graph, move);
        const [theirs, reply] = answer.moves.slice(2 * index, 2 * index + 2).map(normal);
        compared += 1;
        if (same(ours, theirs!)) {
          equal += 1;
          continue;
        }
        const name = explain({ graph, move, ours, theirs: theirs! }, reworded(graph, move), reply!);
        if (name === undefined) unexplained.push({ move, ours, theirs });
        else explained.set(name, (explained.get(name) ?? 0) + 1);
      }
      expect(unexplained, JSON.stringify(revisions)).toEqual([]);
    });

    test("most moves are equal by themselves, and no rule is without a case", () => {
      expect(compared).toBe(GRAPHS * 36);
      expect(equal / compared).toBeGreaterThan(0.8);
      if (FULL) expect([...explained].filter(([, count]) => count === 0)).toEqual([]);
    });
  },
);

function normal(reply: Outcome): Outcome {
  const { order, rows } = reply;
  if (reply.error !== undefined) return reply;
  return { order: order!.toSorted(), rows: rows! };
}
