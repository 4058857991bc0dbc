import type { Command } from "commander";
import { UnknownRevision } from "../../migrations/errors.ts";
import { examples } from "../help.ts";
import { json as asJson, block, printJson } from "../print.ts";
import { openScript } from "../workspace.ts";

export function addShow(program: Command): void {
  program
    .command("show")
    .summary("print what is known of a revision")
    .description("Prints what is known of a revision: its parent, file, time and message. It reads the files alone.")
    .argument("<REV>", "a revision's id or its beginning, head, heads, or one of these with +N or -N")
    .option("--json", "print an array of revisions as JSON")
    .addHelpText("after", examples(["hypertroq show head", "the newest"], ["hypertroq show ddef", "by its beginning"]))
    .action(async (target: string, { json = false }: { json?: boolean }) => {
      const script = await openScript();
      const revisions = script.graph.resolve(target).map((id) => script.get(id));
      if (revisions.length === 0) throw new UnknownRevision(target, script.graph.heads);
      if (json) printJson(revisions.map((revision) => asJson(revision, script)));
      else for (const revision of revisions) console.log(block(revision, script));
    });
}
