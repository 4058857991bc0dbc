import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addBackup } from "./commands/backup.ts";
import { addBranches } from "./commands/branches.ts";
import { addCheck } from "./commands/check.ts";
import { addCurrent } from "./commands/current.ts";
import { addDb } from "./commands/db.ts";
import { addDiff } from "./commands/diff.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDowngrade } from "./commands/downgrade.ts";
import { addEdit } from "./commands/edit.ts";
import { addHeads } from "./commands/heads.ts";
import { addHistory } from "./commands/history.ts";
import { addImport } from "./commands/import.ts";
import { addInit } from "./commands/init.ts";
import { addInspect } from "./commands/inspect.ts";
import { addLint } from "./commands/lint.ts";
import { addMerge } from "./commands/merge.ts";
import { addPull } from "./commands/pull.ts";
import { addRevision } from "./commands/revision.ts";
import { addRoles } from "./commands/roles.ts";
import { addSeed } from "./commands/seed.ts";
import { addShow } from "./commands/show.ts";
import { addSquash } from "./commands/squash.ts";
import { addStamp } from "./commands/stamp.ts";
import { addUpgrade } from "./commands/upgrade.ts";
import { addVerify } from "./commands/verify.ts";
import { examples } from "./help.ts";

/**
 * The command line's words. It throws CommanderError instead of exiting.
 *
 * @param signal aborted when the user interrupts.
 */
export function createProgram(signal: AbortSignal): Command {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const program = new Command("hypertroq")
    .description(
      "Moves a PostgreSQL database along its revisions, up and back, in Alembic's words.\n\n" +
        "It works on the app whose hypertroq.config.ts is in this directory or above it, and on the database that " +
        "DIRECT_URL or DATABASE_URL names (also in the app's .env), else on the app's development server.",
    )
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "explain; every verb has it too")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false })
    .exitOverride();
  for (const add of [
    addInit,
    addRevision,
    addMerge,
    addSquash,
    addEdit,
    addUpgrade,
    addDowngrade,
    addStamp,
    addCurrent,
    addCheck,
    addDiff,
    addInspect,
    addVerify,
    addLint,
    addHistory,
    addHeads,
    addBranches,
    addShow,
    addImport,
    addPull,
    addSeed,
    addRoles,
    addBackup,
    addDb,
    addDoctor,
  ]) {
    add(program, signal);
  }
  return program.addHelpText(
    "after",
    `${examples(
      ['hypertroq revision -m "add orders"', "write a new revision file"],
      ["hypertroq upgrade head", "apply all that is not applied yet"],
      ["hypertroq downgrade -1", "revert the last one"],
      ["hypertroq current", "where the database is"],
    )}\nExit codes: 0 done, 1 it failed or something is not as it should be,\n2 the words were wrong, 130 and 143 it was interrupted.\n`,
  );
}
