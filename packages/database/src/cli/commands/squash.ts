import { type Command, Option } from "commander";
import { examples } from "../help.ts";
import { say } from "../print.ts";
import { printNew } from "./revision.ts";

interface Options {
  readonly message?: string;
  readonly keepData?: boolean;
  readonly dropData?: boolean;
  readonly lastIn?: string;
}

export function addSquash(program: Command, signal: AbortSignal): void {
  program
    .command("squash")
    .summary("make one revision of several that follow each other")
    .description(
      "Writes one revision that makes the calls of all from FROM to TO, and removes their files. It has the id of TO, so that a " +
        "database at TO or beyond stays valid as it is, and a new one runs it alone; a database between is told to go to TO " +
        "first, with the code of the commit that still has the files. On scratch databases, made beside the configured one " +
        "and dropped again, the old run and the new revision have to come to the same, up and back.",
    )
    .argument("<RANGE>", "FROM:TO, both included; a revision's id, a label, base or head")
    .option("-m, --message <text>", 'what it does, in one line; default "squash of <FROM> to <TO>"')
    .option("--keep-data", "keep SQL that changes data as it is; op.data cannot be kept")
    .addOption(new Option("--drop-data", "leave out what changes data: SQL and op.data").conflicts("keepData"))
    .option("--last-in <TAG>", "the version that still has the files, for messages; default the current commit")
    .addHelpText(
      "after",
      examples(
        ["hypertroq squash 3f1c:ddef", "one revision, called ddef…"],
        ["hypertroq squash base:head --drop-data", "all of a history without branches"],
      ),
    )
    .action(async (range: string, { message, keepData, dropData, lastIn }: Options) => {
      const { withTrialServer } = await import("../scratch-server.ts");
      await withTrialServer(async (connect, { migrations, root }) => {
        const { squash } = await import("../../migrations/history/squash.ts");
        const made = await squash({
          ...migrations,
          root,
          connect,
          range,
          signal,
          ...(message === undefined ? {} : { message }),
          ...(keepData ? { data: "keep" } : dropData ? { data: "drop" } : {}),
          ...(lastIn === undefined ? {} : { lastIn }),
        });
        await printNew(async () => ({ files: [made.file] }));
        say(
          `It replaces ${made.replaced.join(", ")}; their files are removed. Deploy it where every database is at ${made.id}.`,
        );
      });
    });
}
