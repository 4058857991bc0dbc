import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { InvalidRange, MigrationsDirectoryMissing, RevisionFileInvalid, UnknownRevision } from "../errors.ts";
import { importModule, importProblem } from "./import-module.ts";
import { type Revision, readRevision } from "./revision.ts";
import { RevisionGraph } from "./revision-graph.ts";

/** The revision files of a migrations directory, loaded and checked (Alembic's ScriptDirectory). */
export class ScriptDirectory {
  readonly graph: RevisionGraph;
  readonly #revisions: ReadonlyMap<string, Revision>;

  private constructor(revisions: readonly Revision[]) {
    this.graph = new RevisionGraph(revisions);
    this.#revisions = new Map(revisions.map((revision) => [revision.id, revision]));
  }

  /**
   * Reads every `.ts`, `.js` and `.mjs` file of `versions/` below the migrations directory, whatever its name.
   *
   * @throws {MigrationsDirectoryMissing} @throws {RevisionFileInvalid} @throws {RevisionNotSupported}, and what
   *   {@link RevisionGraph} throws when the revisions do not fit together; all name the files.
   */
  static async load(directory: string): Promise<ScriptDirectory> {
    const versions = versionsDirectory(directory);
    const names = await list(versions);
    const revisions: Revision[] = [];
    // One after another: a long history at once would need as many open files.
    for (const name of names) revisions.push(await loadRevision(join(versions, name)));
    return new ScriptDirectory(revisions);
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
   * @throws {InvalidRange}, and what `RevisionGraph.resolve` throws.
   */
  history(range = ":", current: readonly string[] = []): readonly Revision[] {
    const [from, to, ...rest] = range.split(":");
    if (from === undefined || to === undefined || rest.length > 0) throw new InvalidRange(range);
    const end = (text: string, other: readonly string[]): readonly string[] =>
      text === "current" ? current : this.graph.resolve(text, other, false);
    const lower = from === "" || from.startsWith("-") ? [] : end(from, []);
    const upper = end(to || "heads", lower);
    const start = from.startsWith("-") ? end(from, upper) : lower;
    return this.graph
      .between(start, upper)
      .map((id) => this.get(id))
      .reverse();
  }
}

/** Where a migrations directory keeps its revision files. */
export function versionsDirectory(directory: string): string {
  return join(directory, "versions");
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
  return names.filter((name) => /^[^.].*\.(ts|js|mjs)$/.test(name) && !name.endsWith(".d.ts")).sort();
}

async function loadRevision(file: string): Promise<Revision> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new RevisionFileInvalid(file, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (text.trim() === "") throw new RevisionFileInvalid(file, "it is empty");
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await importModule(file);
  } catch (error) {
    throw new RevisionFileInvalid(file, importProblem(error), { cause: error });
  }
  return readRevision(file, exported, [text]);
}
