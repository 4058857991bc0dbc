import type { Command } from "commander";
import type { MergeOptions } from "../../migrations/script/new-revision.ts";
import { examples } from "../help.ts";
import { say } from "../print.ts";
import { StatusLine } from "../status-line.ts";
import { openConfig } from "../workspace.ts";
import { printNew } from "./revision.ts";

interface Options {
  readonly message?: string;
  readonly branchLabel?: string;
  readonly revId?: string;
  readonly proof: boolean;
}

export function addMerge(program: Command, signal: AbortSignal): void {
  program
    .command("merge")
    .summary("write a revision that joins several heads")
    .description(
      "Writes a new, empty revision file that follows all of REVS, so that one head is left. Two heads come about when " +
        "two people write a revision on the same parent. First their branches are applied and reverted in one order and in " +
        "the other, on scratch databases that are made beside the configured one and dropped again: unless the same comes of " +
        "both, it says which objects collide and which order works, and writes nothing.",
    )
    .argument("<REVS...>", "the heads to join, by id or its beginning; heads: all of them")
    .option("-m, --message <text>", 'what it does, in one line; default "merge <id> and <id>"')
    .option("--branch-label <label>", "a name for it and for all that will follow it")
    .option("--rev-id <id>", "the revision's id, up to 32 characters; default 12 random hexadecimal digits")
    .option("--no-proof", "write it untried, where no scratch database can be made; no database is needed")
    .addHelpText(
      "after",
      examples(["hypertroq merge heads", "join all heads"], ["hypertroq merge 3f1c ddef", "join these two"]),
    )
    .action(async (revisions: string[], { message, branchLabel, revId, proof }: Options) => {
      const given = {
        revisions,
        ...(message === undefined ? {} : { message }),
        ...(branchLabel === undefined ? {} : { branchLabel }),
        ...(revId === undefined ? {} : { id: revId }),
      };
      await (proof ? proven(given, signal) : untried(given));
    });
}

type Given = Omit<MergeOptions, "directory">;

async function untried(given: Given): Promise<void> {
  const { migrations, root } = await openConfig();
  const { mergeRevisions } = await import("../../migrations/script/new-revision.ts");
  await printNew(() => mergeRevisions({ ...migrations, root, ...given }));
  say("It was not tried whether the order of the branches makes a difference.");
}

async function proven(given: Given, signal: AbortSignal): Promise<void> {
  const { withTrialServer } = await import("../scratch-server.ts");
  const { ScratchUnavailable } = await import("../../migrations/errors.ts");
  const work = withTrialServer(async (connect, { migrations, root }) => {
    const { mergeProven } = await import("../../migrations/history/merge.ts");
    const line = new StatusLine();
    const onProgress = (heads: readonly string[]): void => line.show(`Trying ${heads.join(", then ")}`);
    const options = { ...migrations, root, ...given, connect, signal, onProgress };
    const made = await mergeProven(options).finally(() => line.clear());
    for (const remark of made.remarks) say(`warning: ${remark}`);
    await printNew(async () => made);
    say("The branches commute: in either order the same comes of them, and is taken back.");
  });
  await work.catch((error: unknown) => {
    if (error instanceof ScratchUnavailable) say("With --no-proof the merge is written untried.");
    throw error;
  });
}
