import { NotUpgradeTarget, RelativeOutOfRange } from "../../errors/graph.ts";
import { parseTarget } from "../target.ts";
import { resolveTarget } from "./resolve.ts";
import { appliedBy, applying, type Plan, refuseOverlap } from "./steps.ts";
import type { Structure } from "./structure.ts";

/**
 * Applies targets and all that they need; nothing where they are applied already.
 *
 * @throws {NotUpgradeTarget} for `base`, and what leads there, above it.
 * @throws {OverlappingRevisions} @throws {DatabaseNewerThanCode}, and what `resolveTarget` throws.
 */
export function upgradePlan(graph: Structure, targets: readonly string[], rows: readonly string[]): Plan {
  const applied = appliedBy(graph, rows);
  const places = targets.map((target) => {
    const { symbol, offset } = parseTarget(target);
    if (symbol === undefined && offset <= 0) {
      throw new RelativeOutOfRange(target, "an upgrade goes up; say +N, or downgrade -N");
    }
    return resolveTarget(graph, target, { rows, strict: true });
  });
  const wanted = places.flatMap((place) => place.revisions);
  if (wanted.length === 0 && places.some(({ branch }) => isAboveBase(graph, branch, applied))) {
    throw new NotUpgradeTarget(targets.join(" "), rows);
  }
  refuseOverlap(graph, wanted, "targets");
  refuseOverlap(graph, rows, "rows");
  const needed = graph.ancestors(wanted, "needs");
  const missing = graph.order.filter((id) => needed.has(id) && !applied.has(id));
  return { steps: applying(graph, missing, rows), warnings: [] };
}

/** Whether something of a branch is applied; of any branch where none is named. */
function isAboveBase(graph: Structure, branch: string | undefined, applied: ReadonlySet<string>): boolean {
  if (branch === undefined) return applied.size > 0;
  return [...graph.lineage(branch, "follows")].some((id) => applied.has(id));
}
