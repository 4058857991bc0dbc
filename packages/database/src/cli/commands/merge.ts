import type { Command } from "commander";
import { examples } from "../help.ts";
import { openConfig } from "../workspace.ts";
import { printNew } from "./revision.ts";

interface Options {
  readonly message?: string;
  readonly branchLabel?: string;
  readonly revId?: string;
}

export function addMerge(program: Command): void {
  program
    .command("merge")
    .summary("write a revision that joins several heads")
    .description(
      "Writes a new, empty revision file that follows all of REVS, so that one head is left. Two heads come about when " +
        "two people write a revision on the same parent. The database is not touched.",
    )
    .argument("<REVS...>", "the heads to join, by id or its beginning; heads: all of them")
    .option("-m, --message <text>", 'what it does, in one line; default "merge <id> and <id>"')
    .option("--branch-label <label>", "a name for it and for all that will follow it")
    .option("--rev-id <id>", "the revision's id, up to 32 characters; default 12 random hexadecimal digits")
    .addHelpText(
      "after",
      examples(["hypertroq merge heads", "join all heads"], ["hypertroq merge 3f1c ddef", "join these two"]),
    )
    .action(async (revisions: string[], { message, branchLabel, revId }: Options) => {
      const { migrations, root } = await openConfig();
      const { mergeRevisions } = await import("../../migrations/script/new-revision.ts");
      await printNew(() =>
        mergeRevisions({
          ...migrations,
          root,
          revisions,
          ...(message === undefined ? {} : { message }),
          ...(branchLabel === undefined ? {} : { branchLabel }),
          ...(revId === undefined ? {} : { id: revId }),
        }),
      );
    });
}
