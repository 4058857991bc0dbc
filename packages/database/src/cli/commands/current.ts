import type { Command } from "commander";
import { DatabaseNewerThanCode } from "../../migrations/errors.ts";
import { formatUrl } from "../../url.ts";
import { examples } from "../help.ts";
import { block, printJson, say, title } from "../print.ts";
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
    .description("Prints the revision that the database is at; nothing when none is applied. Changes nothing.")
    .option("-v, --verbose", "also which database, and the revision's parent, file and message")
    .option("--check-heads", "exit with 1 unless every head is applied")
    .option("--json", "print { current, heads, atHead, unknown } as JSON")
    .addHelpText(
      "after",
      examples(
        ["hypertroq current", "ddef93c02177 (head)"],
        ["hypertroq current --check-heads", "for scripts: is everything applied?"],
      ),
    )
    .action(({ verbose = false, checkHeads = false, json = false }: Options) =>
      withMigrator(async (migrator, connect) => {
        const status = await migrator.status();
        const script = await migrator.script();
        if (verbose && !json) say(`Current revision of ${formatUrl(connect)}:`);
        if (json) printJson(status);
        for (const id of json ? [] : status.current) {
          console.log(verbose && script.graph.has(id) ? block(script.get(id), script) : title(id, script));
        }
        if (status.unknown.length > 0) throw new DatabaseNewerThanCode(status.unknown, status.heads);
        if (status.current.length === 0 && !json) say("No revision is applied.");
        if (checkHeads && !status.atHead) {
          say(`Not applied: ${status.heads.filter((head) => !status.current.includes(head)).join(", ")} (head)`);
          process.exitCode = 1;
        }
      }),
    );
}
