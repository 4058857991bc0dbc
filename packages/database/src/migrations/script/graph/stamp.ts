import { resolveTarget } from "./resolve.ts";
import { appliedBy, overlapOf, type Plan, type Step } from "./steps.ts";
import type { Structure } from "./structure.ts";

/**
 * Makes the version table say that targets are applied: each takes the place of the rows that it needs or that need it.
 * `base` takes all rows away, `BRANCH@base` those of that branch and of what depends on it. A row that is a target stays.
 *
 * @throws {DatabaseNewerThanCode}, and what `resolveTarget` throws.
 */
export function stampPlan(graph: Structure, targets: readonly string[], rows: readonly string[]): Plan {
  appliedBy(graph, rows);
  const places = targets.map((target) => resolveTarget(graph, target, { rows, strict: true }));
  const wanted = [...new Set(places.flatMap((place) => place.revisions))];
  const steps: Step[] = [];
  let before = [...new Set(rows)];
  const move = (revision: string, gone: (row: string) => boolean, come: readonly string[]): void => {
    const rowsAfter = [...before.filter((row) => !gone(row)), ...come];
    steps.push({ revision, rowsBefore: before, rowsAfter });
    before = rowsAfter;
  };
  for (const { revisions, branch } of places) {
    if (revisions.length > 0) continue;
    const lineage = branch === undefined ? undefined : graph.lineage(branch, "needs");
    for (const row of before) {
      if (!wanted.includes(row) && (lineage === undefined || lineage.has(row))) move(row, (one) => one === row, []);
    }
  }
  for (const revision of wanted) {
    if (before.includes(revision)) continue;
    const related = graph.lineage(revision, "needs");
    // What an earlier target has put there was asked for.
    move(revision, (row) => related.has(row) && !wanted.includes(row), [revision]);
  }
  const overlap = overlapOf(graph, before);
  const warnings =
    overlap === undefined
      ? []
      : [
          `${overlap.revision} needs ${overlap.covered.join(", ")}, so both need no row; an upgrade will refuse these rows. ` +
            `Leave out ${overlap.covered.join(", ")}.`,
        ];
  return { steps, warnings };
}
