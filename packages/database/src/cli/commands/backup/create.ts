import type { Command } from "commander";
import { counted } from "../../../backup/words.ts";
import { examples } from "../../help.ts";
import { printJson, say } from "../../print.ts";
import { withDatabase } from "../../workspace.ts";
import { placeOf, sizeOf, withProgress } from "./place.ts";

export function addCreate(backup: Command, signal: AbortSignal): void {
  backup
    .command("create")
    .summary("make a backup")
    .description(
      "Makes a backup of the database as it is at one moment, while others work on it, and prints its name. The schema is " +
        "written by the pg_dump on PATH when it is of the server's major version or newer, else by one that is WebAssembly; " +
        "the rows are copied, compressed and, when there is a key, encrypted. What is interrupted leaves nothing behind.",
    )
    .option("--json", "print the backup's manifest as JSON")
    .addHelpText("after", examples(["hypertroq backup create", "make one"]))
    .action(({ json = false }: { json?: boolean }) =>
      withDatabase(async (connect, config) => {
        const place = await placeOf(config);
        const { createBackup } = await import("../../../backup/create.ts");
        const made = await withProgress((onProgress) => createBackup({ ...place, connect, onProgress, signal }));
        if (json) printJson(made);
        else console.log(made.name);
        const seconds = (Date.parse(made.finishedAt) - Date.parse(made.startedAt)) / 1000;
        const how = made.encryption === undefined ? "not encrypted" : "encrypted";
        say(
          `${counted(made.rows, "row")} of ${counted(made.tables.length, "table")}, ${sizeOf(made.bytes)}, ${how}, in ${seconds.toFixed(1)} s. ` +
            "Whether it can be relied on, a drill tells: hypertroq backup drill",
        );
      }),
    );
}
