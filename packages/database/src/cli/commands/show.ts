import type { Command } from "commander";
import { examples } from "../help.ts";
import { printJson, say } from "../print.ts";
import { json as asJson, block, JSON_SHAPE } from "../revision-text.ts";
import { namedRevisions } from "../workspace.ts";

export function addShow(program: Command): void {
  program
    .command("show")
    .summary("print what is known of a revision")
    .description(
      "Prints what is known of a revision: what it follows, its file, time and message. It reads the files alone, but for " +
        "the word current.",
    )
    .argument(
      "<REV>",
      "a revision's id or its beginning, head, heads, current, label@head, or one of these with +N or -N",
    )
    .option("--json", `print an array of ${JSON_SHAPE} as JSON`)
    .addHelpText(
      "after",
      examples(
        ["hypertroq show head", "the newest"],
        ["hypertroq show ddef", "by its beginning"],
        ["hypertroq show current", "where the database is"],
      ),
    )
    .action(async (target: string, { json = false }: { json?: boolean }) => {
      const { script, revisions } = await namedRevisions(target);
      if (json) printJson(revisions.map((revision) => asJson(revision, script)));
      else if (revisions.length === 0) say("No revision is applied.");
      else for (const revision of revisions) console.log(block(revision, script));
    });
}
