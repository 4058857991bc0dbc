import type { Command } from "commander";
import { examples } from "../help.ts";
import { paint, printJson } from "../print.ts";
import { json as asJson, block, JSON_SHAPE, title } from "../revision-text.ts";
import { openScript } from "../workspace.ts";

export function addBranches(program: Command): void {
  program
    .command("branches")
    .summary("print where the history forks")
    .description(
      "Prints the revisions that several others follow, newest first, and those that follow them; nothing where the " +
        "history is one line. It reads the files alone.",
    )
    .option("-v, --verbose", "several lines for each branch point, and the messages of what follows it")
    .option("--json", `print an array of ${JSON_SHAPE}, each with its branches, an array of such, as JSON`)
    .addHelpText("after", examples(["hypertroq branches", "ddef93c02177 (branchpoint) and what follows it"]))
    .action(async ({ verbose = false, json = false }: { verbose?: boolean; json?: boolean }) => {
      const script = await openScript();
      const points = script.history().filter(({ id }) => script.graph.isBranchPoint(id));
      const following = (id: string) => script.graph.children(id).map((child) => script.get(child));
      if (json) {
        return printJson(
          points.map((point) => ({
            ...asJson(point, script),
            branches: following(point.id).map((child) => asJson(child, script)),
          })),
        );
      }
      for (const point of points) {
        console.log(verbose ? block(point, script) : title(point.id, script));
        for (const child of following(point.id)) {
          const message = verbose ? `, ${child.message}` : "";
          console.log(`${" ".repeat(point.id.length)} ${paint("blue", "->")} ${title(child.id, script)}${message}`);
        }
        console.log("");
      }
    });
}
