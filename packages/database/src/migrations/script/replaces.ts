import type { Revision } from "./revision.ts";

/** What a squashed revision stands for. */
export interface Replaces {
  /**
   * The revisions, its own id among them, oldest first, each with the checksum of its file; several where it was squashed
   * before.
   */
  readonly revisions: Readonly<Record<string, string | readonly string[]>>;
  /** A commit or a tag in which their files are; null: nobody knows. */
  readonly lastIn: string | null;
}

export function isReplaces(value: unknown): value is Replaces {
  if (typeof value !== "object" || value === null) return false;
  const { revisions, lastIn } = value as Partial<Record<keyof Replaces, unknown>>;
  const isText = (one: unknown): boolean => typeof one === "string";
  return (
    (lastIn === null || isText(lastIn)) &&
    typeof revisions === "object" &&
    revisions !== null &&
    Object.values(revisions).every((one) => (Array.isArray(one) ? one.every(isText) : isText(one)))
  );
}

/** Whether a file with this checksum is one that the squashed revision replaces. */
export function isReplaced(squashed: Pick<Revision, "replaces">, id: string, checksum: string): boolean {
  const revisions = squashed.replaces?.revisions;
  return revisions !== undefined && Object.hasOwn(revisions, id) && [revisions[id]!].flat().includes(checksum);
}

/**
 * Parts the revisions of a directory from those that squashed ones replace. Both are there when a squash was killed after
 * its file had appeared: from then on that one counts, and the others are to be removed.
 */
export function withoutReplaced(loaded: readonly Revision[]): {
  readonly revisions: readonly Revision[];
  readonly leftovers: readonly Revision[];
} {
  const squashed = loaded.filter(({ replaces }) => replaces !== undefined);
  const isLeft = (one: Revision): boolean =>
    squashed.some((other) => other !== one && isReplaced(other, one.id, one.checksum));
  return { revisions: loaded.filter((one) => !isLeft(one)), leftovers: loaded.filter(isLeft) };
}
