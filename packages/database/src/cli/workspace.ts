import type { LoadedConfig } from "../config/load-config.ts";
import type { ConnectOptions } from "../connection/connect.ts";
import type { Migrator } from "../migrations/runner/migrator.ts";
import type { Revision } from "../migrations/script/revision.ts";
import type { ScriptDirectory } from "../migrations/script/script-directory.ts";
import { Progress } from "./progress.ts";

// The library is imported where it is needed, because loading the driver and the validator takes longer than most verbs.

/** The configuration that the working directory belongs to. */
export async function openConfig(): Promise<LoadedConfig> {
  const { loadConfig } = await import("../config/load-config.ts");
  return loadConfig(await workingDirectory());
}

/** @throws {ConfigNotFound} when it has been deleted. */
export async function workingDirectory(): Promise<string> {
  try {
    return process.cwd();
  } catch {
    const { ConfigNotFound } = await import("../config/errors.ts");
    throw new ConfigNotFound("the working directory, which has been deleted");
  }
}

/** The revision files, for verbs that need no database. */
export async function openScript(): Promise<ScriptDirectory> {
  const { directory, versions } = (await openConfig()).migrations;
  const { ScriptDirectory } = await import("../migrations/script/script-directory.ts");
  return ScriptDirectory.load(directory, versions);
}

/** Runs `work` with a migrator on the configured database; what was started for it is stopped afterwards. */
export async function withMigrator<T>(
  work: (migrator: Migrator, connect: ConnectOptions, config: LoadedConfig) => Promise<T>,
): Promise<T> {
  const { Migrator } = await import("../migrations/runner/migrator.ts");
  const progress = new Progress();
  return withDatabase((connect, config) =>
    work(new Migrator({ ...config.migrations, connect, onEvent: progress.tell }), connect, config).finally(() =>
      progress.stop(),
    ),
  );
}

/** Runs `work` with the configured database; what was started for it is stopped afterwards. */
export async function withDatabase<T>(work: (connect: ConnectOptions, config: LoadedConfig) => Promise<T>): Promise<T> {
  const config = await openConfig();
  const { openDatabase } = await import("../config/database.ts");
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
  const { UnknownRevision } = await import("../migrations/errors.ts");
  const ids = script.graph.resolve(target);
  if (ids.length === 0) throw new UnknownRevision(target, script.graph.heads);
  return { script, revisions: ids.map((id) => script.get(id)) };
}
