import type { Key } from "../catalog/catalog.ts";
import { type EnumUse, keepsEnum, replaceEnum } from "./enums.ts";
import { commentChanges } from "./kinds/access.ts";
import { alterColumn, isRetyped } from "./kinds/column.ts";
import { KINDS } from "./kinds/index.ts";
import { type Alteration, isNothing, type KindOf, type Sides } from "./kinds/kind.ts";
import type { Kind, Node, NodeOf } from "./node.ts";

/** What has to be done with objects, not yet how or in which order. */
export class Decisions {
  readonly sides: Sides;
  /** Of the side before: what goes, for good or to come back. */
  readonly removed = new Set<Key>();
  /** Of the side after: what comes, or comes back. */
  readonly added = new Set<Key>();
  /** Those of both that are the same before and after, and only make way. */
  readonly around = new Set<Key>();
  readonly altered = new Map<Key, Alteration>();
  /** Why it cannot be done, a sentence for each. */
  readonly conflicts = new Set<string>();
  readonly #pending: Key[] = [];
  readonly #retyped: (readonly [NodeOf<"column">, NodeOf<"column">])[] = [];
  readonly #enums: (readonly [NodeOf<"enum">, NodeOf<"enum">])[] = [];

  constructor(sides: Sides) {
    this.sides = sides;
    const { from, to } = sides;
    for (const key of from.nodes.keys()) if (!to.nodes.has(key)) this.#remove(key);
    for (const node of to.nodes.values()) {
      const old = from.nodes.get(node.key);
      if (old === undefined) this.#add(node);
      else this.#decide(old, node);
    }
    for (const node of to.nodes.values()) if (node.kind === "column") this.#inherit(node);
    for (const [old, now] of this.#retyped) this.#retype(old, now);
    for (const [old, now] of this.#enums) this.#replaceEnum(old, now);
    this.#settle();
  }

  /** Whether it goes or comes because that of which it is a part does. */
  isBundled(node: Node, side: "removed" | "added"): boolean {
    return node.of !== undefined && this[side].has(node.of);
  }

  #decide(from: Node, to: Node): void {
    const alteration = from.kind === to.kind ? alter(from, to, this.sides) : undefined;
    if (alteration !== undefined) {
      if (!isNothing(alteration)) this.altered.set(to.key, alteration);
    } else if (from.kind === "enum" && to.kind === "enum") this.#enums.push([from, to]);
    else this.#replace(to.key);
    if (from.kind === "column" && to.kind === "column" && isRetyped(from.item, to.item)) this.#retyped.push([from, to]);
  }

  /** A column of one's own becomes that of a parent by being dropped, since it comes with the parent's. */
  #inherit(to: NodeOf<"column">): void {
    const from = this.sides.from.get("column", to.key);
    if (from === undefined || to.item.inherited?.local !== false || from.item.inherited?.local === false) return;
    const parents = this.sides.to.parentsOf(this.sides.to.get("table", to.of)!);
    const comes = (column: Node): boolean =>
      column.kind === "column" && column.item.name === to.item.name && this.added.has(column.key);
    if (parents.some(({ key }) => this.sides.to.parts(key).some(comes))) this.#replace(to.key);
  }

