import type { Command } from "commander";
import { examples } from "../help.ts";
import { json as asJson, block, printJson, title } from "../print.ts";
import { openScript } from "../workspace.ts";

export function addHeads(program: Command): void {
  program
    .command("heads")
    .summary("print the newest revision")
    .description("Prints the newest revision, or all that nothing follows. It reads the files alone.")
    .option("-v, --verbose", "several lines for each revision")
    .option("--json", "print an array of revisions as JSON")
    .addHelpText("after", examples(["hypertroq heads", "ddef93c02177 (head)"]))
    .action(async ({ verbose = false, json = false }: { verbose?: boolean; json?: boolean }) => {
      const script = await openScript();
      const heads = script.graph.heads.map((id) => script.get(id));
      if (json) printJson(heads.map((head) => asJson(head, script)));
      else for (const head of heads) console.log(verbose ? block(head, script) : title(head.id, script));
    });
}
