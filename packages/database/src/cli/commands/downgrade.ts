import type { Command } from "commander";
import { examples, TARGETS } from "../help.ts";
import { say } from "../print.ts";
import { withMigrator } from "../workspace.ts";
import { dryRun, type MoveOptions, printScript, requireSense } from "./move.ts";

export function addDowngrade(program: Command, signal: AbortSignal): void {
  program
    .command("downgrade")
    .summary("revert revisions")
    .description(
      "Reverts the revisions applied on top of REV, newest first, each in one transaction with its version row. " +
        "What a revision's downgrade drops is gone with its data.",
    )
    .argument("<REV>", "where to go back to; this revision itself stays. With --sql: FROM:TO")
    .option("--sql", "print the SQL as a script for psql and touch no database")
    .option("--dry-run", "print what would be done, and do nothing")
    .option("--expect-one", "do nothing unless exactly one revision is to be reverted")
    .option("--json", "with --dry-run: print { direction, revisions, warnings } as JSON")
    .addHelpText("after", TARGETS)
    .addHelpText(
      "after",
      examples(
        ["hypertroq downgrade -1", "revert the last revision"],
        ["hypertroq downgrade base", "revert all of them"],
        ["hypertroq downgrade -1 --dry-run", "look first"],
        ["hypertroq downgrade head:ddef --sql", "a script from the head back to ddef…"],
      ),
    )
    .action(async (target: string, options: MoveOptions, command: Command) => {
      requireSense(command, "downgrade", [target], options);
      if (options.sql) return printScript("downgrade", target);
      await withMigrator(async (migrator) => {
        if (options.dryRun) return dryRun(migrator, "downgrade", [target], options);
        const steps = await migrator.downgrade(target, { signal, expectOne: options.expectOne ?? false });
        if (steps.length === 0) say("Nothing to do: nothing is applied on top of it.");
      });
    });
}
