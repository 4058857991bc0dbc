import type { Command } from "commander";
import { examples } from "../help.ts";
import { addCreate } from "./backup/create.ts";
import { addDrill } from "./backup/drill.ts";
import { addList } from "./backup/list.ts";
import { addPrune } from "./backup/prune.ts";
import { addRestore } from "./backup/restore.ts";
import { addVerifyBackup } from "./backup/verify.ts";

export function addBackup(program: Command, signal: AbortSignal): void {
  const backup = program
    .command("backup")
    .summary("make backups, prove them, restore them")
    .description(
      "Makes backups of the database, proves that they can be relied on, and restores them. They are in the directory that " +
        "BACKUP_DIRECTORY or the configuration's backups.directory names, and encrypted when there is a key: BACKUP_KEY, or a " +
        "file that BACKUP_KEY_FILE names, with 32 bytes in base64 or hexadecimal digits.",
    )
    .helpCommand(false)
    .addHelpText(
      "after",
      examples(
        ["hypertroq backup create", "make one"],
        ["hypertroq backup drill", "prove that the newest can be restored"],
      ),
    );
  for (const add of [addCreate, addList, addVerifyBackup, addRestore, addPrune, addDrill]) add(backup, signal);
}
