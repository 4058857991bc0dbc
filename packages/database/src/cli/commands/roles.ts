import type { Command } from "commander";
import type { AppliedRoles, RolesOptions, RolesReport } from "../../roles/apply-roles.ts";
import { examples } from "../help.ts";
import { printJson, say } from "../print.ts";
import { withDatabase } from "../workspace.ts";

const KINDS = "owner, which owns everything and nobody is; migrator; app; readonly; backup";

export function addRoles(program: Command, signal: AbortSignal): void {
  const roles = program
    .command("roles")
    .summary("the roles of the database, each with no more rights than it needs")
    .description(
      `Makes the database's five roles, and says how they differ: ${KINDS}. It connects as DIRECT_URL or DATABASE_URL ` +
        "says, which has to be a superuser or somebody with the right to all of it.",
    )
    .helpCommand(false)
    .addHelpText("after", examples(["hypertroq roles show", "is everything as it shall be?"]));

  roles
    .command("apply")
    .summary("make them what they shall be")
    .description(
      "Makes the roles what they shall be, in one transaction. Done again it changes nothing. A role without a " +
        "password gets the one in ROLES_APP_PASSWORD (ROLES_MIGRATOR_PASSWORD …), else one that is made and printed " +
        "this once; the server sees neither, only what SCRAM stores of it.",
    )
    .option("--dry-run", "print the SQL, without passwords, and do nothing")
    .option("--json", "print { database, names, changes, passwords } as JSON")
    .addHelpText(
      "after",
      examples(
        ["hypertroq roles apply --dry-run", "look first"],
        ["hypertroq roles apply", "after the database was made, and after upgrades"],
      ),
    )
    .action(({ dryRun = false, json = false }: { dryRun?: boolean; json?: boolean }) =>
      withRoles(signal, async (options, { applyRoles, showRoles }) => {
        const report = dryRun ? await showRoles(options) : await applyRoles(options);
        if (json) return printJson(report);
        if (dryRun) for (const { sql } of report.changes) console.log(`${sql};`);
        else for (const text of described(report as AppliedRoles)) console.log(text);
        if (report.changes.length === 0) say("Nothing to do: everything is as it shall be.");
      }),
    );

  roles
    .command("show")
    .summary("print how they differ")
    .description("Prints how the roles and their rights differ from what they shall be. Exits with 1 when they do.")
    .option("--json", "print { database, names, changes } as JSON")
    .addHelpText("after", examples(["hypertroq roles show --json", "for programs"]))
    .action(({ json = false }: { json?: boolean }) =>
      withRoles(signal, async (options, { showRoles }) => {
        const report = await showRoles(options);
        if (json) printJson(report);
        else for (const text of standing(report)) console.log(text);
        if (report.changes.length > 0) process.exitCode = 1;
      }),
    );
}

type Library = typeof import("../../roles/apply-roles.ts");

async function withRoles(
  signal: AbortSignal,
  work: (options: RolesOptions, library: Library) => Promise<void>,
): Promise<void> {
  const library = await import("../../roles/apply-roles.ts");
  await withDatabase((connect, config) => work({ connect, config: config.roles, env: process.env, signal }, library));
}

function* standing({ names, changes }: RolesReport): Generator<string> {
  for (const [kind, name] of Object.entries(names)) yield `${kind.padEnd(8)}  ${name}`;
  yield changes.length === 0 ? "Everything is as it shall be." : "";
  for (const { difference } of changes) yield difference;
}

function* described({ changes, passwords }: AppliedRoles): Generator<string> {
  for (const { difference } of changes) yield `mended: ${difference}`;
  const made = Object.entries(passwords);
  if (made.length > 0) yield "Passwords, which are shown this once:";
  for (const [role, password] of made) yield `  ${role}  ${password}`;
}
