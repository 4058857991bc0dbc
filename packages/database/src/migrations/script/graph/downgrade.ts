import { AmbiguousRevision, MultipleHeads, NotDowngradeTarget, RelativeOutOfRange } from "../../errors/graph.ts";
import { parseTarget } from "../target.ts";
import { resolveTarget } from "./resolve.ts";
import { appliedBy, type Plan, refuseOverlap, reverting } from "./steps.ts";
import type { Structure } from "./structure.ts";

/** What a downgrade takes with it. */
export interface DowngradeOptions {
  /** Whether to revert the target as well; default false. */
  readonly inclusive?: boolean;
  /** Whether to revert branches that the target is not below of as well; default false. */
  readonly implicitBase?: boolean;
}

/**
 * Reverts what stands on a target: the applied revisions above those that follow it, and what depends on them. With a
 * branch only what leads to that branch; `BRANCH@base` keeps what other branches stand on as well.
 *
 * @throws {NotDowngradeTarget} when the target is not applied. @throws {RelativeOutOfRange} @throws {MultipleHeads}
 * @throws {OverlappingRevisions} for `-N` from rows that overlap. @throws {DatabaseNewerThanCode}, and what `resolveTarget`
 *   throws.
 */
export function downgradePlan(graph: Structure, targets: readonly string[], rows: readonly string[]): Plan {
  const { reverted, warnings } = selectReverted(graph, targets, rows);
  return { steps: reverting(graph, reverted, rows), warnings };
}

/** What a downgrade reverts, newest first. */
export function selectReverted(
  graph: Structure,
  targets: readonly string[],
  rows: readonly string[],
  { inclusive = false, implicitBase = false }: DowngradeOptions = {},
): { readonly reverted: readonly string[]; readonly warnings: readonly string[] } {
  const applied = appliedBy(graph, rows);
  const warnings: string[] = [];
  const { target, destination, branch, path } = findDestination(graph, targets, rows, warnings);
  let roots = destination === undefined ? graph.bases : inclusive ? [destination] : graph.above(destination, "follows");
  if (destination === undefined && branch !== undefined) {
    roots = ownPast(graph, branch, applied, target, warnings);
  } else if (path !== undefined && roots.length > 1) {
    const past = graph.ancestors([path], "follows");
    roots = roots.filter((id) => past.has(id));
    if (roots.length === 0) {
      throw new NotDowngradeTarget(target, rows, "several branches follow it, and the target names none of them");
    }
  }
  const above = graph.descendants(roots, "needs");
  const kept = implicitBase ? graph.ancestors(roots, "needs") : applied;
  const reverted = graph.order.filter((id) => applied.has(id) && (above.has(id) || !kept.has(id))).reverse();
  if (destination !== undefined && reverted.length === 0 && !rows.includes(destination)) {
    const reason = applied.has(destination)
      ? `${destination} is applied, and nothing of its own branch stands on it`
      : `${destination} is not applied; to go there, say upgrade`;
    throw new NotDowngradeTarget(target, rows, reason);
  }
  if (branch !== undefined) warnOfOthers(graph, branch, target, reverted, warnings);
  return { reverted, warnings };
}

interface Destination {
  readonly target: string;
  /** What stays; undefined: nothing. */
  readonly destination: string | undefined;
  /** The revision that names the branch. */
  readonly branch: string | undefined;
  /** Where several revisions follow the destination, only those that lead here are reverted. */
  readonly path: string | undefined;
}

function findDestination(
  graph: Structure,
  targets: readonly string[],
  rows: readonly string[],
  warnings: string[],
): Destination {
  const [target, ...others] = targets;
  if (target === undefined || others.length > 0) throw new AmbiguousRevision(targets.join(" "), targets);
  const { branch: name, symbol, offset } = parseTarget(target);
  if (symbol === undefined && offset >= 0) {
    throw new RelativeOutOfRange(target, "a downgrade goes down; say -N, or upgrade +N");
  }
  const current = [...new Set(rows)];
  // Alembic's: of several rows it takes the first.
  const fromFirst = symbol === undefined && name === undefined;
  // Counted from a row that another row's revision needs, it would revert more than was asked for.
  if (fromFirst) refuseOverlap(graph, current, "rows");
  if (fromFirst && current.length > 1) {
    warnings.push(
      `${target} is counted from ${current[0]}, the first of ${current.join(", ")}. To choose, say ` +
        `${current.map((row) => `${row}@${target}`).join(" or ")}.`,
    );
  }
  const origin = fromFirst ? current.slice(0, 1) : rows;
  const { revisions, branch } = resolveTarget(graph, target, { rows: origin, strict: true });
  if (revisions.length > 1) throw new MultipleHeads(revisions);
  return { target, destination: revisions[0], branch, path: branch ?? (fromFirst ? origin[0] : undefined) };
}

/**
 * The applied revisions that a branch stands on and no other branch does, down from the revision that names it. What
 * falls with them because it depends on them counts as theirs.
 */
function ownPast(
  graph: Structure,
  branch: string,
  applied: ReadonlySet<string>,
  target: string,
  warnings: string[],
): readonly string[] {
  const past = graph.ancestors([branch], "follows");
  const falling = new Set<string>();
  const roots: string[] = [];
  for (const id of graph.order.filter((one) => past.has(one)).reverse()) {
    const staying = graph.above(id, "follows").filter((one) => applied.has(one) && !falling.has(one));
    if (id !== branch && staying.length > 0) {
      // A revision that the branch's own past keeps is named by its sibling, not by what it keeps below it.
      const others = staying.filter((one) => !past.has(one));
      if (others.length > 0)
        warnings.push(`${target} keeps ${id} and what is below it: ${others.join(", ")} of another branch follows it.`);
      continue;
    }
    roots.push(id);
    const queue = [id];
    for (const one of queue) {
      if (falling.has(one)) continue;
      falling.add(one);
      queue.push(...graph.above(one, "needs"));
    }
  }
  return roots;
}

function warnOfOthers(
  graph: Structure,
  branch: string,
  target: string,
  reverted: readonly string[],
  warnings: string[],
): void {
  const lineage = graph.lineage(branch, "follows");
  const others = reverted.filter((id) => !lineage.has(id));
  if (others.length > 0) {
    warnings.push(
      `${target} also reverts ${others.join(", ")} of other branches, which follow or depend on what is reverted.`,
    );
  }
}
