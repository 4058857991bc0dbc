import { Argument, type Command } from "commander";
import { collect, examples, TARGETS } from "../help.ts";
import { say } from "../print.ts";
import { withMigrator } from "../workspace.ts";
import { dryRun, type MoveOptions, printScript, requireSense } from "./move.ts";

interface Options extends MoveOptions {
  readonly allowDrop?: readonly string[];
}

export function addUpgrade(program: Command, signal: AbortSignal): void {
  program
    .command("upgrade")
    .summary("apply revisions")
    .description(
      "Applies revisions up to REV, each in one transaction with its version row, so that an interruption leaves the " +
        "database before or after a revision and never between. A revision with a step that PostgreSQL runs in no " +
        "transaction runs step by step, and the next run goes on where it was broken off. Of several runs at once one " +
        "applies, the others wait. Where data would be destroyed it stops and asks for --allow-drop.",
    )
    .addArgument(new Argument("[REV...]", "where to go; with --sql also FROM:TO").default(["head"], "head"))
    .option("--sql", "print the SQL as a script for psql and touch no database; begins at base, or at FROM of FROM:TO")
    .option("--dry-run", "print what would be done, and do nothing")
    .option("--expect-one", "do nothing unless exactly one revision is to be applied")
    .option("--allow-drop <OBJECT>", "let this object's data be destroyed: users.nickname. May be repeated", collect)
    .option("--json", "with --dry-run: print { direction, revisions, warnings } as JSON")
    .addHelpText("after", TARGETS)
    .addHelpText(
      "after",
      examples(
        ["hypertroq upgrade head", "everything"],
        ["hypertroq upgrade +1", "the next revision only"],
        ["hypertroq upgrade billing@head core@head", "two branches"],
        ["hypertroq upgrade head --dry-run", "look first"],
        ["hypertroq upgrade ddef:head --sql", "a script from ddef… to the head"],
      ),
    )
    .action(async (targets: string[], options: Options, command: Command) => {
      requireSense(command, "upgrade", targets, options);
      if (options.sql) return printScript("upgrade", targets[0]!);
      await withMigrator(async (migrator) => {
        if (options.dryRun) return dryRun(migrator, "upgrade", targets, options);
        const { expectOne = false, allowDrop = [] } = options;
        const steps = await migrator.upgrade(targets, { signal, expectOne, allowDrop });
        if (steps.length === 0) say("Nothing to do: it is applied already.");
      });
    });
}
