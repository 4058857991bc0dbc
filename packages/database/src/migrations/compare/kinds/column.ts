import type { CatalogColumn, CatalogTable } from "../../catalog/catalog.ts";
import type { ColumnChanges } from "../../operations/column.ts";
import type { ColumnDefinition, ColumnTraits } from "../../operations/column-clause.ts";
import { bareOf, type Name, quoteName, quoteQualified, schemaOf } from "../../operations/identifier.ts";
import { literal } from "../../operations/literal.ts";
import { type Call, call, isSame, rawSql } from "../call.ts";
import type { NodeOf, Side } from "../node.ts";
import { privilegeCalls } from "./access.ts";
import type { Alteration, KindOf, Sides } from "./kind.ts";
import { alterSequenceOf } from "./sequence.ts";

/** A serial column comes by bundle.ts, which knows its sequence. */
export const COLUMN: KindOf<"column"> = {
  create: (node, to) => [
    call("addColumn", to.tableOf(node).name, node.item.name, node.item.definition),
    ...columnPrivileges(to.tableOf(node).name, undefined, node.item),
  ],
  drop: (node, from) => [call("dropColumn", from.tableOf(node).name, node.item.name, { was: node.item.definition })],
  alter: (from, to, sides) => alterColumn(from, to, sides, false),
};

export function columnPrivileges(table: Name, from: CatalogColumn | undefined, to: CatalogColumn) {
  return privilegeCalls({ table: [table] }, from?.privileges, to.privileges, to.name);
}

/** Whether the type or the collation of a column changes. */
export function isRetyped(from: CatalogColumn, to: CatalogColumn): boolean {
  return from.definition.type !== to.definition.type || !isSame(from.definition.collation, to.definition.collation);
}

type Definition = ColumnDefinition;

/** What ALTER TABLE on a parent does to its children too. */
const PASSED_ON: readonly (keyof Definition)[] = ["type", "collation", "nullable", "default", "storage", "statistics"];

/**
 * What changes a column into another; undefined: PostgreSQL makes no generated column of one that is there.
 *
 * @param hasDefault whether the default is what it shall be already.
 */
export function alterColumn(
  from: NodeOf<"column">,
  to: NodeOf<"column">,
  sides: Sides,
  hasDefault: boolean,
): Alteration | undefined {
  const [was, now] = [from.item.definition, to.item.definition];
  if (isGeneratedAnew(was, now)) return undefined;
  const table = sides.to.tableOf(to) as CatalogTable;
  const parent = parentPair(from.item, to.item, table, sides);
  const comes = (field: keyof Definition): boolean =>
    parent !== undefined &&
    PASSED_ON.includes(field) &&
    isSame(parent[0][field], was[field]) &&
    isSame(parent[1][field], now[field]);
  const before: Record<string, unknown> = {};
  const changes: Record<string, unknown> = {};
  const set = (field: keyof ColumnChanges, value: unknown, old: unknown): void => {
    changes[field] = value;
    before[field] = old;
  };
  const retyped = isRetyped(from.item, to.item) && !comes("type");
  if (retyped) {
    set("type", now.type, was.type);
    if (now.collation !== undefined) changes["collation"] = now.collation;
    if (was.collation !== undefined) before["collation"] = was.collation;
    const using = usingOf(from.item, to.item);
    if (using !== undefined) changes["using"] = using;
  }
  if (was.generated !== undefined && now.generated === undefined) changes["generated"] = null;
  const isStale = retyped && (now.default !== undefined || was.default !== undefined);
  if (!hasDefault && now.generated === undefined && (isStale || (now.default !== was.default && !comes("default")))) {
    set("default", now.default ?? null, was.default ?? null);
  }
  if ((now.nullable ?? false) !== (was.nullable ?? false) && !comes("nullable")) {
    set("nullable", now.nullable ?? false, was.nullable ?? false);
  }
  for (const [field, usual] of Object.entries(USUAL) as [keyof typeof USUAL, unknown][]) {
    // A new type comes with its own.
    const isLost = retyped && field !== "statistics" && (was[field] ?? now[field]) !== undefined;
    if (isLost || (was[field] !== now[field] && !comes(field))) set(field, now[field] ?? usual, was[field] ?? usual);
  }
  const [old, kind] = [kindOf(was.identity), kindOf(now.identity)];
  if (kind !== old) {
    if (kind !== undefined && old !== undefined) set("identity", kind, old);
    else set("identity", now.identity ?? null, was.identity ?? null);
  }
  if (now.comment !== was.comment) set("comment", now.comment ?? null, was.comment ?? null);
  const sequence = from.item.identitySequence;
  const counting =
    kind === undefined || old === undefined || sequence === undefined
      ? []
      : [
          ...alterSequenceOf(sequence, countOf(was.identity), countOf(now.identity)),
          ...renamedSequence(sequence, to.item.identitySequence),
        ];
  const alter = (given: Record<string, unknown>, past: Record<string, unknown>) =>
    Object.keys(given).length === 0
      ? []
      : [
          call("alterColumn", table.name, to.item.name, {
            ...given,
            ...(Object.keys(past).length === 0 ? {} : { was: past }),
          } as ColumnChanges),
        ];
  const privileges = columnPrivileges(table.name, from.item, to.item);
  const counted = old === undefined && kind !== undefined ? countOn(table.name, to.item.name) : [];
  // An identity makes a sequence whose name the one of an old default may have, and the other way round.
  if ((kind === undefined) !== (old === undefined) && "default" in changes) {
    const [first, second] =
      kind === undefined ? (["identity", "default"] as const) : (["default", "identity"] as const);
    const { [first]: left, ...rest } = changes;
    const { [first]: leftBefore, [second]: __, ...restBefore } = before;
    return {
      leave: alter({ [first]: left }, { [first]: leftBefore }),
      enter: [...alter(rest, { ...restBefore, [second]: before[second] }), ...counted, ...privileges],
    };
  }
  return { change: [...alter(changes, before), ...counting, ...counted, ...privileges] };
}

