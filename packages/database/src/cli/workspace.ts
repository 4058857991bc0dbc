import type { LoadedConfig } from "../config/load-config.ts";
import type { ConnectOptions } from "../connection/connect.ts";
import type { Migrator } from "../migrations/runner/migrator.ts";
import type { ScriptDirectory } from "../migrations/script/script-directory.ts";
import { printProgress } from "./progress.ts";

// The library is imported where it is needed, because loading the driver and the validator takes longer than most verbs.

/** The configuration that the working directory belongs to. */
export async function openConfig(): Promise<LoadedConfig> {
  const { loadConfig } = await import("../config/load-config.ts");
  return loadConfig(await workingDirectory());
}

async function workingDirectory(): Promise<string> {
  try {
    return process.cwd();
  } catch {
    const { ConfigNotFound } = await import("../config/errors.ts");
    throw new ConfigNotFound("the working directory, which has been deleted");
  }
}

/** The revision files, for verbs that need no database. */
export async function openScript(): Promise<ScriptDirectory> {
  const { migrations } = await openConfig();
  const { ScriptDirectory } = await import("../migrations/script/script-directory.ts");
  return ScriptDirectory.load(migrations.directory);
}

/** Runs `work` with a migrator on the configured database; what was started for it is stopped afterwards. */
export async function withMigrator<T>(work: (migrator: Migrator, connect: ConnectOptions) => Promise<T>): Promise<T> {
  const config = await openConfig();
  const { openDatabase } = await import("../config/database.ts");
  const { Migrator } = await import("../migrations/runner/migrator.ts");
  const { connect, release } = await openDatabase(config, process.env);
  try {
    const { directory } = config.migrations;
    return await work(new Migrator({ connect, directory, onEvent: printProgress }), connect);
  } finally {
    await release();
  }
}
