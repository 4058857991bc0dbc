import type { Command } from "commander";
import { formatUrl } from "../../url.ts";
import { examples } from "../help.ts";
import { printJson, say } from "../print.ts";
import { block, title } from "../revision-text.ts";
import { branchHeads, describeOverlaps, describeUnfinished, missingHeads, withoutEntries } from "../standing.ts";
import { withMigrator } from "../workspace.ts";

interface Options {
  readonly verbose?: boolean;
  readonly checkHeads?: boolean;
  readonly json?: boolean;
}

export function addCurrent(program: Command): void {
  program
    .command("current")
    .summary("print the revision the database is at")
    .description(
      "Prints the revision that the database is at, one for each branch; nothing when none is applied. Says also whether a " +
        "revision was broken off half way, and which were edited after they had been applied. Changes nothing.",
    )
    .option("-v, --verbose", "also which database, and the revision's parent, file and message")
    .option("--check-heads", "exit with 1 unless every head is applied")
    .option("--json", "print { current, heads, atHead, unknown, edited, unfinished } as JSON")
    .addHelpText(
      "after",
      examples(
        ["hypertroq current", "ddef93c02177 (head)"],
        ["hypertroq current --check-heads", "for scripts: is everything applied?"],
      ),
    )
    .action(({ verbose = false, checkHeads = false, json = false }: Options) =>
      withMigrator(async (migrator, connect) => {
        const journal = await migrator.journal();
        const script = await migrator.script();
        const { status } = journal;
        const known = status.current.filter((id) => script.graph.has(id));
        const notApplied = missingHeads(script, known);
        if (json) printJson({ ...status, ...withoutEntries(journal) });
        else {
          if (verbose) say(`Current revision of ${formatUrl(connect)}:`);
          for (const id of [...status.unknown, ...branchHeads(script, known)]) {
            const marks = { labels: false };
            console.log(
              verbose && script.graph.has(id) ? block(script.get(id), script, marks) : title(id, script, marks),
            );
          }
          for (const message of describeOverlaps(script, known)) say(`warning: ${message}`);
          for (const { message } of journal.edited) say(`warning: ${message}`);
          if (journal.unfinished !== undefined) say(`warning: ${describeUnfinished(journal.unfinished)}`);
        }
        const problem = script.graph.unknownRows(status.current);
        if (problem !== undefined) throw problem;
        if (status.current.length === 0 && !json) say("No revision is applied.");
        if (checkHeads && !status.atHead) {
          say(`Not applied: ${notApplied.join(", ")} (head)`);
          process.exitCode = 1;
        }
      }),
    );
}
