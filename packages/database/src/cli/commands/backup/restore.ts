import type { Command } from "commander";
import { counted } from "../../../backup/words.ts";
import { examples } from "../../help.ts";
import { say } from "../../print.ts";
import { withDatabase } from "../../workspace.ts";
import { placeOf, withProgress } from "./place.ts";

interface Options {
  readonly table?: string;
  readonly as?: string;
  readonly replace?: boolean;
  readonly owner: boolean;
}

export function addRestore(backup: Command, signal: AbortSignal): void {
  const restore = backup.command("restore");
  restore
    .summary("restore a backup, or one table of it")
    .description(
      "Restores a backup into the configured database, in one transaction: all of it or nothing. The database has to be empty, " +
        "unless --replace says that everything in it is to be dropped. With --table the rows of one table alone come back, " +
        "into the table itself, which has to be empty: foreign keys and other constraints are checked, users' triggers do not " +
        "fire. Or into a new table, which --as names, with the columns and nothing else.",
    )
    .argument("[NAME]", "which one; default the newest good one")
    .option("--replace", "drop everything that the database holds first, in the same transaction")
    .option("--no-owner", "leave owners and privileges out")
    .option("--table <TABLE>", "restore the rows of this table alone: users, audit.log")
    .option("--as <NAME>", "with --table: into a new table of this name, in the same schema")
    .addHelpText(
      "after",
      examples(
        ["hypertroq backup restore", "the newest, into an empty database"],
        ["hypertroq backup restore --table users --as users_then", "look at what was there"],
      ),
    )
    .action((name: string | undefined, { table, as, replace = false, owner }: Options) => {
      if (table === undefined && as !== undefined) restore.error("error: --as needs --table");
      if (table !== undefined && (replace || !owner)) restore.error("error: --table restores rows alone");
      return withDatabase(async (connect, config) => {
        const options = { ...(await placeOf(config)), connect, backup: name, signal };
        if (table === undefined) {
          const { restoreBackup } = await import("../../../backup/restore.ts");
          const {
            rows,
            tables,
            name: restored,
          } = await withProgress((onProgress) => restoreBackup({ ...options, replace, owners: owner, onProgress }));
          say(`Restored ${restored}: ${counted(rows, "row")} of ${counted(tables.length, "table")}.`);
        } else {
          const { restoreTable } = await import("../../../backup/restore-table.ts");
          const rows = await withProgress((onProgress) => restoreTable({ ...options, table, as, onProgress }));
          say(`Restored ${counted(rows, "row")} of ${table}${as === undefined ? "" : ` as ${as}`}.`);
        }
      });
    });
}
