import {
  closeDatabase,
  connectOptions,
  type DatabaseManager,
  type DatabaseOptions,
  initDatabase,
  optionsFromSettings,
  redactUrl,
} from "@hypertroq/database";
import { DatabaseNewerThanCode, MigrationInterrupted, Migrator } from "@hypertroq/database/migrations";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import { scheduleBackups } from "./backups/schedule.ts";
import { migrationsDirectory } from "./config.ts";
import { type ServerDied, useEmbeddedServer } from "./embedded-server.ts";
import { listen } from "./http/listen.ts";
import { createMonitor } from "./monitoring/monitor.ts";
import { seedWhenEmpty } from "./seeds/index.ts";
import { isDeployed, type Settings } from "./settings.ts";

/** Seconds that requests under way have to finish, when the process is told to stop. */
const DRAIN_DEADLINE = 10;
/** Seconds that their sessions have after that. */
const CLOSE_DEADLINE = 2;

/** The backend, serving. */
export interface Application {
  /** Where it listens: `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Without its password. */
  readonly database: string;
  /** Resolves when the embedded server dies; absent with DATABASE_URL, whose server may come back. */
  readonly serverDied: Promise<ServerDied> | undefined;
  /** Refuses new requests, finishes those under way, and stops whatever `start` started. Once. */
  stop(): Promise<void>;
}

/**
 * Starts the backend: the database server (the development server, where DATABASE_URL is not set), migrations and
 * development data, then HTTP.
 *
 * Migrations are applied in development and testing. In staging and production several processes start at once, with
 * rights that allow no DDL: there, `hypertroq upgrade head` is a step of the deployment, and `/health/ready` says 503
 * until it is done.
 *
 * @param signal aborting it stops a start that is under way: what was started is stopped, and its reason is thrown.
 * @throws what settings, the server, the database, migrations and the port have to say; nothing is left running then.
 */
export async function startApplication(settings: Settings, logger: Logger, signal: AbortSignal): Promise<Application> {
  const cleanups: (() => Promise<unknown>)[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    const embedded = settings.DATABASE_URL === undefined ? await useEmbeddedServer() : undefined;
    if (embedded !== undefined) cleanups.push(() => embedded.release());
    signal.throwIfAborted();

    const url = settings.DATABASE_URL ?? embedded!.url;
    const options = databaseOptions(settings, url, logger);
    const manager = await initDatabase(options, signal);
    cleanups.push(() => closeDatabase({ timeout: CLOSE_DEADLINE }));
    signal.throwIfAborted();

    const migrator = createMigrator(options, settings.DIRECT_URL ?? url, logger);
    if (!isDeployed(settings.ENVIRONMENT)) await prepare(settings, manager, migrator, logger, signal);

    const connect = connectOptions({ ...options, url: settings.DIRECT_URL ?? url });
    const backups = scheduleBackups({ settings, connect, logger: logger.child({ part: "backups" }) });
    if (backups !== undefined) cleanups.push(() => backups.stop());

    const monitor = createMonitor(manager, settings);
    cleanups.push(() => monitor.stop());
    const { app, drain } = await createApp({ settings, manager, migrator, monitor, databaseUrl: url, logger });
    monitor.start();
    cleanups.push(() => app.close());
    const address = await listen(app, settings);
    cleanups.push(async () => {
      drain.start();
      const unfinished = await drain.finish(DRAIN_DEADLINE);
      if (unfinished > 0) logger.warn({ unfinished }, "requests were cut off");
    });
    signal.throwIfAborted();
    return { url: address, database: redactUrl(url), serverDied: embedded?.died, stop: cleanUp };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function databaseOptions(settings: Settings, url: string, logger: Logger): DatabaseOptions {
  // DB_ECHO asks for statements, which are logged at debug, whatever the level of the rest.
  const level = settings.DB_ECHO ? "debug" : logger.level;
  return {
    ...optionsFromSettings({ ...settings, DATABASE_URL: url }),
    logger: logger.child({ part: "database" }, { level }),
  };
}

function createMigrator(options: DatabaseOptions, url: string, logger: Logger): Migrator {
  return new Migrator({
    connect: connectOptions({ ...options, url }),
    directory: migrationsDirectory,
    onEvent: (event) => {
      if (event.kind === "waiting") logger.info("another process migrates this database; waiting for it");
      if (event.kind === "warning") logger.warn(event.message);
      if (event.kind === "retrying") logger.warn({ revision: event.revision }, "a migration waits for a lock");
      if (event.kind === "finished")
        logger.info({ revision: event.revision, ms: Math.round(event.milliseconds) }, "migrated");
    },
  });
}

/** Brings a database that is ours alone to head, and fills it at its first use. */
async function prepare(
  { ENVIRONMENT }: Settings,
  manager: DatabaseManager,
  migrator: Migrator,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  try {
    await migrator.upgrade("head", { signal });
  } catch (error) {
    if (error instanceof MigrationInterrupted) throw signal.reason;
    if (!(error instanceof DatabaseNewerThanCode)) throw error;
    // Serving goes on, so that /health/ready can say it too.
    logger.warn(error.message);
    return;
  }
  if (ENVIRONMENT !== "development") return;
  const added = await seedWhenEmpty(manager);
  if (added > 0) logger.info(`Added ${added} users to develop with; PATCH sets a password.`);
}
