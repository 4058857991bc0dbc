import { MultipleHeads } from "../errors/graph.ts";
import type { DatabaseBeforeSquash, DatabaseNewerThanCode } from "../errors.ts";
import { type DowngradeOptions, downgradePlan, selectReverted } from "./graph/downgrade.ts";
import { branchLabels } from "./graph/labels.ts";
import type { GraphNode } from "./graph/node.ts";
import { type RangeOptions, selectRange } from "./graph/range.ts";
import { resolveTarget } from "./graph/resolve.ts";
import { stampPlan } from "./graph/stamp.ts";
import { appliedBy, type Plan, type Step, unknownRows } from "./graph/steps.ts";
import { Structure } from "./graph/structure.ts";
import { upgradePlan } from "./graph/upgrade.ts";

export type { DowngradeOptions } from "./graph/downgrade.ts";
export type { GraphNode } from "./graph/node.ts";
export type { RangeOptions } from "./graph/range.ts";
export type { Plan, Step } from "./graph/steps.ts";

/** One target or several. */
export type Targets = string | readonly string[];

/** What is done with a revision. */
export type Direction = "upgrade" | "downgrade" | "stamp";

const PLANS = { upgrade: upgradePlan, downgrade: downgradePlan, stamp: stampPlan } as const;

/**
 * The revisions and their order (Alembic, "Working with Branches"). It knows nothing of files or databases: given the
 * rows of a version table it says which steps lead to a target.
 *
 * The rows of a version table are the applied revisions that no other applied revision follows or depends on. A target is
 * a revision's id, an id's unique beginning (an exact match wins), a branch label, `head`, `heads`, `base`, `+N`, `-N`, or
 * one of these with `+N` or `-N` behind it; each may stand behind `BRANCH@`, where BRANCH is a label or a revision and
 * stands for that revision, all above it and all below it.
 */
export class RevisionGraph {
  readonly #structure: Structure;
  #branchLabels: ReadonlyMap<string, readonly string[]> | undefined;

  /**
   * @throws {DuplicateRevision} @throws {InvalidRevisionId} @throws {DuplicateLabel} @throws {InvalidBranchLabel}
   * @throws {MissingParent} @throws {RevisionCycle} naming the files.
   */
  constructor(nodes: readonly GraphNode[]) {
    this.#structure = new Structure(nodes);
  }

  /** Revisions that nothing follows, sorted. */
  get heads(): readonly string[] {
    return this.#structure.heads;
  }

  /** Revisions that nothing follows or depends on, sorted: the rows of a database that has everything. */
  get realHeads(): readonly string[] {
    return this.#structure.realHeads;
  }

  /** Revisions that follow none, sorted. */
  get bases(): readonly string[] {
    return this.#structure.bases;
  }

  /** Revisions that neither follow nor depend on one, sorted. */
  get realBases(): readonly string[] {
    return this.#structure.realBases;
  }

  /** Every revision, oldest first: each after all that it follows and depends on. */
  get order(): readonly string[] {
    return this.#structure.order;
  }

  /** Branch labels, and the revision that each names. */
  get labels(): ReadonlyMap<string, string> {
    return this.#structure.labels;
  }

  /** Whether there is a revision of this id. */
  has(id: string): boolean {
    return this.#structure.has(id);
  }

  /** The revision of this id. */
  get(id: string): GraphNode | undefined {
    return this.#structure.nodes.get(id);
  }

  /** The revisions that follow this one directly. */
  children(id: string): readonly string[] {
    return this.#structure.above(id, "follows");
  }

  /** The revisions that name this one in dependsOn. */
  dependents(id: string): readonly string[] {
    return this.#structure.above(id, "needs").filter((other) => this.dependencies(other).includes(id));
  }

  /** The revisions that this one names in dependsOn, by id or by label. */
  dependencies(id: string): readonly string[] {
    return (this.get(id)?.dependsOn ?? []).map((name) => this.labels.get(name) ?? name);
  }

  /** Whether several revisions follow it. */
  isBranchPoint(id: string): boolean {
    return this.children(id).length > 1;
  }

  /** Whether it follows several revisions. */
  isMergePoint(id: string): boolean {
    return this.#structure.below(id, "follows").length > 1;
  }

