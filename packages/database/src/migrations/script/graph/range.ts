import { NotAncestor, RelativeOutOfRange } from "../../errors/graph.ts";
import { parseTarget } from "../target.ts";
import { type Place, resolveTarget } from "./resolve.ts";
import { refuseOverlap } from "./steps.ts";
import type { Structure } from "./structure.ts";

/** What a range of revisions holds. */
export interface RangeOptions {
  /** Whether the range holds its lower end; default true. */
  readonly inclusive?: boolean;
  /** Whether it holds all that the upper end needs and the lower end has not, instead of what is above the lower end; default false. */
  readonly implicitBase?: boolean;
  /** Whether a relative end that leads too far is an error; otherwise it ends where the graph does. Default true. */
  readonly strict?: boolean;
}

/**
 * The revisions between two ends, oldest first. A lower end `-N` counts down from each upper, an upper end `+N` up from the
 * lower; a lower end that names a branch keeps the upper ones that are of that branch.
 *
 * @throws {NotAncestor} when the upper end does not need the lower. @throws {OverlappingRevisions}, and what
 *   `resolveTarget` throws.
 */
export function selectRange(
  graph: Structure,
  lowerTargets: readonly string[],
  upperTargets: readonly string[],
  { inclusive = true, implicitBase = false, strict = true }: RangeOptions = {},
): readonly string[] {
  const find = (target: string, rows: readonly string[]): Place => resolveTarget(graph, target, { rows, strict });
  const wrong = upperTargets.find(countsDown);
  if (wrong !== undefined) {
    throw new RelativeOutOfRange(wrong, "the upper end of a range counts up from the lower; say +N");
  }
  const known = lowerTargets.filter((target) => !countsDown(target)).map((target) => find(target, []));
  const uppers = idsOf(upperTargets.map((target) => find(target, idsOf(known))));
  const counted = lowerTargets.filter(countsDown).flatMap((target) => {
    // Without a branch it counts from each upper end by itself.
    const each = parseTarget(target).branch === undefined && uppers.length > 1;
    return each ? uppers.map((upper) => find(target, [upper])) : [find(target, uppers)];
  });
  const lowers = [...known, ...counted];
  const lower = idsOf(lowers);
  const branch = lowers.length === 1 ? lowers[0]!.branch : undefined;
  const lineage = branch === undefined ? undefined : graph.lineage(branch, "follows");
  const upper = lineage === undefined ? uppers : uppers.filter((id) => lineage.has(id));

  refuseOverlap(graph, upper, "targets");
  const needed = graph.ancestors(upper, "needs");
  if (!implicitBase && lower.some((id) => !needed.has(id))) throw new NotAncestor(lower, upper);
  refuseOverlap(graph, lower, "targets");
  const below = graph.ancestors(lower, "needs");
  const above = implicitBase || lower.length === 0 ? needed : graph.descendants(lower, "follows");
  return graph.order.filter(
    (id) => (needed.has(id) && !below.has(id) && above.has(id)) || (inclusive && lower.includes(id)),
  );
}

/** Whether a target is `-N`, of a branch or of none. */
function countsDown(target: string): boolean {
  const { symbol, offset } = parseTarget(target);
  return symbol === undefined && offset <= 0;
}

function idsOf(places: readonly Place[]): readonly string[] {
  return [...new Set(places.flatMap((place) => place.revisions))];
}
