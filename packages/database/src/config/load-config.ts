import { dirname, resolve } from "node:path";
import { importModule, importProblem } from "../migrations/script/import-module.ts";
import type { Config, DevelopmentServer } from "./define-config.ts";
import { loadEnvironment } from "./environment.ts";
import { ConfigInvalid } from "./errors.ts";
import { findConfig } from "./find-config.ts";

/** A configuration that was found and checked; its paths are absolute. */
export interface LoadedConfig {
  readonly file: string;
  /** The app's root: the directory of the file. */
  readonly root: string;
  readonly schema: object | undefined;
  readonly migrations: { readonly directory: string };
  readonly server: DevelopmentServer | undefined;
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
    const module = await importModule(file);
    // Asked for by name, because jiti answers with the whole module where there is no default.
    exported = "default" in module ? module["default"] : undefined;
  } catch (error) {
    throw new ConfigInvalid(file, importProblem(error), { cause: error });
  }
  const { schema, migrations, database } = checkConfig(file, exported);
  return {
    file,
    root,
    schema,
    migrations: { directory: resolve(root, migrations?.directory ?? "migrations") },
    server: database?.server,
  };
}

const SERVER_METHODS = ["status", "use", "start", "stop", "reset"] as const;

function checkConfig(file: string, exported: unknown): Config {
  const config = section(file, "the default export", exported, ["schema", "migrations", "database"]);
  const migrations = section(file, "migrations", config["migrations"] ?? {}, ["directory"]);
  const { directory } = migrations;
  if (directory !== undefined && typeof directory !== "string") {
    throw new ConfigInvalid(file, "migrations.directory is not a path");
  }
  const { server } = section(file, "database", config["database"] ?? {}, ["server"]);
  const missing = SERVER_METHODS.filter((method) => typeof (server as DevelopmentServer)?.[method] !== "function");
  if (server !== undefined && missing.length > 0) {
    throw new ConfigInvalid(file, `database.server is no development server: it has no ${missing.join(", ")}`);
  }
  return config as Config;
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
