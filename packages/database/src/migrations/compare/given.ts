import type { Catalog, CatalogConstraint, CatalogTable } from "../catalog/catalog.ts";
import { plain } from "../catalog/key.ts";
import { partsOf } from "../operations/identifier.ts";

/** A constraint that a partition has of its parent, and keeps as its own when it is detached. */
export interface GivenConstraint extends CatalogConstraint {
  readonly given?: true;
}

/**
 * A catalog in which partitions that the other side has as tables of their own, or elsewhere, have the conditions and foreign
 * keys of their parents: these have to be there before a table is attached, and stay when it is detached (PostgreSQL, "ALTER
 * TABLE").
 *
 * @param staying whether only those that the parent keeps: what it loses itself, its partitions lose with it.
 */
export function withGiven(catalog: Catalog, other: Catalog, staying: boolean): Catalog {
  const others = new Map(other.tables.map((table) => [table.key, table]));
  const tables = new Map(catalog.tables.map((table) => [nameOf(table.name, catalog), table]));
  const ofParents = ({ partitionOf }: CatalogTable): readonly CatalogConstraint[] => {
    const parent = partitionOf && tables.get(nameOf(partitionOf.table, catalog));
    if (parent === undefined) return [];
    const same = others.get(parent.key)?.constraints ?? [];
    const stays = ({ key, text, definition }: CatalogConstraint): boolean =>
      ("check" in definition || "foreignKey" in definition) &&
      (!staying || same.some((one) => one.key === key && one.text === text));
    return [...parent.constraints.filter(stays), ...ofParents(parent)];
  };
  const given = (table: CatalogTable): CatalogTable => {
    const before = others.get(table.key);
    if (table.partitionOf === undefined || before === undefined) return table;
    if (before.partitionOf !== undefined && isOf(before, other) === isOf(table, catalog)) return table;
    const own = new Set(table.constraints.map(({ name }) => name));
    const place = table.key.slice("table ".length);
    const more = ofParents(table)
      .filter(({ name }) => !own.has(name))
      .map(({ comment: _, ...one }): GivenConstraint => {
        return { ...one, key: `constraint ${place}.${plain(one.name)}`, inherited: true, given: true };
      });
    return { ...table, constraints: [...table.constraints, ...more] };
  };
  return { ...catalog, tables: catalog.tables.map(given) };
}

function isOf({ partitionOf }: CatalogTable, catalog: Catalog): string {
  return nameOf(partitionOf!.table, catalog);
}

function nameOf(name: CatalogTable["name"], { defaultSchema }: Catalog): string {
  const parts = partsOf(name);
  return JSON.stringify(parts.length === 1 ? [defaultSchema, ...parts] : parts);
}
