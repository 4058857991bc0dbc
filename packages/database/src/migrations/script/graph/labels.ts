import type { Structure } from "./structure.ts";

/**
 * The branch labels of each revision, sorted: a label is its revision's and that of all above it. Where these are one line
 * it is also that of the revisions below, down to the first branch point or merge point. What another revision depends on
 * is a branch point here, too.
 */
export function branchLabels(graph: Structure): ReadonlyMap<string, readonly string[]> {
  const parts = (id: string): boolean => graph.above(id, "needs").length > 1 || graph.below(id, "follows").length > 1;
  const labels = new Map<string, string[]>(graph.order.map((id) => [id, []]));
  for (const label of [...graph.labels.keys()].sort()) {
    const revision = graph.labels.get(label)!;
    const named = graph.descendants([revision], "follows");
    if (![...named].some(parts)) {
      let [id] = graph.below(revision, "follows");
      while (id !== undefined && !parts(id)) {
        named.add(id);
        [id] = graph.below(id, "follows");
      }
    }
    for (const id of named) labels.get(id)!.push(label);
  }
  return labels;
}
