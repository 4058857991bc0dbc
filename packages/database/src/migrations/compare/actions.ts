import type { CatalogColumn, CatalogTable, Key } from "../catalog/catalog.ts";
import { serialType } from "../catalog/words.ts";
import type { ColumnDefinition } from "../operations/column-clause.ts";
import { around, type Call, call } from "./call.ts";
import type { Decisions } from "./decide.ts";
import { alterColumn, columnPrivileges, countOn } from "./kinds/column.ts";
import { KINDS } from "./kinds/index.ts";
import type { KindOf } from "./kinds/kind.ts";
import { commentsOnConstraint } from "./kinds/parts.ts";
import { createSequence, ownership } from "./kinds/sequence.ts";
import { identityOf } from "./kinds/table.ts";
import { mentions } from "./mentions.ts";
import type { Kind, Node, NodeOf, Side } from "./node.ts";
import { isForeignKey, isSeparate, tableDefinition } from "./parts.ts";
import { slotsOf } from "./slots.ts";

const INTEGERS: ReadonlySet<string> = new Set(["smallint", "integer", "bigint"]);

/** Calls that belong together, and what tells when they can be made. */
export interface Action {
  readonly calls: readonly Call[];
  /** Objects that are gone, have come, or have been changed, once it is done. */
  readonly removes: readonly Key[];
  readonly creates: readonly Key[];
  readonly alters: readonly Key[];
  /** What it lets go of, and what has to be there for it. */
  readonly leaves: readonly Key[];
  readonly needs: readonly Key[];
  /** The same as far as it is guessed, from the text of a function. */
  readonly mayNeed: readonly Key[];
  /** What has to be gone before it, where it goes. */
  readonly after: readonly Key[];
  /** Names that nothing else can have at the same time. */
  readonly frees: readonly string[];
  readonly takes: readonly string[];
  /** The table that it makes or drops with its parts, some of which could be done apart from it. */
  readonly bundle?: Key;
}

const NOTHING: Omit<Action, "calls"> = {
  removes: [],
  creates: [],
  alters: [],
  leaves: [],
  needs: [],
  mayNeed: [],
  after: [],
  frees: [],
  takes: [],
};

/** @param unbundled tables whose constraints are dropped before, or made after them, each by itself. */
export function actionsOf(decisions: Decisions, unbundled: ReadonlySet<Key>): readonly Action[] {
  const { from, to } = decisions.sides;
  const isColumn = ({ kind }: Node): boolean => kind === "column";
  const isGone = (node: Node): boolean => decisions.removed.has(node.key) && !isDroppedWith(node, decisions, unbundled);
  const isNew = (node: Node): boolean => decisions.added.has(node.key) && !isMadeWith(node, decisions, unbundled);
  const comesAlong = (node: Node): node is NodeOf<"column"> =>
    isInherited(node) && decisions.added.has(node.key) && !decisions.added.has(node.of!) && !isNew(node);
  const gone = [...from.nodes.values()].filter(isGone);
  return [
    ...[...gone.filter((node) => !isColumn(node)).reverse(), ...gone.filter(isColumn)].map((node) =>
      drop(node, decisions, unbundled),
    ),
    ...[...decisions.altered].flatMap(([key]) => alter(to.nodes.get(key)!, decisions)),
    ...[...to.nodes.values()].filter(isNew).flatMap((node) => create(node, decisions, unbundled)),
    ...[...to.nodes.values()].filter(comesAlong).map((node) => inherit(node, decisions)),
  ];
}

/** Whether it goes with what it is a part of. */
function isDroppedWith(node: Node, { removed, sides }: Decisions, unbundled: ReadonlySet<Key>): boolean {
  if (node.kind === "index" && node.item.attachedTo !== undefined && removed.has(node.item.attachedTo)) return true;
  if (node.of === undefined) return false;
  if (removed.has(node.of)) {
    return node.kind !== "constraint" || !isForeignKey(node.item) || !unbundled.has(node.of);
  }
  return isOfParent(
    node,
    sides.from,
    (parent) => removed.has(parent.key) && !isLeftToHeirs(parent, sides.from, removed),
  );
}

