import { ConfigNotFound } from "../config/errors.ts";
import { type LoadedConfig, loadConfig } from "../config/load-config.ts";
import type { ConnectOptions } from "../connection/connect.ts";
import { UnknownRevision } from "../migrations/errors.ts";
import type { Migrator } from "../migrations/runner/migrator.ts";
import type { Revision } from "../migrations/script/revision.ts";
import { ScriptDirectory } from "../migrations/script/script-directory.ts";
import { Progress } from "./progress.ts";

/** The configuration that the working directory belongs to. */
export async function openConfig(): Promise<LoadedConfig> {
  return loadConfig(workingDirectory());
}

/** @throws {ConfigNotFound} when it has been deleted. */
export function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    throw new ConfigNotFound("the working directory, which has been deleted");
  }
}

/** The revision files, for verbs that need no database. */
export async function openScript(): Promise<ScriptDirectory> {
  const { directory, versions } = (await openConfig()).migrations;
  return ScriptDirectory.load(directory, versions);
}

/** Runs `work` with a migrator on the configured database; what was started for it is stopped afterwards. */
export async function withMigrator<T>(
  work: (migrator: Migrator, connect: ConnectOptions, config: LoadedConfig) => Promise<T>,
): Promise<T> {
  const library = import("../migrations/runner/migrator.ts");
  const progress = new Progress();
  return withDatabase(async (connect, config) => {
    const { Migrator } = await library;
    return work(new Migrator({ ...config.migrations, connect, onEvent: progress.tell }), connect, config).finally(() =>
      progress.stop(),
    );
  });
}

/** Runs `work` with the configured database; what was started for it is stopped afterwards. */
export async function withDatabase<T>(work: (connect: ConnectOptions, config: LoadedConfig) => Promise<T>): Promise<T> {
  // Loaded only for verbs that ask a database, and while the configuration is: driver and validator take their time.
  const [{ openDatabase }, config] = await Promise.all([import("../config/database.ts"), openConfig()]);
  const { connect, release } = await openDatabase(config, process.env);
  try {
    return await work(connect, config);
  } finally {
    await release();
  }
}

/** The revisions that a target names. Those that the database is at are called `current`; other targets need no database. */
export async function namedRevisions(
  target: string,
): Promise<{ script: ScriptDirectory; revisions: readonly Revision[] }> {
  if (target === "current") {
    const [script, rows] = await withMigrator(
      async (migrator) => [await migrator.script(), await migrator.current()] as const,
    );
    const problem = script.graph.unknownRows(rows);
    if (problem !== undefined) throw problem;
    return { script, revisions: rows.map((id) => script.get(id)) };
  }
  const script = await openScript();
  const ids = script.graph.resolve(target);
  if (ids.length === 0) throw new UnknownRevision(target, script.graph.heads);
  return { script, revisions: ids.map((id) => script.get(id)) };
}
