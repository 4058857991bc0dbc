import type { Command } from "commander";
import { drawHistory, inDrawingOrder } from "../draw-history.ts";
import { examples } from "../help.ts";
import { printJson } from "../print.ts";
import { json as asJson, block, JSON_SHAPE, line } from "../revision-text.ts";
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
      "Lists the revisions, newest first: on a terminal as a graph, elsewhere one line each. It reads the files alone, " +
        "and asks the database only where -i or the word current makes it necessary.",
    )
    .option("-r, --rev-range <from:to>", "only these, both included; an end may be empty, or current, or -N or +N")
    .option("-v, --verbose", "several lines for each revision")
    .option("-i, --indicate-current", "mark the revision that the database is at")
    .option("--json", `print an array of ${JSON_SHAPE} as JSON; with -i also current`)
    .addHelpText(
      "after",
      examples(
        ["hypertroq history -i", "all, with (current) where the database is"],
        ["hypertroq history -r current:", "what an upgrade would bring, and where it starts"],
        ["hypertroq history -r -3:head", "the last three and the one before"],
        ["hypertroq history | cat", "lines instead of the graph"],
      ),
    )
    .action(async ({ revRange = ":", verbose = false, indicateCurrent = false, json = false }: Options) => {
      const needsDatabase = indicateCurrent || revRange.split(":").includes("current");
      const [script, current] = needsDatabase
        ? await withMigrator(async (migrator) => [await migrator.script(), await migrator.current()] as const)
        : [await openScript(), []];
      const marks = indicateCurrent ? { current } : {};
      const revisions = inDrawingOrder(script.history(revRange, current), script);
      if (json) return printJson(revisions.map((revision) => asJson(revision, script, marks)));
      const { stdout, env } = process;
      const lines =
        stdout.isTTY && env["TERM"] !== "dumb"
          ? drawHistory(revisions, script, { ...marks, verbose, columns: stdout.columns || 80 })
          : revisions.map((revision) => (verbose ? block : line)(revision, script, marks));
      for (const text of lines) console.log(text);
    });
}
