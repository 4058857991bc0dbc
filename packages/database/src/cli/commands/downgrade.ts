import type { Command } from "commander";
import { examples, TARGETS } from "../help.ts";
import { say } from "../print.ts";
import { withMigrator } from "../workspace.ts";

export function addDowngrade(program: Command, signal: AbortSignal): void {
  program
    .command("downgrade")
    .summary("revert revisions")
    .description(
      "Reverts the revisions applied on top of REV, newest first, each in one transaction with its version row. " +
        "What a revision's downgrade drops is gone with its data.",
    )
    .argument("<REV>", "where to go back to; this revision itself stays")
    .addHelpText("after", TARGETS)
    .addHelpText(
      "after",
      examples(
        ["hypertroq downgrade -1", "revert the last revision"],
        ["hypertroq downgrade base", "revert all of them"],
      ),
    )
    .action((target: string) =>
      withMigrator(async (migrator) => {
        const steps = await migrator.downgrade(target, { signal });
        if (steps.length === 0) say("Nothing to do: nothing is applied on top of it.");
      }),
    );
}
