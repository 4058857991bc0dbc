import { DuplicateLabel, DuplicateRevision, MissingParent, RevisionCycle } from "../../errors/graph.ts";
import { checkId, checkLabel } from "./names.ts";
import { type GraphNode, nameOf } from "./node.ts";

/** The edges to go along: `follows` those of downRevision alone, `needs` those of dependsOn as well. */
export type Edges = "follows" | "needs";

interface Links {
  /** Along downRevision, and along downRevision and dependsOn; each revision once. */
  readonly follows: readonly string[];
  readonly needs: readonly string[];
}

/**
 * Revisions that fit together, and the sets above and below them. Every set is computed by walking each edge once and
 * without recursion, because a history of thousands of revisions is deeper than the call stack.
 */
export class Structure {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Which revision has a branch label. */
  readonly labels: ReadonlyMap<string, string>;
  /** Every revision, each after all that it needs, and a branch as far as it goes before the next one. */
  readonly order: readonly string[];
  /** Revisions that nothing follows; the real ones that nothing depends on either. Sorted. */
  readonly heads: readonly string[];
  readonly realHeads: readonly string[];
  /** Revisions that follow none; the real ones that depend on none either. Sorted. */
  readonly bases: readonly string[];
  readonly realBases: readonly string[];
  /** Which squashed revision stands for one that there is no more. */
  readonly replaced: ReadonlyMap<string, GraphNode>;
  readonly #below: ReadonlyMap<string, Links>;
  readonly #above: ReadonlyMap<string, Links>;

  /**
   * @throws {DuplicateRevision} @throws {InvalidRevisionId} @throws {DuplicateLabel} @throws {InvalidBranchLabel}
   * @throws {MissingParent} @throws {RevisionCycle}
   */
  constructor(nodes: readonly GraphNode[]) {
    // The order in which nodes are given (a directory's, say) must not decide anything.
    const sorted = [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
    this.nodes = byId(sorted);
    this.labels = byLabel(sorted, this.nodes);
    this.replaced = new Map(
      sorted.flatMap((node) => Object.keys(node.replaces?.revisions ?? {}).map((id) => [id, node] as const)),
    );
    this.#below = this.#linksBelow(sorted);
    this.#above = turned(this.#below);
    this.order = this.#sort();
    const ids = [...this.nodes.keys()];
    this.heads = ids.filter((id) => this.above(id, "follows").length === 0);
    this.realHeads = ids.filter((id) => this.above(id, "needs").length === 0);
    this.bases = ids.filter((id) => this.below(id, "follows").length === 0);
    this.realBases = ids.filter((id) => this.below(id, "needs").length === 0);
  }

  has(id: string): boolean {
    return this.nodes.has(id);
  }

  /** What a revision follows or needs directly. */
  below(id: string, edges: Edges): readonly string[] {
    return this.#below.get(id)?.[edges] ?? [];
  }

  /** What follows or needs a revision directly. */
  above(id: string, edges: Edges): readonly string[] {
    return this.#above.get(id)?.[edges] ?? [];
  }

  /** Revisions and all below them. */
  ancestors(ids: Iterable<string>, edges: Edges): Set<string> {
    return closure(ids, (id) => this.below(id, edges));
  }

  /** Revisions and all above them. */
  descendants(ids: Iterable<string>, edges: Edges): Set<string> {
    return closure(ids, (id) => this.above(id, edges));
  }

  /** A revision, all above it and all below it. */
  lineage(id: string, edges: Edges): Set<string> {
    return new Set([...this.ancestors([id], edges), ...this.descendants([id], edges)]);
  }

  #linksBelow(nodes: readonly GraphNode[]): ReadonlyMap<string, Links> {
    const links = new Map<string, Links>();
    for (const node of nodes) {
      const follows = new Set(node.down);
      for (const parent of follows) {
        if (!this.has(parent)) throw this.#missing(node, parent, "follows");
      }
      const needs = new Set(follows);
      for (const name of node.dependsOn) {
        const dependency = this.labels.get(name) ?? name;
        if (!this.has(dependency)) throw this.#missing(node, name, "depends on");
        needs.add(dependency);
      }
      links.set(node.id, { follows: [...follows], needs: [...needs] });
    }
    return links;
  }

  #missing(node: GraphNode, name: string, verb: "follows" | "depends on"): MissingParent {
    const squashed = this.replaced.get(name);
    return new MissingParent(node.id, nameOf(node), name, verb, squashed && nameOf(squashed));
  }

  /** Takes the revision that became free last, and so follows a branch upward before it begins the next. */
  #sort(): readonly string[] {
    const open = new Map([...this.nodes.keys()].map((id) => [id, this.below(id, "needs").length]));
    const free = [...open.keys()].filter((id) => open.get(id) === 0).reverse();
    const order: string[] = [];
    for (let id = free.pop(); id !== undefined; id = free.pop()) {
      order.push(id);
      for (const next of [...this.above(id, "needs")].reverse()) {
        const left = open.get(next)! - 1;
        open.set(next, left);
        if (left === 0) free.push(next);
      }
    }
    if (order.length < this.nodes.size) this.#throwCycle(new Set(order));
    return order;
  }

  /** A revision that could not be sorted needs another such, so going down among them must come round. */
  #throwCycle(sorted: ReadonlySet<string>): never {
    const path = new Map<string, string>();
    let at = [...this.nodes.keys()].find((id) => !sorted.has(id))!;
    while (!path.has(at)) {
      const next = this.below(at, "needs").find((id) => !sorted.has(id))!;
      path.set(at, next);
      at = next;
    }
    const steps = [...path];
    const circle = steps.slice(steps.findIndex(([id]) => id === at));
    throw new RevisionCycle(
      circle.map(([id]) => id),
      circle.map(([id, next]) => {
        const verb = this.below(id, "follows").includes(next) ? "follows" : "depends on";
        return `${nameOf(this.nodes.get(id)!)} ${verb} ${next}`;
      }),
    );
  }
}

function byId(nodes: readonly GraphNode[]): ReadonlyMap<string, GraphNode> {
  const map = new Map<string, GraphNode>();
  for (const node of nodes) {
    const twin = map.get(node.id);
    if (twin !== undefined) {
      throw new DuplicateRevision(
        node.id,
        [twin.file, node.file].filter((file) => file !== undefined),
      );
    }
    checkId(node);
    map.set(node.id, node);
  }
  return map;
}

function byLabel(nodes: readonly GraphNode[], known: ReadonlyMap<string, GraphNode>): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const node of nodes) {
    for (const label of new Set(node.labels)) {
      checkLabel(label, node);
      const other = known.get(map.get(label) ?? label);
      if (other !== undefined) {
        throw new DuplicateLabel(label, [other.id, node.id], [nameOf(other), nameOf(node)]);
      }
      map.set(label, node.id);
    }
  }
  return map;
}

/** The same links, seen from the other end. */
function turned(links: ReadonlyMap<string, Links>): ReadonlyMap<string, Links> {
  const above = new Map([...links.keys()].map((id) => [id, { follows: [] as string[], needs: [] as string[] }]));
  for (const [id, { follows, needs }] of links) {
    for (const parent of follows) above.get(parent)!.follows.push(id);
    for (const needed of needs) above.get(needed)!.needs.push(id);
  }
  return above;
}

function closure(ids: Iterable<string>, next: (id: string) => readonly string[]): Set<string> {
  const reached = new Set(ids);
  for (const id of reached) for (const other of next(id)) reached.add(other); // a set's loop meets what is added in it
  return reached;
}
