import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { BackupDamaged, BackupNotFound, BackupsUnreadable } from "./errors.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { written } from "./part.ts";

/** What a drill found; kept beside the backup. */
export interface DrillRecord {
  readonly backup: string;
  readonly ok: boolean;
  /** When it ended, in ISO 8601. */
  readonly at: string;
  /** Seconds from the beginning until the restored database could be used: the time that a recovery takes. */
  readonly recoverySeconds: number;
  /** Seconds in all, comparing included. */
  readonly seconds: number;
  /** What was compared, a line each. */
  readonly compared: readonly string[];
  readonly problems: readonly string[];
}

/** What lies in a directory of backups. Only a good one can be restored. */
export type BackupEntry =
  | {
      readonly state: "good";
      readonly name: string;
      readonly manifest: Manifest;
      readonly seal?: string;
      /** Its last drill. */
      readonly drill?: DrillRecord;
    }
  | { readonly state: "damaged"; readonly name: string; readonly problems: readonly string[] }
  /** Being made now, or what a process that was killed has left. */
  | { readonly state: "unfinished"; readonly name: string }
  /** Not made by this library. */
  | { readonly state: "foreign"; readonly name: string };

/** A backup that is whole, as far as its directory tells. */
export type GoodBackup = Extract<BackupEntry, { readonly state: "good" }>;

const NAME = /^\d{8}T\d{6}Z-[\da-f]{8}$/;
const UNFINISHED = ".unfinished";
const DRILL = ".drill.json";

/** A name that no other backup has, however many are begun at the same time; sorted by it, they are in order. */
export function newName(now: Date): string {
  const moment = now.toISOString().replace(/[-:]|\.\d+/g, "");
  return `${moment}-${randomBytes(4).toString("hex")}`;
}

/** A directory in which one thing is made, which others see when it is whole. */
export class Unfinished {
  readonly path: string;
  readonly #directory: string;
  readonly #name: string;
  /** The directories that were made for it, outermost first. */
  #made: readonly string[] = [];

  private constructor(directory: string, name: string) {
    this.#directory = directory;
    this.#name = name;
    this.path = join(directory, `${name}${UNFINISHED}`);
  }

  /** @throws {BackupNotWritten} */
  static async begin(directory: string, name: string): Promise<Unfinished> {
    const made = new Unfinished(directory, name);
    const first = await written(made.path, mkdir(directory, { recursive: true, mode: 0o700 }));
    if (first !== undefined) made.#made = between(first, directory);
    await written(made.path, mkdir(made.path, { mode: 0o700 })).catch(async (error: unknown) => {
      await made.discard();
      throw error;
    });
    return made;
  }

