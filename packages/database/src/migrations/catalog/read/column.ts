import type { ColumnDefinition, Identity } from "../../operations/column-clause.ts";
import type { CatalogColumn, CatalogViewColumn } from "../catalog.ts";
import { CLASS } from "../objects.ts";
import type { ColumnRow } from "../queries/columns.ts";
import type { RelationRow, SequenceRow } from "../queries/relations.ts";
import { bareDefault, bareExpression, collationName, given } from "../words.ts";
import { type Context, type Naming, privilegesOf } from "./context.ts";
import { countingOf, sequenceName } from "./sequence.ts";

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
  table: RelationRow,
): CatalogColumn {
  const { objects, names } = context;
  const { name, base, nullable, expression, rare } = row;
  const place = [CLASS.relation, row.table, row.number] as const;
  const { key, needs, comment } = objects.describe(place, objects.keyOf(place)!);
  const isGenerated = rare?.generated === "s";
  const definition: ColumnDefinition = given({
    type: names.type(row.type),
    nullable: nullable || undefined,
    default: isGenerated || expression === null ? undefined : bareDefault(expression, base),
    generated: isGenerated && expression !== null ? bareExpression(expression) : undefined,
    ...(rare === null ? undefined : traitsOf(rare, identity, sequenceName(table.name, name), names)),
    comment,
  });
  return given({
    key,
    needs,
    comment,
    name,
    definition,
    base,
    userType: row.userType === null ? undefined : objects.keyOf([CLASS.type, row.userType]),
    from: isGenerated ? from : undefined,
    ...(rare === null ? undefined : rareOf(rare, identity, names)),
  });
}

function traitsOf(
  rare: NonNullable<ColumnRow["rare"]>,
  sequence: SequenceRow | undefined,
  usual: string,
  names: Naming,
): Partial<ColumnDefinition> {
  const { identity, collation, storage, compression, statistics } = rare;
  return {
    identity: identity === "" ? undefined : identityOf(identity, sequence, usual, names),
    collation: collation === null ? undefined : collationName(collation),
    storage: storage === null ? undefined : STORAGE[storage],
    compression: compression === null ? undefined : COMPRESSION[compression],
    statistics: statistics ?? undefined,
  };
}

function rareOf({ local, acl }: NonNullable<ColumnRow["rare"]>, sequence: SequenceRow | undefined, names: Naming) {
  return {
    inherited: local === null ? undefined : { local },
    identitySequence: sequence === undefined ? undefined : names.of("relation", [sequence.schema, sequence.name]),
    identityPrivileges: sequence === undefined ? undefined : privilegesOf(sequence.acl),
    privileges: privilegesOf(acl),
  };
}

export function readViewColumn(
  { table, number, name, type, expression, rare }: ColumnRow,
  context: Context,
): CatalogViewColumn {
  return given({
    name,
    type: context.names.type(type),
    default: expression ?? undefined,
    comment: context.objects.commentOn([CLASS.relation, table, number]),
    privileges: rare === null ? undefined : privilegesOf(rare.acl),
  });
}

function identityOf(kind: "a" | "d", sequence: SequenceRow | undefined, usual: string, names: Naming): Identity {
  const generated = kind === "a" ? "always" : "by default";
  if (sequence === undefined) return generated;
  const named = sequence.name === usual ? {} : { sequence: names.of("relation", [sequence.schema, sequence.name]) };
  const options = { ...named, ...countingOf(sequence) };
  return Object.keys(options).length === 0 ? generated : { generated, ...options };
}
