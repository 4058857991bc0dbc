import type { ConnectOptions } from "../../connection/connect.ts";
import { MigrationFailed } from "../errors.ts";
import type { Revision } from "../script/revision.ts";
import type { ScriptDirectory } from "../script/script-directory.ts";
import { newest, type Replay, withReplays } from "./replay.ts";
import { differences, linesOf, type Snapshot } from "./snapshot.ts";

export interface SquashTrial {
  readonly script: ScriptDirectory;
  /** Oldest first. */
  readonly run: readonly Revision[];
  /** What is to replace it. */
  readonly revision: Revision;
  readonly connect: ConnectOptions;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs revisions and what is to replace them on two scratch databases, up and back.
 *
 * @returns in what they do not come to the same, a sentence for each; none: they do.
 * @throws {MigrationFailed} when the revisions as they are fail.
 */
export async function proveSquash({ script, run, revision, connect, signal }: SquashTrial): Promise<readonly string[]> {
  const { graph } = script;
  const ids = run.map(({ id }) => id);
  const needed = run.flatMap(({ id, down }) => [...down, ...graph.dependencies(id)]).filter((id) => !ids.includes(id));
  const below = newest(graph, [...new Set(needed)]);
  return withReplays(connect, signal, async (open) => {
    const old = await open(script);
    await old.up(below);
    await old.up([revision.id]);
    const applied = await old.look();
    const reverted = await back(old, [...ids].reverse());
    const squashed = await open(script.squashed(revision, ids));
    await squashed.up(below);
    try {
      await squashed.up([revision.id]);
    } catch (error) {
      return [`in one revision, ${failure(error)}`];
    }
    const up = left(applied, await squashed.look(), "applied");
    if (up.length > 0 || typeof reverted === "string") return up;
    const again = await back(squashed, [revision.id]);
    return typeof again === "string" ? [`in one revision, ${again}`] : left(reverted, again, "reverted");
  });
}

/** What is there when revisions are reverted; a text: why they cannot be. */
async function back(replay: Replay, ids: readonly string[]): Promise<Snapshot | string> {
  try {
    for (const id of ids) await replay.down(id);
  } catch (error) {
    return failure(error);
  }
  return replay.look();
}

/** @throws what is no failure of a revision. */
function failure(error: unknown): string {
  if (!(error instanceof MigrationFailed)) throw error;
  const { direction, step, cause } = error;
  return `the ${direction} fails${step === undefined ? "" : ` at ${step}`}: ${(cause as Error).message}`;
}

function left(was: Snapshot, is: Snapshot, when: string): readonly string[] {
  return linesOf(differences(was, is)).map((line) => `${when} in one revision, it is otherwise: ${line}`);
}
