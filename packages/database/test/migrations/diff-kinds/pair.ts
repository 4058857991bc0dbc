import type { DiffCase } from "../diff-cases.ts";

/** What is done with both databases besides, and what is expected. */
export type More = Pick<
  DiffCase,
  "rename_hints" | "after_up" | "after_down" | "refused" | "nested" | "column_order_unreachable"
>;

export type Pair = readonly [name: string, from: string, to: string, more?: More];

/** Roles that the pairs grant to. */
export const ROLES = ["kind_reader", "kind_writer"];

export function pairs(kind: string, list: readonly Pair[]): readonly DiffCase[] {
  return list.map(([name, from_sql, to_sql, more]) => ({
    name: `${kind}: ${name}`,
    from_sql,
    to_sql,
    tags: [kind],
    roles: ROLES,
    catalog_equal: false,
    equal_ignoring_column_order: false,
    ...more,
  }));
}

/** The same changes, each of them from the other end too. */
export function bothWays(list: readonly Pair[]): readonly Pair[] {
  return list.flatMap(([name, from, to]): Pair[] => [
    [name, from, to],
    [`${name}, the other way`, to, from],
  ]);
}
