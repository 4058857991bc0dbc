import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Jiti, TransformOptions } from "jiti";
import { cacheDirectory, remembering } from "./transform-cache.ts";

type Exports = Record<string, unknown>;

interface Evaluation {
  readonly text: string;
  readonly exports: Exports;
  readonly done: Promise<void>;
}

/** By file: the module that was imported last. */
const evaluations = new Map<string, Evaluation>();

/**
 * Imports a TypeScript module where Node cannot: jiti translates it, and the translation is kept ({@link remembering}) and
 * run here, because jiti itself takes longer to start than all of a small app takes to run. Relative imports of TypeScript
 * are translated, too; all else is left to Node, so that a class of this library's exists once.
 *
 * @param importers the files whose imports led here, for modules that import each other.
 */
export async function importTypeScript(
  file: string,
  text = readFileSync(file, "utf8"),
  importers: ReadonlySet<string> = new Set(),
): Promise<Readonly<Exports>> {
  const known = evaluations.get(file);
  if (known !== undefined && (known.text === text || importers.has(file))) {
    // What is under way further up gets no further before its imports are there: they see what it has exported so far.
    if (!importers.has(file)) await known.done;
    return known.exports;
  }
  const exports: Exports = {};
  // Not before it is known here: a module that it imports may import it.
  const done = Promise.resolve().then(() => evaluate(file, text, exports, new Set([...importers, file])));
  evaluations.set(file, { text, exports, done });
  try {
    await done;
  } catch (error) {
    evaluations.delete(file);
    throw error;
  }
  return exports;
}

/** The names that a translation uses, beside those of any CommonJS module. */
async function evaluate(file: string, text: string, exports: Exports, importers: ReadonlySet<string>): Promise<void> {
  const require = createRequire(file);
  const names = {
    exports,
    require,
    module: { exports },
    __filename: file,
    __dirname: dirname(file),
    jitiImport: (specifier: string) => importFrom(file, specifier, importers),
    jitiESMResolve: (specifier: string) => pathToFileURL(require.resolve(specifier)).href,
  };
  // What is added stands on the first line, so that places in the code are those of the file.
  const run = compile(file, `async (${Object.keys(names).join(", ")}) => {${translate(file, text)}\n}`);
  await run(...Object.values(names));
}

async function importFrom(file: string, specifier: string, importers: ReadonlySet<string>): Promise<unknown> {
  const path = pathOf(file, specifier);
  if (path?.endsWith(".json")) return { __esModule: true, default: JSON.parse(readFileSync(path, "utf8")) };
  if (path !== undefined && isTypeScript(path)) return importTypeScript(path, undefined, importers);
  try {
    return asModule(await importNatively(file, path === undefined ? specifier : pathToFileURL(path).href));
  } catch (error) {
    // A package whose source is TypeScript, as workspaces have it.
    if ((error as NodeJS.ErrnoException).code !== "ERR_UNKNOWN_FILE_EXTENSION") throw error;
    return importTypeScript(createRequire(file).resolve(specifier), undefined, importers);
  }
}

/** Whether a file is TypeScript by its name. */
export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

/** The file that a relative specifier names, found the way TypeScript does; undefined for a package, and where there is none. */
function pathOf(file: string, specifier: string): string | undefined {
  if (!/^(\.\.?(\/|$)|\/|file:)/.test(specifier)) return undefined;
  const path = specifier.startsWith("file:") ? fileURLToPath(specifier) : resolve(dirname(file), specifier);
  const candidates = [path, `${path}.ts`, path.replace(/\.([cm]?)js$/, ".$1ts"), `${path}/index.ts`];
  return candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
}

function importNatively(file: string, specifier: string): Promise<object> {
  return compile<object>(file, "(specifier) => import(specifier)")(specifier);
}

/** Makes a function as if it stood in the file: that is where it is in a stack, and where its imports are looked for. */
function compile<T>(file: string, text: string): (...values: unknown[]) => Promise<T> {
  const module = new Module(file) as Module & { _compile(code: string, filename: string): void };
  module._compile(`module.exports = ${text};`, file);
  return module.exports;
}

/** A namespace of Node's as the translation wants modules to look: a default that is told from the whole. */
function asModule(namespace: object): object {
  return new Proxy(namespace, {
    get: (target, name) => name === "__esModule" || Reflect.get(target, name),
  });
}

function translate(file: string, source: string): string {
  const require = createRequire(import.meta.url);
  const { version } = require("jiti/package.json") as { version: string };
  return remembering(cacheDirectory(file), version, (options: TransformOptions) => {
    const { createJiti } = require("jiti") as typeof import("jiti");
    jiti ??= createJiti(import.meta.url, { fsCache: false });
    const code = jiti.transform(options);
    const [, problem] = /^exports\.__JITI_ERROR__ = (\{.*\});?$/s.exec(code) ?? [];
    if (problem === undefined) return code;
    const { code: kind, message, line, column } = JSON.parse(problem) as Record<string, string>;
    throw new SyntaxError(`${kind}: ${message}\n ${file}:${line}:${column}`);
  })({ source, filename: file, ts: true, async: true });
}

let jiti: Jiti | undefined;
