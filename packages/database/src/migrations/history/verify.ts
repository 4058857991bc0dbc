import type { ConnectOptions } from "../../connection/connect.ts";
import { MigrationFailed, StepOutsideTransaction, UnknownRevision } from "../errors.ts";
import type { RevisionGraph } from "../script/revision-graph.ts";
import { ScriptDirectory } from "../script/script-directory.ts";
import { newest, type OpenReplay, type Replay, withReplays } from "./replay.ts";
import { differences, linesOf, type Snapshot } from "./snapshot.ts";

/** Options of {@link verify}. */
export interface VerifyOptions {
  /** The server on which scratch databases are made: a direct connection whose role may create databases. */
  readonly connect: ConnectOptions;
  /** The migrations directory. */
  readonly directory: string;
  /** Further directories of revision files. */
  readonly versions?: readonly string[];
  /** A revision, or a range `FROM:TO` with both ends; default all revisions. */
  readonly range?: string;
  /** Revisions that cannot go back and need not: targets. */
  readonly allowIrreversible?: readonly string[];
  /** Told before each step. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Aborting it ends it with `ComparisonInterrupted`; the scratch databases are dropped. */
  readonly signal?: AbortSignal;
}

/** How far {@link verify} is. */
export interface VerifyProgress {
  readonly revision: string;
  /** `each`: one revision up, down and up again. `whole`: all of them down, and all up. */
  readonly pass: "each" | "whole";
  readonly direction: "upgrade" | "downgrade";
  /** The revision's place among those that are verified, from 1. */
  readonly place: number;
  readonly revisions: number;
}

/** What is wrong with a revision. */
export interface VerifyProblem {
  /** A sentence. */
  readonly what: string;
  /** A line for each object of the catalog that is not as it should be. */
  readonly differences: readonly string[];
}

/** What {@link verify} has found of one revision. */
export interface VerifiedRevision {
  readonly revision: string;
  readonly file: string;
  readonly message: string;
  /**
   * `irreversible`: its downgrade says that there is none. `unreached`: one that it needs could not be applied.
   */
  readonly outcome: "verified" | "irreversible" | "wrong" | "unreached";
  readonly problems: readonly VerifyProblem[];
}

/** What {@link verify} has found. */
export interface Verification {
  /** Whether all are verified, or irreversible and allowed to be. */
  readonly ok: boolean;
  /** Oldest first. */
  readonly revisions: readonly VerifiedRevision[];
}

/**
 * Runs a history on a scratch database: each revision up, down and up again, and then all of them down and up once more.
 * After a downgrade the catalog has to be what it was before the upgrade, after a second upgrade what it was after the first.
 * Where one is wrong it goes on with the next, on a database that is as it should be.
 *
 * The scratch database is empty: data migrations run on the rows that the revisions themselves bring.
 *
 * @throws {ScratchUnavailable} @throws {ComparisonInterrupted} @throws {ConnectionFailed} @throws {InvalidRange}
 * @throws {MigrationFailed} when what the range stands on cannot be applied; and what `ScriptDirectory.load` and
 *   `RevisionGraph.between` throw.
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { connect, directory, versions, range = ":", allowIrreversible = [], onProgress = () => {}, signal } = options;
  const script = await ScriptDirectory.load(directory, versions);
  const wanted = new Set(script.history(range.includes(":") ? range : `${range}:${range}`).map(({ id }) => id));
  const ids = script.graph.order.filter((id) => wanted.has(id));
  const allowed = new Set(allowIrreversible.map((target) => one(script.graph, target)));
  return withReplays(connect, signal, async (open) => {
    const verifier = new Verifier(script, open, ids, onProgress);
    return verifier.run(allowed);
  });
}

function one(graph: RevisionGraph, target: string): string {
  const id = graph.resolveOne(target);
  if (id === undefined) throw new UnknownRevision(target, graph.heads);
  return id;
}

/** A revision's catalogs. */
interface Known {
  readonly before: Snapshot;
  readonly after: Snapshot;
}

class Verifier {
  readonly #script: ScriptDirectory;
  readonly #open: OpenReplay;
  readonly #ids: readonly string[];
  readonly #onProgress: (progress: VerifyProgress) => void;
  readonly #known = new Map<string, Known>();
  readonly #problems = new Map<string, VerifyProblem[]>();
  readonly #irreversible = new Set<string>();
  readonly #unreached = new Set<string>();
  readonly #applied: string[];
  #replay: Replay | undefined;
  /** What the replay's database is like now. */
  #now: Snapshot | undefined;

  constructor(
    script: ScriptDirectory,
    open: OpenReplay,
    ids: readonly string[],
    onProgress: (progress: VerifyProgress) => void,
  ) {
    this.#script = script;
    this.#open = open;
    this.#ids = ids;
    this.#onProgress = onProgress;
    this.#applied = script.graph.applied(ids).filter((id) => !ids.includes(id));
  }

