import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { RevisionNotWritten } from "../errors.ts";

export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** @throws {RevisionNotWritten} */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new RevisionNotWritten(directory, `the directory cannot be made (${(error as NodeJS.ErrnoException).code})`);
  }
}

const DRAFT = ".draft.";

/** Removes what killed processes have left of {@link writeNew}. Only for whoever has the turn. */
export async function removeDrafts(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(".") && name.includes(DRAFT)) await rm(join(directory, name), { force: true });
  }
}

/**
 * Writes files that must not exist yet, each whole or not at all: beside its place first, where nobody takes it for a
 * revision, and from there linked into place, because a rename would replace a file that is already there. All texts are
 * on the disk before the first file appears; where one cannot appear, those before it go again.
 *
 * @param check looks at the drafts, by the order of `files`, before anything appears; what it throws stops all.
 * @throws {RevisionNotWritten}
 */
export async function writeNew(
  files: readonly NewFile[],
  check: (drafts: readonly string[]) => Promise<void> = async () => {},
): Promise<void> {
  const id = randomBytes(6).toString("hex");
  const drafts = files.map(({ path }) => join(dirname(path), `.${id}${DRAFT}${basename(path)}`));
  const linked: string[] = [];
  try {
    for (const [index, { path, text }] of files.entries()) {
      await orNotWritten(path, writeFile(drafts[index]!, text, { flag: "wx", flush: true }));
    }
    await check(drafts);
    for (const [index, { path }] of files.entries()) {
      await orNotWritten(path, link(drafts[index]!, path));
      linked.push(path);
    }
  } catch (error) {
    for (const path of linked) await rm(path, { force: true });
    throw error;
  } finally {
    for (const draft of drafts) await rm(draft, { force: true });
  }
}

async function orNotWritten(path: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new RevisionNotWritten(path, code === "EEXIST" ? "it exists already" : String(code));
  }
}
