import type { Command } from "commander";
import { counted } from "../../../backup/words.ts";
import { examples } from "../../help.ts";
import { printJson } from "../../print.ts";
import { openConfig } from "../../workspace.ts";
import { placeOf, withProgress } from "./place.ts";

export function addVerifyBackup(backup: Command, signal: AbortSignal): void {
  backup
    .command("verify")
    .summary("read a backup whole and look whether it is what it was")
    .description(
      "Reads everything in a backup and compares it with the checksums that were taken when it was made. One byte that is " +
        "another is found. Needs no database; it exits with 1 when the backup is damaged.",
    )
    .argument("[NAME]", "which one; default the newest good one")
    .option("--json", "print { name, rows, tables, bytes } as JSON")
    .addHelpText("after", examples(["hypertroq backup verify", "the newest"]))
    .action(async (name: string | undefined, { json = false }: { json?: boolean }) => {
      const place = await placeOf(await openConfig());
      const { verifyBackup } = await import("../../../backup/verify.ts");
      const read = await withProgress((onProgress) => verifyBackup({ ...place, backup: name, onProgress, signal }));
      const { rows, bytes, tables } = read;
      if (json) printJson({ name: read.name, rows, tables: tables.length, bytes });
      else console.log(`${read.name} is what it was: ${counted(rows, "row")} of ${counted(tables.length, "table")}.`);
    });
}
