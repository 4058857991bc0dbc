import { existsSync } from "node:fs";
import { createRequire } from "node:module";
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

const MIGRATIONS = `  migrations: {
    directory: "migrations",
    template: "migrations/revision.ts.template",
  },
`;

const CONFIG = `import { defineConfig } from "@hypertroq/database";

export default defineConfig({
${MIGRATIONS}});
`;

const SERVER_PACKAGE = "@hypertroq/embedded-postgres";

/** With a development server, where the package that has one is installed. */
const CONFIG_WITH_SERVER = `import { fileURLToPath } from "node:url";
import { defineConfig } from "@hypertroq/database";
import { developmentServer } from "${SERVER_PACKAGE}";

export default defineConfig({
${MIGRATIONS}  database: {
    server: developmentServer({
      dataDir: fileURLToPath(new URL(".hypertroq/data", import.meta.url)),
      database: "app",
    }),
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
  const withServer = found === undefined && hasServer(root);
  await write({ path: config, text: withServer ? CONFIG_WITH_SERVER : CONFIG });
  if (withServer) await write({ path: join(root, ".gitignore"), text: "node_modules/\n.hypertroq/\n" });
  for (const location of versionsDirectories(resolve(root, directory), versions)) {
    (existsSync(location) ? kept : written).push(location);
    await makeDirectory(location);
  }
  if (template !== undefined) await write({ path: resolve(root, template), text: DEFAULT_TEMPLATE });
  return { config, written, kept };
}

/** Whether the package of the development server can be imported from the app. */
function hasServer(root: string): boolean {
  try {
    createRequire(join(root, "package.json")).resolve(SERVER_PACKAGE);
    return true;
  } catch {
    return false;
  }
}
