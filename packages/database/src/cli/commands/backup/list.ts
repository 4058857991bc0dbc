import type { Command } from "commander";
import type { BackupEntry } from "../../../backup/directory.ts";
import { counted } from "../../../backup/words.ts";
import { examples } from "../../help.ts";
import { paint, printJson, say } from "../../print.ts";
import { openConfig } from "../../workspace.ts";
import { directoryOf, sizeOf } from "./place.ts";

export function addList(backup: Command): void {
  backup
    .command("list")
    .summary("print what backups there are")
    .description(
      "Prints what lies in the directory of backups, the newest first, and of each whether it is a good one: whole, by its " +
        "manifest and the lengths of its files. verify reads everything; a drill proves it.",
    )
    .option("--json", "print [{ state, name, … }] as JSON; state is good, damaged, unfinished or foreign")
    .addHelpText("after", examples(["hypertroq backup list", "the newest first"]))
    .action(async ({ json = false }: { json?: boolean }) => {
      const directory = directoryOf(await openConfig());
      const { listBackups } = await import("../../../backup/directory.ts");
      const entries = await listBackups(directory);
      if (json) printJson(entries);
      else for (const entry of entries) console.log(describe(entry));
      if (!entries.some(({ state }) => state === "good"))
        say(`There is no good backup in ${directory}. Make one: hypertroq backup create`);
    });
}

function describe(entry: BackupEntry): string {
  switch (entry.state) {
    case "good": {
      const { database, rows, bytes, encryption } = entry.manifest;
      const drill =
        entry.drill === undefined
          ? "not drilled"
          : `${entry.drill.ok ? "drilled" : paint("red", "drill failed")} ${entry.drill.at.slice(0, 10)}`;
      const secret = encryption === undefined ? "" : ", encrypted";
      return `${entry.name}  ${paint("green", "good")}  ${database}, ${counted(rows, "row")}, ${sizeOf(bytes)}${secret}, ${drill}`;
    }
    case "damaged":
      return `${entry.name}  ${paint("red", "damaged")}  ${entry.problems.join(" ")}`;
    case "unfinished":
      return `${entry.name}  ${paint("yellow", "unfinished")}  being made now, or left by a process that was killed`;
    case "foreign":
      return `${entry.name}  ${paint("yellow", "foreign")}  not made by this command`;
  }
}
