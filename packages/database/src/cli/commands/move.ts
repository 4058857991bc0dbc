import type { Command } from "commander";
import type { Migrator } from "../../migrations/runner/migrator.ts";
import type { MigrationPlan } from "../../migrations/runner/plan.ts";
import type { ScriptDirectory } from "../../migrations/script/script-directory.ts";
import { rows } from "../describe-event.ts";
import { paint, printJson, say } from "../print.ts";
import { openConfig, openScript } from "../workspace.ts";

/** What `upgrade` and `downgrade` have in common. */
export interface MoveOptions {
  readonly sql?: boolean;
  readonly dryRun?: boolean;
  readonly expectOne?: boolean;
  readonly json?: boolean;
}

/** Ends with exit code 2 where the words contradict each other. */
export function requireSense(
  command: Command,
  direction: "upgrade" | "downgrade" | "stamp",
  targets: readonly string[],
  { sql = false, ...others }: MoveOptions & { readonly purge?: boolean | undefined },
): void {
  const range = targets.find((target) => target.includes(":"));
  const wrong =
    !sql && range !== undefined
      ? `${range} is a range, which only --sql takes. Name the revision to go to.`
      : sql && targets.length > 1
        ? "--sql takes one target, or one range FROM:TO."
        : sql && direction === "downgrade" && range === undefined
          ? "downgrade --sql asks no database, so it must be told where it begins: FROM:TO."
          : sql && Object.values(others).some((value) => value !== undefined)
            ? "--sql runs nothing, so it goes with no other flag."
            : others.json && !others.dryRun
              ? "--json belongs to --dry-run."
              : undefined;
  if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: 2 });
}

/** The script of a run, for psql. */
export async function printScript(direction: "upgrade" | "downgrade" | "stamp", range: string): Promise<void> {
  const { role } = (await openConfig()).migrations;
  const script = await openScript();
  const { offlineScript } = await import("../../migrations/runner/offline.ts");
  process.stdout.write(offlineScript(script, direction, range, role === undefined ? {} : { role }));
}

/** Prints what a run would do: SQL, which standard output can be piped away, with the rest in comments. */
export async function dryRun(
  migrator: Migrator,
  direction: "upgrade" | "downgrade",
  targets: readonly string[],
  { expectOne = false, json = false }: MoveOptions,
): Promise<void> {
  const plan = await migrator.plan(direction, direction === "downgrade" ? targets[0]! : targets);
  for (const warning of plan.warnings) say(`warning: ${warning}`);
  if (json) printJson(plan);
  else for (const text of describePlan(plan, await migrator.script())) console.log(text);
  if (plan.revisions.length === 0) say("Nothing to do.");
  if (expectOne && plan.revisions.length !== 1) {
    const { ExpectedOneRevision } = await import("../../migrations/errors/run.ts");
    throw new ExpectedOneRevision(plan.revisions.map(({ revision }) => revision));
  }
}

function* describePlan({ direction, revisions }: MigrationPlan, script: ScriptDirectory): Generator<string> {
  const comment = (text: string): string => paint("cyan", `-- ${text.replaceAll("\n", "\n-- ")}`);
  for (const { revision, message, transaction, stepsDone, steps, losses } of revisions) {
    const below = rows(script.get(revision).down);
    const way = direction === "upgrade" ? `${below} -> ${revision}` : `${revision} -> ${below}`;
    const done = stepsDone === 0 ? "" : `, ${stepsDone} done by an earlier run`;
    yield comment(`${direction} ${way}, ${message} (${transaction ? "one transaction" : "step by step"}${done})`);
    for (const { object, reason } of losses) yield paint("red", `-- destroys data: ${object}: ${reason}`);
    for (const { title, sql } of steps) {
      if (sql === null) yield comment(`${title}: asks the database what to do`);
      else yield `${sql};`;
    }
    yield "";
  }
}
