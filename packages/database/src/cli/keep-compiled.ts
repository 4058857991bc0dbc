import module from "node:module";
import { join } from "node:path";
import { cacheDirectory } from "../migrations/script/transform-cache.ts";

/**
 * Lets a Node that can (22.8 and newer: Node.js, "Module compile cache") keep what it compiles and the types that it strips beside
 * our own translations: to strip them anew takes longer than all else of a small verb. An older one has those translations.
 */
export function keepCompiled(): void {
  const { enableCompileCache } = module as { enableCompileCache?: (directory: string) => unknown };
  if (enableCompileCache === undefined) return;
  let workingDirectory: string;
  try {
    workingDirectory = process.cwd();
  } catch {
    return; // it was deleted, which the command says
  }
  const directory = cacheDirectory(join(workingDirectory, "package.json"));
  if (directory !== undefined) enableCompileCache(join(directory, "node"));
}
