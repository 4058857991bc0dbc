import { errors, loadEnvironment } from "@hypertroq/database";
import { EmbeddedPostgresError } from "@hypertroq/embedded-postgres";
import type { Logger } from "pino";
import { type Application, startApplication } from "./application.ts";
import { appDirectory } from "./config.ts";
import { ServerDied } from "./embedded-server.ts";
import { ListenFailed } from "./http/listen.ts";
import { createLogger } from "./logger.ts";
import { readBackendSettings, type Settings } from "./settings.ts";
import { Stopped, stopSignal } from "./signals.ts";

process.exit(await main());

/** Runs the backend until it is told to stop. @returns the exit code. */
async function main(): Promise<number> {
  const stop = stopSignal();
  let logger: Logger | undefined;
  let application: Application | undefined;
  try {
    loadEnvironment(appDirectory);
    const settings = readBackendSettings(process.env);
    logger = createLogger(settings);
    application = await startApplication(settings, logger, stop);
    welcome(application, settings);
    const failure = await Promise.race([
      told(stop),
      broken(),
      ...(application.serverDied ? [application.serverDied] : []),
    ]);
    if (failure !== undefined) explain(failure, logger);
    logger.info("stopping: requests under way are finished, others refused");
    await application.stop();
    logger.info("stopped");
    return failure === undefined ? 0 : 1;
  } catch (error) {
    if (error instanceof Stopped) return 0;
    explain(error, logger);
    return 1;
  }
}

async function told(stop: AbortSignal): Promise<undefined> {
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener("abort", resolve, { once: true }));
}

/** Resolves to the first error that nothing caught: after one, nobody knows what state the process is in. */
function broken(): Promise<unknown> {
  return new Promise((resolve) => {
    process.once("uncaughtException", resolve);
    process.once("unhandledRejection", (reason) =>
      resolve(reason ?? new Error("A promise was rejected without a reason.")),
    );
  });
}

function welcome({ url, database, serverDied }: Application, { ENVIRONMENT }: Settings): void {
  console.log(`
HypertroQ runs (${ENVIRONMENT})

  API        ${url}/api/v1/users
  Docs       ${url}/docs
  Dashboard  ${url}/ops
  Database   ${database}${serverDied ? " (embedded)" : ""}

Ctrl-C stops it.
`);
}

/** Errors made for people are said in their own words; any other is a fault of ours, and is logged whole. */
function explain(error: unknown, logger: Logger | undefined): void {
  const meant =
    error instanceof errors.DatabaseError ||
    error instanceof EmbeddedPostgresError ||
    error instanceof ListenFailed ||
    error instanceof ServerDied;
  if (meant || isSystemError(error)) console.error((error as Error).message);
  else if (logger === undefined) console.error(error);
  else logger.fatal({ err: error }, "stopping after an error that nothing expected");
}

/** A full disk, a directory of another user: the operating system's own sentence names the cause and the path. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "code" in error;
}
