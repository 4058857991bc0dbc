import { type Command, InvalidArgumentError } from "commander";
import type { Retention } from "../../../backup/retention.ts";
import { examples } from "../../help.ts";
import { printJson, say } from "../../print.ts";
import { openConfig } from "../../workspace.ts";
import { directoryOf } from "./place.ts";

interface Options extends Retention {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addPrune(backup: Command): void {
  backup
    .command("prune")
    .summary("remove old backups")
    .description(
      "Removes the backups that are not needed any more. Kept are the newest one of each of the last days, weeks and months " +
        "that have one (in UTC), and always the newest good one. What is damaged or foreign is left to you; what an " +
        "interrupted process has left is removed after a day.",
    )
    .option("--daily <N>", "days that keep one; default 7, or the configuration's backups.keep", wholeNumber)
    .option("--weekly <N>", "weeks; default 4", wholeNumber)
    .option("--monthly <N>", "months; default 12", wholeNumber)
    .option("--dry-run", "say what would be removed, and remove nothing")
    .option("--json", "print { kept, removed, left } as JSON")
    .addHelpText("after", examples(["hypertroq backup prune --dry-run", "what would go"]))
    .action(async ({ dryRun = false, json = false, ...given }: Options) => {
      const config = await openConfig();
      const { pruneBackups } = await import("../../../backup/retention.ts");
      const keep = { ...config.backups.keep, ...given };
      const pruned = await pruneBackups({ directory: directoryOf(config), keep, dryRun });
      if (json) printJson(pruned);
      else for (const name of pruned.removed) console.log(name);
      for (const name of pruned.left) say(`Left: ${name}, which is no good backup. hypertroq backup list says more.`);
      const verb = dryRun ? "Would remove" : "Removed";
      say(`${verb} ${pruned.removed.length}, and ${dryRun ? "keep" : "kept"} ${pruned.kept.length}.`);
    });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
