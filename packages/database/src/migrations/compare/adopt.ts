import type { ManagedKind } from "../../model/schema-objects.ts";
import type {
  Catalog,
  CatalogColumn,
  CatalogObject,
  CatalogSequence,
  CatalogTable,
  CatalogView,
  Key,
} from "../catalog/catalog.ts";
import { given } from "../catalog/words.ts";
import { type Name, schemaOf as schemaOfName } from "../operations/identifier.ts";
import { routineName, type Signature } from "../operations/signature.ts";
import { adoptConstraint, unsaidKeys } from "./adopt-constraints.ts";
import { followParents } from "./follow-parents.ts";

/** What models want, and what stays as it is because they do not speak of it. */
export interface Adopted {
  readonly to: Catalog;
  /** `view public.active_users`. */
  readonly leftAlone: readonly string[];
}

/** What of a database models speak of. */
export interface Spoken {
  readonly manages: ReadonlySet<ManagedKind>;
  /** The schemas in which they are; what lies in others stays. */
  readonly schemas: readonly string[];
}

/**
 * What models want, with all that the database has besides and models do not describe or do not speak of: views where they
 * name none, owners, privileges, storage parameters, partitions, other schemas. So it stays, and makes way where it has to.
 */
export function adopt(from: Catalog, to: Catalog, { manages, schemas }: Spoken): Adopted {
  const isOurs = (item: Placed): boolean => schemas.includes(schemaOf(item) ?? from.defaultSchema);
  const before = new Map(from.tables.map((table) => [table.key, table]));
  const wanted = new Set(to.tables.map(({ key }) => key));
  const isOther = (table: CatalogTable): boolean => specialty(table) !== undefined || !isOurs(table);
  const others = from.tables.filter((table) => !wanted.has(table.key) && isOther(table));
  const unsaid: Key[] = [];
  const models = to.tables.map((table) => {
    const old = before.get(table.key);
    if (old === undefined) return { ...table, owner: from.role };
    const keys = unsaidKeys(old, table, to.tables, others);
    unsaid.push(...keys.map(({ key }) => key));
    return adoptTable(old, { ...table, constraints: [...table.constraints, ...keys] }, manages);
  });
  const tables = [...models, ...others.map((table) => followParents(table, from, models))];
  const parts = new Set(tables.flatMap(({ key, columns }) => [key, ...columns.map((column) => column.key)]));
  const isOfTables = ({ needs }: CatalogObject): boolean =>
    needs.every((need) => parts.has(need) || !/^(table|column) /.test(need));
  const take = <Item extends CatalogObject & Placed>(
    isManaged: boolean,
    own: readonly Item[],
    theirs: readonly Item[],
    adopted: (item: Item) => Item = (item) => adoptAccess(theirs, item),
  ): readonly Item[] =>
    isManaged ? [...theirs.filter((item) => !isOurs(item)), ...own.filter(isOurs).map(adopted)] : theirs;
  const catalog: Catalog = {
    ...to,
    schemas: [
      ...from.schemas,
      ...to.schemas.filter(({ key, name }) => schemas.includes(name) && from.schemas.every((one) => one.key !== key)),
    ],
    extensions: manages.has("extensions")
      ? to.extensions.map((one) => adoptAccess(from.extensions, one))
      : from.extensions,
    enums: take(true, to.enums, from.enums),
    domains: from.domains,
    compositeTypes: from.compositeTypes,
    rangeTypes: from.rangeTypes,
    sequences: manages.has("sequences")
      ? take(true, to.sequences, from.sequences)
      : adoptSequences(from.sequences, to.sequences, tables),
    tables,
    views: take(manages.has("views"), to.views, from.views, (view) => adoptView(from.views, view, manages)),
    routines: take(manages.has("functions"), to.routines, from.routines),
    statistics: from.statistics.filter(isOfTables),
    others: from.others.filter(({ of }) => of === undefined || parts.has(of) || !of.startsWith("table ")),
  };
  return { to: catalog, leftAlone: [...leftAlone(from, others, manages, isOurs), ...unsaid] };
}

type Placed = { readonly name: Name } | { readonly signature: Signature };

function schemaOf(item: Placed): string | undefined {
  return schemaOfName("name" in item ? item.name : routineName(item.signature));
}

/** What makes a table another kind than models describe, if that is not in the model. */
function specialty({ kind, partitionOf, inherits, of }: CatalogTable): string | undefined {
  if (kind === "foreign") return "a foreign server";
  if (kind === "partitioned") return "partitions";
  if (partitionOf !== undefined) return "a table that it is a partition of";
  if (inherits !== undefined && inherits.length > 0) return "a parent that it inherits from";
  return of === undefined ? undefined : "a type that it is of";
}

