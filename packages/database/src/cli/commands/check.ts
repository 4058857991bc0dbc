import type { Command } from "commander";
import type { LoadedConfig } from "../../config/load-config.ts";
import type { ConnectOptions } from "../../connection/connect.ts";
import { examples } from "../help.ts";
import { printJson, say } from "../print.ts";
import { describeOverlaps, describeUnfinished, FOLLOW_MODELS, missingHeads, withoutEntries } from "../standing.ts";
import { withMigrator } from "../workspace.ts";

export function addCheck(program: Command, signal: AbortSignal): void {
  program
    .command("check")
    .summary("say whether the database is as the revisions say")
    .description(
      "Exits with 1 unless every head is applied, no revision was edited after it had been applied, and none was broken " +
        "off half way; and where the configuration has a schema, unless the database is what the models describe, which is " +
        "found out in a scratch database only where the catalog does not tell. For deployments and CI. Changes nothing but with --accept.",
    )
    .option("--accept", "first take edited revisions, as they are now, for what was applied: a formatter, a comment")
    .option("--scratch <URL>", "a server for scratch databases, instead of the database's own: a standby makes none")
    .option("--json", "print { ok, current, heads, atHead, unknown, missing, edited, unfinished, detected } as JSON")
    .addHelpText(
      "after",
      examples(
        ["hypertroq check", "0: all is well; 1: what is not"],
        ["hypertroq check --accept", "the edits that it told of are meant"],
      ),
    )
    .action(({ accept = false, json = false, scratch }: { accept?: boolean; json?: boolean; scratch?: string }) =>
      withMigrator(async (migrator, connect, config) => {
        for (const id of accept ? await migrator.acceptEdits({ signal }) : []) say(`Accepted: ${id} as it is now.`);
        const journal = await migrator.journal();
        const script = await migrator.script();
        const { status } = journal;
        const missing = missingHeads(script, status.current);
        const head = script.graph.heads.length > 1 ? "heads" : "head";
        const problems = [
          ...(status.unknown.length > 0
            ? [script.graph.unknownRows(status.unknown)!.message]
            : missing.map((id) => `${id} is not applied. Apply it with: hypertroq upgrade ${head}`)),
          ...describeOverlaps(
            script,
            status.current.filter((id) => script.graph.has(id)),
          ),
          ...journal.edited.map(({ message }) => message),
          ...(journal.unfinished === undefined ? [] : [describeUnfinished(journal.unfinished)]),
        ];
        const detected = problems.length === 0 ? await differences(config, connect, scratch, signal) : undefined;
        problems.push(...(detected ?? []));
        const ok = problems.length === 0;
        if (json) printJson({ ok, ...status, missing, ...withoutEntries(journal), detected: detected ?? null });
        else if (ok) console.log("Everything is applied, and as it was written.");
        else {
          for (const problem of problems) say(problem);
          if (detected !== undefined && detected.length > 0) say(FOLLOW_MODELS);
        }
        if (!ok) process.exitCode = 1;
      }),
    );
}

/** How the database differs from the models; undefined: the configuration names none. */
async function differences(
  config: LoadedConfig,
  connect: ConnectOptions,
  named: string | undefined,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (config.schema === undefined) return undefined;
  const { loadSchema } = await import("../../config/load-schema.ts");
  const { compareModels } = await import("../../migrations/autogenerate/compare-models.ts");
  const { withScratchServer } = await import("../scratch-server.ts");
  const { includeObject, compareType, compareServerDefault } = config.migrations;
  const hooks = { includeObject, compareType, compareServerDefault };
  const schema = await loadSchema(config);
  return withScratchServer(config, named, async (scratch) => {
    const { detected } = await compareModels({ connect, schema, scratch, ...hooks, signal });
    return detected;
  });
}
