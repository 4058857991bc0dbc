import type { Command } from "commander";
import { examples } from "../help.ts";
import { printJson } from "../print.ts";
import { json as asJson, block, JSON_SHAPE, title } from "../revision-text.ts";
import { openScript } from "../workspace.ts";

interface Options {
  readonly verbose?: boolean;
  readonly resolveDependencies?: boolean;
  readonly json?: boolean;
}

export function addHeads(program: Command): void {
  program
    .command("heads")
    .summary("print the newest revision")
    .description(
      "Prints the newest revision, or all that nothing follows. One that a revision of another branch depends on is " +
        "marked as an effective head. It reads the files alone.",
    )
    .option("-v, --verbose", "several lines for each revision")
    .option("--resolve-dependencies", "leave out those that another revision depends on")
    .option("--json", `print an array of ${JSON_SHAPE} as JSON`)
    .addHelpText(
      "after",
      examples(
        ["hypertroq heads", "ddef93c02177 (head)"],
        ["hypertroq merge heads", "join them, where there are several"],
      ),
    )
    .action(async ({ verbose = false, resolveDependencies = false, json = false }: Options) => {
      const script = await openScript();
      const { graph } = script;
      const heads = (resolveDependencies ? graph.realHeads : graph.heads).map((id) => script.get(id));
      if (json) return printJson(heads.map((head) => asJson(head, script)));
      for (const head of heads) console.log(verbose ? block(head, script) : title(head.id, script, { points: false }));
    });
}