  /** The keys that a partition has of its parent stay when it is detached, and are its own from then on. */
  #add(node: Node): void {
    const { from, to } = this.sides;
    const isKey =
      node.kind === "constraint" && !("check" in node.item.definition || "foreignKey" in node.item.definition);
    const table = isKey ? from.get("table", node.of) : undefined;
    if (node.kind !== "constraint" || table?.item.partitionOf === undefined) return void this.added.add(node.key);
    if (to.get("table", node.of)?.item.partitionOf !== undefined) return void this.added.add(node.key);
    const parents = from.parentsOf(table).flatMap(({ item }) => item.constraints);
    const { text, comment, name } = node.item;
    if (!parents.some((one) => one.text === text)) return void this.added.add(node.key);
    const calls = commentChanges("constraint", name, undefined, comment, table.item.name);
    if (calls.length > 0) this.altered.set(node.key, { enter: calls });
  }

  #remove(key: Key): void {
    if (this.removed.has(key)) return;
    this.removed.add(key);
    this.#pending.push(key);
  }

  /** Dropped and made anew, with all its parts. */
  #replace(key: Key, around = false): void {
    if (this.removed.has(key)) return;
    if (around) this.around.add(key);
    this.altered.delete(key);
    this.#remove(key);
    this.added.add(key);
    this.#takeAlong(key, around);
  }

  #takeAlong(key: Key, around: boolean): void {
    const { from, to } = this.sides;
    for (const part of [...from.parts(key), ...to.parts(key)]) {
      this.altered.delete(part.key);
      if (from.nodes.has(part.key)) this.#remove(part.key);
      if (to.nodes.has(part.key)) this.added.add(part.key);
      if (around) this.around.add(part.key);
      this.#takeAlong(part.key, around);
    }
  }

  /** What depends on something that goes has to go before it, and comes back after it has. */
  #settle(): void {
    for (let key = this.#pending.pop(); key !== undefined; key = this.#pending.pop()) {
      for (const dependent of this.sides.from.dependents(key)) this.#makeWay(dependent, key);
    }
  }

  #makeWay(dependent: Node, key: Key): void {
    const after = this.sides.to.nodes.get(dependent.key);
    if (after === undefined || this.removed.has(dependent.key) || this.isBundled(dependent, "removed")) return;
    const letsGo = !after.needs.includes(key);
    if (!letsGo && !this.sides.to.nodes.has(key)) {
      this.conflicts.add(`The ${dependent.key} depends on the ${key}, which would be dropped.`);
      return;
    }
    if (letsGo && (this.altered.has(after.key) || after.kind === "table")) return;
    if (dependent.kind === "column" && after.kind === "column") this.#freeColumn(dependent, after, key);
    else if (dependent.kind === "table" && after.kind === "table" && after.item.partitionOf === undefined) {
      this.conflicts.add(`The table ${after.key.slice("table ".length)} depends on ${key}, which would be made anew.`);
    } else this.#replace(after.key, !this.altered.has(after.key));
  }

  /** A column is not dropped for something that it needs: its default makes way alone. */
  #freeColumn(from: NodeOf<"column">, to: NodeOf<"column">, key: Key): void {
    if (from.item.userType === key) {
      if (to.item.userType === key) {
        this.conflicts.add(`The ${from.key} has ${key} as its type, which would be made anew.`);
      }
      return;
    }
    if (to.item.definition.generated !== undefined) {
      this.#replace(to.key, true);
      return;
    }
    if (to.item.definition.default === undefined) return;
    const freed = { ...from, item: { ...from.item, definition: { ...from.item.definition, default: undefined } } };
    const away = alterColumn(from, freed as NodeOf<"column">, { from: this.sides.from, to: this.sides.from }, false)!;
    const { leave = [], change = [], enter = [] } = alterColumn(freed as NodeOf<"column">, to, this.sides, false)!;
    if (!this.altered.has(to.key)) this.around.add(to.key);
    this.altered.set(to.key, { leave: [...away.change!, ...leave], enter: [...change, ...enter] });
  }

  /** What PostgreSQL does not rebuild by itself when a column's type changes (PostgreSQL, "ALTER TABLE"). */
  #retype(from: NodeOf<"column">, to: NodeOf<"column">): void {
    const isOther = from.item.base !== to.item.base;
    for (const dependent of this.sides.from.dependents(from.key)) {
      const { kind, key } = dependent;
      const after = this.sides.to.nodes.get(key);
      if (after === undefined || this.removed.has(key)) continue;
      const isStopped =
        ["view", "trigger", "policy", "routine", "other"].includes(kind) ||
        (kind === "column" && after.kind === "column" && after.item.definition.generated !== undefined) ||
        (kind === "constraint" && isOther && "foreignKey" in dependent.item.definition) ||
        // What it rebuilds, it reads from its own text: see between.ts.
        ((kind === "constraint" || kind === "index") &&
          JSON.stringify(dependent.item.definition).includes(" BETWEEN "));
      if (isStopped) this.#makeWayFor(dependent, after);
    }
    // A key is rebuilt whose index holds the column besides; what refers to it holds it.
    for (const part of this.sides.from.parts(from.of!)) {
      if (!holdsBesides(part, from.item.name)) continue;
      for (const reference of this.sides.from.dependents(part.key)) {
        const after = this.sides.to.nodes.get(reference.key);
        if (reference.kind === "constraint" && after !== undefined) this.#makeWayFor(reference, after);
      }
    }
  }

  #makeWayFor(dependent: Node, after: Node): void {
    const alteration = dependent.kind === after.kind ? alter(dependent, after, this.sides) : undefined;
    this.#replace(after.key, alteration !== undefined && isNothing(alteration));
  }

  /** Its columns change their type with it; what else mentions it makes way. */
  #replaceEnum(from: NodeOf<"enum">, to: NodeOf<"enum">): void {
    const { from: old, to: now } = this.sides;
    const uses: EnumUse[] = [];
    const along: Key[] = [];
    for (const dependent of old.dependents(from.key)) {
      const after = now.nodes.get(dependent.key);
      if (after === undefined || this.removed.has(dependent.key)) continue;
      if (dependent.kind !== "column" || after.kind !== "column") {
        this.#makeWayFor(dependent, after);
        continue;
      }
      const isGenerated = after.item.definition.generated !== undefined;
      if (isGenerated) this.#makeWayFor(dependent, after);
      else if (keepsEnum(dependent.item, after.item, from.key)) {
        along.push(after.key);
        if (after.item.inherited === undefined || after.item.inherited.local) {
          uses.push({ table: now.tableOf(after) as EnumUse["table"], column: after.item });
        }
        const rest = alterColumn(dependent, after, this.sides, true)!;
        if (isNothing(rest)) this.altered.delete(after.key);
        else this.altered.set(after.key, rest);
        this.#retype(dependent, { ...after, item: { ...after.item, base: "" } });
      }
    }
    this.altered.set(to.key, { change: replaceEnum(from, to, uses, now), along });
  }
}

/** Whether an index holds a column that is not one of its keys. */
function holdsBesides({ kind, item }: Node, column: string): boolean {
  if (kind !== "constraint" && kind !== "index") return false;
  const options = kind === "index" ? item.definition : Object.values(item.definition)[0];
  return (options as { readonly include?: readonly string[] }).include?.includes(column) === true;
}

function alter(from: Node, to: Node, sides: Sides): Alteration | undefined {
  const kind = KINDS[to.kind] as KindOf<Kind>;
  return kind.alter(from as never, to as never, sides);
}
