import { type Dirent, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConfigAmbiguous, ConfigInvalid, ConfigNotFound } from "./errors.ts";

const NAMES = ["hypertroq.config.ts", "hypertroq.config.js", "hypertroq.config.mjs"];

/**
 * Finds the configuration that a working directory belongs to: the nearest one in it or above it. Where there is none
 * and the nearest package.json is the root of npm workspaces, the one workspace that has a configuration.
 *
 * @throws {ConfigNotFound} @throws {ConfigAmbiguous} when several workspaces have one.
 */
export function findConfig(directory: string): string {
  for (const level of upwards(directory)) {
    const file = configIn(level);
    if (file !== undefined) return file;
  }
  const root = upwards(directory).find((level) => existsSync(join(level, "package.json")));
  const found = (root === undefined ? [] : workspaces(root)).map(configIn).filter((file) => file !== undefined);
  if (found.length > 1) throw new ConfigAmbiguous(found);
  if (found[0] === undefined) throw new ConfigNotFound(directory);
  return found[0];
}

/** The directory, its parent, and so on to the root. */
export function upwards(directory: string): readonly string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...upwards(parent)];
}

/** The patterns in package.json's `workspaces`; undefined when it has none. */
export function workspacePatterns(directory: string): readonly string[] | undefined {
  const file = join(directory, "package.json");
  if (!existsSync(file)) return undefined;
  let manifest: { workspaces?: readonly string[] | { packages?: readonly string[] } };
  try {
    manifest = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ConfigInvalid(file, "it is no JSON", { cause: error });
  }
  const { workspaces } = manifest;
  return workspaces === undefined || Array.isArray(workspaces)
    ? (workspaces as readonly string[] | undefined)
    : (workspaces as { packages?: readonly string[] }).packages;
}

/** The configuration in a directory itself. */
export function configIn(directory: string): string | undefined {
  return NAMES.map((name) => join(directory, name)).find((file) => existsSync(file));
}

/** Workspace directories; of npm's patterns, names and `*` within a name are understood. */
function workspaces(root: string): readonly string[] {
  const directories = (workspacePatterns(root) ?? []).flatMap((pattern) => {
    const segments = pattern.split("/").filter((segment) => segment !== "" && segment !== ".");
    return segments.reduce<readonly string[]>((parents, segment) => parents.flatMap(matching(segment)), [root]);
  });
  return [...new Set(directories)].sort();
}

function matching(segment: string): (parent: string) => readonly string[] {
  if (!segment.includes("*")) return (parent) => [join(parent, segment)];
  const shape = new RegExp(`^${segment.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*")}$`);
  return (parent) =>
    entries(parent)
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && shape.test(entry.name))
      .map((entry) => join(parent, entry.name));
}

function entries(directory: string): readonly Dirent[] {
  return existsSync(directory) ? readdirSync(directory, { withFileTypes: true }) : [];
}
