import type { CatalogConstraint, CatalogIndex, CatalogTable, Key } from "../../catalog/catalog.ts";
import { type Name, partsOf, quoteName, quoteQualified } from "../../operations/identifier.ts";
import type { TableChanges } from "../../operations/table.ts";
import { type Call, call, isSame, keyOf, rawSql } from "../call.ts";
import { accessChanges, accessOf, type Subject } from "./access.ts";
import type { KindOf } from "./kind.ts";
import { storageChanges } from "./storage.ts";

const subject = ({ name }: CatalogTable): Subject => ({ kind: "table", name });

/** What comes after a table and its parts have been made is here; CREATE TABLE itself is put together in bundle.ts. */
export const TABLE: KindOf<"table"> = {
  create: ({ item }, to) => {
    const { name, rowSecurity } = item;
    return [
      ...(rowSecurity === undefined ? [] : securityCalls(name, undefined, rowSecurity)),
      ...accessOf(subject(item), item, to, true),
    ];
  },
  drop: () => [],
  alter: ({ item: from }, { item: to }) => {
    if (from.kind !== to.kind || from.partitionBy !== to.partitionBy || from.of !== to.of) return undefined;
    return {
      leave: [...detached(from, to)],
      change: [
        ...tableChanges(from, to),
        ...(isSame(from.rowSecurity, to.rowSecurity) ? [] : securityCalls(to.name, from.rowSecurity, to.rowSecurity)),
        ...accessChanges(subject(to), from, to),
      ],
      enter: [...attached(from, to), ...identityChanges(from, to)],
    };
  },
};

function parentsOf({ partitionOf, inherits }: CatalogTable): readonly Name[] {
  return partitionOf === undefined ? (inherits ?? []) : [];
}

function isSamePartition(from: CatalogTable, to: CatalogTable): boolean {
  return isSame(from.partitionOf, to.partitionOf);
}

function detached(from: CatalogTable, to: CatalogTable): readonly Call[] {
  const kept = new Set(parentsOf(to).map(keyOf));
  return [
    ...(from.partitionOf === undefined || isSamePartition(from, to)
      ? []
      : [call("detachPartition", from.partitionOf.table, from.name, { was: from.partitionOf.bound })]),
    ...parentsOf(from)
      .filter((parent) => !kept.has(keyOf(parent)))
      .map((parent) => call("removeParent", from.name, parent)),
  ];
}

function attached(from: CatalogTable, to: CatalogTable): readonly Call[] {
  const had = new Set(parentsOf(from).map(keyOf));
  return [
    ...(to.partitionOf === undefined || isSamePartition(from, to)
      ? []
      : [call("attachPartition", to.partitionOf.table, to.name, to.partitionOf.bound)]),
    ...parentsOf(to)
      .filter((parent) => !had.has(keyOf(parent)))
      .map((parent) => call("addParent", to.name, parent)),
  ];
}

function tableChanges(from: CatalogTable, to: CatalogTable): readonly Call[] {
  const { now, was } = storageChanges(from, to);
  const logged = (unlogged: boolean): TableChanges => (from.unlogged === to.unlogged ? {} : { unlogged });
  const changes: TableChanges = { ...now, ...logged(to.unlogged === true) };
  if (Object.keys(changes).length === 0) return [];
  return [call("alterTable", to.name, { ...changes, was: { ...was, ...logged(from.unlogged === true) } })];
}

/** What of a new table names indexes, which have to be there. */
export function identityOf(table: CatalogTable): { readonly calls: readonly Call[]; readonly needs: readonly Key[] } {
  const { replicaIdentity, clusteredBy, ...bare } = table;
  const named = [typeof replicaIdentity === "object" ? replicaIdentity.index : undefined, clusteredBy];
  const isNamed = ({ name }: CatalogConstraint | CatalogIndex): boolean => named.includes(partsOf(name).at(-1));
  return {
    calls: identityChanges(bare, table),
    needs: [...table.constraints, ...table.indexes].filter(isNamed).map(({ key }) => key),
  };
}

function identityChanges(from: CatalogTable, to: CatalogTable): readonly Call[] {
  return [
    ...(isSame(from.replicaIdentity, to.replicaIdentity)
      ? []
      : [
          call("alterTable", to.name, {
            replicaIdentity: to.replicaIdentity ?? "default",
            was: { replicaIdentity: from.replicaIdentity ?? "default" },
          }),
        ]),
    ...(from.clusteredBy === to.clusteredBy ? [] : [cluster(to.name, to.clusteredBy)]),
  ];
}

function cluster(table: Name, index: string | undefined): Call {
  const action = index === undefined ? "set without cluster" : `cluster on ${quoteName(index)}`;
  return rawSql(`alter table ${quoteQualified(table)} ${action}`);
}

function securityCalls(
  table: Name,
  from: CatalogTable["rowSecurity"],
  to: CatalogTable["rowSecurity"],
): readonly Call[] {
  const [was, is] = [from ?? NONE, to ?? NONE];
  const force = was.forced === is.forced ? [] : [{ force: true }];
  if (was.enabled !== is.enabled && (is.forced === is.enabled || force.length === 0)) {
    return is.enabled ? [call("enableRowSecurity", table, ...force)] : [call("disableRowSecurity", table, ...force)];
  }
  const alter = `alter table ${quoteQualified(table)}`;
  return [
    ...(was.enabled === is.enabled ? [] : [rawSql(`${alter} ${is.enabled ? "enable" : "disable"} row level security`)]),
    ...(was.forced === is.forced ? [] : [rawSql(`${alter} ${is.forced ? "force" : "no force"} row level security`)]),
  ];
}

const NONE = { enabled: false, forced: false };
