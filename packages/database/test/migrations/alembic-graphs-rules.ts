import { DatabaseError } from "../../src/errors.ts";
import type { RevisionGraph } from "../../src/migrations/index.ts";
import { parseTarget, type Target } from "../../src/migrations/script/target.ts";
import type { GraphMove } from "./alembic-graphs.ts";

/** What a move comes to: the revisions, sorted, and the rows in the end; or the code of an error. */
export interface Outcome {
  readonly error?: string;
  readonly order?: readonly string[];
  readonly rows?: readonly string[];
}

export interface Difference {
  readonly graph: RevisionGraph;
  readonly move: GraphMove;
  readonly ours: Outcome;
  readonly theirs: Outcome;
}

/** A way in which we differ from Alembic on purpose; docs/migrations.md has the same list with the reasons. */
export interface Rule {
  readonly name: string;
  /** Whether this rule makes the two differ here, and ours is what the rule says. */
  explains(difference: Difference): boolean;
}

export const RULES: readonly Rule[] = [
  {
    name: "an upgrade to base from above it is refused",
    explains: ({ graph, move, ours, theirs }) =>
      move.direction === "upgrade" &&
      ours.error === "NOT_UPGRADE_TARGET" &&
      move.targets.every((target) => outcomeOf(graph, target, move.rows).length === 0) &&
      (isAssertion(theirs) || same(theirs, { order: [], rows: move.rows.toSorted() })),
  },
  {
    name: "too far is out of range, and the base below everything is a place",
    explains: ({ graph, move, ours, theirs }) => {
      const { symbol, offset } = parseTarget(move.targets[0]!);
      if (move.direction !== "upgrade" || symbol === undefined || offset === 0 || !isAssertion(theirs)) return false;
      return outcomeOf(graph, move.targets[0]!, move.rows).length === 0
        ? same(ours, { order: [], rows: move.rows.toSorted() })
        : ours.error === "RELATIVE_OUT_OF_RANGE";
    },
  },
  {
    name: "BRANCH@-N without just one place of the branch is out of range or ambiguous",
    explains: ({ move, ours, theirs }) => {
      const { branch, symbol, offset } = parseTarget(move.targets[0]!);
      return (
        move.direction === "downgrade" &&
        branch !== undefined &&
        symbol === undefined &&
        offset < 0 &&
        isAssertion(theirs) &&
        ["RELATIVE_OUT_OF_RANGE", "AMBIGUOUS_REVISION"].includes(ours.error ?? "")
      );
    },
  },
  {
    name: "base-N is out of range",
    explains: ({ move, ours }) => {
      const { symbol, offset } = parseTarget(move.targets[0]!);
      return symbol === "base" && offset < 0 && ours.error === "RELATIVE_OUT_OF_RANGE";
    },
  },
  {
    name: "what is no branch is said to be none",
    explains: ({ graph, move, ours }) =>
      ours.error === "NO_SUCH_BRANCH" &&
      move.targets.some((target) => {
        const { branch } = parseTarget(target);
        return branch !== undefined && !graph.has(branch) && !graph.labels.has(branch);
      }),
  },
  {
    name: "a branch counts for the symbol behind it",
    explains: ({ graph, move, ours }) =>
      move.targets.some((target) => {
        const { branch, symbol, offset } = parseTarget(target);
        // An upgrade forgets the branch only where +N stands behind.
        if (branch === undefined || symbol === undefined || (move.direction === "upgrade" && offset <= 0)) return false;
        return ours.error !== undefined && outcomeOf(graph, `${branch}@${symbol}`, move.rows) === ours.error;
      }),
  },
  {
    name: "BRANCH@base keeps what other branches stand on",
    explains: ({ graph, move, ours, theirs }) =>
      move.direction === "downgrade" &&
      parseTarget(move.targets[0]!).branch !== undefined &&
      outcomeOf(graph, move.targets[0]!, move.rows).length === 0 &&
      ours.order !== undefined &&
      theirs.order !== undefined &&
      isWithin(ours.order, theirs.order) &&
      // What is kept is needed: each by something that is kept and is none of the branch.
      theirs.order
        .filter((id) => !ours.order!.includes(id))
        .every((id) => theirs.order!.some((other) => !ours.order!.includes(other) && neededBy(graph, other).has(id))),
  },
  {
    name: "a parent that another parent needs gets no row of its own",
    explains: ({ graph, ours, theirs }) =>
      ours.order !== undefined &&
      String(ours.order) === String(theirs.order?.toSorted()) &&
      ours.order.some((id) => impliesAnEdge(graph, id)) &&
      (theirs.rows === undefined
        ? theirs.error!.startsWith("internal: KeyError") // it takes away a row that was never there
        : String(ours.rows) === String(maximal(graph, theirs.rows))),
  },
  {
    name: "several stamped at once take away what each of them is related to, and none of each other",
    explains: ({ graph, move, ours }) => {
      if (move.direction !== "stamp" || ours.rows === undefined) return false;
      const wanted = graph.resolve(move.targets);
      if (move.targets.length === 1 && wanted.length === 1) return false;
      const bases = move.targets.filter((target) => graph.resolve(target).length === 0);
      const kept = move.rows.filter(
        (row) => !wanted.some((id) => isRelated(graph, id, row)) && !bases.some((base) => isOfBranch(graph, base, row)),
      );
      return same({ rows: ours.rows }, { rows: [...new Set([...kept, ...wanted])].sort() });
    },
  },
  {
    name: "a stamp takes away rows that the target is related to, not those that its branch's name is",
    explains: ({ graph, move, ours }) => {
      const [target = ""] = move.targets;
      if (move.direction !== "stamp" || !target.includes("@") || ours.rows === undefined) return false;
      const [id] = graph.resolve(target);
      if (id === undefined) return false;
      return same({ rows: ours.rows }, { rows: [...move.rows.filter((row) => !isRelated(graph, id, row)), id].sort() });
    },
  },
  {
    name: "of several wrong targets the first is reported",
    explains: ({ graph, move, ours, theirs }) =>
      move.targets.length > 1 &&
      outcomeOf(graph, move.targets[0]!, move.rows) === ours.error &&
      outcomeOf(graph, move.targets[1]!, move.rows) === theirs.error,
  },
  {
    name: "ids of up to three characters have beginnings, too",
    explains: ({ graph, move, ours }) =>
      ours.error === "AMBIGUOUS_REVISION" &&
      move.targets.some((target) => {
        const { branch, symbol } = parseTarget(target);
        const isShort = (text: string | undefined): boolean =>
          text !== undefined && !graph.has(text) && graph.order.some((id) => id.length < 4 && id.startsWith(text));
        return isShort(branch) || isShort(symbol);
      }),
  },
];

