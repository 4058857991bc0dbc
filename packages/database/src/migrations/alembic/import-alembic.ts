import { basename } from "node:path";
import { RevisionGraph } from "../script/revision-graph.ts";
import type { RevisionHead } from "../script/template.ts";
import { AlembicCommand, throwIfAborted } from "./alembic-command.ts";
import { type AlembicRevision, readAlembicProject } from "./alembic-project.ts";
import { type Bodies, takeBodies } from "./bodies.ts";
import { AlembicFileInvalid, AlembicProjectInvalid } from "./errors.ts";
import type { Direction, Taken } from "./offline-sql.ts";
import { revisionText } from "./revision-text.ts";
import { writeImport } from "./write-import.ts";

/** Options of {@link importAlembic}. */
export interface ImportAlembicOptions {
  /** The Alembic project: the directory of `alembic.ini`, or its script directory, or the `versions` in it. */
  readonly from: string;
  /** Our migrations directory; the files go to `versions/` below it, which is made if need be. */
  readonly directory: string;
  /** Further directories of our revision files, which may hold some of these revisions already. */
  readonly versions?: readonly string[];
  /** Aborting it ends Alembic and throws {@link MigrationInterrupted}; nothing is written. */
  readonly signal?: AbortSignal;
}

/** What became of one revision of Alembic's. */
export interface ImportedRevision {
  readonly revision: string;
  readonly message: string;
  /** The Python file. */
  readonly source: string;
  /** Taken: with all that it does. Skeleton: a direction throws until somebody translates it. Exists: left as it was. */
  readonly state: "taken" | "skeleton" | "exists";
  /** The files that were written, or that are there already. */
  readonly files: readonly string[];
  /** Why a direction was not translated. */
  readonly problems: readonly { readonly direction: Direction; readonly problem: string }[];
  /** What to look at by hand. */
  readonly remarks: readonly string[];
}

/** What an import has written. */
export interface AlembicImport {
  /** Oldest first. */
  readonly revisions: readonly ImportedRevision[];
  /** The heads of Alembic's history. */
  readonly heads: readonly string[];
  /** Why Alembic could not be run; undefined when it was. */
  readonly alembicProblem: string | undefined;
  /** What the project does besides its revisions. */
  readonly remarks: readonly string[];
}

/**
 * Turns the revisions of an Alembic project into revisions of ours with the same ids, so that history goes on unbroken.
 *
 * Who follows whom is read from the Python files, which are not run for it. What they do is taken from Alembic's offline
 * mode, which runs the project's `env.py` and the revisions; where that does not work, a skeleton is written that throws
 * where it would have to do something. A revision that is there already is left alone. Either all files appear or none.
 *
 * @throws {AlembicProjectInvalid} @throws {AlembicFileInvalid} @throws {AlembicImportConflict}
 * @throws {RevisionNotWritten} @throws {RevisionsBusy}, and what {@link RevisionGraph} and `ScriptDirectory.load` throw.
 */
export async function importAlembic(options: ImportAlembicOptions): Promise<AlembicImport> {
  const { from, signal } = options;
  const project = await readAlembicProject(from);
  for (const revision of project.revisions) checkNames(revision);
  const graph = new RevisionGraph(project.revisions.map(node));
  const byId = new Map(project.revisions.map((revision) => [revision.revision, revision]));
  const revisions = graph.order.map((id) => byId.get(id)!);

  const { problem, bodies } = await askAlembic(project.iniFile, revisions, graph, signal);
  const now = new Date().toISOString().replace(/\.\d+/, "");
  const texts = revisions.map((revision) => {
    const head = headOf(revision, now);
    const taken = (direction: Direction): Taken => bodyOf(revision, direction, bodies, problem);
    return { head, source: revision, ...revisionText(head, revision, taken("upgrade"), taken("downgrade")) };
  });
  throwIfAborted(signal);
  const there = await writeImport(options, texts);
  return {
    revisions: texts.map(({ head, source, problems }, index) => {
      const { existed, files } = there[index]!;
      const state = existed ? "exists" : problems.length > 0 ? "skeleton" : "taken";
      const facts = { revision: head.id, message: head.message, source: source.file, state, files } as const;
      return {
        ...facts,
        ...(existed ? { problems: [], remarks: [] } : { problems, remarks: remarksOf(source, bodies) }),
      };
    }),
    heads: graph.heads,
    alembicProblem: problem,
    remarks: bodies?.remarks ?? [],
  };
}

function node({ revision, downRevision, dependsOn, branchLabels, file }: AlembicRevision) {
  return { id: revision, down: downRevision, dependsOn, labels: branchLabels, file };
}

/** @throws {AlembicFileInvalid} on a comma, which separates names in our SQL files. */
function checkNames({ file, revision, downRevision, dependsOn, branchLabels }: AlembicRevision): void {
  const name = [revision, ...downRevision, ...dependsOn, ...branchLabels].find((one) => one.includes(","));
  if (name !== undefined) throw new AlembicFileInvalid(file, undefined, `the name "${name}" has a comma in it`);
}

function headOf(revision: AlembicRevision, now: string): RevisionHead {
  const { id, down, dependsOn, labels } = node(revision);
  const { message = "empty message", createdAt = now } = revision;
  return { id, down, dependsOn, labels, message, createdAt };
}

function remarksOf(source: AlembicRevision, bodies: Bodies | undefined): readonly string[] {
  return [
    ...(source.createdAt === undefined
      ? ["its docstring has no Create Date: the time of the import stands there"]
      : []),
    ...(bodies === undefined ? [] : source.remarks),
  ];
}

interface Answer {
  /** Why Alembic could not be asked. */
  readonly problem: string | undefined;
  readonly bodies: Bodies | undefined;
}

/** @throws {AlembicProjectInvalid} when Alembic reads another history from the files than we do. */
async function askAlembic(
  iniFile: string | undefined,
  revisions: readonly AlembicRevision[],
  graph: RevisionGraph,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  if (iniFile === undefined) return { problem: "there is no alembic.ini that names these files", bodies: undefined };
  const found = await AlembicCommand.find(iniFile, signal);
  if (found === undefined) {
    const problem = "neither alembic nor python3 -m alembic can be run here";
    return { problem, bodies: undefined };
  }
  const { command, heads } = found;
  if (heads.problem !== undefined) return { problem: heads.problem, bodies: undefined };
  const theirs = [...heads.output.matchAll(/^(\S+) .*\((?:effective )?head\)[^\S\n]*$/gm)].map(([, id]) => id!).sort();
  const ours = [...graph.heads].sort();
  if (theirs.join() !== ours.join()) {
    throw new AlembicProjectInvalid(
      iniFile,
      `alembic heads says ${theirs.join(", ") || "nothing"}, and its files were read as ${ours.join(", ")}`,
    );
  }
  return { problem: undefined, bodies: await takeBodies(command, revisions, graph) };
}

const NOTHING: Taken = { body: { statements: [], outside: false } };

function bodyOf(
  revision: AlembicRevision,
  direction: Direction,
  bodies: Bodies | undefined,
  problem: string | undefined,
): Taken {
  if (revision[direction].isEmpty) return NOTHING;
  return (
    bodies?.[direction].get(revision.revision) ?? {
      problem: problem ?? `Alembic did not write ${basename(revision.file)}`,
    }
  );
}
