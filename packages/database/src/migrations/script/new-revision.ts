import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { NotAHead, NothingToMerge, TemplateInvalid, VersionPathInvalid } from "../errors/files.ts";
import { AmbiguousRevision, RevisionNotWritten, UnknownRevision } from "../errors.ts";
import { importModule, importProblem } from "./import-module.ts";
import { type PostWriteCommand, runPostWrite } from "./post-write.ts";
import { readRevision } from "./revision.ts";
import { RevisionGraph } from "./revision-graph.ts";
import { ScriptDirectory, versionsDirectories } from "./script-directory.ts";
import { slug } from "./slug.ts";
import { downFile, downText, upFile, upText } from "./sql-revision.ts";
import { type RevisionBody, type RevisionHead, readTemplate, renderTemplate } from "./template.ts";
import { inTurn } from "./turn.ts";
import { makeDirectory, type NewFile, removeDrafts, writeNew } from "./write-files.ts";

/** Where new revisions are written, and how. */
export interface RevisionWriter {
  /** The migrations directory; `versions/` below it is made if need be. */
  readonly directory: string;
  /** Further directories of revision files; made if need be. */
  readonly versions?: readonly string[];
  /** The file that says what a new revision looks like; default a built-in one. */
  readonly template?: string;
  /** Commands to run on each file that was written, one after another, without a shell. */
  readonly postWrite?: readonly PostWriteCommand[];
  /** The directory that they run in; default the working directory. */
  readonly root?: string;
}

/** Options of {@link createRevision}. */
export interface NewRevisionOptions extends RevisionWriter {
  /** What the revision does, in one line; default "empty message". */
  readonly message?: string;
  /** Its id; by default 12 random hexadecimal digits. */
  readonly id?: string;
  /** What it follows: a target, or several; `base` for nothing. Default `head`. */
  readonly head?: string | readonly string[];
  /** Whether it may follow what another revision follows already; default false. */
  readonly splice?: boolean;
  /** A name for it and all that will follow it. */
  readonly branchLabel?: string;
  /** Revisions that have to be applied before it although it does not follow them: ids, their beginnings, or labels. */
  readonly dependsOn?: string | readonly string[];
  /** Which of several directories it is written to; default that of what it follows. */
  readonly versionPath?: string;
  /** Whether to write SQL, an `.up.sql` and a `.down.sql`, instead of TypeScript; default false. */
  readonly sql?: boolean;
  /** The statements of its functions, as TypeScript; default none. Not with `sql`. */
  readonly body?: RevisionBody;
}

/** Options of {@link mergeRevisions}. */
export interface MergeOptions extends RevisionWriter {
  /** What it merges: targets that name at least two heads; `heads` for all of them. */
  readonly revisions: string | readonly string[];
  /** Default "merge <id> and <id>". */
  readonly message?: string;
  readonly id?: string;
  readonly branchLabel?: string;
}

/** A revision that was written. */
export interface NewRevision {
  readonly id: string;
  /** The file; of two the one that applies it. */
  readonly file: string;
  /** All files that were written. */
  readonly files: readonly string[];
}

/**
 * Writes an empty revision (Alembic's `revision`). Nothing is written unless the revision will fit: its id and label are
 * free, what it names exists, and its file can be loaded. A file appears whole or not at all, and never replaces another;
 * of several calls at once each sees what the one before has written.
 *
 * @param check is told the heads that there are when it is written; what it throws leaves it unwritten.
 * @throws {MultipleHeads} when it is not clear what to follow. @throws {NotAHead} @throws {DuplicateRevision}
 * @throws {InvalidRevisionId} @throws {UnknownRevision} @throws {AmbiguousRevision} @throws {VersionPathInvalid}
 * @throws {TemplateInvalid} @throws {RevisionNotWritten} @throws {RevisionsBusy}
 * @throws {PostWriteFailed} when the file is there and a command then failed; and what {@link ScriptDirectory.load} throws.
 */
export async function createRevision(
  options: NewRevisionOptions,
  check: (heads: readonly string[]) => void = () => {},
): Promise<NewRevision> {
  return write(options, (script) => {
    check(script.graph.heads);
    const down = parents(script, options.head ?? "head", options.splice ?? false);
    return { down, message: oneLine(options.message) || "empty message" };
  });
}

/**
 * Writes an empty revision that follows several heads, so that one is left (Alembic's `merge`).
 *
 * @throws {NothingToMerge} and what {@link createRevision} throws.
 */
export async function mergeRevisions(options: MergeOptions): Promise<NewRevision> {
  return write(options, (script) => {
    const down = mergedHeads(script, options.revisions);
    const names = `${down.slice(0, -1).join(", ")} and ${down.at(-1)}`;
    return { down, message: oneLine(options.message) || `merge ${names}` };
  });
}

/** The heads that targets of a merge name. @throws {NothingToMerge} @throws {NotAHead} and what `RevisionGraph.resolve` throws. */
export function mergedHeads(script: ScriptDirectory, revisions: string | readonly string[]): readonly string[] {
  const heads = parents(script, revisions, false);
  if (heads.length < 2) throw new NothingToMerge(heads);
  return heads;
}

