import type { CatalogColumn, CatalogConstraint, CatalogIndex, CatalogTable } from "../catalog/catalog.ts";
import { isSame, keyOf } from "./call.ts";

/** A column that both sides have. */
export interface ColumnPair {
  readonly from: CatalogColumn;
  readonly to: CatalogColumn;
}

/** A table that both sides have, and what becomes of its columns. */
export class TablePair {
  readonly from: CatalogTable;
  readonly to: CatalogTable;
  readonly dropped: readonly CatalogColumn[];
  readonly added: readonly CatalogColumn[];
  /** Changed where they are, or not at all. */
  readonly kept: readonly ColumnPair[];
  /** Dropped and added with the same name, because PostgreSQL cannot change what is generated. */
  readonly recreated: readonly ColumnPair[];
  /** Names of columns that are another type afterwards, in more than length. */
  readonly retyped: ReadonlySet<string>;

  /** @param replaced enums that are made anew, as expressions refer to them. */
  constructor(from: CatalogTable, to: CatalogTable, replaced: readonly string[]) {
    this.from = from;
    this.to = to;
    const before = new Map(from.columns.map((column) => [column.name, column]));
    const after = new Set(to.columns.map(({ name }) => name));
    this.dropped = from.columns.filter(({ name }) => !after.has(name));
    this.added = to.columns.filter(({ name }) => !before.has(name));
    const pairs = to.columns.flatMap((column): ColumnPair[] => {
      const old = before.get(column.name);
      return old === undefined ? [] : [{ from: old, to: column }];
    });
    const changed = new Set(pairs.filter(isRetyped).map((pair) => pair.to.name));
    this.retyped = new Set(pairs.filter((pair) => pair.from.base !== pair.to.base).map((pair) => pair.to.name));
    const isAnew = (pair: ColumnPair): boolean =>
      isGeneratedAnew(pair) ||
      (pair.to.definition.generated !== undefined &&
        ([...pair.from.from, ...pair.to.from].some((name) => changed.has(name)) ||
          replaced.some((type) => pair.to.enum === type || mentions(pair.from.definition.generated, type))));
    this.recreated = pairs.filter(isAnew);
    this.kept = pairs.filter((pair) => !isAnew(pair));
  }

  /** Whether a part of the table has to make way for what happens to columns and enums. */
  isInTheWay({ columns, text }: Pick<CatalogIndex, "columns" | "text">, replaced: readonly string[]): boolean {
    const isGone = (name: string): boolean => [...this.recreated].some(({ to }) => to.name === name);
    return columns.some(isGone) || replaced.some((type) => mentions(text, type));
  }
}

/** Whether the type or the collation of a column changes. */
export function isRetyped({ from, to }: ColumnPair): boolean {
  return from.definition.type !== to.definition.type || !isSame(from.definition.collation, to.definition.collation);
}

function isGeneratedAnew({ from, to }: ColumnPair): boolean {
  if (to.definition.generated === undefined) return false;
  const { comment: _, ...old } = from.definition;
  const { comment: __, ...now } = to.definition;
  return !isSame(old, now);
}

function mentions(sql: string | undefined, type: string): boolean {
  return sql?.includes(type) === true;
}

/** Tables of two lists by what became of them, each in the order of its list. */
export function pairTables(
  from: readonly CatalogTable[],
  to: readonly CatalogTable[],
  replaced: readonly string[],
): {
  readonly gone: readonly CatalogTable[];
  readonly come: readonly CatalogTable[];
  readonly pairs: readonly TablePair[];
} {
  const before = new Map(from.map((table) => [keyOf(table.name), table]));
  const after = new Set(to.map(({ name }) => keyOf(name)));
  return {
    gone: from.filter(({ name }) => !after.has(keyOf(name))),
    come: to.filter(({ name }) => !before.has(keyOf(name))),
    pairs: to.flatMap((table) => {
      const old = before.get(keyOf(table.name));
      return old === undefined ? [] : [new TablePair(old, table, replaced)];
    }),
  };
}

export function isSameConstraint(one: CatalogConstraint, other: CatalogConstraint): boolean {
  return one.text === other.text && isSame(one.definition, other.definition);
}

export function isSameIndex(one: CatalogIndex, other: CatalogIndex): boolean {
  return one.text === other.text && isSame(one.definition, other.definition);
}
