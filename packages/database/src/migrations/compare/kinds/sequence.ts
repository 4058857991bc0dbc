import type { CatalogSequence } from "../../catalog/catalog.ts";
import { quoteQualified } from "../../operations/identifier.ts";
import { literal } from "../../operations/literal.ts";
import type { SequenceDefinition } from "../../operations/sequence.ts";
import { type Call, call, isSame, rawSql } from "../call.ts";
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
    const moved = changes === undefined ? [] : movedInto(to.name, old, now);
    return {
      ...(owned === undefined || isSame(owned, owns)
        ? {}
        : { leave: [call("alterSequence", to.name, { ownedBy: null, was: { ownedBy: owned } })] }),
      change: [
        ...moved,
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
    const valueIn = (options: SequenceDefinition): unknown =>
      options[option] ?? (option === "start" ? startOf(options) : USUAL[option]);
    if (isSame(valueIn(from), valueIn(to))) continue;
    [changes[option], was[option]] = [valueIn(to), valueIn(from)];
  }
  return Object.keys(changes).length === 0 ? undefined : { ...changes, was };
}

function startOf({ increment = 1, min, max }: SequenceDefinition): unknown {
  return increment < 0 ? (max ?? -1) : (min ?? 1);
}

/** Brings the value at which a sequence stands into limits that become narrower, which PostgreSQL does not do by itself. */
function movedInto(name: CatalogSequence["name"], from: SequenceDefinition, to: SequenceDefinition): readonly Call[] {
  const [old, now] = [limitsOf(from), limitsOf(to)];
  const [isMinRaised, isMaxLowered] = [now.min > old.min, now.max < old.max];
  // What it cannot be set to yet is refused when the plan is tried.
  if ((!isMinRaised && !isMaxLowered) || now.min > old.max || now.max < old.min) return [];
  const sequence = literal(quoteQualified(name));
  const outside = [isMinRaised ? `last_value < ${now.min}` : "", isMaxLowered ? `last_value > ${now.max}` : ""];
  const value = isMinRaised ? `greatest(last_value, ${now.min})` : "last_value";
  const moved = isMaxLowered ? `least(${value}, ${now.max})` : value;
  const where = outside.filter((one) => one !== "").join(" or ");
  return [rawSql(`select setval(${sequence}, ${moved}, false) from ${quoteQualified(name)} where ${where}`)];
}

const BITS: Readonly<Record<string, bigint>> = { smallint: 15n, integer: 31n, bigint: 63n };

/** CREATE SEQUENCE, MINVALUE and MAXVALUE. */
function limitsOf({ type = "bigint", increment = 1, min, max }: SequenceDefinition): { min: bigint; max: bigint } {
  const end = 2n ** BITS[type]!;
  return increment < 0
    ? { min: BigInt(min ?? -end), max: BigInt(max ?? -1) }
    : { min: BigInt(min ?? 1), max: BigInt(max ?? end - 1n) };
}

export function alterSequenceOf(
  name: CatalogSequence["name"],
  from: SequenceDefinition,
  to: SequenceDefinition,
): readonly Call[] {
  const changes = changed(from, to);
  return changes === undefined ? [] : [...movedInto(name, from, to), call("alterSequence", name, changes)];
}
