import { relative } from "node:path";
import type { Command } from "commander";
import { collect, examples } from "../help.ts";
import { openConfig } from "../workspace.ts";

interface Options {
  readonly message?: string;
  readonly head?: readonly string[];
  readonly splice?: boolean;
  readonly branchLabel?: string;
  readonly dependsOn?: readonly string[];
  readonly revId?: string;
  readonly versionPath?: string;
  readonly sql?: boolean;
}

export function addRevision(program: Command): void {
  program
    .command("revision")
    .summary("write a new revision file")
    .description(
      "Writes a new, empty revision file that follows the head, and prints its path. Fill in its upgrade and its " +
        "downgrade. The database is not touched. What the file looks like is the template's to say " +
        "(migrations.template), and what is done with it then that of migrations.postWrite.",
    )
    .option("-m, --message <text>", "what the revision does, in one line; becomes part of the file's name")
    .option("--head <REV>", "what it follows, instead of the head; base: nothing. May be repeated", collect)
    .option("--splice", "let it follow a revision that another one follows already, which begins a branch")
    .option("--branch-label <label>", "a name for it and for all that will follow it: label@head")
    .option(
      "--depends-on <REV>",
      "a revision that must be applied before it without being its parent. May be repeated",
      collect,
    )
    .option("--rev-id <id>", "the revision's id, up to 32 characters; default 12 random hexadecimal digits")
    .option("--version-path <dir>", "which of several directories of revision files it is written to")
    .option("--sql", "write SQL instead of TypeScript: an .up.sql and a .down.sql")
    .addHelpText(
      "after",
      examples(
        ['hypertroq revision -m "add orders"', "versions/3f1c…_add_orders.ts"],
        ['hypertroq revision -m "add orders" --sql', "3f1c…_add_orders.up.sql and .down.sql"],
        ["hypertroq revision --head base --branch-label billing", "a branch of its own"],
        ['hypertroq revision --head billing@head -m "prices"', "the next one on that branch"],
        ["hypertroq revision --head ddef --splice", "a second one after ddef…"],
      ),
    )
    .action(async ({ message, head, splice, branchLabel, dependsOn, revId, versionPath, sql }: Options) => {
      const { migrations, root } = await openConfig();
      const { createRevision } = await import("../../migrations/script/new-revision.ts");
      await printNew(() =>
        createRevision({
          ...migrations,
          root,
          ...(message === undefined ? {} : { message }),
          ...(head === undefined ? {} : { head }),
          ...(splice === undefined ? {} : { splice }),
          ...(branchLabel === undefined ? {} : { branchLabel }),
          ...(dependsOn === undefined ? {} : { dependsOn }),
          ...(revId === undefined ? {} : { id: revId }),
          ...(versionPath === undefined ? {} : { versionPath }),
          ...(sql === undefined ? {} : { sql }),
        }),
      );
    });
}

/** Prints the paths of new files as they are seen from here. */
export async function printNew(write: () => Promise<{ readonly files: readonly string[] }>): Promise<void> {
  const { files } = await write();
  for (const file of files) console.log(relative(process.cwd(), file));
}
