import {
  AmbiguousRevision,
  MultipleHeads,
  NoSuchBranch,
  NotInBranch,
  RelativeOutOfRange,
  UnknownRevision,
} from "../../errors/graph.ts";
import { parseTarget } from "../target.ts";
import type { Structure } from "./structure.ts";

/** What a target names. */
export interface Place {
  /** None for `base`, several for `heads`, else one. */
  readonly revisions: readonly string[];
  /** Where the target names a branch: the revision that it is named by. */
  readonly branch: string | undefined;
}

/** What a target is read against. */
export interface Origin {
  /** What `+N` and `-N` count from; of several, the one on the branch that the target names. */
  readonly rows: readonly string[];
  /** Whether leading too far is an error; otherwise the way ends where the graph does. */
  readonly strict: boolean;
}

/**
 * The revisions that a target names.
 *
 * @throws {UnknownRevision} @throws {AmbiguousRevision} @throws {MultipleHeads} @throws {RelativeOutOfRange}
 * @throws {NoSuchBranch} @throws {NotInBranch}
 */
export function resolveTarget(graph: Structure, text: string, { rows, strict }: Origin): Place {
  const { branch: name, symbol, offset } = parseTarget(text);
  const branch = name === undefined ? undefined : branchOf(graph, name);
  const lineage = branch === undefined ? undefined : graph.lineage(branch, "follows");
  const named = symbol === undefined ? undefined : resolveSymbol(graph, symbol, name, lineage);
  if (named !== undefined && offset === 0) return { revisions: named, branch };
  if (named !== undefined && named.length > 1) throw new MultipleHeads(named);
  const start = named === undefined ? startOf(graph, text, offset, rows, strict, lineage) : named[0];
  const end =
    offset < 0 ? walkDown(graph, text, start, offset, strict) : walkUp(graph, text, start, offset, strict, lineage);
  return { revisions: end === undefined ? [] : [end], branch };
}

/** @throws {NoSuchBranch} */
function branchOf(graph: Structure, name: string): string {
  const exact = graph.labels.get(name) ?? name;
  if (graph.has(exact)) return exact;
  const found = beginningWith(graph, name);
  if (found.length !== 1) throw new NoSuchBranch(name, [...graph.labels.keys()].sort());
  return found[0]!;
}

function resolveSymbol(
  graph: Structure,
  symbol: string,
  branch: string | undefined,
  lineage: ReadonlySet<string> | undefined,
): readonly string[] {
  if (symbol === "base") return [];
  if (symbol === "heads") return lineage === undefined ? graph.realHeads : within(graph.heads, lineage);
  if (symbol === "head") {
    const heads = within(graph.heads, lineage);
    if (heads.length > 1) throw new MultipleHeads(heads);
    return heads;
  }
  const exact = graph.labels.get(symbol) ?? symbol;
  if (graph.has(exact)) {
    if (lineage !== undefined && !lineage.has(exact)) throw new NotInBranch(exact, branch!);
    return [exact];
  }
  const found = within(beginningWith(graph, symbol), lineage);
  if (found.length === 0) throw new UnknownRevision(symbol, graph.heads, graph.replaced.get(symbol)?.id);
  if (found.length > 1) throw new AmbiguousRevision(symbol, found);
  return found;
}

/** Revisions whose id or label begins with a text; none for an empty one, which every name begins with. */
function beginningWith(graph: Structure, text: string): readonly string[] {
  if (text === "") return [];
  const labelled = [...graph.labels].filter(([label]) => label.startsWith(text)).map(([, id]) => id);
  return [...new Set([...graph.order.filter((id) => id.startsWith(text)), ...labelled])].sort();
}

function within(ids: readonly string[], lineage: ReadonlySet<string> | undefined): readonly string[] {
  return lineage === undefined ? ids : ids.filter((id) => lineage.has(id));
}

/** What a target without a symbol counts from; undefined is the base below everything. */
function startOf(
  graph: Structure,
  target: string,
  offset: number,
  rows: readonly string[],
  strict: boolean,
  lineage: ReadonlySet<string> | undefined,
): string | undefined {
  let starts = within([...new Set(rows)], lineage);
  if (starts.length === 0 && lineage !== undefined) {
    // The branch is applied only below the rows: because another branch depends on it, or up to where both part.
    const applied = graph.ancestors(rows, "needs");
    starts = offset < 0 ? tips(graph, applied).filter((id) => lineage.has(id)) : tips(graph, applied, lineage);
  }
  if (starts.length > 1) throw new AmbiguousRevision(target, starts);
  if (starts.length === 0 && offset < 0 && strict) {
    throw new RelativeOutOfRange(target, `nothing ${lineage === undefined ? "" : "of this branch "}is applied`);
  }
  return starts[0];
}

/**
 * The applied revisions of a branch that none of them stands on. Without a branch what merely depends on one does not
 * count: its own branch ends there all the same.
 */
function tips(graph: Structure, applied: ReadonlySet<string>, lineage?: ReadonlySet<string>): readonly string[] {
  const among = lineage === undefined ? [...applied] : [...applied].filter((id) => lineage.has(id));
  const covered = new Set(among.flatMap((id) => graph.below(id, lineage === undefined ? "follows" : "needs")));
  return among.filter((id) => !covered.has(id)).sort();
}

function walkUp(
  graph: Structure,
  target: string,
  start: string | undefined,
  offset: number,
  strict: boolean,
  lineage: ReadonlySet<string> | undefined,
): string | undefined {
  let at = start;
  for (let left = offset; left > 0; left--) {
    const next = within(at === undefined ? graph.bases : graph.above(at, "follows"), lineage);
    if (next.length > 1) throw new AmbiguousRevision(target, next);
    if (next.length === 0) {
      if (strict) throw new RelativeOutOfRange(target, "it goes beyond the newest revision");
      break;
    }
    at = next[0];
  }
  return at;
}

/** A branch does not decide which parent of a merge point is meant: both are of its past. */
function walkDown(
  graph: Structure,
  target: string,
  start: string | undefined,
  offset: number,
  strict: boolean,
): string | undefined {
  let at = start;
  for (let left = -offset; left > 0; left--) {
    if (at === undefined) {
      if (strict) throw new RelativeOutOfRange(target, "it goes below the first revision");
      break;
    }
    const next = graph.below(at, "follows");
    if (next.length > 1) throw new AmbiguousRevision(target, next);
    at = next[0];
  }
  return at;
}
