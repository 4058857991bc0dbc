import type { Key } from "../catalog/catalog.ts";
import { partsOf } from "../operations/identifier.ts";
import { routineName } from "../operations/signature.ts";
import { tokenize } from "../operations/tokenize.ts";
import type { Node, Side } from "./node.ts";

const known = new WeakMap<Side, ReadonlyMap<string, readonly Node[]>>();

/** What the text of a function names, of which PostgreSQL keeps no account, and which it looks for at its creation. */
export function mentions(node: Node, side: Side): readonly Key[] {
  if (node.kind !== "routine" || node.item.definition.body === undefined) return [];
  const words = wordsOf(node.item.definition.body);
  const byName = namesOf(side);
  const found = [...words].flatMap((word) => byName.get(word) ?? []).filter(({ key }) => key !== node.key);
  const columns = found
    .flatMap(({ key }) => side.parts(key))
    .filter((part) => part.kind === "column" && words.has(part.item.name));
  return [...found, ...columns].map(({ key }) => key);
}

function wordsOf(body: string): ReadonlySet<string> {
  const words = new Set<string>();
  for (const { kind, start, end } of tokenize(body)) {
    const word = body.slice(start, end);
    if (kind === "word") words.add(word.toLowerCase());
    if (kind === "quoted") words.add(word.slice(1, -1).replaceAll('""', '"'));
  }
  return words;
}

function namesOf(side: Side): ReadonlyMap<string, readonly Node[]> {
  const before = known.get(side);
  if (before !== undefined) return before;
  const map = new Map<string, Node[]>();
  for (const node of side.nodes.values()) {
    const name = nameOf(node);
    if (name !== undefined) map.set(name, [...(map.get(name) ?? []), node]);
  }
  known.set(side, map);
  return map;
}

function nameOf(node: Node): string | undefined {
  switch (node.kind) {
    case "table":
    case "view":
    case "sequence":
    case "enum":
    case "domain":
    case "composite":
    case "range":
      return partsOf(node.item.name).at(-1);
    case "routine":
      return partsOf(routineName(node.item.signature)).at(-1);
    default:
      return undefined;
  }
}