/** The same move with each symbol spelt out as the one revision that it means: how to ask Alembic for it. */
export function reworded(graph: RevisionGraph, move: GraphMove): GraphMove {
  return { ...move, targets: move.targets.map((target) => spelled(graph, target, move.rows)) };
}

function spelled(graph: RevisionGraph, target: string, rows: readonly string[]): string {
  const { branch, symbol, offset }: Target = parseTarget(target);
  if (symbol === undefined || symbol === "base") return target;
  const start = branch === undefined ? "" : `${branch}@`;
  const found = outcomeOf(graph, start + symbol, rows);
  if (typeof found === "string" || found.length !== 1) return target;
  return start + found[0] + (offset === 0 ? "" : offset > 0 ? `+${offset}` : offset);
}

export function same(a: Outcome, b: Outcome): boolean {
  return a.error === b.error && String(a.order) === String(b.order) && String(a.rows) === String(b.rows);
}

/** All that a revision needs, itself included. */
export function neededBy(graph: RevisionGraph, id: string): ReadonlySet<string> {
  const reached = new Set([id]);
  for (const one of reached) {
    for (const other of [...graph.get(one)!.down, ...graph.dependencies(one)]) reached.add(other);
  }
  return reached;
}

/** Those that none of the others needs, sorted. */
export function maximal(graph: RevisionGraph, ids: readonly string[]): readonly string[] {
  const below = new Set(ids.flatMap((id) => [...neededBy(graph, id)].filter((other) => other !== id)));
  return ids.filter((id) => !below.has(id)).sort();
}

/** The revisions that a target names, or the code of the error. */
function outcomeOf(graph: RevisionGraph, target: string, rows: readonly string[]): readonly string[] | string {
  try {
    return graph.resolve(target, rows);
  } catch (error) {
    if (error instanceof DatabaseError) return error.code;
    throw error;
  }
}

/** Whether a revision follows or depends on one that another of these needs. */
function impliesAnEdge(graph: RevisionGraph, id: string): boolean {
  const needed = [...new Set([...graph.get(id)!.down, ...graph.dependencies(id)])];
  return maximal(graph, needed).length < needed.length;
}

function isAssertion({ error = "" }: Outcome): boolean {
  return error.startsWith("internal: AssertionError");
}

function isWithin(some: readonly string[], all: readonly string[]): boolean {
  return some.every((id) => all.includes(id));
}

function isRelated(graph: RevisionGraph, a: string, b: string): boolean {
  return neededBy(graph, a).has(b) || neededBy(graph, b).has(a);
}

/** Whether `base`, or the base of a branch, takes a row away. */
function isOfBranch(graph: RevisionGraph, base: string, row: string): boolean {
  const { branch } = parseTarget(base);
  return branch === undefined || isRelated(graph, graph.resolve(branch)[0]!, row);
}