type Place = Pick<RevisionHead, "down" | "message">;

async function write(options: NewRevisionOptions, place: (script: ScriptDirectory) => Place): Promise<NewRevision> {
  const { directory, versions, template, postWrite = [], root = process.cwd() } = options;
  const locations = versionsDirectories(directory, versions);
  for (const location of locations) await makeDirectory(location);
  const text = await readTemplate(template);
  const written = await inTurn(locations[0]!, async () => {
    for (const location of locations) await removeDrafts(location);
    const script = await ScriptDirectory.load(directory, versions);
    for (const file of script.leftovers) await rm(file, { force: true });
    const head: RevisionHead = {
      id: options.id ?? randomBytes(6).toString("hex"),
      ...place(script),
      labels: options.branchLabel === undefined ? [] : [options.branchLabel],
      dependsOn: dependencies(script, options.dependsOn ?? []),
      createdAt: new Date().toISOString().replace(/\.\d+/, ""),
    };
    // What does not fit is refused by the graph that it would be loaded into.
    new RevisionGraph([...script.graph.order.map((id) => script.get(id)), head]);
    const name = [head.id, slug(head.message)].filter((part) => part !== "").join("_");
    const path = join(location(script, head.down, locations, options.versionPath), name);
    return options.sql === true
      ? writePair(path, head)
      : writeModule(path, head, text, template ?? "built in", options.body);
  });
  for (const file of written.files) await runPostWrite(postWrite, file, root);
  return written;
}

function oneLine(message = ""): string {
  return message.replace(/\s+/g, " ").trim();
}

/** The revisions that targets name, each once; none for `base`. */
function parents(script: ScriptDirectory, targets: string | readonly string[], splice: boolean): readonly string[] {
  const { graph } = script;
  const found = [...new Set([targets].flat().flatMap((target) => graph.resolve(target)))];
  const followed = found.find((id) => !graph.heads.includes(id));
  if (followed !== undefined && !splice) throw new NotAHead(followed, graph.heads);
  return found;
}

/** Ids in full; a label stays a label, which goes on meaning the revision that has it. */
function dependencies(script: ScriptDirectory, targets: string | readonly string[]): readonly string[] {
  return [targets].flat().map((target) => {
    const [id, ...others] = script.graph.resolve(target);
    if (id === undefined) throw new UnknownRevision(target, script.graph.heads);
    if (others.length > 0) throw new AmbiguousRevision(target, [id, ...others]);
    return script.get(id).labels.includes(target) ? target : id;
  });
}

/** Alembic's rule: the one that is asked for, else that of what the revision follows, else the only one. */
function location(
  script: ScriptDirectory,
  [parent]: readonly string[],
  locations: readonly string[],
  asked: string | undefined,
): string {
  if (asked !== undefined) {
    const path = resolve(asked);
    if (!locations.includes(path)) throw new VersionPathInvalid(asked, locations);
    return path;
  }
  if (locations.length === 1) return locations[0]!;
  if (parent === undefined) throw new VersionPathInvalid(undefined, locations);
  return dirname(script.get(parent).file);
}

async function writeModule(
  path: string,
  head: RevisionHead,
  template: string,
  templateFile: string,
  body: RevisionBody | undefined,
): Promise<NewRevision> {
  const file: NewFile = { path: `${path}.ts`, text: renderTemplate(template, head, templateFile, body) };
  await writeNew([file], ([draft]) => checkModule(draft!, file, head, templateFile));
  return { id: head.id, file: file.path, files: [file.path] };
}

/** Whether the file could be loaded, and is the revision that was asked for. */
async function checkModule(draft: string, file: NewFile, head: RevisionHead, templateFile: string): Promise<void> {
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await importModule(draft);
  } catch (error) {
    throw new TemplateInvalid(templateFile, `what it makes cannot be loaded: ${importProblem(error, draft)}`, {
      cause: error,
    });
  }
  let made: ReturnType<typeof readRevision>;
  try {
    made = readRevision(file.path, exported, [file.text]);
  } catch (error) {
    throw new TemplateInvalid(templateFile, (error as Error).message.replace(/\.$/, ""), { cause: error });
  }
  const names = { id: "revision", down: "downRevision", labels: "branchLabels", dependsOn: "dependsOn" } as const;
  for (const [field, name] of Object.entries(names)) {
    const key = field as keyof typeof names;
    if (String(made[key]) !== String(head[key])) {
      throw new TemplateInvalid(
        templateFile,
        `the ${name} of what it makes is not the one asked for; write {{${name}}}`,
      );
    }
  }
}

/** The file that takes back appears first: what holds the revision's id is the other one. */
async function writePair(path: string, head: RevisionHead): Promise<NewRevision> {
  const [up, down] = [upFile(path), downFile(path)];
  const name = [head.id, ...head.down, ...head.labels, ...head.dependsOn].find((one) => one.includes(","));
  if (name !== undefined) throw new RevisionNotWritten(up, `the comma in "${name}" would make two names of it in SQL`);
  await writeNew([
    { path: down, text: downText(head) },
    { path: up, text: upText(head) },
  ]);
  return { id: head.id, file: up, files: [up, down] };
}
