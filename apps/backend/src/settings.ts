import { resolve } from "node:path";
import { DATABASE_SETTINGS, type Environment, errors, readSettings } from "@hypertroq/database";
import { type Static, Type } from "typebox";
import { problemWithSchedule } from "./backups/schedule.ts";
import { appDirectory } from "./config.ts";

const ENVIRONMENTS = ["development", "testing", "staging", "production"] as const;
const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** The backend's settings: the database layer's, and its own. Without DATABASE_URL the development server is used. */
const BACKEND_SETTINGS = Type.Object({
  ...DATABASE_SETTINGS.properties,
  DATABASE_URL: Type.Optional(DATABASE_SETTINGS.properties.DATABASE_URL),
  HOST: Type.String({ default: "127.0.0.1", description: "address to listen on" }),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 8000, description: "port to listen on; 0: any free one" }),
  ENVIRONMENT: Type.Enum([...ENVIRONMENTS], { default: "development", description: "where this process runs" }),
  LOG_LEVEL: Type.Enum([...LOG_LEVELS], { default: "info", description: "least severe level that is logged" }),
  BACKUP_SCHEDULE: Type.Optional(Type.String({ description: "cron words in UTC; without them no backups are made" })),
  BACKUP_DRILL_SCHEDULE: Type.Optional(Type.String({ description: "cron words in UTC; when backups are drilled" })),
  BACKUP_SCRATCH_URL: Type.Optional(Type.String({ description: "the server that drills are done on, as a superuser" })),
  BACKUP_DIRECTORY: Type.String({ default: ".hypertroq/backups", description: "where backups are kept" }),
  BACKUP_KEY: Type.Optional(Type.String({ description: "32 bytes in base64, to encrypt backups with" })),
  BACKUP_KEY_FILE: Type.Optional(Type.String({ description: "a file that holds the key of the backups" })),
  ALERT_WEBHOOK: Type.Optional(Type.String({ description: "http or https address that alerts are posted to" })),
  ALERT_WEBHOOK_SECRET: Type.Optional(Type.String({ description: "what posted alerts are signed with" })),
});
export type Settings = Static<typeof BACKEND_SETTINGS>;

/** Where others depend on the data, nothing is guessed: the database has to be named. */
const DEPLOYED_SETTINGS = Type.Object({
  ...BACKEND_SETTINGS.properties,
  DATABASE_URL: DATABASE_SETTINGS.properties.DATABASE_URL,
});

/** Whether other people depend on this database: it is neither migrated nor seeded by starting the backend. */
export function isDeployed(environment: string | undefined): boolean {
  return environment === "staging" || environment === "production";
}

/**
 * Reads the backend's settings. DATABASE_URL may be absent in development and testing only.
 *
 * @throws {SettingsError} with every problem at once.
 */
export function readBackendSettings(env: Environment): Settings {
  const settings = readSettings(isDeployed(env["ENVIRONMENT"]?.trim()) ? DEPLOYED_SETTINGS : BACKEND_SETTINGS, env);
  const problems = [...problemsWithBackups(settings), ...problemsWithWebhook(settings)];
  if (problems.length > 0) throw new errors.SettingsError(problems);
  return { ...settings, BACKUP_DIRECTORY: resolve(appDirectory, settings.BACKUP_DIRECTORY) };
}

function* problemsWithBackups(settings: Settings): Generator<string> {
  for (const name of ["BACKUP_SCHEDULE", "BACKUP_DRILL_SCHEDULE"] as const) {
    const problem = settings[name] && problemWithSchedule(settings[name]);
    if (problem) yield `${name} is no cron words that can be kept: ${problem}`;
  }
  if (settings.BACKUP_DRILL_SCHEDULE !== undefined && settings.BACKUP_SCRATCH_URL === undefined)
    yield "BACKUP_SCRATCH_URL is not set; BACKUP_DRILL_SCHEDULE needs a server to drill on";
}

function* problemsWithWebhook({ ALERT_WEBHOOK: url, ALERT_WEBHOOK_SECRET: secret }: Settings): Generator<string> {
  if (url === undefined) return;
  if (!/^https?:/.test(url) || !URL.canParse(url)) yield "ALERT_WEBHOOK must be an http or https address";
  else if (secret === undefined) yield "ALERT_WEBHOOK_SECRET is not set; alerts are posted signed";
}
