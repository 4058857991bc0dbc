import {
  AmbiguousRevision,
  DatabaseNewerThanCode,
  DuplicateRevision,
  InvalidRevisionId,
  MissingParent,
  MultipleHeads,
  NotDowngradeTarget,
  RelativeOutOfRange,
  RevisionCycle,
  RevisionNotSupported,
  UnknownRevision,
} from "../errors.ts";
import { parseTarget, RESERVED_CHARACTERS } from "./target.ts";

/** A revision as the graph sees it. */
export interface GraphNode {
  readonly id: string;
  /** The revisions this one follows: none for a base, several for a merge point. */
  readonly down: readonly string[];
  /** Revisions of other branches to be applied before this one; not supported, must be empty. */
  readonly dependsOn: readonly string[];
  /** Branch labels; not supported, must be empty. */
  readonly labels: readonly string[];
  /** Where it was read from, for messages. */
  readonly file?: string;
}

/** One revision to apply, revert or stamp, and the version table's rows around it. */
export interface Step {
  readonly revision: string;
  readonly rowsBefore: readonly string[];
  readonly rowsAfter: readonly string[];
}

/** The length of `alembic_version.version_num`. */
const ID_LENGTH = 32;

/**
 * The revisions and their order (Alembic, "Working with Branches"). It knows nothing of files or databases: given the
 * rows of a version table it says which steps lead to a target.
 *
 * The rows of a version table are the applied revisions that no other applied revision follows. A target is
 * an id, an id's unique beginning (an exact match wins), `head`, `heads`, `base`, `+N`, `-N`, or one of these with `+N`
 * or `-N` behind it.
 */
export class RevisionGraph {
  readonly #nodes: ReadonlyMap<string, GraphNode>;
  readonly #children: ReadonlyMap<string, readonly string[]>;
  readonly #order: readonly string[];

