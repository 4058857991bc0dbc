import { readFileSync } from "node:fs";
import { Command } from "commander";
import { examples } from "./help.ts";

/** The verbs, in the order in which help lists them. Each is loaded when it is asked for, because one is run and 25 are not. */
const VERBS = {
  init: async () => (await import("./commands/init.ts")).addInit,
  revision: async () => (await import("./commands/revision.ts")).addRevision,
  merge: async () => (await import("./commands/merge.ts")).addMerge,
  squash: async () => (await import("./commands/squash.ts")).addSquash,
  edit: async () => (await import("./commands/edit.ts")).addEdit,
  upgrade: async () => (await import("./commands/upgrade.ts")).addUpgrade,
  downgrade: async () => (await import("./commands/downgrade.ts")).addDowngrade,
  stamp: async () => (await import("./commands/stamp.ts")).addStamp,
  current: async () => (await import("./commands/current.ts")).addCurrent,
  check: async () => (await import("./commands/check.ts")).addCheck,
  diff: async () => (await import("./commands/diff.ts")).addDiff,
  inspect: async () => (await import("./commands/inspect.ts")).addInspect,
  verify: async () => (await import("./commands/verify.ts")).addVerify,
  lint: async () => (await import("./commands/lint.ts")).addLint,
  history: async () => (await import("./commands/history.ts")).addHistory,
  heads: async () => (await import("./commands/heads.ts")).addHeads,
  branches: async () => (await import("./commands/branches.ts")).addBranches,
  show: async () => (await import("./commands/show.ts")).addShow,
  import: async () => (await import("./commands/import.ts")).addImport,
  pull: async () => (await import("./commands/pull.ts")).addPull,
  seed: async () => (await import("./commands/seed.ts")).addSeed,
  roles: async () => (await import("./commands/roles.ts")).addRoles,
  backup: async () => (await import("./commands/backup.ts")).addBackup,
  db: async () => (await import("./commands/db.ts")).addDb,
  doctor: async () => (await import("./commands/doctor.ts")).addDoctor,
} satisfies Record<string, () => Promise<(program: Command, signal: AbortSignal) => void>>;
type Verb = keyof typeof VERBS;

/**
 * The command line's words. It throws CommanderError instead of exiting.
 *
 * @param signal aborted when the user interrupts.
 * @param only the verb that is needed; all of them when it is none, as for help and for a word that is misspelt.
 */
export async function createProgram(signal: AbortSignal, only?: string): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const program = new Command("hypertroq")
    .description(
      "Moves a PostgreSQL database along its revisions, up and back, in Alembic's words.\n\n" +
        "It works on the app whose hypertroq.config.ts is in this directory or above it, and on the database that " +
        "DIRECT_URL or DATABASE_URL names (also in the app's .env), else on the app's development server, but in production and staging (ENVIRONMENT).",
    )
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "explain; every verb has it too")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false })
    .exitOverride();
  const verbs = only !== undefined && Object.hasOwn(VERBS, only) ? [VERBS[only as Verb]] : Object.values(VERBS);
  for (const add of await Promise.all(verbs.map((load) => load()))) add(program, signal);
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