/** Whether a table that inherits a column keeps it when its parent loses it. */
function isLeftToHeirs(column: NodeOf<"column">, from: Side, removed: ReadonlySet<Key>): boolean {
  return !removed.has(column.of!) && from.heirs(column).some(({ key }) => !removed.has(key));
}

/** Whether it comes with what it is a part of. */
function isMadeWith(node: Node, { added, sides }: Decisions, unbundled: ReadonlySet<Key>): boolean {
  if (node.kind === "index" && node.item.attachedTo !== undefined) return true;
  if (node.of === undefined) return false;
  if (!added.has(node.of)) return isOfParent(node, sides.to, ({ key }) => added.has(key));
  if (node.kind === "column") return true;
  if (node.kind === "sequence") return isSerial(node, added);
  if (node.kind !== "constraint" || isSeparate(node.item, sides.to.tableOf(node) as CatalogTable)) return false;
  return node.item.inherited === true || !unbundled.has(node.of);
}

function isInherited(node: Node): node is NodeOf<"column"> {
  return node.kind === "column" && node.item.inherited?.local === false;
}

/** Whether a column of a parent comes or goes as well, with which that of the child does. */
function isOfParent(node: Node, side: Side, changes: (column: NodeOf<"column">) => boolean): boolean {
  if (!isInherited(node)) return false;
  const isSame = (part: Node): part is NodeOf<"column"> => part.kind === "column" && part.item.name === node.item.name;
  return side.parentsOf(side.get("table", node.of)!).some(({ key }) => side.parts(key).filter(isSame).some(changes));
}

function isSerial({ item }: NodeOf<"sequence">, added: ReadonlySet<Key>): boolean {
  return item.isSerial === true && added.has(item.key) && added.has(item.ownedBy!);
}

function drop(node: Node, decisions: Decisions, unbundled: ReadonlySet<Key>): Action {
  const { from } = decisions.sides;
  const parts = withParts(node, from, (part) => isDroppedWith(part, decisions, unbundled));
  const calls = node.kind === "table" ? [dropTable(node, parts, from)] : dropCalls(node, decisions);
  return {
    ...NOTHING,
    calls: marked(calls, node.key, decisions),
    removes: [...parts.map(({ key }) => key), ...goneWith(node, decisions, unbundled)],
    leaves: parts.flatMap(({ needs }) => needs),
    needs: isGiven(node) ? [detachment(node.of!)] : [],
    frees: [...parts, ...attachedTo(node, from)].flatMap((part) => slotsOf(part, from)),
    ...(node.kind === "table" ? { bundle: node.key } : {}),
  };
}

/** The columns that tables have of a column's, and lose with it. */
function goneWith(node: Node, decisions: Decisions, unbundled: ReadonlySet<Key>): readonly Key[] {
  if (node.kind !== "column") return [];
  const { removed, sides } = decisions;
  const heirs = sides.from.allHeirs(node);
  return heirs
    .filter((heir) => removed.has(heir.key) && isDroppedWith(heir, decisions, unbundled))
    .map(({ key }) => key);
}

function dropCalls(node: Node, { removed, sides: { from } }: Decisions): readonly Call[] {
  if (node.kind !== "column") return kindOf(node).drop(node as never, from);
  const only = isLeftToHeirs(node, from, removed) ? { only: true } : {};
  const was = serialColumn(node.item, from, () => true);
  return [call("dropColumn", from.tableOf(node).name, node.item.name, { ...only, was })];
}

function dropTable(node: NodeOf<"table">, parts: readonly Node[], from: Side): Call {
  const constraints = parts.flatMap((part) =>
    part.kind === "constraint" && part.of === node.key && !isGiven(part) && !isSeparate(part.item, node.item)
      ? [part.item]
      : [],
  );
  const define = (column: CatalogColumn): ColumnDefinition => serialColumn(column, from, () => true);
  return call("dropTable", node.item.name, { was: tableDefinition(node.item, constraints, define) });
}

/** The indexes that partitions have of an index, which come and go with it. */
function attachedTo({ key }: Node, side: Side): readonly Node[] {
  const attached = side.dependents(key).filter(({ kind, item }) => kind === "index" && item.attachedTo === key);
  return attached.flatMap((index) => [index, ...attachedTo(index, side)]);
}

