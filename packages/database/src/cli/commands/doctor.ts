import { type Command, InvalidArgumentError } from "commander";
import type { Diagnosis } from "../../connection/diagnose.ts";
import { examples } from "../help.ts";
import { printJson, say } from "../print.ts";
import { openConfig } from "../workspace.ts";

interface Options {
  readonly instances: number;
  readonly json?: boolean;
}

export function addDoctor(program: Command, signal: AbortSignal): void {
  program
    .command("doctor")
    .summary("say whether the connection pool fits the server")
    .description(
      "Looks at the server for two seconds and says whether the application's connection pool (DB_POOL_SIZE, " +
        "DB_MAX_OVERFLOW) fits what it gives: its limits, who uses its connections, how many the application keeps " +
        "busy. Exits with 1 when something is bound to fail. Changes nothing.",
    )
    .option("--instances <N>", "how many processes of the application run, each with a pool", wholeNumber, 1)
    .option(
      "--json",
      "print { url, applicationName, pool, version, limits, activity, observed, advice } as JSON; observed.limit, the " +
        'most connections that the pool may open, is a number or "unlimited"',
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
      const { options, release } = await openDatabase(await openConfig(), process.env);
      try {
        if (!json) say("Watching for two seconds …");
        const diagnosis = await diagnose(options, { instances, signal });
        if (json) printJson(inJson(diagnosis));
        else for (const line of describe(diagnosis)) console.log(line);
        if (diagnosis.advice.findings.some(({ severity }) => severity === "critical")) process.exitCode = 1;
      } finally {
        await release();
      }
    });
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
