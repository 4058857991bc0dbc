import type { CatalogSequence } from "../../catalog/catalog.ts";
import type { SequenceDefinition } from "../../operations/sequence.ts";
import { type Call, call, isSame } from "../call.ts";
import type { NodeOf, Side } from "../node.ts";
import { accessChanges, accessOf } from "./access.ts";
import type { KindOf } from "./kind.ts";

/** Its column comes after it, since that has it in its default; so whose it is, is said last. */
export const SEQUENCE: KindOf<"sequence"> = {
  create: (node, to) => {
    const { ownedBy: _, ...options } = node.item.definition;
    return createSequence(node, to, options);
  },
  drop: ({ item: { name, definition } }) => [call("dropSequence", name, { was: definition })],
  alter: ({ item: from }, { item: to }) => {
    const { ownedBy: owned, ...old } = from.definition;
    const { ownedBy: owns, ...now } = to.definition;
    const changes = changed(old, now);
    return {
      ...(owned === undefined || owns !== undefined
        ? {}
        : { leave: [call("alterSequence", to.name, { ownedBy: null, was: { ownedBy: owned } })] }),
      change: [
        ...(changes === undefined ? [] : [call("alterSequence", to.name, changes)]),
        ...accessChanges({ kind: "sequence", name: to.name }, from, to),
      ],
      ...(owns === undefined || isSame(owned, owns) ? {} : { enter: ownership(to) }),
    };
  },
};

export function createSequence({ item }: NodeOf<"sequence">, to: Side, options: SequenceDefinition): readonly Call[] {
  const given = Object.keys(options).length === 0 ? [] : ([options] as const);
  return [call("createSequence", item.name, ...given), ...accessOf({ kind: "sequence", name: item.name }, item, to)];
}

/** Says whose a sequence is. */
export function ownership({ name, definition }: CatalogSequence): readonly Call[] {
  return definition.ownedBy === undefined ? [] : [call("alterSequence", name, { ownedBy: definition.ownedBy })];
}

/** What the options are where nothing is said, as far as they are to be said to come back to it. */
const USUAL: Readonly<Record<string, unknown>> = {
  type: "bigint",
  increment: 1,
  min: null,
  max: null,
  cache: 1,
  cycle: false,
};

export function changed(
  from: SequenceDefinition,
  to: SequenceDefinition,
): (SequenceDefinition & { readonly was: SequenceDefinition }) | undefined {
  const changes: Record<string, unknown> = {};
  const was: Record<string, unknown> = {};
  for (const option of ["type", "increment", "min", "max", "start", "cache", "cycle"] as const) {
    const [old, now] = [from[option], to[option]];
    if (isSame(old, now)) continue;
    const usual = option === "start" ? startOf(to) : USUAL[option];
    changes[option] = now ?? usual;
    was[option] = old ?? (option === "start" ? startOf(from) : USUAL[option]);
  }
  return Object.keys(changes).length === 0 ? undefined : { ...changes, was };
}

function startOf({ increment = 1, min, max }: SequenceDefinition): unknown {
  return increment < 0 ? (max ?? -1) : (min ?? 1);
}

export function alterSequenceOf(
  name: CatalogSequence["name"],
  from: SequenceDefinition,
  to: SequenceDefinition,
): readonly Call[] {
  const changes = changed(from, to);
  return changes === undefined ? [] : [call("alterSequence", name, changes)];
}