  /**
   * The labels of the branches that a revision is on, sorted: its own and those of all below it; of those above it the ones
   * from which all is one line, down to it and up to the head. A revision that another branch depends on parts a line, too.
   */
  branchLabelsOf(id: string): readonly string[] {
    this.#branchLabels ??= branchLabels(this.#structure);
    return this.#branchLabels.get(id) ?? [];
  }

  /**
   * The revisions that rows of a version table say are applied, oldest first: the rows and all that they need.
   *
   * @throws {DatabaseNewerThanCode} @throws {DatabaseBeforeSquash} when a row is no revision.
   */
  applied(rows: readonly string[]): readonly string[] {
    const applied = appliedBy(this.#structure, rows);
    return this.order.filter((id) => applied.has(id));
  }

  /** The rows that no revision of the graph has; not empty means the database is newer than the code. */
  unknown(rows: readonly string[]): readonly string[] {
    return rows.filter((row) => !this.has(row));
  }

  /** Why there are rows that no revision has; undefined: there are none. */
  unknownRows(rows: readonly string[]): DatabaseNewerThanCode | DatabaseBeforeSquash | undefined {
    return unknownRows(this.#structure, rows);
  }

  /**
   * The revisions that targets name, each once: none for `base`, several for `heads`, else one each.
   *
   * @param rows what a target without a symbol (`+N`, `-N`) counts from; of several, the one of the branch it names.
   * @throws {UnknownRevision} @throws {AmbiguousRevision} @throws {MultipleHeads} @throws {RelativeOutOfRange}
   * @throws {NoSuchBranch} @throws {NotInBranch}
   */
  resolve(targets: Targets, rows: readonly string[] = []): readonly string[] {
    const places = [targets].flat().map((target) => resolveTarget(this.#structure, target, { rows, strict: true }));
    return [...new Set(places.flatMap((place) => place.revisions))];
  }

  /**
   * The one revision that a target names; undefined for `base`.
   *
   * @throws {MultipleHeads} when it names several, and what {@link resolve} throws.
   */
  resolveOne(target: string, rows: readonly string[] = []): string | undefined {
    const found = this.resolve(target, rows);
    if (found.length > 1) throw new MultipleHeads(found);
    return found[0];
  }

  /** The steps that apply targets and all they need; none when they are applied already. See {@link plan}. */
  upgrade(targets: Targets, rows: readonly string[]): readonly Step[] {
    return this.plan("upgrade", targets, rows).steps;
  }

  /** The steps that revert what stands on a target; `base` reverts all. See {@link plan}. */
  downgrade(target: string, rows: readonly string[]): readonly Step[] {
    return this.plan("downgrade", target, rows).steps;
  }

  /** The steps that make the version table say that targets are applied. See {@link plan}. */
  stamp(targets: Targets, rows: readonly string[]): readonly Step[] {
    return this.plan("stamp", targets, rows).steps;
  }

  /**
   * The steps from the rows of a version table to targets, and what to tell before they are gone. Each step's rows are
   * those that the step before has left. A downgrade has one target.
   *
   * @throws {DatabaseNewerThanCode} @throws {DatabaseBeforeSquash} when a row is no revision. @throws {NotUpgradeTarget} @throws {NotDowngradeTarget}
   * @throws {OverlappingRevisions}, and what {@link resolve} throws.
   */
  plan(direction: Direction, targets: Targets, rows: readonly string[]): Plan {
    return PLANS[direction](this.#structure, [targets].flat(), rows);
  }

  /**
   * The revisions from `lower` to `upper`, oldest first. `-N` as the lower end counts down from the upper, `+N` as the
   * upper end up from the lower; `BRANCH@…` as the lower end leaves out upper ends of other branches.
   *
   * @throws {NotAncestor} @throws {OverlappingRevisions}, and what {@link resolve} throws.
   */
  between(lower: Targets, upper: Targets, options?: RangeOptions): readonly string[] {
    return selectRange(this.#structure, [lower].flat(), [upper].flat(), options);
  }

  /** What a downgrade reverts, newest first. Throws what {@link plan} throws. */
  above(target: string, rows: readonly string[], options?: DowngradeOptions): readonly string[] {
    return selectReverted(this.#structure, [target], rows, options).reverted;
  }
}
