import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { importTypeScript, isTypeScript } from "./typescript-module.ts";

/**
 * Imports a module of the user's, TypeScript or JavaScript, and returns its namespace.
 *
 * @param text what is in the file, for a caller that has read it: a module that was imported before and has been edited
 *   since is then imported anew, and what runs is what was read. What it imports itself stays as it was.
 *
 * Where Node strips types itself it does the work; elsewhere {@link importTypeScript}.
 */
export async function importModule(file: string, text?: string): Promise<Readonly<Record<string, unknown>>> {
  const features = process.features as { readonly typescript?: string | false };
  if (isTypeScript(file) && !features.typescript) return importTypeScript(file, text);
  const url = pathToFileURL(file);
  if (text !== undefined) url.searchParams.set("version", createHash("sha256").update(text).digest("hex"));
  return (await import(/* @vite-ignore */ url.href)) as Record<string, unknown>;
}

/**
 * What went wrong in importing, in one line and without a stack; with the place, as jiti's parser names it or as the first
 * line of the user's own code in the stack does.
 *
 * @param file what was imported, which the caller's message names already: of a place in it the line alone is told.
 */
export function importProblem(error: unknown, file?: string): string {
  if (!(error instanceof Error)) return String(error);
  const [line = "", place = ""] = error.message.split("\n");
  const position = /:(\d+):\d+$/.exec(place.trim());
  if (position !== null) {
    const source = place.trim().slice(0, position.index);
    return `${line.trim() || error.name} at ${source === file ? "line " : `${source}:`}${position[1]}`;
  }
  const frame = (error.stack ?? "")
    .split("\n")
    .find((text) => /^\s+at /.test(text) && !/node_modules|node:|hypertroq.database/.test(text));
  const found = /\(?(?:file:\/\/)?(\/[^()]+:\d+):\d+\)?$/.exec(frame ?? "");
  return `${line.trim() || error.name}${found === null ? "" : ` at ${found[1]}`}`;
}
