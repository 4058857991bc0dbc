import { relative } from "node:path";
import { type Command, Option } from "commander";
import type { LoadedConfig } from "../../config/load-config.ts";
import type { NewRevisionOptions } from "../../migrations/script/new-revision.ts";
import type { Answers } from "../ask-renames.ts";
import { collect, examples } from "../help.ts";
import { say } from "../print.ts";
import { openConfig } from "../workspace.ts";

interface Options {
  readonly message?: string;
  readonly autogenerate?: boolean;
  readonly head?: readonly string[];
  readonly splice?: boolean;
  readonly branchLabel?: string;
  readonly dependsOn?: readonly string[];
  readonly revId?: string;
  readonly versionPath?: string;
  readonly sql?: boolean;
  readonly rename?: readonly string[];
  readonly notRenamed?: readonly string[];
  readonly scratch?: string;
}

export function addRevision(program: Command, signal: AbortSignal): void {
  program
    .command("revision")
    .summary("write a new revision file")
    .description(
      "Writes a new, empty revision file that follows the head, and prints its path. Fill in its upgrade and its " +
        "downgrade; or let --autogenerate do it, which compares the models with the database: that is not changed, but " +
        "scratch databases are made beside it and dropped again, in which the revision is proven: up and down. Where there is " +
        "nothing to do it writes nothing. What may be a rename it asks on a terminal, and elsewhere stops unless --rename or " +
        "--not-renamed say it. What the file looks like is the template's to say " +
        "(migrations.template), and what is done with it then that of migrations.postWrite.",
    )
    .option("-m, --message <text>", "what the revision does, in one line; becomes part of the file's name")
    .addOption(
      new Option(
        "--autogenerate",
        "write what makes of the database what the models describe, and what takes it back",
      ).conflicts("sql"),
    )
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
    .option(
      "--rename <OLD=NEW>",
      "with --autogenerate: a rename, as users.name=users.full_name. May be repeated",
      collect,
    )
    .option(
      "--not-renamed <name>",
      "with --autogenerate: it goes, although it may look renamed. May be repeated",
      collect,
    )
    .option("--scratch <URL>", "with --autogenerate: a server for scratch databases, instead of the database's own")
    .option("--sql", "write SQL instead of TypeScript: an .up.sql and a .down.sql")
    .addHelpText(
      "after",
      examples(
        ['hypertroq revision -m "add orders"', "versions/3f1c…_add_orders.ts"],
        ['hypertroq revision --autogenerate -m "add orders"', "the same, filled in"],
        ['hypertroq revision -m "add orders" --sql', "3f1c…_add_orders.up.sql and .down.sql"],
        ["hypertroq revision --head base --branch-label billing", "a branch of its own"],
        ['hypertroq revision --head billing@head -m "prices"', "the next one on that branch"],
        ["hypertroq revision --head ddef --splice", "a second one after ddef…"],
      ),
    )
    .action(async ({ autogenerate = false, revId, rename = [], notRenamed = [], scratch, ...given }: Options) => {
      const config = await openConfig();
      const { migrations, root } = config;
      const options = { ...migrations, root, ...given, ...(revId === undefined ? {} : { id: revId }) };
      if (autogenerate) return generate(config, options, { renames: rename, notRenamed, scratch }, signal);
      const { createRevision } = await import("../../migrations/script/new-revision.ts");
      await printNew(() => createRevision(options));
    });
}

async function generate(
  config: LoadedConfig,
  { sql: _, ...options }: NewRevisionOptions,
  { scratch: server, ...said }: Answers & { readonly scratch: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { loadSchema } = await import("../../config/load-schema.ts");
  const { openDatabase } = await import("../../config/database.ts");
  const { autogenerate } = await import("../../migrations/autogenerate/autogenerate.ts");
  const { withScratchServer } = await import("../scratch-server.ts");
  const { withAnswers } = await import("../ask-renames.ts");
  const schema = await loadSchema(config);
  const { connect, release } = await openDatabase(config, process.env);
  try {
    const { revision, detected, leftAlone, obstacles } = await withScratchServer(config, server, (scratch) =>
      withAnswers(said, signal, (answers) =>
        autogenerate({ ...options, ...answers, connect, schema, scratch, signal }),
      ),
    );
    for (const one of leftAlone) say(`Left alone, because models do not describe it: ${one}`);
    for (const line of detected) say(line);
    for (const line of obstacles) say(`warning: ${line}`);
    if (revision !== undefined) await printNew(async () => revision);
    else if (detected.length === 0) say("The database is as the models describe it: nothing was written.");
    else say("migrations.processRevisionDirectives has left nothing: nothing was written.");
  } finally {
    await release();
  }
}

/** Prints the paths of new files as they are seen from here. */
export async function printNew(write: () => Promise<{ readonly files: readonly string[] }>): Promise<void> {
  const { files } = await write();
  for (const file of files) console.log(relative(process.cwd(), file));
}
