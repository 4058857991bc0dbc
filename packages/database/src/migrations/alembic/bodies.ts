import type { RevisionGraph } from "../script/revision-graph.ts";
import type { AlembicCommand } from "./alembic-command.ts";
import type { AlembicRevision } from "./alembic-project.ts";
import { type Direction, readOfflineSql, type Taken } from "./offline-sql.ts";

/** Runs of Alembic in one direction at the most; each that fails costs another. */
const MOST_RUNS = 60;

/** What all revisions do, as far as Alembic says it. */
export interface Bodies {
  readonly upgrade: ReadonlyMap<string, Taken>;
  readonly downgrade: ReadonlyMap<string, Taken>;
  /** What Alembic sends besides the revisions' own statements, and other things that a reader should know. */
  readonly remarks: readonly string[];
}

/**
 * Takes the bodies of all revisions from Alembic's offline mode, in as few runs as cover each once: one for all upgrades,
 * one for each head's downgrades. A run ends at the first revision that fails offline; others then go around it.
 */
export async function takeBodies(
  command: AlembicCommand,
  revisions: readonly AlembicRevision[],
  graph: RevisionGraph,
): Promise<Bodies> {
  const family = new Family(graph);
  const remarks = new Set<string>();
  const upgrade = new Gathering("upgrade", command, revisions, remarks);
  await upgrade.run("heads", family.ids);
  await upgrade.runAll(() => family.upgradeRange(upgrade.pending, upgrade.failed));
  const downgrade = new Gathering("downgrade", command, revisions, remarks, upgrade.versionTable);
  await downgrade.runAll(() => family.downgradeRange(downgrade.pending));
  const before = (id: string): ReadonlySet<string> => family.of(id);
  const bodies = { upgrade: upgrade.finish(before), downgrade: downgrade.finish(before), remarks: [...remarks] };
  return doublesPercent(revisions, bodies) ? withoutDoubledPercent(bodies) : bodies;
}

const hasDoubledPercent = (taken: Taken | undefined): boolean =>
  taken !== undefined && "body" in taken && taken.body.statements.some((statement) => statement.includes("%%"));

/** Whether Alembic writes `%%` where a revision says `%`, which it does unless `env.py` says another paramstyle. */
function doublesPercent(revisions: readonly AlembicRevision[], { upgrade, downgrade }: Bodies): boolean {
  return revisions.some(
    ({ revision, source }) =>
      !source.includes("%%") &&
      (hasDoubledPercent(upgrade.get(revision)) || hasDoubledPercent(downgrade.get(revision))),
  );
}

function withoutDoubledPercent({ upgrade, downgrade, remarks }: Bodies): Bodies {
  const problem =
    'Alembic wrote %% for %; say dialect_opts={"paramstyle": "named"} in run_migrations_offline of env.py and import again';
  const refused = (taken: ReadonlyMap<string, Taken>): ReadonlyMap<string, Taken> =>
    new Map([...taken].map(([id, one]) => [id, hasDoubledPercent(one) ? { problem } : one]));
  return { upgrade: refused(upgrade), downgrade: refused(downgrade), remarks };
}

interface Range {
  readonly range: string;
  /** The revision that the run is for: it is done with after it, either way. */
  readonly aim: string;
}

class Gathering {
  readonly #direction: Direction;
  readonly #command: AlembicCommand;
  readonly #revisions: readonly AlembicRevision[];
  readonly #remarks: Set<string>;
  readonly #taken = new Map<string, Taken>();
  #runs = 0;
  /** Why nothing can be had at all: the project's `env.py` fails, not a revision. */
  #hopeless: string | undefined;
  versionTable: string | undefined;

  constructor(
    direction: Direction,
    command: AlembicCommand,
    revisions: readonly AlembicRevision[],
    remarks: Set<string>,
    versionTable?: string,
  ) {
    this.#direction = direction;
    this.#command = command;
    this.#revisions = revisions;
    this.#remarks = remarks;
    this.versionTable = versionTable;
  }

