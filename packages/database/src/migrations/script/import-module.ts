import { pathToFileURL } from "node:url";

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
  const { createJiti } = await import("jiti"); // only here, because most of its cost is in loading it
  const jiti = createJiti(import.meta.url, { fsCache: false, interopDefault: true });
  return await jiti.import<Record<string, unknown>>(file);
}

/**
 * What went wrong in importing, in one line and without a stack; with the place, as jiti's parser names it or as the first
 * line of the user's own code in the stack does.
 */
export function importProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = "", place = ""] = error.message.split("\n");
  const position = /:(\d+):\d+$/.exec(place.trim());
  if (position !== null) return `${line.trim() || error.name} at line ${position[1]}`;
  const frame = (error.stack ?? "")
    .split("\n")
    .find((text) => /^\s+at /.test(text) && !/node_modules|node:|hypertroq.database/.test(text));
  const file = /\(?(?:file:\/\/)?(\/[^()]+:\d+):\d+\)?$/.exec(frame ?? "");
  return `${line.trim() || error.name}${file === null ? "" : ` at ${file[1]}`}`;
}
