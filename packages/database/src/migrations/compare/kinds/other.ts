import type { CatalogOther, CatalogStatistics } from "../../catalog/catalog.ts";
import { type Call, call, isSame, rawSql } from "../call.ts";
import { accessChanges, accessOf } from "./access.ts";
import type { KindOf } from "./kind.ts";

export const STATISTICS: KindOf<"statistics"> = {
  create: ({ item }, to) => {
    const { name, definition, target } = item;
    return [
      call("createStatistics", name, definition),
      ...(target === undefined ? [] : [call("alterStatistics", name, target)]),
      ...accessOf({ kind: "statistics", name }, item, to),
    ];
  },
  drop: ({ item: { name } }) => [call("dropStatistics", name)],
  alter: ({ item: from }, { item: to }) => {
    if (!isSame(inOrder(from), inOrder(to))) return undefined;
    const { name } = to;
    const target =
      from.target === to.target ? [] : [call("alterStatistics", name, to.target ?? -1, { was: from.target ?? -1 })];
    return { change: [...target, ...accessChanges({ kind: "statistics", name }, from, to)] };
  },
};

/** PostgreSQL has their columns in the order of the table's. */
function inOrder({ definition }: CatalogStatistics): object {
  return { ...definition, on: definition.on.map((one) => JSON.stringify(one)).sort() };
}

/** One of which nobody here knows how it is made is left to `refusals`. */
export const OTHER: KindOf<"other"> = {
  create: ({ item }) => raw(item.create),
  drop: ({ item }) => raw(item.drop),
  alter: ({ item: from }, { item: to }) => (from.text === to.text ? {} : undefined),
};

function raw(sql: CatalogOther["create"]): readonly Call[] {
  return sql === undefined ? [] : [rawSql(sql)];
}
