import type { Command } from "commander";
import { examples } from "../help.ts";
import { json as asJson, block, line, printJson } from "../print.ts";
import { openScript, withMigrator } from "../workspace.ts";

interface Options {
  readonly revRange?: string;
  readonly verbose?: boolean;
  readonly indicateCurrent?: boolean;
  readonly json?: boolean;
}

export function addHistory(program: Command): void {
  program
    .command("history")
    .summary("list the revisions")
    .description(
      "Lists the revisions, newest first. It reads the files alone, and asks the database only where -i or the word " +
        "current makes it necessary.",
    )
    .option("-r, --rev-range <from:to>", "only these, both included; an end may be empty, or current, or -N or +N")
    .option("-v, --verbose", "several lines for each revision")
    .option("-i, --indicate-current", "mark the revision that the database is at")
    .option("--json", "print an array of revisions as JSON")
    .addHelpText(
      "after",
      examples(
        ["hypertroq history -i", "all, with (current) where the database is"],
        ["hypertroq history -r current:", "what an upgrade would bring, and where it starts"],
        ["hypertroq history -r -3:head", "the last three and the one before"],
      ),
    )
    .action(async ({ revRange = ":", verbose = false, indicateCurrent = false, json = false }: Options) => {
      const needsDatabase = indicateCurrent || revRange.includes("current");
      const [script, current] = needsDatabase
        ? await withMigrator(async (migrator) => [await migrator.script(), await migrator.current()] as const)
        : [await openScript(), []];
      const marks = indicateCurrent ? { current } : {};
      const revisions = script.history(revRange, current);
      if (json) printJson(revisions.map((revision) => asJson(revision, script, marks)));
      else for (const revision of revisions) console.log((verbose ? block : line)(revision, script, marks));
    });
}
