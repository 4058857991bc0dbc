import type { GraphNode, Step } from "../../src/migrations/index.ts";

export function node(id: string, down: readonly string[] = [], more: Partial<GraphNode> = {}): GraphNode {
  return { id, down, dependsOn: [], labels: [], ...more };
}

/** Revisions of which each follows the one before. */
export const line = (ids: readonly string[]): GraphNode[] =>
  ids.map((id, index) => node(id, index === 0 ? [] : [ids[index - 1]!]));

export const idsOf = (steps: readonly Step[]): readonly string[] => steps.map((step) => step.revision);

/** What `work` throws; undefined where it does not. */
export function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
