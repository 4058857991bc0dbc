import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { isDeployed } from "../../config/environment.ts";
import type { LoadedConfig } from "../../config/load-config.ts";
import type { Diagnosis } from "../../connection/diagnose.ts";
import type { DatabaseOptions } from "../../connection/options.ts";
import type { AlertRule } from "../../monitoring/alerts/rule.ts";
import type { CheckUp } from "../../monitoring/check-up.ts";
import { describeCheckUp } from "../describe-check-up.ts";
import { describeReplicas } from "../describe-replicas.ts";
import { examples } from "../help.ts";
import { printJson, say } from "../print.ts";
import { openConfig } from "../workspace.ts";
import { directoryOf } from "./backup/place.ts";

interface Options {
  readonly instances: number;
  readonly json?: boolean;
}

export function addDoctor(program: Command, signal: AbortSignal): void {
  program
    .command("doctor")
    .summary("say what is wrong with the database, and what to do")
    .description(
      "Looks at the server for two seconds and says whether the application's connection pool (DB_POOL_SIZE, " +
        "DB_MAX_OVERFLOW) fits what it gives: its limits, who uses its connections, how many the application keeps " +
        "busy. Then at each replica (REPLICA_URLS). Then looks once by all alert rules, and whether the database is " +
        "protected: in production, where ENVIRONMENT or NODE_ENV says so, by more. Exits with 1 when something is critical. " +
        "Changes nothing.",
    )
    .option("--instances <N>", "how many processes of the application run, each with a pool", wholeNumber, 1)
    .option(
      "--json",
      "print { url, applicationName, pool, version, limits, activity, observed, advice, replicas, checkUp } as JSON; " +
        'observed.limit, the most connections that the pool may open, is a number or "unlimited"; each of replicas is ' +
        "{ host, state, inRecovery, lag, bytes, finding }; checkUp is { alerts, fine, unknown }",
    )
    .addHelpText(
      "after",
      examples(
        ["hypertroq doctor", "look while the application works"],
        ["hypertroq doctor --instances 4", "for four processes that share the server"],
      ),
    )
    .action(async ({ instances, json = false }: Options) => {
      const { openDatabase } = await import("../../config/database.ts");
      const { diagnose } = await import("../../connection/diagnose.ts");
      const { surveyReplicas } = await import("../../replicas/survey.ts");
      const config = await openConfig();
      const { options, release } = await openDatabase(config, process.env);
      try {
        if (!json) say("Watching for two seconds …");
        const diagnosis = await diagnose(options, { instances, signal });
        const application = asApplication(options);
        const replicas = await surveyReplicas(application, { signal });
        const checked = await examine(application, config);
        if (json) printJson({ ...inJson(diagnosis), replicas, checkUp: checked });
        else {
          const lines = [...describe(diagnosis), "", ...describeReplicas(replicas), ...describeCheckUp(checked)];
          for (const line of lines) console.log(line);
        }
        const ofReplicas = replicas.flatMap(({ finding }) => finding ?? []);
        const all = [...diagnosis.advice.findings, ...ofReplicas, ...checked.alerts];
        if (all.some(({ severity }) => severity === "critical")) process.exitCode = 1;
      } finally {
        await release();
      }
    });
}

/** As the application connects, which may be past another door than the one for migrations. */
function asApplication(options: DatabaseOptions): DatabaseOptions {
  return { ...options, url: process.env["DATABASE_URL"]?.trim() || options.url };
}

/** Looks by the rules. */
async function examine(options: DatabaseOptions, config: LoadedConfig): Promise<CheckUp> {
  const { checkUp } = await import("../../monitoring/check-up.ts");
  const { rules = [], thresholds } = config.monitoring ?? {};
  return await checkUp(options, {
    rules: [...rules, ...(await rulesOfBackups(config, options.url))],
    thresholds,
    isProduction: isDeployed(process.env),
  });
}

/** Where backups are made; those of other databases do not count. */
async function rulesOfBackups(config: LoadedConfig, url: string): Promise<readonly AlertRule[]> {
  const directory = directoryOf(config);
  if (!existsSync(directory)) return [];
  const { backupFacts } = await import("../../backup/newest.ts");
  const { backupRules } = await import("../../monitoring/alerts/rules/backups.ts");
  const { parseUrl } = await import("../../url.ts");
  return backupRules(backupFacts(directory, parseUrl(url).database));
}

/** JSON has no Infinity. */
function inJson(diagnosis: Diagnosis): object {
  const { observed } = diagnosis;
  const limit = observed.limit === Number.POSITIVE_INFINITY ? "unlimited" : observed.limit;
  return { ...diagnosis, observed: { ...observed, limit } };
}

function* describe({ url, version, limits, activity, pool, advice }: Diagnosis): Generator<string> {
  yield `PostgreSQL ${version} at ${url}`;
  yield `Connections: at most ${limits.maxConnections}, ${limits.reserved} of them reserved. In use now:`;
  if (activity.length === 0) yield "  none";
  for (const { application, database, isOwn, state, count } of activity) {
    const name = `${application === "" ? "(no name)" : application} on ${database}`;
    yield `  ${String(count).padStart(4)}  ${name}${isOwn ? ", this application" : ""}: ${state ?? "hidden from this user"}`;
  }
  yield `The pool: DB_POOL_SIZE ${pool.size}, DB_MAX_OVERFLOW ${pool.maxOverflow}.`;
  yield "";
  yield `A pool of ${advice.size} fits:`;
  for (const reason of advice.reasons) yield `  ${reason}`;
  if (advice.findings.length > 0) yield "";
  for (const { severity, message } of advice.findings) yield `${severity}: ${message}`;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("It must be a whole number, at least 1.");
  return Number(text);
}