  /** Gives it its name, in one step, once everything in it is on the disk. */
  async publish(): Promise<void> {
    await written(this.path, sync(this.path));
    await written(this.path, rename(this.path, join(this.#directory, this.#name)));
    await written(this.path, sync(this.#directory));
  }

  /** Removes it, and the directories that were made for it, unless something else lies there by now. */
  async discard(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    for (const directory of this.#made.toReversed()) {
      const isGone = await rmdir(directory).then(
        () => true,
        () => false,
      );
      if (!isGone) return;
    }
  }
}

/** A directory and all that lead from it down to another. */
function between(outer: string, inner: string): readonly string[] {
  const above = dirname(inner);
  return resolve(outer) === resolve(inner) || above === inner ? [inner] : [...between(outer, above), inner];
}

/** Writes a file and waits until it is on the disk. @throws {BackupNotWritten} */
export async function writeWhole(path: string, text: string): Promise<void> {
  const file = await written(path, open(path, "w", 0o600));
  try {
    await written(path, file.writeFile(text));
    await written(path, file.sync());
  } finally {
    await file.close();
  }
}

/** Waits until the names in a directory are on the disk. */
async function sync(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The names of a directory; none where it is not there. @throws {BackupsUnreadable} */
async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new BackupsUnreadable(directory, error as NodeJS.ErrnoException);
  }
}

/** What lies in a directory of backups, the newest first. Looks at lengths, and reads manifests; `verifyBackup` reads all. */
export async function listBackups(directory: string): Promise<readonly BackupEntry[]> {
  const names = (await namesIn(directory)).filter((name) => !name.startsWith(".") && !isDrill(name));
  const entries: BackupEntry[] = [];
  for (const name of names.sort().reverse()) entries.push(await entryOf(directory, name));
  return entries;
}

async function entryOf(directory: string, name: string): Promise<BackupEntry> {
  if (name.endsWith(UNFINISHED) && NAME.test(name.slice(0, -UNFINISHED.length))) return { state: "unfinished", name };
  if (!NAME.test(name)) return { state: "foreign", name };
  try {
    const found = await openManifest(directory, name);
    const drill = await readDrill(directory, name);
    return { state: "good", name, ...found, ...(drill === undefined ? {} : { drill }) };
  } catch (error) {
    if (error instanceof BackupDamaged) return { state: "damaged", name, problems: error.problems };
    throw error;
  }
}

/** The manifest of a backup whose files are all there. @throws {BackupDamaged} */
async function openManifest(directory: string, name: string): Promise<{ manifest: Manifest; seal?: string }> {
  const path = join(directory, name);
  const found = await readManifest(path, name);
  const problems: string[] = [];
  if (found.manifest.name !== name) problems.push(`it was made under the name ${found.manifest.name}.`);
  for (const { file, bytes } of filesOf(found.manifest)) {
    const size = await stat(join(path, file)).then(
      (stats) => stats.size,
      () => undefined,
    );
    if (size === undefined) problems.push(`${file} is missing.`);
    else if (size !== bytes) problems.push(`${file} is ${size} bytes long and was ${bytes}.`);
  }
  if (problems.length > 0) throw new BackupDamaged(name, problems);
  return found;
}

/** Every file of a backup but its manifest. */
export function filesOf({ preData, postData, tables }: Manifest): readonly { file: string; bytes: number }[] {
  return [preData, ...tables, postData];
}

/** Those that can be restored, the newest first. @param database whose they are; default all. */
export async function goodBackups(directory: string, database?: string): Promise<readonly GoodBackup[]> {
  const good = (await listBackups(directory)).filter((entry) => entry.state === "good");
  return database === undefined ? good : good.filter(({ manifest }) => manifest.database === database);
}

/**
 * A backup by its name; without one the newest good one.
 *
 * @throws {BackupNotFound} @throws {BackupDamaged}
 */
export async function findBackup(directory: string, name: string | undefined): Promise<GoodBackup> {
  if (name === undefined) {
    const [newest] = await goodBackups(directory);
    if (newest === undefined) throw new BackupNotFound(directory, undefined);
    return newest;
  }
  if (!NAME.test(name) || !(await namesIn(directory)).includes(name)) throw new BackupNotFound(directory, name);
  const entry = await entryOf(directory, name);
  if (entry.state === "damaged") throw new BackupDamaged(name, entry.problems);
  return entry as GoodBackup;
}

/** Removes a backup. From the first step on it is none any more. */
export async function removeBackup(directory: string, name: string): Promise<void> {
  const path = join(directory, name);
  if (name.endsWith(UNFINISHED)) {
    await rm(path, { recursive: true, force: true });
    return;
  }
  await rename(path, `${path}${UNFINISHED}`);
  await rm(`${path}${UNFINISHED}`, { recursive: true, force: true });
  await rm(`${path}${DRILL}`, { force: true });
}

/** Milliseconds since something in it was last written. */
export async function ageOf(directory: string, name: string): Promise<number> {
  const path = join(directory, name);
  const times: number[] = [];
  for (const file of [".", ...(await namesIn(path))]) {
    const stats = await stat(join(path, file)).catch(() => undefined);
    if (stats !== undefined) times.push(stats.mtimeMs);
  }
  return Date.now() - Math.max(...times);
}

function isDrill(name: string): boolean {
  return name.endsWith(DRILL) && NAME.test(name.slice(0, -DRILL.length));
}

/** Keeps what a drill found, in the place of what the one before it found. @throws {BackupNotWritten} */
export async function writeDrill(directory: string, record: DrillRecord): Promise<void> {
  const path = join(directory, `${record.backup}${DRILL}`);
  const draft = join(directory, `.${record.backup}.${randomBytes(4).toString("hex")}`);
  await writeWhole(draft, `${JSON.stringify(record, undefined, 2)}\n`);
  await written(path, rename(draft, path));
}

/** Undefined where there was none, or what is left of it cannot be read. */
async function readDrill(directory: string, name: string): Promise<DrillRecord | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, `${name}${DRILL}`), "utf8")) as DrillRecord;
  } catch {
    return undefined;
  }
}
