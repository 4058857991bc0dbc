import type { Catalog, CatalogOther, CatalogTable } from "../catalog/catalog.ts";
import { showName } from "../operations/identifier.ts";
import { isSame } from "./call.ts";
import { isGeneratedAnew } from "./kinds/column.ts";

/** What differs and nothing here can change; a sentence for each. Both directions are looked at. */
export function refusals(from: Catalog, to: Catalog): readonly string[] {
  return [...others(from, to), ...tables(from, to), ...invalidIndexes(from)];
}

/**
 * Columns of a table's own that shall be no more than those of its parent: INHERIT leaves them its own too (PostgreSQL,
 * pg_attribute.attislocal), and they would have to be dropped with their values.
 */
function unmerged(from: Catalog, to: Catalog): readonly string[] {
  const before = new Map(from.tables.flatMap(({ columns }) => columns.map((column) => [column.key, column])));
  const parents = new Map(to.tables.map((table) => [table.key, table]));
  return to.tables
    .filter(({ partitionOf }) => partitionOf === undefined)
    .flatMap(({ name, columns, needs }) =>
      columns.flatMap((column) => {
        const old = before.get(column.key);
        if (old === undefined || column.inherited?.local !== false || old.inherited?.local === false) return [];
        const isOld = needs.some((need) =>
          parents.get(need)?.columns.some((one) => one.name === column.name && before.has(one.key)),
        );
        return isOld
          ? [`${showName(name)}.${column.name} cannot become its parent's alone while it holds values.`]
          : [];
      }),
    );
}

/** What cannot become in its place what it shall be, there or back. For whole databases; models do not say so much. */
export function misplaced(from: Catalog, to: Catalog): readonly string[] {
  return [...displaced(to, from), ...unmerged(from, to), ...unmerged(to, from)];
}

/**
 * Columns that cannot be brought back to where they stood: they can only become what they were by coming anew, and come as
 * the last ones.
 */
function displaced(from: Catalog, to: Catalog): readonly string[] {
  const before = new Map(from.tables.flatMap(({ columns }) => columns.map((column) => [column.key, column])));
  return to.tables.flatMap(({ name, columns }) =>
    columns.flatMap((column, index) => {
      const old = before.get(column.key);
      const next = columns.slice(index + 1).find(({ key }) => before.has(key));
      if (old === undefined || next === undefined || !isGeneratedAnew(old.definition, column.definition)) return [];
      const table = showName(name);
      return [
        `${table}.${column.name} can only be generated otherwise by coming anew, and would stand behind ${next.name}.`,
      ];
    }),
  );
}

function others(from: Catalog, to: Catalog): readonly string[] {
  const texts = (list: readonly CatalogOther[]): ReadonlyMap<string, CatalogOther> =>
    new Map(list.map((other) => [other.key, other]));
  const [before, after] = [texts(from.others), texts(to.others)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [old, now] = [before.get(key), after.get(key)];
    const isKnown = [old, now].every(
      (one) => one === undefined || (one.create !== undefined && one.drop !== undefined),
    );
    return old?.text === now?.text || isKnown
      ? []
      : [`The ${(old ?? now)!.what} differs: change it by hand, in op.sql.`];
  });
}

function tables(from: Catalog, to: Catalog): readonly string[] {
  const after = new Map(to.tables.map((table) => [table.key, table]));
  const before = new Set(from.tables.map(({ key }) => key));
  const isSpecial = (table: CatalogTable | undefined): boolean => table?.kind === "foreign" || table?.of !== undefined;
  const pairs = [
    ...from.tables.map((table) => [table, after.get(table.key)] as const),
    ...to.tables.filter(({ key }) => !before.has(key)).map((table) => [table, undefined] as const),
  ];
  return pairs.flatMap(([one, other]) => {
    if ((!isSpecial(one) && !isSpecial(other)) || isSame(one, other)) return [];
    const what = one.kind === "foreign" || other?.kind === "foreign" ? "a foreign table" : "a table of a type";
    return [`${showName(one.name)} is ${what} and differs: change it by hand, in op.sql.`];
  });
}

function invalidIndexes(from: Catalog): readonly string[] {
  return from.tables.flatMap(({ indexes }) =>
    indexes
      .filter(({ isValid, attachedTo }) => !isValid && attachedTo === undefined)
      .map(({ name }) => `The index ${showName(name)} is invalid: drop it, or finish it with REINDEX.`),
  );
}
