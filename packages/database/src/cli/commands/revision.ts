import { relative } from "node:path";
import type { Command } from "commander";
import { examples } from "../help.ts";
import { openConfig } from "../workspace.ts";

export function addRevision(program: Command): void {
  program
    .command("revision")
    .summary("write a new revision file")
    .description(
      "Writes a new, empty revision file that follows the head, and prints its path. Fill in its upgrade and its " +
        "downgrade. The database is not touched.",
    )
    .option("-m, --message <text>", "what the revision does, in one line; becomes part of the file's name")
    .option("--rev-id <id>", "the revision's id, up to 32 characters; default 12 random hexadecimal digits")
    .addHelpText("after", examples(['hypertroq revision -m "add orders"', "versions/3f1c…_add_orders.ts"]))
    .action(async ({ message, revId }: { message?: string; revId?: string }) => {
      const { directory } = (await openConfig()).migrations;
      const { createRevision } = await import("../../migrations/script/new-revision.ts");
      const { file } = await createRevision({
        directory,
        ...(message === undefined ? {} : { message }),
        ...(revId === undefined ? {} : { id: revId }),
      });
      console.log(relative(process.cwd(), file));
    });
}
