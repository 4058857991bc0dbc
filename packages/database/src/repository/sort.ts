import { DefinitionError } from "../errors.ts";
import type { Ordering } from "../query/expression.ts";
import type { ColumnsOf, VisibleOf } from "../query/row-types.ts";
import type { Table, TableColumn } from "../query/table.ts";
import { primaryKeyOf } from "./key.ts";
import { modelOf, shown, specOf } from "./model-of.ts";
import type { Scope } from "./related-rows.ts";

/** Upward or downward. */
export type Direction = "asc" | "desc";

/** Columns to sort by: all but hidden ones, which the order, and a page's cursor, would tell. */
export type SortColumn<Row> = keyof VisibleOf<ColumnsOf<Row>> & string;

/**
 * One sort key or several: `["createdAt", "desc"]`, `[["status", "asc"], ["createdAt", "desc"]]`. NULLs stand where
 * PostgreSQL has them by default: last when ascending, first when descending.
 */
export type OrderBy<Row> =
  | readonly [column: SortColumn<Row>, direction: Direction]
  | readonly (readonly [column: SortColumn<Row>, direction: Direction])[];

/** A column to sort by, and how. */
export interface SortKey {
  readonly column: TableColumn;
  readonly direction: Direction;
  readonly isNullable: boolean;
}

/** @throws {DefinitionError} on columns that do not exist, are hidden or come twice, and on other directions. */
export function sortKeys(table: Table, orderBy: unknown): readonly SortKey[] {
  if (!Array.isArray(orderBy)) throw notSorted(table);
  const pairs: readonly unknown[] = typeof orderBy[0] === "string" ? [orderBy] : orderBy;
  const keys: SortKey[] = [];
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw notSorted(table);
    const [property, direction] = pair as readonly unknown[];
    const column = table.byProperty.get(property as string);
    if (column === undefined || (direction !== "asc" && direction !== "desc")) throw notSorted(table);
    const { hidden, nullable } = specOf(table, column);
    const { name } = modelOf(table);
    if (hidden) throw new DefinitionError(`${name}.${column.property} is hidden, so nothing is sorted by it.`);
    if (keys.some((key) => key.column === column)) {
      throw new DefinitionError(`${name} is to be sorted by ${shown(property)} twice. Once decides.`);
    }
    keys.push({ column, direction, isNullable: nullable });
  }
  return keys;
}

/**
 * The keys, and the primary key after them where it is not among them, so that no two rows are equal.
 *
 * @throws {DefinitionError} when the model has no primary key, or a hidden one, which the cursor would tell.
 */
export function totalOrder(table: Table, keys: readonly SortKey[]): readonly SortKey[] {
  const direction = keys.at(-1)?.direction ?? "asc";
  const missing = primaryKeyOf(table).filter((column) => !keys.some((key) => key.column === column));
  if (missing.some((column) => specOf(table, column).hidden)) {
    throw new DefinitionError(`The primary key of ${modelOf(table).name} is hidden, so no page can be sorted by it.`);
  }
  return [...keys, ...missing.map((column): SortKey => ({ column, direction, isNullable: false }))];
}

/** The keys as ORDER BY takes them. */
export function orderings(keys: readonly SortKey[], { c }: Pick<Scope, "c">): readonly Ordering[] {
  return keys.map(({ column, direction }) => c[column.property]![direction]());
}

/** The opposite order. NULLs change sides with the values, as they do by default. */
export function reversed(keys: readonly SortKey[]): readonly SortKey[] {
  return keys.map((key) => ({ ...key, direction: key.direction === "asc" ? "desc" : "asc" }));
}

function notSorted(table: Table): DefinitionError {
  return new DefinitionError(
    `${modelOf(table).name} is sorted by ["column", "asc" or "desc"], or a list of such pairs, of its own columns.`,
  );
}
