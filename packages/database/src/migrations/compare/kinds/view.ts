import type { CatalogView, CatalogViewColumn } from "../../catalog/catalog.ts";
import { quoteName, quoteQualified } from "../../operations/identifier.ts";
import { literal } from "../../operations/literal.ts";
import { type Call, call, isSame, rawSql } from "../call.ts";
import { accessChanges, accessOf, privilegeCalls, type Subject } from "./access.ts";
import type { KindOf } from "./kind.ts";

const subject = ({ materialized, name }: CatalogView): Subject => ({
  kind: materialized ? "materialized view" : "view",
  name,
});

export const VIEW: KindOf<"view"> = {
  create: ({ item }, to) => [createView(item), ...columnChanges(item, []), ...accessOf(subject(item), item, to)],
  drop: ({ item: { name, materialized } }) => [call(materialized ? "dropMaterializedView" : "dropView", name)],
  alter: ({ item: from }, { item: to }) => {
    if (from.materialized !== to.materialized) return undefined;
    const isTheSame = isSame(from.definition, to.definition) && from.tablespace === to.tablespace;
    if (!isTheSame && (to.materialized || !isExtended(from, to))) return undefined;
    const { query, ...options } = to.definition;
    return {
      change: [
        ...(isTheSame ? [] : [call("replaceView", to.name, query, ...optional(options))]),
        ...(from.isPopulated === to.isPopulated
          ? []
          : [call("refreshMaterializedView", to.name, ...(to.isPopulated ? [] : [{ withData: false }]))]),
        ...columnChanges(to, from.columns),
        ...accessChanges(subject(to), from, to),
      ],
    };
  },
};

function createView({ name, materialized, definition, tablespace, isPopulated }: CatalogView): Call {
  const { query, ...options } = definition;
  if (!materialized) return call("createView", name, query, ...optional(options));
  const { checkOption: _, ...own } = options;
  const filled = isPopulated ? {} : { withData: false };
  return call(
    "createMaterializedView",
    name,
    query,
    ...optional({ ...own, ...(tablespace === undefined ? {} : { tablespace }), ...filled }),
  );
}

/** What CREATE OR REPLACE VIEW can do: columns only come, at the end. */
function isExtended(from: CatalogView, to: CatalogView): boolean {
  return from.columns.every(({ name, type }, index) => {
    const column = to.columns[index];
    return column?.name === name && column.type === type;
  });
}

/** Defaults, comments and privileges of its columns. */
function columnChanges(
  { name, materialized, columns }: CatalogView,
  before: readonly CatalogViewColumn[],
): readonly Call[] {
  const kind = materialized ? "materialized view" : "view";
  return columns.flatMap((column) => {
    const old = before.find((one) => one.name === column.name);
    const quoted = quoteName(column.name);
    const fallback = column.default === undefined ? "drop default" : `set default ${column.default}`;
    return [
      ...(old?.default === column.default
        ? []
        : [rawSql(`alter ${kind} ${quoteQualified(name)} alter column ${quoted} ${fallback}`)]),
      ...(old?.comment === column.comment
        ? []
        : [rawSql(`comment on column ${quoteQualified(name)}.${quoted} is ${literal(column.comment ?? null)}`)]),
      ...privilegeCalls({ table: [name] }, old?.privileges, column.privileges, column.name),
    ];
  });
}

function optional<Options extends object>(options: Options): [] | [Options] {
  return Object.keys(options).length === 0 ? [] : [options];
}
