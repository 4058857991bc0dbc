import { relative } from "node:path";
import { type Command, Option } from "commander";
import type { LoadedConfig } from "../../config/load-config.ts";
import type { Finding, LintReport } from "../../migrations/lint/lint.ts";
import type { RuleSetting } from "../../migrations/lint/rules.ts";
import type { ScriptDirectory } from "../../migrations/script/script-directory.ts";
import { describeFinding, describeRules, summary } from "../describe-findings.ts";
import { collect, examples, TARGETS } from "../help.ts";
import { printJson, say } from "../print.ts";
import { openConfig } from "../workspace.ts";

interface Options {
  readonly rule?: readonly string[];
  readonly ignore?: readonly string[];
  readonly list?: boolean;
  readonly json?: boolean;
}

export function addLint(program: Command, signal: AbortSignal): void {
  program
    .command("lint")
    .summary("say what revisions would stop or break")
    .description(
      "Looks in revisions for what would lock an application out of its tables while they are applied, or break it " +
        "afterwards: which rule, which lock, and what to write instead. Nothing is run. Without REV it looks at those " +
        "that are not applied to the database, and where none can be reached, at all. With a database at hand it says " +
        "how large the tables are; what is found in an empty one is a note. Exits with 1 on an error. What is so on " +
        'purpose says op.lintIgnore("rule", "reason") before it, in SQL -- lint-ignore rule: reason.',
    )
    .argument("[REV]", "a revision, or those of FROM:TO, both included")
    .addOption(new Option("--rule <id>", "look for nothing else. May be repeated").argParser(collect))
    .addOption(new Option("--ignore <id>", "do not look for it. May be repeated").argParser(collect))
    .option("--list", "print the rules")
    .option("--json", "print { ok, revisions, ignored, findings } as JSON")
    .addHelpText("after", TARGETS)
    .addHelpText(
      "after",
      examples(
        ["hypertroq lint", "what is not applied yet"],
        ["hypertroq lint head", "the newest revision"],
        ["hypertroq lint 3f1c:head", "from 3f1c… on"],
        ["hypertroq lint --rule drop-column", "one rule"],
        ["hypertroq lint --list", "all rules"],
      ),
    )
    .action(async (target: string | undefined, options: Options) => {
      if (options.list) return list(options.json ?? false);
      const report = await look(await openConfig(), target, options, signal);
      const ok = report.findings.every(({ severity }) => severity !== "error");
      if (options.json) printJson({ ok, ...report, findings: report.findings.map(asJson) });
      else {
        for (const finding of report.findings)
          console.log(describeFinding(finding, relative(process.cwd(), finding.file)));
        say(summary(report));
      }
      if (!ok) process.exitCode = 1;
    });
}

async function list(json: boolean): Promise<void> {
  const { RULES } = await import("../../migrations/lint/rules.ts");
  if (json) printJson(RULES.map(({ id, severity, title }) => ({ id, severity, title })));
  else console.log(describeRules(RULES));
}

async function look(
  config: LoadedConfig,
  target: string | undefined,
  { rule, ignore = [] }: Options,
  signal: AbortSignal,
): Promise<LintReport> {
  const { directory, versions, lint: settings } = config.migrations;
  const { ScriptDirectory } = await import("../../migrations/script/script-directory.ts");
  const { lint } = await import("../../migrations/lint/lint.ts");
  const off = Object.fromEntries(ignore.map((id): [string, RuleSetting] => [id, "off"]));
  const script = await ScriptDirectory.load(directory, versions);
  const rules = { script, settings: { ...settings, ...off }, only: rule, signal };
  const database = await reach(config, signal);
  try {
    const { connection, current = [] } = database;
    const known = current.filter((id) => script.graph.has(id));
    const revisions = named(script, target, known, connection !== undefined);
    return await lint({ ...rules, revisions, connection, current: known });
  } finally {
    await database.release();
  }
}

function named(
  script: ScriptDirectory,
  target: string | undefined,
  current: readonly string[],
  isReached: boolean,
): readonly string[] {
  if (target !== undefined) return ids(script, target, current);
  if (!isReached) return script.graph.order;
  const applied = new Set(script.graph.applied(current));
  return script.graph.order.filter((id) => !applied.has(id));
}

function ids(script: ScriptDirectory, target: string, current: readonly string[]): readonly string[] {
  return script.history(target.includes(":") ? target : `${target}:${target}`, current).map(({ id }) => id);
}

interface Reached {
  readonly connection?: Awaited<ReturnType<typeof import("../../connection/connect.ts").connect>>;
  readonly current?: readonly string[];
  readonly release: () => Promise<void>;
}

/** The database, where there is one that answers: lint does its work without, too. */
async function reach(config: LoadedConfig, signal: AbortSignal): Promise<Reached> {
  const { openDatabase } = await import("../../config/database.ts");
  const { connect } = await import("../../connection/connect.ts");
  const { Migrator } = await import("../../migrations/runner/migrator.ts");
  let database: Awaited<ReturnType<typeof openDatabase>> | undefined;
  try {
    database = await openDatabase(config, process.env);
    const connection = await connect({ ...database.connect, statementCacheSize: 0 }, signal);
    const { release } = database;
    const current = await new Migrator({ ...config.migrations, connect: database.connect }).current();
    return {
      connection,
      current,
      release: async () => {
        await connection.close();
        await release();
      },
    };
  } catch (error) {
    signal.throwIfAborted();
    await database?.release();
    say(`No database is at hand: ${(error as Error).message}`);
    return { release: async () => {} };
  }
}

function asJson({ file, line, size, table, lock, ...finding }: Finding): object {
  return { ...finding, file, line: line ?? null, table: table ?? null, lock: lock ?? null, size: size ?? null };
}
