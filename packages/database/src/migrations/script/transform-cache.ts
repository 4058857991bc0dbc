import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A source to translate, with all that the translation depends on. */
export interface Source {
  readonly source: string;
  readonly filename?: string;
}

/**
 * Where translations of an app's files are kept: `.cache/hypertroq` in the nearest `node_modules` above a file. Undefined
 * where there is none: then nothing is kept, and no directory is made.
 */
export function cacheDirectory(file: string): string | undefined {
  const parent = dirname(file);
  const modules = join(parent, "node_modules");
  if (existsSync(modules)) return join(modules, ".cache", "hypertroq");
  return parent === file ? undefined : cacheDirectory(parent);
}

/**
 * A translation that remembers what it made on disk. An entry begins with a digest of all that it was made from and of
 * itself, so that one of another source or another translator, and one that is damaged, is not believed but written again.
 * An entry appears whole or not at all, and where none can be written the source is translated each time.
 *
 * @param directory where; undefined: nowhere.
 * @param version the translator's.
 */
export function remembering<S extends Source>(
  directory: string | undefined,
  version: string,
  translate: (source: S) => string,
): (source: S) => string {
  if (directory === undefined) return translate;
  return (source) => {
    const seal = (code: string): string => digest(JSON.stringify([version, source, code]));
    const entry = join(directory, `${digest(source.filename ?? "").slice(0, 32)}.js`);
    const [found, ...lines] = (read(entry) ?? "").split("\n");
    const kept = lines.join("\n");
    if (found === seal(kept)) return kept;
    const code = translate(source);
    write(entry, `${seal(code)}\n${code}`);
    return code;
  };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function write(file: string, text: string): void {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, text, { flag: "wx" });
    renameSync(draft, file);
  } catch {
    try {
      rmSync(draft, { force: true });
    } catch {
      // A directory that is read-only, or no directory.
    }
  }
}
