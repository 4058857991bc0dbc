import { link, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { RevisionNotWritten } from "../errors.ts";
import type { Revision } from "../script/revision.ts";
import { ScriptDirectory, versionsDirectories } from "../script/script-directory.ts";
import { partnerOf } from "../script/sql-revision.ts";
import type { RevisionHead } from "../script/template.ts";
import { inTurn } from "../script/turn.ts";
import { makeDirectory } from "../script/write-files.ts";
import type { AlembicRevision } from "./alembic-project.ts";
import { AlembicFileInvalid, AlembicImportConflict } from "./errors.ts";
import type { RevisionText } from "./revision-text.ts";

/** One revision to write. */
export interface ImportText extends RevisionText {
  readonly head: RevisionHead;
  readonly source: AlembicRevision;
}

/** Where a revision is now. */
export interface Written {
  /** Whether it was there before. */
  readonly existed: boolean;
  readonly files: readonly string[];
}

/** Where the files stand until all of them can appear; hidden, so that nobody takes it for a directory of revisions. */
const DRAFT = ".alembic-import";

/**
 * Writes the revisions that are not there yet: into a draft first, which is then loaded as it will be, and from there to
 * their place. Where `versions/` has nothing in it yet, the draft becomes it in one step. Otherwise the files are linked
 * into it, parents first; where one cannot be, those before it go again.
 *
 * @returns for each revision, in the order given, where it is.
 * @throws {AlembicImportConflict} @throws {AlembicFileInvalid} @throws {RevisionNotWritten} @throws {RevisionsBusy}
 */
export async function writeImport(
  { directory, versions = [] }: { readonly directory: string; readonly versions?: readonly string[] },
  texts: readonly ImportText[],
): Promise<readonly Written[]> {
  await makeDirectory(directory);
  return inTurn(directory, async () => {
    const [target, ...others] = versionsDirectories(directory, versions);
    for (const other of others) await makeDirectory(other);
    const used = await isUsed(target!);
    if (used) return inTurn(target!, () => write(directory, target!, [target!, ...others], texts));
    return write(directory, target!, others, texts);
  });
}

/**
 * @param locations the directories that hold revisions of ours by now.
 */
async function write(
  directory: string,
  target: string,
  locations: readonly string[],
  texts: readonly ImportText[],
): Promise<readonly Written[]> {
  const draft = join(directory, DRAFT);
  const drafts = join(draft, "versions");
  await removeHalves(drafts, target);
  await rm(draft, { recursive: true, force: true });
  try {
    await orNotWritten(drafts, mkdir(drafts, { recursive: true }));
    const before = await ScriptDirectory.load(draft, locations);
    const isThere = (id: string): boolean => before.graph.has(id);
    for (const text of texts) if (isThere(text.head.id)) checkSame(before.get(text.head.id), text);
    const missing = texts.filter(({ head }) => !isThere(head.id));
    const files = missing.flatMap((text) => text.files);
    for (const { name, text } of files) {
      await orNotWritten(join(target, name), writeFile(join(drafts, name), text, { flag: "wx", flush: true }));
    }
    const after = await ScriptDirectory.load(draft, locations);
    for (const { head, source } of missing) checkRead(after.get(head.id), head, source);
    if (files.length > 0) await publish(drafts, target, locations.includes(target), files);
    return texts.map(({ head, files: own }) => {
      if (isThere(head.id)) return { existed: true, files: [before.get(head.id).file] };
      return { existed: false, files: own.map(({ name }) => join(target, name)) };
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Takes away what an import that was killed between the two files of a pair has linked: it left its draft behind. */
async function removeHalves(drafts: string, target: string): Promise<void> {
  for (const name of await readdir(drafts).catch(() => [])) {
    const partner = partnerOf(name);
    const [made, draft] = [await inode(join(target, name)), await inode(join(drafts, name))];
    if (partner !== undefined && made !== undefined && made === draft && !(await inode(join(target, partner)))) {
      await rm(join(target, name));
    }
  }
}

async function inode(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

async function publish(
  drafts: string,
  target: string,
  used: boolean,
  files: readonly { readonly name: string }[],
): Promise<void> {
  if (!used) return orNotWritten(target, rename(drafts, target));
  const linked: string[] = [];
  try {
    for (const { name } of files) {
      const path = join(target, name);
      await orNotWritten(path, link(join(drafts, name), path));
      linked.push(path);
    }
  } catch (error) {
    for (const path of linked) await rm(path, { force: true });
    throw error;
  }
}

async function isUsed(target: string): Promise<boolean> {
  try {
    return (await readdir(target)).length > 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return false;
    throw new RevisionNotWritten(target, String(code));
  }
}

const FIELDS = { down: "down revision", labels: "branch labels", dependsOn: "dependencies" } as const;

function checkSame(ours: Revision, { head, source }: ImportText): void {
  for (const [field, name] of Object.entries(FIELDS)) {
    const key = field as keyof typeof FIELDS;
    if ([...ours[key]].sort().join() !== [...head[key]].sort().join()) {
      throw new AlembicImportConflict(head.id, [ours.file, source.file], name);
    }
  }
}

/** What was written has to be read as what was meant, whatever characters it holds. */
function checkRead(read: Revision, head: RevisionHead, source: AlembicRevision): void {
  for (const key of ["id", "down", "labels", "dependsOn", "message", "createdAt"] as const) {
    if (JSON.stringify(read[key]) !== JSON.stringify(head[key])) {
      throw new AlembicFileInvalid(source.file, undefined, `its ${key} cannot be written in ${basename(read.file)}`);
    }
  }
}

async function orNotWritten(path: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const taken = code === "EEXIST" || code === "ENOTEMPTY";
    throw new RevisionNotWritten(path, taken ? "something is there already" : String(code));
  }
}
