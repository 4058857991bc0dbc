import type { Command } from "commander";
import type { DiffPlan } from "../../migrations/diff/diff.ts";
import type { DiffStep } from "../../migrations/diff/steps.ts";
import { SOURCES, withSources } from "../diff-source.ts";
import { collect, examples } from "../help.ts";
import { paint, printJson, say } from "../print.ts";
import { withScratchServer } from "../scratch-server.ts";
import { FOLLOW_MODELS } from "../standing.ts";

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly scratch?: string;
  readonly rename?: readonly string[];
  readonly notRenamed?: readonly string[];
  readonly down?: boolean;
  readonly sql?: boolean;
  readonly json?: boolean;
}

export function addDiff(program: Command, signal: AbortSignal): void {
  program
    .command("diff")
    .summary("print what makes of one database another")
    .description(
      "Prints the statements that make of one database another, each with the lock it takes and what it destroys, and exits " +
        "with 1; where there is no difference it prints nothing and exits with 0. Both ways are run in scratch databases before " +
        "they are printed; what then is not as it should be is told. It changes nothing.",
    )
    .option("--from <SOURCE>", "what there is; default the configured database")
    .option("--to <SOURCE>", "what there shall be; default the configuration's schema, the models")
    .option("--rename <OLD=NEW>", "a rename, as users.name=users.full_name. May be repeated", collect)
    .option("--not-renamed <name>", "it goes, although it may look renamed. May be repeated", collect)
    .option("--scratch <URL>", "a server for scratch databases, instead of the database's own")
    .option("--down", "print the way back")
    .option("--sql", "print the statements alone, as a script for psql")
    .option("--json", "print { up, down, unsupported, detected, renameCandidates } as JSON")
    .addHelpText("after", SOURCES)
    .addHelpText(
      "after",
      examples(
        ["hypertroq diff", "from the database to the models"],
        ["hypertroq diff --from $A --to $B --sql", "from one database to another, as a script"],
        ["hypertroq diff --from old.sql --to new.sql", "from one file to another"],
        ["hypertroq diff --from head --to $DATABASE_URL", "what was changed by hand"],
      ),
    )
    .action((options: Options, command: Command) => {
      const { from, to, scratch, rename: renames = [], notRenamed = [] } = options;
      const models = async (config: Parameters<typeof loadModels>[0]) => ({ schema: await loadModels(config) });
      return withSources(
        command,
        [
          [from, "database"],
          [to, models],
        ],
        scratch,
        async (opened) => {
          const { diff } = await import("../../migrations/diff/diff.ts");
          const [left, right] = opened.sources as [(typeof opened.sources)[0], (typeof opened.sources)[0]];
          const { includeObject, compareType, compareServerDefault } = opened.config?.migrations ?? {};
          const hooks = { includeObject, compareType, compareServerDefault };
          const plan = await withScratchServer(opened.config, scratch, (server = opened.scratch) =>
            diff({ from: left, to: right, scratch: server, renames, notRenamed, ...hooks, signal }),
          );
          print(plan, options);
          const isFromModels = from === undefined && to === undefined && !options.json;
          if (isFromModels && plan.up.length > 0) say(FOLLOW_MODELS);
        },
      );
    });
}

async function loadModels(config: import("../../config/load-config.ts").LoadedConfig) {
  const { loadSchema } = await import("../../config/load-schema.ts");
  return loadSchema(config);
}

function print(plan: DiffPlan, { down = false, sql = false, json = false }: Options): void {
  const isDifferent = plan.up.length + plan.unsupported.length > 0;
  if (isDifferent) process.exitCode = 1;
  if (json) printJson(plan);
  else printText(plan, isDifferent, down ? plan.down : plan.up, sql);
}

function printText(plan: DiffPlan, isDifferent: boolean, steps: readonly DiffStep[], sql: boolean): void {
  for (const line of plan.detected) say(line);
  if (!isDifferent) say("No difference.");
  if (sql) printScript(steps);
  else for (const step of steps) console.log(annotated(step));
  for (const { kind, from, to } of plan.renameCandidates) {
    const choices = to.map((name) => `--rename ${from}=${name}`).join(" or ");
    say(`The ${kind} ${from} may be renamed: ${choices}, else --not-renamed ${from}`);
  }
  for (const one of plan.unsupported) say(`Not possible: ${one}`);
}

/** In one transaction, if PostgreSQL takes it so. */
function printScript(steps: readonly DiffStep[]): void {
  if (steps.length === 0) return;
  const isOne = steps.every(({ transactional }) => transactional);
  const lines = steps.map(({ sql }) => `${sql};`);
  console.log((isOne ? ["begin;", ...lines, "commit;"] : lines).join("\n"));
}

/** A statement, and below it what is to be known of it, as comments. */
function annotated({ sql, lock, rewrites, losses, transactional }: DiffStep): string {
  const facts = [
    ...(lock === null ? [] : [`locks ${lock}`]),
    ...(rewrites ? ["writes the table anew"] : []),
    ...(transactional ? [] : ["not in a transaction"]),
  ];
  return [
    `${sql};`,
    ...(facts.length === 0 ? [] : [paint("dim", `-- ${facts.join(", ")}`)]),
    ...losses.map((loss) => paint("red", `-- destroys: ${loss.replace(/\s+/g, " ")}`)),
  ].join("\n");
}
