import type { ConnectOptions } from "../../connection/connect.ts";
import { BranchesCollide, type Collision } from "../errors.ts";
import { type MergeOptions, mergedHeads, mergeRevisions, type NewRevision } from "../script/new-revision.ts";
import { ScriptDirectory } from "../script/script-directory.ts";
import { proveCommuting } from "./commuting.ts";
import { withReplays } from "./replay.ts";

/** Options of {@link mergeProven}. */
export interface ProvenMergeOptions extends MergeOptions {
  /** The server on which scratch databases are made: a direct connection whose role may create databases. */
  readonly connect: ConnectOptions;
  /** Told before each order of heads that is tried. */
  readonly onProgress?: (heads: readonly string[]) => void;
  /** Aborting it ends it with `ComparisonInterrupted`: nothing is written, and the scratch databases are dropped. */
  readonly signal?: AbortSignal;
}

/** A merge whose branches commute. */
export interface ProvenMerge extends NewRevision {
  /** What is wrong with one branch whatever the others do, and what could not be tried therefore; a sentence for each. */
  readonly remarks: readonly string[];
}

/**
 * Writes a revision that follows several heads, when their branches commute: from what they have in common they are applied
 * in one order and in the other on scratch databases, and reverted in both. The catalogs have to be the same. Of more than
 * two heads each pair is tried, and then all of them.
 *
 * @throws {BranchesCollide} @throws {ScratchUnavailable} @throws {ComparisonInterrupted} @throws {ConnectionFailed}
 * @throws {MigrationFailed} when what they have in common cannot be applied; and what {@link mergeRevisions} throws.
 */
export async function mergeProven(options: ProvenMergeOptions): Promise<ProvenMerge> {
  const { connect, onProgress = () => {}, signal, ...merge } = options;
  const script = await ScriptDirectory.load(merge.directory, merge.versions);
  const heads = mergedHeads(script, merge.revisions);
  const pairs = heads.flatMap((one, index) => heads.slice(index + 1).map((other) => [one, other]));
  const remarks = new Set<string>();
  const collisions = await withReplays(connect, signal, async (open) => {
    const found: Collision[] = [];
    const tryOut = async (group: readonly string[]): Promise<void> => {
      const proof = await proveCommuting(script, open, group, onProgress);
      for (const remark of proof.remarks) remarks.add(remark);
      if (proof.collision !== undefined) found.push(proof.collision);
    };
    for (const pair of pairs) await tryOut(pair);
    if (heads.length > 2 && found.length === 0) await tryOut(heads);
    return found;
  });
  if (collisions.length > 0) throw new BranchesCollide(collisions);
  // By their ids: what has become a head meanwhile was not tried.
  return { ...(await mergeRevisions({ ...merge, revisions: heads })), remarks: [...remarks] };
}
