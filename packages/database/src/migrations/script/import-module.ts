import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";

/**
 * Imports a module of the user's, TypeScript or JavaScript, and returns its namespace.
 *
 * Where Node strips types itself it does the work; elsewhere jiti does, whose `fsCache` is off because it would write
 * into node_modules or the temporary directory.
 */
export async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  const features = process.features as { readonly typescript?: string | false };
  if (!/\.[cm]?ts$/.test(file) || features.typescript) {
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, unknown>;
  }
  const jiti = createJiti(import.meta.url, { fsCache: false, interopDefault: true });
  return await jiti.import<Record<string, unknown>>(file);
}

/** What went wrong in importing, in one line: the parser's position if there is one, never a stack. */
export function importProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error.message.split("\n")[0] ?? "").trim() || error.name;
}
