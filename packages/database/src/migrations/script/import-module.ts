import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Jiti, JitiOptions, TransformOptions } from "jiti";
import { cacheDirectory, remembering } from "./transform-cache.ts";

/**
 * Imports a module of the user's, TypeScript or JavaScript, and returns its namespace.
 *
 * @param text what is in the file, for a caller that has read it: a module that was imported before and has been edited
 *   since is then imported anew, and what runs is what was read. What it imports itself stays as it was.
 *
 * Where Node strips types itself it does the work; elsewhere jiti translates what is TypeScript, and its translations are
 * kept ({@link remembering}). It leaves packages to Node, so that a class of this library's exists once.
 */
export async function importModule(file: string, text?: string): Promise<Readonly<Record<string, unknown>>> {
  const features = process.features as { readonly typescript?: string | false };
  if (!/\.[cm]?ts$/.test(file) || features.typescript) {
    const url = pathToFileURL(file);
    if (text !== undefined) url.searchParams.set("version", createHash("sha256").update(text).digest("hex"));
    return (await import(/* @vite-ignore */ url.href)) as Record<string, unknown>;
  }
  const jiti = loader(cacheDirectory(file));
  if (text === undefined) return await jiti.import<Record<string, unknown>>(file);
  return (await jiti.evalModule(text, { filename: file, async: true })) as Record<string, unknown>;
}

const loaders = new Map<string | undefined, Jiti>();

/** jiti, loaded only here: most of its cost is in loading it. `require` spares Node the search for its exports' names. */
function loader(cache: string | undefined): Jiti {
  const known = loaders.get(cache);
  if (known !== undefined) return known;
  const require = createRequire(import.meta.url);
  const { createJiti } = require("jiti") as typeof import("jiti");
  const { version } = require("jiti/package.json") as { version: string };
  const options: JitiOptions = { fsCache: false, interopDefault: true };
  const plain = createJiti(import.meta.url, options);
  const translate = remembering(cache, version, (source: TransformOptions) => plain.transform(source));
  const jiti = createJiti(import.meta.url, { ...options, transform: (source) => ({ code: translate(source) }) });
  loaders.set(cache, jiti);
  return jiti;
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