  /**
   * @throws {DuplicateRevision} @throws {InvalidRevisionId} @throws {MissingParent} @throws {RevisionCycle}
   * @throws {RevisionNotSupported} on branch labels and dependencies.
   */
  constructor(nodes: readonly GraphNode[]) {
    // The order in which nodes are given (a directory's, say) must not decide anything.
    const sorted = [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
    const byId = new Map<string, GraphNode>();
    for (const node of sorted) {
      const twin = byId.get(node.id);
      if (twin !== undefined) {
        throw new DuplicateRevision(
          node.id,
          [twin.file, node.file].filter((file) => file !== undefined),
        );
      }
      checkId(node);
      if (node.labels.length > 0 || node.dependsOn.length > 0) {
        const what = node.labels.length > 0 ? "branch labels" : "dependencies on other branches";
        throw new RevisionNotSupported(`Revision ${nameOf(node)} has ${what}, which are not supported.`);
      }
      byId.set(node.id, node);
    }
    this.#nodes = byId;
    this.#children = childrenOf(sorted);
    this.#order = this.#sort();
  }

  /** Revisions that nothing follows, sorted. */
  get heads(): readonly string[] {
    return this.#order.filter((id) => this.children(id).length === 0).sort();
  }

  /** Revisions that follow none, sorted. */
  get bases(): readonly string[] {
    return this.#order.filter((id) => this.#parents(id).length === 0).sort();
  }

  /** Every revision, oldest first: each after all that it follows. */
  get order(): readonly string[] {
    return this.#order;
  }

  /** The revisions that follow this one directly. */
  children(id: string): readonly string[] {
    return this.#children.get(id) ?? [];
  }

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  /** The rows that no revision of the graph has; not empty means the database is newer than the code. */
  unknown(rows: readonly string[]): readonly string[] {
    return rows.filter((row) => !this.has(row));
  }

  /**
   * The revisions that a target names: none for `base`, all for `heads`, else one.
   *
   * @param origin what a target without a symbol (`+N`, `-N`) counts from.
   * @param strict whether to throw when `+N` or `-N` leads too far; otherwise it ends where the graph does.
   * @throws {UnknownRevision} @throws {AmbiguousRevision} @throws {MultipleHeads} @throws {RelativeOutOfRange}
   */
  resolve(target: string, origin: readonly string[] = [], strict = true): readonly string[] {
    const { symbol, offset } = parseTarget(target);
    if (symbol === "heads" && offset === 0) return this.heads;
    const start = symbol === undefined ? single(target, origin) : this.#resolveSymbol(symbol);
    const end = this.#walk(start, offset, target, strict);
    return end === undefined ? [] : [end];
  }

  /** The steps that apply a target and all it needs; none when it is applied already. */
  upgrade(target: string, currentRows: readonly string[]): readonly Step[] {
    const applied = this.#appliedBy(currentRows);
    const { symbol, offset } = parseTarget(target);
    if (symbol === undefined && offset <= 0) {
      throw new RelativeOutOfRange(target, "an upgrade goes up; say +N, or downgrade -N");
    }
    const wanted = this.#ancestors(this.resolve(target, currentRows));
    const steps: Step[] = [];
    let rows = currentRows;
    for (const revision of this.#order) {
      if (!wanted.has(revision) || applied.has(revision)) continue;
      const rowsAfter = [...rows.filter((row) => !this.#parents(revision).includes(row)), revision];
      steps.push({ revision, rowsBefore: rows, rowsAfter });
      rows = rowsAfter;
    }
    return steps;
  }

  /**
   * The steps that revert whatever was applied on top of a target; `base` reverts all.
   *
   * @throws {NotDowngradeTarget} when the target is not applied.
   */
  downgrade(target: string, currentRows: readonly string[]): readonly Step[] {
    const applied = this.#appliedBy(currentRows);
    const { symbol, offset } = parseTarget(target);
    if (symbol === undefined && offset >= 0) {
      throw new RelativeOutOfRange(target, "a downgrade goes down; say -N, or upgrade +N");
    }
    const destination = single(target, this.resolve(target, currentRows));
    const roots = destination === undefined ? this.bases : this.children(destination);
    const above = this.#descendants(roots);
    const reverted = this.#order.filter((id) => above.has(id) && applied.has(id)).reverse();
    if (destination !== undefined && reverted.length === 0 && !currentRows.includes(destination)) {
      throw new NotDowngradeTarget(destination, currentRows);
    }
    const steps: Step[] = [];
    let rows = currentRows;
    for (const revision of reverted) {
      const rowsAfter = this.#maximal([...rows.filter((row) => row !== revision), ...this.#parents(revision)]);
      steps.push({ revision, rowsBefore: rows, rowsAfter });
      rows = rowsAfter;
    }
    return steps;
  }

  /** The steps that make the version table say a target is applied: rows of the same lineage give way to it. */
  stamp(target: string, currentRows: readonly string[]): readonly Step[] {
    this.#appliedBy(currentRows);
    const destinations = this.resolve(target, currentRows);
    if (destinations.length === 0) {
      return currentRows.map((revision, index) => ({
        revision,
        rowsBefore: currentRows.slice(index),
        rowsAfter: currentRows.slice(index + 1),
      }));
    }
    const steps: Step[] = [];
    let rows = currentRows;
    for (const revision of destinations) {
      if (rows.includes(revision)) continue;
      const lineage = new Set([...this.#ancestors([revision]), ...this.#descendants([revision])]);
      const rowsAfter = [...rows.filter((row) => !lineage.has(row)), revision];
      steps.push({ revision, rowsBefore: rows, rowsAfter });
      rows = rowsAfter;
    }
    return steps;
  }

  /** The revisions from `lower` to `upper`, both included, oldest first. `lower` empty: from the first. */
  between(lower: readonly string[], upper: readonly string[]): readonly string[] {
    const below = this.#ancestors(upper);
    const above = lower.length === 0 ? below : this.#descendants(lower);
    return this.#order.filter((id) => below.has(id) && above.has(id));
  }

  #parents(id: string): readonly string[] {
    return this.#nodes.get(id)!.down;
  }

  #appliedBy(rows: readonly string[]): ReadonlySet<string> {
    const unknown = this.unknown(rows);
    if (unknown.length > 0) throw new DatabaseNewerThanCode(unknown, this.heads);
    return this.#ancestors(rows);
  }

  #resolveSymbol(symbol: string): string | undefined {
    if (symbol === "base") return undefined;
    if (symbol === "head" || symbol === "heads") {
      if (this.heads.length > 1) throw new MultipleHeads(this.heads);
      return this.heads[0];
    }
    if (this.has(symbol)) return symbol;
    const matches = this.#order.filter((id) => id.startsWith(symbol)).sort();
    if (symbol === "" || matches.length === 0) throw new UnknownRevision(symbol, this.heads);
    return single(symbol, matches);
  }

  /** Goes `offset` generations up (positive) or down from a revision; undefined is the base below the first. */
  #walk(start: string | undefined, offset: number, target: string, strict: boolean): string | undefined {
    let at = start;
    for (let left = Math.abs(offset); left > 0; left--) {
      const next = offset < 0 ? this.#below(at) : at === undefined ? this.bases : this.children(at);
      if (next.length > 0) {
        at = single(target, next);
      } else if (strict) {
        const end = offset < 0 ? "below the first revision" : "beyond the newest revision";
        throw new RelativeOutOfRange(target, `it goes ${end}`);
      } else {
        return at;
      }
    }
    return at;
  }

  /** One generation down; below a base is nothing, and below nothing there is no way. */
  #below(at: string | undefined): readonly (string | undefined)[] {
    if (at === undefined) return [];
    const parents = this.#parents(at);
    return parents.length === 0 ? [undefined] : parents;
  }

