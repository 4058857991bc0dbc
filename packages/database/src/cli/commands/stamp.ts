import type { Command } from "commander";
import { examples, TARGETS } from "../help.ts";
import { say } from "../print.ts";
import { withMigrator } from "../workspace.ts";
import { printScript, requireSense } from "./move.ts";

export function addStamp(program: Command, signal: AbortSignal): void {
  program
    .command("stamp")
    .summary("set the version table, run nothing")
    .description(
      "Makes the version table say that the database is at REV, and runs no revision. For a database whose tables came " +
        "about in another way. Of several REV each stands for a branch.",
    )
    .argument("<REV...>", "what the version table shall say; with --sql also FROM:TO")
    .option("--purge", "forget first whatever the version table says, also ids that no file has")
    .option("--sql", "print the SQL as a script for psql and touch no database; begins at base, or at FROM of FROM:TO")
    .addHelpText("after", TARGETS)
    .addHelpText(
      "after",
      examples(
        ["hypertroq stamp head", "this database has everything already"],
        ["hypertroq stamp heads --purge", "whatever the table says now"],
        ["hypertroq stamp ddef --sql", "the statements that do it"],
      ),
    )
    .action(async (targets: string[], { purge, sql }: { purge?: boolean; sql?: boolean }, command: Command) => {
      requireSense(command, "stamp", targets, { ...(sql ? { sql } : {}), purge });
      if (sql) return printScript("stamp", targets[0]!);
      await withMigrator(async (migrator) => {
        const steps = await migrator.stamp(targets, { purge: purge ?? false, signal });
        if (steps.length === 0) say("Nothing to do: the version table says so already.");
      });
    });
}
