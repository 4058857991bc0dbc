import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { makeDirectory, type NewFile, writeNew } from "../migrations/script/write-files.ts";

/** As far above this file as above a chunk of the bundle. */
const STARTER = fileURLToPath(new URL("../../starter/", import.meta.url));
const PACKAGE = new URL("../../package.json", import.meta.url);

/** What npm would leave out, or it or git take for their own, has another name here. */
const NAMED: Readonly<Record<string, string>> = {
  "env.example.template": ".env.example",
  "gitignore.template": ".gitignore",
  "package.json.template": "package.json",
};

/** Whether a directory has nothing in it but, perhaps, the beginnings of a git repository. */
export async function isEmptyDirectory(directory: string): Promise<boolean> {
  return (await readdir(directory)).every((name) => name === ".git");
}

/**
 * Writes a whole app into an empty directory: a model with its revision and its seed, a route, and a test. Its package has
 * the directory's name.
 *
 * @returns the files, as paths relative to the directory.
 * @throws {RevisionNotWritten} when one cannot be written; none stays then.
 */
export async function writeStarter(root: string): Promise<readonly string[]> {
  const { version } = JSON.parse(await readFile(PACKAGE, "utf8")) as { readonly version: string };
  const values: Readonly<Record<string, string>> = { name: packageName(basename(root)), version };
  const entries = await readdir(STARTER, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const written: NewFile[] = [];
  for (const file of files.sort()) {
    const place = join(root, relative(STARTER, file), "..");
    const text = await readFile(file, "utf8");
    written.push({
      path: join(place, NAMED[basename(file)] ?? basename(file)),
      text: text.replace(/\{\{(name|version)\}\}/g, (_, name: string) => values[name]!),
    });
    await makeDirectory(place);
  }
  await writeNew(written);
  return written.map(({ path }) => relative(root, path));
}

/** A name that npm takes (npm, "package.json", name). */
function packageName(directory: string): string {
  const name = directory
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "");
  return name === "" ? "app" : name.slice(0, 214);
}