/** Lets a new sequence begin behind the values that are there. */
export function countOn(table: Name, column: string): readonly Call[] {
  const [from, name] = [quoteQualified(table), quoteName(column)];
  const sequence = `pg_get_serial_sequence(${literal(from)}, ${literal(column)})`;
  return [rawSql(`select setval(${sequence}, max(${name})) from ${from} having max(${name}) > 0`)];
}

/** What a trait is where nothing is said, as ALTER TABLE is told. */
const USUAL = { storage: "default", compression: "default", statistics: -1 } as const;

/** Whether it has to be dropped and added: PostgreSQL changes no expression, and makes none of a plain column. */
export function isGeneratedAnew(was: Definition, now: Definition): boolean {
  if (now.generated === undefined) return false;
  return !isSame([was.generated, was.type, was.collation], [now.generated, now.type, now.collation]);
}

/** The same column of a parent that the table has before and after, whose changes it takes part in. */
function parentPair(
  from: CatalogColumn,
  to: CatalogColumn,
  table: CatalogTable,
  { from: old, to: now }: Sides,
): readonly [Definition, Definition] | undefined {
  if (from.inherited === undefined || to.inherited === undefined) return undefined;
  const parents = [...(table.partitionOf === undefined ? [] : [table.partitionOf.table]), ...(table.inherits ?? [])];
  for (const name of parents) {
    const find = (side: Side): Definition | undefined => side.columnOf(name, to.name)?.item.definition;
    const [before, after] = [find(old), find(now)];
    if (before !== undefined && after !== undefined) return [before, after];
  }
  return undefined;
}

function kindOf(identity: ColumnTraits["identity"]): "always" | "by default" | undefined {
  return typeof identity === "object" ? identity.generated : identity;
}

function renamedSequence(from: Name, to: Name | undefined): readonly Call[] {
  if (to === undefined || isSame(from, to) || schemaOf(from) !== schemaOf(to)) return [];
  return [call("rename", "sequence", from, bareOf(to))];
}

/** How an identity counts. */
function countOf(identity: ColumnTraits["identity"]) {
  if (typeof identity !== "object") return {};
  const { generated: _, sequence: __, ...options } = identity;
  return options;
}

const TEXTS = ["text", "character varying", "character", "bpchar"];
const NUMBERS = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];

/** Types that become each other on assignment (PostgreSQL, pg_cast). */
const ASSIGNED: readonly (readonly string[])[] = [
  NUMBERS,
  ["date", "timestamp without time zone", "timestamp with time zone"],
  ["time without time zone", "time with time zone"],
  ["inet", "cidr"],
  ["json", "jsonb"],
  ["bit", "bit varying"],
  ["macaddr", "macaddr8"],
];

/** A cast by hand, where PostgreSQL makes none by itself on assignment (PostgreSQL, "CREATE CAST"). */
function usingOf(from: CatalogColumn, to: CatalogColumn): string | undefined {
  const isAssigned = ASSIGNED.some((types) => types.includes(from.base) && types.includes(to.base));
  if (from.base === to.base || TEXTS.includes(to.base) || isAssigned) return undefined;
  // Types of one's own have no casts but those by text.
  const isOwn = from.userType !== undefined && to.userType !== undefined;
  return `${quoteName(to.name)}${isOwn ? "::text" : ""}::${to.definition.type}`;
}