function adoptTable(from: CatalogTable, to: CatalogTable, manages: ReadonlySet<ManagedKind>): CatalogTable {
  const { partitionBy = from.partitionBy } = to;
  const columns = new Map(from.columns.map((column) => [column.name, column]));
  return given({
    ...to,
    ...accessOf(from),
    kind: partitionBy === from.partitionBy ? from.kind : to.kind,
    partitionBy,
    partitionOf: from.partitionOf,
    inherits: from.inherits,
    of: from.of,
    needs: [...new Set([...to.needs, ...from.needs])],
    unlogged: from.unlogged,
    with: from.with,
    tablespace: from.tablespace,
    replicaIdentity: from.replicaIdentity,
    clusteredBy: from.clusteredBy,
    rowSecurity: manages.has("policies") ? to.rowSecurity : from.rowSecurity,
    columns: to.columns.map((column) => adoptColumn(columns.get(column.name), column)),
    constraints: to.constraints.map((one) => {
      const old = from.constraints.find(({ key }) => key === one.key);
      return given({ ...adoptConstraint(old, one), indexComment: old?.indexComment });
    }),
    indexes: to.indexes.map((one) => adoptComment(from.indexes, one)),
    policies: manages.has("policies") ? to.policies.map((one) => adoptComment(from.policies, one)) : from.policies,
    triggers: manages.has("triggers") ? to.triggers.map((one) => adoptComment(from.triggers, one)) : from.triggers,
  }) as CatalogTable;
}

/** How an identity counts, how values are stored, and who may see them is nothing that a model says. */
function adoptColumn(from: CatalogColumn | undefined, to: CatalogColumn): CatalogColumn {
  if (from === undefined) return to;
  const { storage, compression, statistics, identity } = from.definition;
  const kindOf = (one: typeof identity): unknown => (typeof one === "object" ? one.generated : one);
  return given({
    ...to,
    definition: given({
      ...to.definition,
      storage: to.definition.storage ?? storage,
      compression: to.definition.compression ?? compression,
      statistics: to.definition.statistics ?? statistics,
      ...(kindOf(identity) === kindOf(to.definition.identity) ? { identity } : {}),
    }),
    identitySequence: from.identitySequence ?? to.identitySequence,
    inherited: from.inherited,
    privileges: from.privileges,
  }) as CatalogColumn;
}

function adoptView(views: readonly CatalogView[], to: CatalogView, manages: ReadonlySet<ManagedKind>): CatalogView {
  const from = views.find(({ key }) => key === to.key);
  if (from === undefined) return to;
  return given({
    ...to,
    ...accessOf(from),
    tablespace: from.tablespace,
    isPopulated: from.isPopulated,
    columns: to.columns.map((column) => {
      const old = from.columns.find(({ name }) => name === column.name);
      return given({ ...column, comment: column.comment ?? old?.comment, privileges: old?.privileges });
    }),
    triggers: manages.has("triggers") ? to.triggers : from.triggers,
  }) as CatalogView;
}

/** A sequence that is owned by a column goes when the column's default has another source of values. */
function adoptSequences(
  from: readonly CatalogSequence[],
  to: readonly CatalogSequence[],
  tables: readonly CatalogTable[],
): readonly CatalogSequence[] {
  const columns = new Map(tables.flatMap(({ columns }) => columns.map((column) => [column.key, column] as const)));
  const needed = new Set<Key>([...columns.values()].flatMap(({ needs }) => needs));
  const had = new Set(from.map(({ key }) => key));
  return [
    ...from.filter(({ key, ownedBy }) => ownedBy === undefined || needed.has(key)),
    ...to.filter(({ key, ownedBy }) => !had.has(key) && ownedBy !== undefined && columns.has(ownedBy)),
  ];
}

function adoptAccess<Item extends CatalogObject>(items: readonly Item[], to: Item): Item {
  const from = items.find(({ key }) => key === to.key);
  return from === undefined ? to : (given({ ...to, ...accessOf(from), comment: to.comment ?? from.comment }) as Item);
}

function adoptComment<Item extends CatalogObject>(items: readonly Item[], to: Item): Item {
  const from = items.find(({ key }) => key === to.key);
  return from?.comment === undefined ? to : { ...to, comment: to.comment ?? from.comment };
}

/** Who has it, and who may do what with it. */
function accessOf(object: object): { readonly owner?: string; readonly privileges?: object | undefined } {
  const { owner, privileges } = object as { owner?: string; privileges?: object };
  return owner === undefined ? {} : { owner, privileges };
}

function leftAlone(
  from: Catalog,
  others: readonly CatalogTable[],
  manages: ReadonlySet<ManagedKind>,
  isOurs: (item: Placed) => boolean,
): readonly string[] {
  const of = (kind: ManagedKind | undefined, items: readonly (CatalogObject & Placed)[]): readonly string[] =>
    kind !== undefined && manages.has(kind) ? [] : items.filter(isOurs).map(({ key }) => key);
  const parts = (kind: "policies" | "triggers"): readonly string[] =>
    manages.has(kind) ? [] : from.tables.filter(isOurs).flatMap((table) => table[kind].map(({ key }) => key));
  const sequences = from.sequences.filter(({ ownedBy }) => ownedBy === undefined);
  return [
    ...others.filter(isOurs).map((table) => `${table.key}, with ${specialty(table)}`),
    ...of("views", from.views),
    ...of("functions", from.routines),
    ...of("sequences", sequences),
    ...parts("triggers"),
    ...parts("policies"),
    ...of(undefined, from.domains),
    ...of(undefined, from.compositeTypes),
    ...of(undefined, from.rangeTypes),
    ...of(undefined, from.statistics),
    ...from.others.map(({ what }) => what),
  ];
}
