import type { Command } from "commander";
import { examples, TARGETS } from "../help.ts";
import { say } from "../print.ts";
import { withMigrator } from "../workspace.ts";

export function addStamp(program: Command, signal: AbortSignal): void {
  program
    .command("stamp")
    .summary("set the version table, run nothing")
    .description(
      "Makes the version table say that the database is at REV, and runs no revision. For a database whose tables came " +
        "about in another way.",
    )
    .argument("<REV>", "what the version table shall say")
    .option("--purge", "forget first whatever the version table says, also ids that no file has")
    .addHelpText("after", TARGETS)
    .addHelpText("after", examples(["hypertroq stamp head", "this database has everything already"]))
    .action((target: string, { purge = false }: { purge?: boolean }) =>
      withMigrator(async (migrator) => {
        const steps = await migrator.stamp(target, { purge, signal });
        if (steps.length === 0) say("Nothing to do: the version table says so already.");
      }),
    );
}
