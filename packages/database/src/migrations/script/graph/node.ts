import type { Replaces } from "../replaces.ts";

/** A revision as the graph sees it. */
export interface GraphNode {
  readonly id: string;
  /** The revisions this one follows: none for a base, several for a merge point. */
  readonly down: readonly string[];
  /** Revisions to be applied before this one although it does not follow them, each an id or a branch label. */
  readonly dependsOn: readonly string[];
  /** Names for the branch that this revision is on. */
  readonly labels: readonly string[];
  /** Of a squashed revision: what it stands for. */
  readonly replaces?: Replaces | undefined;
  /** Where it was read from, for messages. */
  readonly file?: string;
}

/** A revision in a message: its id, and its file where it has one. */
export function nameOf({ id, file }: Pick<GraphNode, "id" | "file">): string {
  return file === undefined ? id : `${id} (${file})`;
}
