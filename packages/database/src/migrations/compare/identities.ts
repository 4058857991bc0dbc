import type { Catalog, Key } from "../catalog/catalog.ts";

/**
 * A catalog in which indexes that partitions have of their parents' are known by these: PostgreSQL makes up their names, which
 * depend on what else is there. One that the other side has alone stays what it is.
 */
export function withIdentities(catalog: Catalog, other: Catalog): Catalog {
  const alone = new Set(
    other.tables.flatMap(({ indexes }) => indexes.filter((one) => one.attachedTo === undefined).map(({ key }) => key)),
  );
  const attached = new Map<Key, readonly [table: Key, parent: Key]>();
  for (const { key: table, indexes } of catalog.tables) {
    for (const { key, attachedTo } of indexes)
      if (attachedTo !== undefined && !alone.has(key)) attached.set(key, [table, attachedTo]);
  }
  if (attached.size === 0) return catalog;
  const identity = (key: Key): Key => {
    const [table, parent] = attached.get(key) ?? [];
    return parent === undefined ? key : `${identity(parent)} of ${table}`;
  };
  const identified = <Part extends { readonly needs: readonly Key[] }>(part: Part): Part => ({
    ...part,
    needs: part.needs.map(identity),
  });
  const tables = catalog.tables.map((table) => ({
    ...table,
    constraints: table.constraints.map(identified),
    indexes: table.indexes.map((index) => ({
      ...identified(index),
      key: identity(index.key),
      ...(index.attachedTo === undefined ? {} : { attachedTo: identity(index.attachedTo) }),
    })),
  }));
  return { ...catalog, tables };
}
