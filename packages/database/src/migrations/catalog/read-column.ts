import type { ColumnDefinition, Identity } from "../operations/column-clause.ts";
import type { CatalogColumn } from "./catalog.ts";
import type { ColumnRow, EnumRow, SequenceRow } from "./rows.ts";
import { bareDefault, bareExpression, collationName, given, shortType } from "./words.ts";

const SERIAL: Readonly<Record<string, string>> = { smallint: "smallserial", integer: "serial", bigint: "bigserial" };

/** @param enums those of the default schema, by their types. */
export function readColumn(row: ColumnRow, tableName: string, enums: ReadonlyMap<string, EnumRow>): CatalogColumn {
  const { name, base, nullable, expression, identity, generated, collation, comment } = row;
  const serial = isSerial(row, tableName) ? SERIAL[base] : undefined;
  const hasDefault = generated === "" && expression !== null && serial === undefined;
  const definition: ColumnDefinition = given({
    type: serial ?? typeOf(row, enums),
    nullable: nullable || undefined,
    default: hasDefault ? bareDefault(expression, base) : undefined,
    identity: identity === "" ? undefined : identityOf(identity, row.sequence),
    generated: generated === "s" && expression !== null ? bareExpression(expression) : undefined,
    collation: collation === null ? undefined : collationName(collation),
    comment: comment ?? undefined,
  });
  return { name, definition, base, enum: row.enum ?? undefined, from: row.from };
}

function typeOf({ type, enum: enumType }: ColumnRow, enums: ReadonlyMap<string, EnumRow>): string {
  if (enumType === null) return shortType(type);
  const bare = enums.get(enumType)?.bare;
  return bare === undefined || bare === null ? type : bare + type.slice(enumType.length);
}

/** What `serial` would make again: a sequence that is the column's own, has the usual name and counts as usual. */
function isSerial({ name, base, nullable, expression, sequence }: ColumnRow, table: string): boolean {
  if (sequence === null || sequence.kind !== "a" || nullable || expression === null) return false;
  if (!expression.startsWith("nextval(") || SERIAL[base] === undefined) return false;
  return sequence.type === base && sequence.name === `${table}_${name}_seq` && isUsual(sequence);
}

const MOST: Readonly<Record<string, string>> = {
  smallint: "32767",
  integer: "2147483647",
  bigint: "9223372036854775807",
};

function isUsual({ type, start, increment, min, max, cache, cycle }: SequenceRow): boolean {
  return [start, increment, min, cache].every((number) => number === "1") && max === MOST[type] && !cycle;
}

function identityOf(kind: "a" | "d", sequence: SequenceRow | null): Identity {
  const generated = kind === "a" ? "always" : "by default";
  if (sequence === null || isUsual(sequence)) return generated;
  const { type, start, increment, min, max, cache, cycle } = sequence;
  const number = (text: string, usual: string): bigint | number | undefined => {
    if (text === usual) return undefined;
    return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
  };
  return given({
    generated,
    increment: number(increment, "1"),
    min: number(min, "1"),
    max: number(max, MOST[type]!),
    start: number(start, "1"),
    cache: number(cache, "1"),
    cycle: cycle || undefined,
  }) as Identity;
}
