import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { versionsDirectories } from "../migrations/script/script-directory.ts";
import { DEFAULT_TEMPLATE } from "../migrations/script/template.ts";
import { makeDirectory, type NewFile, writeNew } from "../migrations/script/write-files.ts";
import type { MigrationsConfig } from "./define-config.ts";
import { configIn } from "./find-config.ts";
import { loadConfig } from "./load-config.ts";

/** What {@link initApp} did; all paths are absolute. */
export interface InitializedApp {
  /** The configuration file. */
  readonly config: string;
  /** Files and directories that were not there before. */
  readonly written: readonly string[];
  /** Those that were, and stay as they are. */
  readonly kept: readonly string[];
}

const CONFIG = `import { defineConfig } from "@hypertroq/database";

export default defineConfig({
  migrations: {
    directory: "migrations",
    template: "migrations/revision.ts.template",
  },
});
`;

/** What {@link CONFIG} says. */
const WRITTEN: MigrationsConfig & { readonly directory: string } = {
  directory: "migrations",
  template: "migrations/revision.ts.template",
};

/**
 * Writes what is missing of an app's configuration, its directories of revision files, and its template of new revisions.
 * Nothing is replaced. A configuration that is there already says where the others belong.
 *
 * @throws {RevisionNotWritten}, and what {@link loadConfig} throws on a configuration that cannot be used.
 */
export async function initApp(root: string): Promise<InitializedApp> {
  const written: string[] = [];
  const kept: string[] = [];
  const write = async (file: NewFile): Promise<void> => {
    if (existsSync(file.path)) return void kept.push(file.path);
    await writeNew([file]);
    written.push(file.path);
  };
  const found = configIn(root);
  const config = found ?? join(root, "hypertroq.config.ts");
  const { directory, versions, template } = found === undefined ? WRITTEN : (await loadConfig(root)).migrations;
  await write({ path: config, text: CONFIG });
  for (const location of versionsDirectories(resolve(root, directory), versions)) {
    (existsSync(location) ? kept : written).push(location);
    await makeDirectory(location);
  }
  if (template !== undefined) await write({ path: resolve(root, template), text: DEFAULT_TEMPLATE });
  return { config, written, kept };
}
