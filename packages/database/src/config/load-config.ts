import { dirname, resolve } from "node:path";
import type { BackupsConfig } from "../backup/config.ts";
import { importModule, importProblem } from "../migrations/script/import-module.ts";
import { LOGIN_ROLES } from "../roles/role-plan.ts";
import type { Config, MigrationsConfig } from "./define-config.ts";
import { checkServer } from "./development-server.ts";
import { loadEnvironment } from "./environment.ts";
import { ConfigInvalid } from "./errors.ts";
import { findConfig } from "./find-config.ts";

/** A configuration that was found and checked; its paths are absolute. */
export interface LoadedConfig {
  readonly file: string;
  /** The app's root: the directory of the file. */
  readonly root: string;
  readonly schema: object | undefined;
  readonly migrations: LoadedMigrations;
  readonly seeds: Config["seeds"];
  readonly roles: Config["roles"];
  readonly backups: LoadedBackups;
  readonly monitoring: Config["monitoring"];
  readonly server: NonNullable<Config["database"]>["server"];
}

/** As {@link BackupsConfig}, with what has a default. */
export interface LoadedBackups extends BackupsConfig {
  readonly directory: string;
}

/** As {@link MigrationsConfig}, with what has a default. */
export interface LoadedMigrations extends MigrationsConfig {
  readonly directory: string;
  readonly versions: readonly string[];
  readonly postWrite: readonly (readonly string[])[];
}

/**
 * Finds and reads the configuration that a working directory belongs to, and before it the app's `.env`.
 *
 * @throws {ConfigNotFound} @throws {ConfigAmbiguous} @throws {ConfigInvalid} @throws {SettingsError} see
 *   {@link findConfig} and {@link loadEnvironment}.
 */
export async function loadConfig(workingDirectory: string): Promise<LoadedConfig> {
  const file = findConfig(workingDirectory);
  const root = dirname(file);
  loadEnvironment(root);
  let exported: unknown;
  try {
    exported = (await importModule(file))["default"];
  } catch (error) {
    throw new ConfigInvalid(file, importProblem(error, file), { cause: error });
  }
  const { schema, migrations, seeds, roles, backups, monitoring, database } = checkConfig(file, exported);
  return {
    file,
    root,
    schema,
    migrations: loadMigrations(root, migrations ?? {}),
    seeds,
    roles,
    backups: { ...backups, directory: resolve(root, backups?.directory ?? ".hypertroq/backups") },
    monitoring,
    server: database?.server,
  };
}

function loadMigrations(root: string, migrations: MigrationsConfig): LoadedMigrations {
  const { directory = "migrations", versions = [], template, postWrite = [] } = migrations;
  return {
    ...migrations,
    directory: resolve(root, directory),
    versions: versions.map((path) => resolve(root, path)),
    ...(template === undefined ? {} : { template: resolve(root, template) }),
    postWrite,
  };
}

const isString = (value: unknown): boolean => typeof value === "string" && value !== "";
const isFunction = (value: unknown): boolean => typeof value === "function";
const isList = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);

/** What each name of `migrations` must be, in words and as a test. */
const MIGRATIONS: {
  readonly [Name in keyof Required<MigrationsConfig>]: readonly [string, (value: unknown) => boolean];
} = {
  directory: ["a path", isString],
  versions: ["an array of paths", (value) => isList(value, isString)],
  template: ["a path", isString],
  postWrite: [
    'an array of commands, each an array of words: [["git", "add", "{file}"]]',
    (value) => isList(value, (command) => isList(command, isString) && (command as []).length > 0),
  ],
  role: ["a role's name", isString],
  lockTimeout: ["a number of seconds, at least 0", (value) => Number.isFinite(value) && (value as number) >= 0],
  lint: [
    'an object of rules, each "off", "warn" or "error"',
    (value) =>
      typeof value === "object" &&
      value !== null &&
      Object.values(value).every((setting) => ["off", "warn", "error"].includes(setting as string)),
  ],
  onVersionApply: ["a function", isFunction],
  includeObject: ["a function", isFunction],
  compareType: ["a function", isFunction],
  compareServerDefault: ["a function", isFunction],
  processRevisionDirectives: ["a function", isFunction],
};

function checkConfig(file: string, exported: unknown): Config {
  const config = section(file, "the default export", exported, [
    "schema",
    "migrations",
    "seeds",
    "roles",
    "backups",
    "monitoring",
    "database",
  ]);
  const migrations = section(file, "migrations", config["migrations"] ?? {}, Object.keys(MIGRATIONS));
  for (const [name, [what, isValid]] of Object.entries(MIGRATIONS)) {
    const value = migrations[name];
    if (value !== undefined && !isValid(value)) throw new ConfigInvalid(file, `migrations.${name} is not ${what}`);
  }
  const { timeouts = {} } = section(file, "roles", config["roles"] ?? {}, ["prefix", "schemas", "timeouts"]);
  for (const [role, given] of Object.entries(section(file, "roles.timeouts", timeouts, LOGIN_ROLES))) {
    section(file, `roles.timeouts.${role}`, given, ["statement", "lock", "idleInTransaction"]);
  }
  checkBackups(file, config["backups"] ?? {});
  section(file, "monitoring", config["monitoring"] ?? {}, ["rules", "thresholds", "fireAfter", "clearAfter"]);
  const { server } = section(file, "database", config["database"] ?? {}, ["server"]);
  if (server !== undefined && !isFunction(server)) checkServer(file, server);
  return config as Config;
}

function checkBackups(file: string, given: unknown): void {
  const { directory, keep = {} } = section(file, "backups", given, ["directory", "keep"]);
  if (directory !== undefined && !isString(directory)) throw new ConfigInvalid(file, "backups.directory is not a path");
  for (const [name, count] of Object.entries(section(file, "backups.keep", keep, ["daily", "weekly", "monthly"]))) {
    if (Number.isInteger(count) && (count as number) >= 0) continue;
    throw new ConfigInvalid(file, `backups.keep.${name} is not a whole number, at least 0`);
  }
}

function section(file: string, name: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null) {
    throw new ConfigInvalid(file, `${name} is not an object; write export default defineConfig({ … })`);
  }
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new ConfigInvalid(file, `${name} has the unknown ${unknown.join(", ")}; known are ${known.join(", ")}`);
  }
  return value as Record<string, unknown>;
}