  get pending(): ReadonlySet<string> {
    return new Set(this.#revisions.map(({ revision }) => revision).filter((id) => !this.#taken.has(id)));
  }

  get failed(): ReadonlySet<string> {
    return new Set([...this.#taken].flatMap(([id, taken]) => ("problem" in taken ? [id] : [])));
  }

  async runAll(next: () => Range | undefined): Promise<void> {
    while (this.#hopeless === undefined && this.#runs < MOST_RUNS && this.pending.size > 0) {
      const range = next();
      if (range === undefined) return;
      await this.run(range.range, [range.aim]);
    }
  }

  /** One run of Alembic; what it does not write of `aims` counts as failed. */
  async run(range: string, aims: readonly string[]): Promise<void> {
    this.#runs += 1;
    const run = await this.#command.run(this.#direction, range, "--sql");
    const { output, problem } = run ?? { output: "", problem: "Alembic is gone" };
    const sql = readOfflineSql(output, this.#direction, this.#revisions, this.versionTable);
    this.versionTable ??= sql.versionTable;
    if (this.versionTable !== undefined && this.versionTable !== "alembic_version") {
      this.#remarks.add(
        `Alembic keeps its version rows in ${this.versionTable}, and hypertroq in alembic_version: rename the table, and ` +
          "take version_table out of env.py",
      );
    }
    this.#remark(sql.before, "before the first revision, which belongs to no revision");
    this.#remark(sql.after, "after a revision's version row, which belongs to no revision");
    const last = [...sql.parts.keys()].at(-1);
    for (const [id, taken] of sql.parts) {
      if (!this.#taken.has(id)) this.#taken.set(id, id === last && problem !== undefined ? { problem } : taken);
    }
    if (problem !== undefined && last === undefined && this.#runs === 1) this.#hopeless = problem;
    // A run that failed says nothing of what comes after its last revision, unless that was all it was for.
    if (problem !== undefined && aims.length > 1) return;
    for (const id of aims) {
      if (!this.#taken.has(id)) this.#taken.set(id, { problem: problem ?? "Alembic did not write it" });
    }
  }

  /** @param before what comes before a revision. */
  finish(before: (id: string) => ReadonlySet<string>): ReadonlyMap<string, Taken> {
    const { failed } = this;
    for (const id of this.pending) {
      const inTheWay = [...before(id)].filter((one) => failed.has(one));
      const problem = this.#hopeless ?? `Alembic's offline mode does not get past ${inTheWay.join(" and ")}`;
      this.#taken.set(id, { problem });
    }
    return this.#taken;
  }

  #remark(statements: readonly string[], where: string): void {
    if (statements.length === 0) return;
    const shown = statements.map((statement) => statement.replace(/\s+/g, " ").slice(0, 120)).slice(0, 3);
    this.#remarks.add(`Alembic's env.py also sends this ${where}: ${shown.join("; ")}`);
  }
}

/** Who comes before whom, dependencies included. */
class Family {
  readonly #graph: RevisionGraph;
  readonly #past = new Map<string, ReadonlySet<string>>([["base", new Set()]]);

  constructor(graph: RevisionGraph) {
    this.#graph = graph;
  }

  get ids(): readonly string[] {
    return this.#graph.order;
  }

  /**
   * `FROM:TO` that brings a pending revision and as many after it as can be without one that failed. A range has one
   * start, and brings all that TO needs and the start does not.
   */
  upgradeRange(pending: ReadonlySet<string>, failed: ReadonlySet<string>): Range | undefined {
    const brings = (from: string, to: string): readonly string[] =>
      [...this.of(to)].filter((id) => !this.of(from).has(id));
    const passable = (from: string, to: string): boolean => !brings(from, to).some((id) => failed.has(id));
    for (const aim of pending) {
      const from = ["base", ...this.of(aim)].find((id) => id !== aim && passable(id, aim));
      if (from === undefined) continue;
      let [range, most] = [{ range: `${from}:${aim}`, aim }, 0];
      for (const to of pending) {
        if (!this.of(to).has(aim) || !passable(from, to)) continue;
        const count = brings(from, to).filter((id) => pending.has(id)).length;
        if (count > most) [range, most] = [{ range: `${from}:${to}`, aim }, count];
      }
      return range;
    }
    return undefined;
  }

  /** All below a pending revision, and first it itself, which has no other pending one above it. */
  downgradeRange(pending: ReadonlySet<string>): Range | undefined {
    const aim = [...pending].find((id) => [...pending].every((other) => other === id || !this.of(other).has(id)));
    return aim === undefined ? undefined : { range: `${aim}:base`, aim };
  }

  /** A revision and all that come before it; none for `base`. */
  of(id: string): ReadonlySet<string> {
    const known = this.#past.get(id) ?? new Set(this.#graph.applied([id]));
    this.#past.set(id, known);
    return known;
  }
}
