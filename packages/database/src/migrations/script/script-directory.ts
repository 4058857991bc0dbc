import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InvalidRange, MigrationsDirectoryMissing, RevisionFileInvalid, UnknownRevision } from "../errors.ts";
import { importModule, importProblem } from "./import-module.ts";
import { withoutReplaced } from "./replaces.ts";
import { type Revision, readRevision } from "./revision.ts";
import { RevisionGraph } from "./revision-graph.ts";
import { isUp, partnerOf, readSqlRevision } from "./sql-revision.ts";

/** The revision files of a migrations directory, loaded and checked (Alembic's ScriptDirectory). */
export class ScriptDirectory {
  readonly graph: RevisionGraph;
  /** Files of revisions that a squashed one replaces, left by a squash that was killed. Nothing else is read from them. */
  readonly leftovers: readonly string[];
  readonly #revisions: ReadonlyMap<string, Revision>;

  private constructor(revisions: readonly Revision[], leftovers: readonly string[]) {
    this.leftovers = leftovers;
    this.graph = new RevisionGraph(revisions);
    this.#revisions = new Map(revisions.map((revision) => [revision.id, revision]));
  }

  /**
   * Reads every `.ts`, `.js` and `.mjs` file, whatever its name, and every pair of an `.up.sql` and a `.down.sql`.
   *
   * @param directory the migrations directory, whose `versions/` holds revision files.
   * @param versions further directories of revision files.
   * @throws {MigrationsDirectoryMissing} @throws {RevisionFileInvalid}, and what {@link RevisionGraph} throws when the
   *   revisions do not fit together; all name the files.
   */
  static async load(directory: string, versions: readonly string[] = []): Promise<ScriptDirectory> {
    const loaded: Revision[] = [];
    const halves: string[] = [];
    // One after another: a long history at once would need as many open files.
    for (const location of versionsDirectories(directory, versions)) {
      const names = await list(location);
      for (const name of names) {
        const partner = partnerOf(name);
        if (partner !== undefined && !names.includes(partner)) halves.push(join(location, name));
        else if (partner === undefined || isUp(name)) loaded.push(await loadRevision(location, name));
      }
    }
    const { revisions, leftovers } = withoutReplaced(loaded);
    const files = leftovers.flatMap(({ file, downgradeFile }) => [...new Set([file, downgradeFile])]);
    const replaced = revisions.flatMap(({ replaces }) => Object.keys(replaces?.revisions ?? {}));
    for (const half of halves) {
      if (!replaced.some((id) => basename(half).startsWith(`${id}_`))) throw halfAPair(half);
      files.push(half);
    }
    return new ScriptDirectory(revisions, files);
  }

  /** These revisions, with one in the place of others. Throws what {@link RevisionGraph} throws. */
  squashed(revision: Revision, replaced: readonly string[]): ScriptDirectory {
    const others = [...this.#revisions.values()].filter(({ id }) => !replaced.includes(id));
    return new ScriptDirectory([...others, revision], []);
  }

  /** @throws {UnknownRevision} */
  get(id: string): Revision {
    const revision = this.#revisions.get(id);
    if (revision === undefined) throw new UnknownRevision(id, this.graph.heads);
    return revision;
  }

  /**
   * Revisions from newest to oldest: all of them, or those of a range `FROM:TO`, both included. Each end is a target or
   * `current` or empty; `-N:TO` begins N before TO, `FROM:+N` ends N after FROM.
   *
   * @param current the version table's rows, for a range that says `current`.
   * @throws {InvalidRange}, and what `RevisionGraph.between` throws.
   */
  history(range = ":", current: readonly string[] = []): readonly Revision[] {
    const [from, to, ...rest] = range.split(":");
    if (from === undefined || to === undefined || rest.length > 0) throw new InvalidRange(range);
    const end = (text: string, otherwise: string): string | readonly string[] =>
      text === "current" ? current : text || otherwise;
    return this.graph
      .between(end(from, "base"), end(to, "heads"), { strict: false })
      .map((id) => this.get(id))
      .reverse();
  }
}

/** The directories of revision files, absolute, each once: `versions/` below the migrations directory, then the others. */
export function versionsDirectories(directory: string, versions: readonly string[] = []): readonly string[] {
  return [...new Set([join(directory, "versions"), ...versions].map((path) => resolve(path)))];
}

async function list(directory: string): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "does not exist" : code === "ENOTDIR" ? "is no directory" : `gave ${code}`;
    throw new MigrationsDirectoryMissing(directory, reason);
  }
  return names.filter((name) => /^[^.].*\.(ts|js|mjs|up\.sql|down\.sql)$/.test(name) && !name.endsWith(".d.ts")).sort();
}

async function loadRevision(directory: string, name: string): Promise<Revision> {
  const file = join(directory, name);
  const partner = partnerOf(name);
  if (partner !== undefined) {
    const other = join(directory, partner);
    return readSqlRevision({ file, text: await read(file) }, { file: other, text: await read(other) });
  }
  const text = await read(file);
  if (text.trim() === "") throw new RevisionFileInvalid(file, "it is empty");
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await importModule(file, text);
  } catch (error) {
    throw new RevisionFileInvalid(file, importProblem(error, file), { cause: error });
  }
  return readRevision(file, exported, [text]);
}

async function read(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
  } catch (error) {
    throw new RevisionFileInvalid(file, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Half of a pair was lost, or a write of both was cut off between them. */
function halfAPair(file: string): RevisionFileInvalid {
  return new RevisionFileInvalid(
    file,
    isUp(file)
      ? `it has no ${basename(partnerOf(file)!)} beside it, which takes it back; write one, with a comment alone if there is nothing to take back`
      : `it has no ${basename(partnerOf(file)!)} beside it; bring that back, or delete this file if its revision was never there`,
  );
}
