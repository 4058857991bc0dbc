import type { Command } from "commander";
import { examples, TARGETS } from "../help.ts";
import { say } from "../print.ts";
import { withMigrator } from "../workspace.ts";

export function addUpgrade(program: Command, signal: AbortSignal): void {
  program
    .command("upgrade")
    .summary("apply revisions")
    .description(
      "Applies revisions up to REV, each in one transaction with its version row, so that an interruption leaves the " +
        "database before or after a revision and never between. Of several runs at once one applies, the others wait.",
    )
    .argument("[REV]", "where to go", "head")
    .addHelpText("after", TARGETS)
    .addHelpText(
      "after",
      examples(["hypertroq upgrade head", "everything"], ["hypertroq upgrade +1", "the next revision only"]),
    )
    .action((target: string) =>
      withMigrator(async (migrator) => {
        const steps = await migrator.upgrade(target, { signal });
        if (steps.length === 0) say("Nothing to do: it is applied already.");
      }),
    );
}