  async run(allowed: ReadonlySet<string>): Promise<Verification> {
    for (const id of this.#ids) {
      if (this.#needs(id).some((needed) => this.#unreached.has(needed))) this.#unreached.add(id);
      else await this.#each(id);
    }
    if ([...this.#problems.keys()].every((id) => this.#irreversible.has(id))) await this.#whole();
    const revisions = this.#ids.map((id) => this.#result(id));
    const isFine = ({ revision, outcome }: VerifiedRevision): boolean =>
      outcome === "verified" || (outcome === "irreversible" && allowed.has(revision));
    return { ok: revisions.every(isFine), revisions };
  }

  /** Up, down, up. */
  async #each(id: string): Promise<void> {
    const tell = (direction: VerifyProgress["direction"]): void => this.#tell(id, "each", direction);
    const replay = await this.#current();
    const before = this.#now ?? (await replay.look());
    this.#now = undefined;
    tell("upgrade");
    if (!(await this.#runs(id, "Its upgrade", () => replay.up([id])))) {
      this.#unreached.add(id);
      this.#replay = undefined;
      return;
    }
    this.#applied.push(id);
    const after = await replay.look();
    this.#known.set(id, { before, after });
    tell("downgrade");
    if (!(await this.#runs(id, "Its downgrade", () => replay.down(id)))) {
      if (this.#irreversible.has(id)) this.#now = after;
      else this.#replay = undefined;
      return;
    }
    let isClean = this.#compare(
      id,
      "After its downgrade the database is not what it was before",
      before,
      await replay.look(),
    );
    tell("upgrade");
    if (await this.#runs(id, "Its upgrade, run again after its downgrade,", () => replay.up([id]))) {
      const what = "Its upgrade, run again after its downgrade, makes something else than the first time";
      if (!this.#compare(id, what, after, await replay.look())) isClean = false;
    } else isClean = false;
    if (isClean) this.#now = after;
    else this.#replay = undefined;
  }

  /** All down, and all up, as far as there is a way down. */
  async #whole(): Promise<void> {
    const replay = await this.#current();
    const reverted: string[] = [];
    for (const id of [...this.#ids].reverse()) {
      if (this.#irreversible.has(id)) break;
      this.#tell(id, "whole", "downgrade");
      if (!(await this.#runs(id, "When all revisions are reverted, its downgrade", () => replay.down(id)))) return;
      const what = "When all revisions are reverted, the database is after its downgrade not what it was before";
      if (!this.#compare(id, what, this.#known.get(id)!.before, await replay.look())) return;
      reverted.push(id);
    }
    for (const id of reverted.reverse()) {
      this.#tell(id, "whole", "upgrade");
      const again = "When all revisions had been reverted, its upgrade";
      if (!(await this.#runs(id, again, () => replay.up([id])))) return;
      if (
        !this.#compare(id, `${again} makes something else than before`, this.#known.get(id)!.after, await replay.look())
      )
        return;
    }
  }

  /** A database that has what has been verified, and nothing else. */
  async #current(): Promise<Replay> {
    if (this.#replay !== undefined) return this.#replay;
    const replay = await this.#open(this.#script);
    await replay.up(newest(this.#script.graph, this.#applied));
    this.#replay = replay;
    return replay;
  }

  /** Whether it could be run. */
  async #runs(id: string, what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const isRefused = error instanceof MigrationFailed && error.wasRun === false;
      if (!(error instanceof MigrationFailed || error instanceof StepOutsideTransaction)) throw error;
      const { message } = error instanceof MigrationFailed ? (error.cause as Error) : error;
      if (isRefused && error.direction === "downgrade") this.#irreversible.add(id);
      const step = error instanceof MigrationFailed && error.step !== undefined ? ` at ${error.step}` : "";
      this.#note(id, {
        what: isRefused ? `${what} says: ${message}` : `${what} fails${step}: ${message}`,
        differences: [],
      });
      return false;
    }
  }

  #compare(id: string, what: string, was: Snapshot, is: Snapshot): boolean {
    const found = linesOf(differences(was, is));
    if (found.length > 0) this.#note(id, { what: `${what}:`, differences: found });
    return found.length === 0;
  }

  #note(id: string, problem: VerifyProblem): void {
    this.#problems.set(id, [...(this.#problems.get(id) ?? []), problem]);
  }

  #tell(revision: string, pass: VerifyProgress["pass"], direction: VerifyProgress["direction"]): void {
    const place = this.#ids.indexOf(revision) + 1;
    this.#onProgress({ revision, pass, direction, place, revisions: this.#ids.length });
  }

  #needs(id: string): readonly string[] {
    return [...this.#script.get(id).down, ...this.#script.graph.dependencies(id)];
  }

  #result(id: string): VerifiedRevision {
    const { file, message } = this.#script.get(id);
    const problems = this.#problems.get(id) ?? [];
    const isUnreached = this.#unreached.has(id) && problems.length === 0;
    const outcome = isUnreached
      ? "unreached"
      : this.#irreversible.has(id)
        ? "irreversible"
        : problems.length > 0
          ? "wrong"
          : "verified";
    return { revision: id, file, message, outcome, problems };
  }
}
