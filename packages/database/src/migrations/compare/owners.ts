import type { Catalog, CatalogOwned } from "../catalog/catalog.ts";

/** The catalog as if all that it holds belonged to one role. */
export function withoutOwners(catalog: Catalog): Catalog {
  const role = "";
  const owned = <Item extends CatalogOwned>(items: readonly Item[]): readonly Item[] =>
    items.map((item) => ({ ...item, owner: role }));
  const { schemas, enums, domains, compositeTypes, rangeTypes, sequences, tables, views, routines, statistics } =
    catalog;
  return {
    ...catalog,
    role,
    schemas: owned(schemas),
    enums: owned(enums),
    domains: owned(domains),
    compositeTypes: owned(compositeTypes),
    rangeTypes: owned(rangeTypes),
    sequences: owned(sequences),
    tables: owned(tables),
    views: owned(views),
    routines: owned(routines),
    statistics: owned(statistics),
  };
}
