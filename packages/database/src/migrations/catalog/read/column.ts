import type { ColumnDefinition, Identity } from "../../operations/column-clause.ts";
import type { CatalogColumn, CatalogViewColumn } from "../catalog.ts";
import { CLASS } from "../objects.ts";
import type { ColumnRow } from "../queries/columns.ts";
import type { SequenceRow } from "../queries/relations.ts";
import { bareDefault, bareExpression, collationName, given } from "../words.ts";
import { type Context, privilegesOf } from "./context.ts";
import { countingOf } from "./sequence.ts";

const STORAGE = { p: "plain", e: "external", x: "extended", m: "main" } as const;
const COMPRESSION = { p: "pglz", l: "lz4" } as const;

/**
 * @param identity the sequence of an identity column.
 * @param from the columns that a generated one is computed from.
 */
export function readColumn(
  row: ColumnRow,
  identity: SequenceRow | undefined,
  from: readonly string[],
  context: Context,
): CatalogColumn {
  const { name, base, nullable, expression, generated, collation, storage, compression, statistics, local } = row;
  const place = [CLASS.relation, row.table, row.number] as const;
  const description = context.objects.describe(place, context.objects.keyOf(place)!);
  const definition: ColumnDefinition = given({
    type: context.names.type(row.type),
    nullable: nullable || undefined,
    default: generated === "" && expression !== null ? bareDefault(expression, base) : undefined,
    identity: row.identity === "" ? undefined : identityOf(row.identity, identity),
    generated: generated === "s" && expression !== null ? bareExpression(expression) : undefined,
    collation: collation === null ? undefined : collationName(collation),
    storage: storage === null ? undefined : STORAGE[storage],
    compression: compression === null ? undefined : COMPRESSION[compression],
    statistics: statistics ?? undefined,
    comment: description.comment,
  });
  return given({
    ...description,
    name,
    definition,
    base,
    userType: row.userType === null ? undefined : context.objects.keyOf([CLASS.type, row.userType]),
    from: generated === "" ? undefined : from,
    inherited: local === null ? undefined : { local },
    identitySequence:
      identity === undefined ? undefined : context.names.of("relation", [identity.schema, identity.name]),
    identityPrivileges: identity === undefined ? undefined : privilegesOf(identity.acl),
    privileges: privilegesOf(row.acl),
  });
}

export function readViewColumn(
  { table, number, name, type, expression, acl }: ColumnRow,
  context: Context,
): CatalogViewColumn {
  return given({
    name,
    type: context.names.type(type),
    default: expression ?? undefined,
    comment: context.objects.commentOn([CLASS.relation, table, number]),
    privileges: privilegesOf(acl),
  });
}

function identityOf(kind: "a" | "d", sequence: SequenceRow | undefined): Identity {
  const generated = kind === "a" ? "always" : "by default";
  const options = sequence === undefined ? {} : countingOf(sequence);
  return Object.keys(options).length === 0 ? generated : { generated, ...options };
}