/** Whether a partition has it of its parent. */
function isGiven(node: Node): boolean {
  return node.kind === "constraint" && node.item.given === true;
}

/** What comes when a table has been detached. */
function detachment(table: Key): Key {
  return `detachment of ${table}`;
}

function create(node: Node, decisions: Decisions, unbundled: ReadonlySet<Key>): readonly Action[] {
  // A foreign key comes by itself when the table is attached.
  if (node.kind === "constraint" && isGiven(node) && isForeignKey(node.item)) return [];
  const { added, sides } = decisions;
  const { to } = sides;
  const parts = withParts(node, to, (part) => isMadeWith(part, decisions, unbundled) && added.has(part.key));
  const needs = [
    ...parts.flatMap((part) => part.needs),
    ...(node.of === undefined || node.kind === "sequence" || isGiven(node) ? [] : [node.of]),
  ];
  const made: Action = {
    ...NOTHING,
    calls: marked(createCalls(node, parts, decisions), node.key, decisions),
    creates: parts.map(({ key }) => key),
    needs,
    mayNeed: mentions(node, to),
    takes: [...parts, ...attachedTo(node, to)].flatMap((part) => slotsOf(part, to)),
    ...(node.kind === "table" ? { bundle: node.key } : {}),
  };
  return [made, ...afterwards(node, decisions)];
}

/** A column that comes with those of its table's parents. */
function inherit(node: NodeOf<"column">, decisions: Decisions): Action {
  const { to } = decisions.sides;
  const isSame = (part: Node): boolean => part.kind === "column" && part.item.name === node.item.name;
  const parents = to.parentsOf(to.get("table", node.of)!).flatMap(({ key }) => to.parts(key).filter(isSame));
  const calls = marked(inheritedChanges(node, to), node.key, decisions);
  return { ...NOTHING, calls, creates: [node.key], needs: [...node.needs, ...parents.map(({ key }) => key)] };
}

/** What can only be said once something else has come too. */
function afterwards(node: Node, decisions: Decisions): readonly Action[] {
  const { added } = decisions;
  if (node.kind === "sequence" && node.item.ownedBy !== undefined && added.has(node.item.ownedBy)) {
    const calls = marked(ownership(node.item), node.key, decisions);
    return [{ ...NOTHING, calls, needs: [node.key, node.item.ownedBy] }];
  }
  if (node.kind === "table") {
    const { calls, needs } = identityOf(node.item);
    if (calls.length > 0) return [{ ...NOTHING, calls, needs: [node.key, ...needs] }];
  }
  return [];
}

function createCalls(node: Node, parts: readonly Node[], { added, sides }: Decisions): readonly Call[] {
  const { to } = sides;
  const isNew = (sequence: NodeOf<"sequence">): boolean => isSerial(sequence, added);
  if (node.kind === "table") {
    const constraints = parts.flatMap((part) =>
      part.kind === "constraint" && part.item.inherited !== true ? [part.item] : [],
    );
    const define = (column: CatalogColumn): ColumnDefinition => serialColumn(column, to, isNew);
    return [
      call("createTable", node.item.name, tableDefinition(node.item, constraints, define)),
      ...constraints.flatMap((constraint) => commentsOnConstraint(undefined, constraint, node.item.name)),
      ...node.item.columns.flatMap((column) => columnPrivileges(node.item.name, undefined, column)),
      ...to.parts(node.key).flatMap((part) => (isInherited(part) ? inheritedChanges(part, to) : [])),
      ...KINDS.table.create(node, to),
    ];
  }
  if (node.kind === "column") {
    const definition = serialColumn(node.item, to, isNew);
    return KINDS.column.create({ ...node, item: { ...node.item, definition } }, to);
  }
  if (node.kind === "sequence" && node.item.ownedBy !== undefined && !added.has(node.item.ownedBy)) {
    const column = to.get("column", node.item.ownedBy);
    // A column of another type can own a sequence too, but is not numbered by it.
    const isNumbered = column !== undefined && INTEGERS.has(column.item.base);
    const counted = isNumbered ? countOn(to.tableOf(column).name, column.item.name) : [];
    return [...createSequence(node, to, node.item.definition), ...counted];
  }
  return kindOf(node).create(node as never, to);
}

