import type { Catalog, CatalogColumn, CatalogTable } from "../catalog/catalog.ts";
import { plain } from "../catalog/key.ts";
import { isSame } from "./call.ts";

/**
 * A partition of a model's table, or another table that inherits from it, as it becomes when that changes: its columns come,
 * go and change with those of its parents.
 */
export function followParents(child: CatalogTable, from: Catalog, models: readonly CatalogTable[]): CatalogTable {
  const isParent = ({ key }: CatalogTable): boolean => child.needs.includes(key);
  const [old, now] = [columnsOf(from.tables.filter(isParent)), columnsOf(models.filter(isParent))];
  if (now.size === 0) return child;
  const place = child.key.slice("table ".length);
  const columns = [
    ...child.columns
      .filter(({ name, inherited }) => inherited?.local !== false || now.has(name))
      .map((column) => changed(column, old.get(column.name), now.get(column.name))),
    ...[...now.values()]
      .filter(({ name }) => !old.has(name))
      .map((column): CatalogColumn => {
        const { identity: _, ...definition } = column.definition;
        return { ...column, key: `column ${place}.${plain(column.name)}`, definition, inherited: { local: false } };
      }),
  ];
  const names = new Set(columns.map(({ name }) => name));
  const isWhole = (part: { readonly columns: readonly string[] }): boolean =>
    part.columns.every((one) => names.has(one));
  const parts = new Set(
    models
      .filter(isParent)
      .flatMap((parent) => [...parent.indexes, ...parent.constraints])
      .map(({ key }) => key),
  );
  return {
    ...child,
    columns,
    constraints: child.constraints.filter(isWhole),
    indexes: child.indexes.filter(
      (index) => isWhole(index) && (index.attachedTo === undefined || parts.has(index.attachedTo)),
    ),
  };
}

function columnsOf(tables: readonly CatalogTable[]): ReadonlyMap<string, CatalogColumn> {
  return new Map(tables.flatMap(({ columns }) => columns.map((column) => [column.name, column])));
}

function changed(column: CatalogColumn, old: CatalogColumn | undefined, now: CatalogColumn | undefined): CatalogColumn {
  if (column.inherited === undefined || old === undefined || now === undefined) return column;
  if (isSame(old.definition, now.definition)) return column;
  return { ...column, base: now.base, definition: now.definition, needs: now.needs };
}
