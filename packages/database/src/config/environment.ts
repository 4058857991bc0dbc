import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { SettingsError } from "../errors.ts";
import type { Environment } from "../settings.ts";
import { upwards, workspacePatterns } from "./find-config.ts";

/** What ENVIRONMENT may say. */
export const ENVIRONMENTS = ["development", "testing", "staging", "production"] as const;

/** Where this process runs: ENVIRONMENT, else NODE_ENV, which may be any word; undefined where neither is set. */
export function environmentOf(env: Environment): string | undefined {
  return env["ENVIRONMENT"]?.trim() || env["NODE_ENV"]?.trim() || undefined;
}

/** Whether that is production or staging, where others depend on the data and nothing is guessed. */
export function isDeployed(env: Environment): boolean {
  return /^(production|staging)$/i.test(environmentOf(env) ?? "");
}

/**
 * Reads the nearest `.env` in an app's directory or above it into `process.env`; variables that are set already win.
 * It looks no higher than the root of the workspaces or of the git checkout, and where there is neither, no higher than
 * the app: a file further up belongs to somebody else.
 *
 * @returns the file read; undefined when there is none.
 * @throws {SettingsError} when there is one that cannot be read.
 */
export function loadEnvironment(appDirectory: string): string | undefined {
  const levels = upwards(appDirectory);
  const top = Math.max(0, levels.findIndex(isRoot));
  const file = levels
    .slice(0, top + 1)
    .map((level) => join(level, ".env"))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) return undefined;
  try {
    // Editors on Windows begin a file with a byte order mark, which would become part of the first name.
    const variables = parseEnv(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
    for (const [name, value] of Object.entries(variables)) process.env[name] ??= value;
  } catch (error) {
    throw new SettingsError([`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`]);
  }
  return file;
}

function isRoot(directory: string): boolean {
  return existsSync(join(directory, ".git")) || workspacePatterns(directory) !== undefined;
}