/** What a table makes of a column that has come from its parent, which gives it all but some traits. */
function inheritedChanges(column: NodeOf<"column">, to: Side): readonly Call[] {
  const parents = to.parentsOf(to.get("table", column.of)!);
  const parent = parents.flatMap(({ item }) => item.columns).find(({ name }) => name === column.item.name);
  if (parent === undefined) return [];
  const { identity: _, statistics: __, comment: ___, ...given } = parent.definition;
  const { identity: ____, ...definition } = column.item.definition;
  const { inherited: _____, ...own } = column.item;
  const made: NodeOf<"column"> = { ...column, item: { ...own, definition: given } };
  return alterColumn(made, { ...column, item: { ...own, definition } }, { from: to, to }, false)?.change ?? [];
}

/** A column as people write it whose sequence comes with it. */
function serialColumn(
  column: CatalogColumn,
  side: Side,
  isSerial: (sequence: NodeOf<"sequence">) => boolean,
): ColumnDefinition {
  const sequence = side
    .parts(column.key)
    .find((part): part is NodeOf<"sequence"> => part.kind === "sequence" && part.item.isSerial === true);
  if (sequence === undefined || !isSerial(sequence)) return column.definition;
  const { default: _, type, ...rest } = column.definition;
  return { type: serialType(type), ...rest };
}

function alter(node: Node, decisions: Decisions): readonly Action[] {
  const { from, to } = decisions.sides;
  const { leave = [], change = [], enter = [], along = [] } = decisions.altered.get(node.key)!;
  const old = from.nodes.get(node.key) ?? node;
  const owner = old.kind === "sequence" && old.of !== undefined ? [old.of] : [];
  const before = { leaves: [...old.needs, ...owner], frees: slotsOf(old, from) };
  const after = { needs: node.needs, mayNeed: mentions(node, to), takes: slotsOf(node, to) };
  const heirs = node.kind === "column" ? to.allHeirs(node).map(({ key }) => key) : [];
  const alters = [node.key, ...along, ...heirs];
  const action = (calls: readonly Call[], when: Partial<Action>): readonly Action[] =>
    calls.length === 0 ? [] : [{ ...NOTHING, calls: marked(calls, node.key, decisions), alters, ...when }];
  const given = (side: Side): readonly Key[] =>
    side
      .parts(node.key)
      .filter(isGiven)
      .map((part) => part.key);
  return [
    ...action(leave, { ...before, after: goneBefore(old, decisions), creates: [detachment(node.key)] }),
    ...action(change, { ...before, ...after }),
    ...action(enter, { ...after, needs: [...after.needs, ...given(to)], after: given(from), ...owned(node) }),
  ];
}

/** A sequence is given to a column that is there; nothing waits for that. */
function owned({ kind, key, of, needs }: Node): Partial<Action> {
  return kind === "sequence" && of !== undefined ? { alters: [], needs: [...needs, key, of] } : {};
}

/** What a partition would keep as its own if it were detached before its parent loses it. */
function goneBefore(node: Node, { removed, sides: { from } }: Decisions): readonly Key[] {
  if (node.kind !== "table" || node.item.partitionOf === undefined) return [];
  const parents = from.parentsOf(node).filter(({ key }) => !removed.has(key));
  const parts = parents.flatMap(({ key }) => from.parts(key));
  return parts.filter((part) => part.kind === "constraint" || part.kind === "index").map(({ key }) => key);
}

function withParts(node: Node, side: Side, comesAlong: (part: Node) => boolean): readonly Node[] {
  const parts = side.parts(node.key).filter(comesAlong);
  return [node, ...parts.flatMap((part) => withParts(part, side, comesAlong))];
}

function kindOf(node: Node): KindOf<Kind> {
  return KINDS[node.kind] as KindOf<Kind>;
}

function marked(calls: readonly Call[], key: Key, decisions: Decisions): readonly Call[] {
  return decisions.around.has(key) ? calls.map((one) => around(one, true)) : calls;
}
