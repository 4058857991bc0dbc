import { OverlappingRevisions } from "../../errors/graph.ts";
import { DatabaseBeforeSquash, DatabaseNewerThanCode } from "../../errors.ts";
import { nameOf } from "./node.ts";
import type { Structure } from "./structure.ts";

/** One revision to apply, revert or stamp, and the version table's rows around it. */
export interface Step {
  readonly revision: string;
  readonly rowsBefore: readonly string[];
  readonly rowsAfter: readonly string[];
}

/** The way to a target. */
export interface Plan {
  readonly steps: readonly Step[];
  /** What somebody may not have meant, each a sentence or two that say how to ask for something else. */
  readonly warnings: readonly string[];
}

/**
 * The revisions that the version table's rows say are applied: the rows and all that they need. So the rows are the
 * applied revisions that no other applied revision needs, and a dependency has no row while its dependent is applied.
 *
 * @throws {DatabaseNewerThanCode} when a row is no revision.
 */
export function appliedBy(graph: Structure, rows: readonly string[]): Set<string> {
  const problem = unknownRows(graph, rows);
  if (problem !== undefined) throw problem;
  return graph.ancestors(rows, "needs");
}

/** Why rows are no revisions; undefined: they are. */
export function unknownRows(
  graph: Structure,
  rows: readonly string[],
): DatabaseNewerThanCode | DatabaseBeforeSquash | undefined {
  const unknown = rows.filter((row) => !graph.has(row));
  const [row, other] = [unknown[0], unknown.find((one) => !graph.replaced.has(one))];
  if (row === undefined) return undefined;
  if (other !== undefined) return new DatabaseNewerThanCode(unknown, graph.heads);
  const squashed = graph.replaced.get(row)!;
  return new DatabaseBeforeSquash(unknown, squashed.id, nameOf(squashed), squashed.replaces!.lastIn);
}

/** Applies revisions, each of which comes after all that it needs. */
export function applying(graph: Structure, revisions: readonly string[], rows: readonly string[]): readonly Step[] {
  let before = rows;
  return revisions.map((revision) => {
    const needed = graph.below(revision, "needs");
    const step = {
      revision,
      rowsBefore: before,
      rowsAfter: [...before.filter((row) => !needed.includes(row)), revision],
    };
    before = step.rowsAfter;
    return step;
  });
}

/** Reverts revisions, each of which comes after all that need it. */
export function reverting(graph: Structure, revisions: readonly string[], rows: readonly string[]): readonly Step[] {
  const uses = new Map<string, number>(); // by how many applied revisions each is needed directly
  for (const id of appliedBy(graph, rows)) {
    for (const needed of graph.below(id, "needs")) uses.set(needed, (uses.get(needed) ?? 0) + 1);
  }
  let before = rows;
  return revisions.map((revision) => {
    const rowsAfter = before.filter((row) => row !== revision);
    for (const needed of graph.below(revision, "needs")) {
      const left = uses.get(needed)! - 1;
      uses.set(needed, left);
      if (left === 0 && !rowsAfter.includes(needed)) rowsAfter.push(needed);
    }
    const step = { revision, rowsBefore: before, rowsAfter };
    before = rowsAfter;
    return step;
  });
}

/** @throws {OverlappingRevisions} when one of several revisions needs another of them. */
export function refuseOverlap(graph: Structure, ids: readonly string[], given: "targets" | "rows"): void {
  const overlap = overlapOf(graph, ids);
  if (overlap !== undefined) throw new OverlappingRevisions(overlap.revision, overlap.covered, given);
}

/** The newest of the revisions that need others of them, and those others. */
export function overlapOf(
  graph: Structure,
  ids: readonly string[],
): { readonly revision: string; readonly covered: readonly string[] } | undefined {
  const unique = [...new Set(ids)];
  const below = graph.ancestors(
    unique.flatMap((id) => graph.below(id, "needs")),
    "needs",
  );
  if (!unique.some((id) => below.has(id))) return undefined;
  for (const revision of unique.filter((id) => !below.has(id))) {
    const needed = graph.ancestors([revision], "needs");
    const covered = unique.filter((id) => id !== revision && needed.has(id));
    if (covered.length > 0) return { revision, covered };
  }
  return undefined;
}