  /** Those that no other of them follows. */
  #maximal(ids: readonly string[]): readonly string[] {
    const covered = this.#ancestors(ids.flatMap((id) => this.#parents(id)));
    return [...new Set(ids)].filter((id) => !covered.has(id));
  }

  /** Revisions and all that they follow. */
  #ancestors(ids: readonly string[]): ReadonlySet<string> {
    const reached = new Set(ids);
    for (const id of reached) for (const parent of this.#parents(id)) reached.add(parent);
    return reached;
  }

  /** Revisions and all that follow them. */
  #descendants(ids: readonly string[]): ReadonlySet<string> {
    const reached = new Set(ids);
    for (const id of reached) for (const child of this.children(id)) reached.add(child);
    return reached;
  }

  /** Parents first. Iterative, because a history of thousands of revisions is deeper than the call stack. */
  #sort(): readonly string[] {
    const missing = new Map([...this.#nodes].map(([id, node]) => [id, node.down.length]));
    const order = [...missing].filter(([, count]) => count === 0).map(([id]) => id);
    for (const id of order) {
      for (const child of this.children(id)) {
        const left = missing.get(child)! - 1;
        missing.set(child, left);
        if (left === 0) order.push(child);
      }
    }
    if (order.length < this.#nodes.size) this.#throwCycle(new Set(order));
    return order;
  }

  /** Among revisions that could not be sorted every one has such a parent, so going down must come round. */
  #throwCycle(sorted: ReadonlySet<string>): never {
    const path: string[] = [];
    let at = [...this.#nodes.keys()].find((id) => !sorted.has(id))!;
    while (!path.includes(at)) {
      path.push(at);
      at = this.#parents(at).find((parent) => !sorted.has(parent))!;
    }
    const cycle = path.slice(path.indexOf(at));
    throw new RevisionCycle(
      cycle,
      cycle.map((id) => nameOf(this.#nodes.get(id)!)),
    );
  }
}

/** @throws {InvalidRevisionId} when an id could not be told from a target, or does not fit the version table. */
export function checkId({ id, file }: Pick<GraphNode, "id" | "file">): void {
  const name = file === undefined ? `"${id}"` : `"${id}" (${file})`;
  if (id === "") throw new InvalidRevisionId(id, name, "it is empty");
  if (RESERVED_CHARACTERS.test(id)) {
    throw new InvalidRevisionId(id, name, "it must not contain @ - + : or white space");
  }
  // It begins the name of a file that createRevision writes and ScriptDirectory reads.
  if (/[/\\]|^\./.test(id)) throw new InvalidRevisionId(id, name, "no file's name could begin with it");
  if (/["'`]|\p{Cc}/u.test(id)) {
    throw new InvalidRevisionId(id, name, "it must not contain quotes or control characters");
  }
  if (["head", "heads", "base", "current"].includes(id)) {
    throw new InvalidRevisionId(id, name, "this word has a meaning of its own in a target");
  }
  if (id.length > ID_LENGTH) {
    throw new InvalidRevisionId(id, name, `it is longer than the ${ID_LENGTH} characters the version table holds`);
  }
}

function nameOf(node: GraphNode): string {
  return node.file === undefined ? node.id : `${node.id} (${node.file})`;
}

function childrenOf(nodes: readonly GraphNode[]): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  for (const node of nodes) {
    for (const parent of node.down) {
      const siblings = children.get(parent);
      if (siblings === undefined) throw new MissingParent(node.id, nameOf(node), parent);
      siblings.push(node.id);
    }
  }
  return children;
}

/** At most one; several are ambiguous. */
function single(target: string, candidates: readonly (string | undefined)[]): string | undefined {
  const unique = new Set(candidates);
  if (unique.size > 1) throw new AmbiguousRevision(target, [...unique] as string[]);
  return candidates[0];
}
