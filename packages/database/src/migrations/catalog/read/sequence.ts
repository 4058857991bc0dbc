import type { SequenceDefinition } from "../../operations/sequence.ts";
import type { SequenceOptions } from "../../operations/sequence-clause.ts";
import type { CatalogSequence } from "../catalog.ts";
import { CLASS } from "../objects.ts";
import type { ColumnRow } from "../queries/columns.ts";
import type { RelationRow, SequenceRow } from "../queries/relations.ts";
import { given, nameOf } from "../words.ts";
import { type Context, owned } from "./context.ts";
import { cut } from "./types.ts";

/** @param owner the column that it belongs to. */
export function readSequence(
  row: SequenceRow,
  owner: { readonly table: RelationRow; readonly column: ColumnRow } | undefined,
  context: Context,
): CatalogSequence {
  const { objects, names } = context;
  const place = [CLASS.relation, row.id] as const;
  const definition: SequenceDefinition = given({
    type: row.type === "bigint" ? undefined : row.type,
    ...countingOf(row),
    ownedBy: owner === undefined ? undefined : columnName(owner.table, owner.column, context),
  });
  return {
    ...objects.describe(place, objects.keyOf(place)!),
    ...owned(row),
    name: names.of("relation", [row.schema, row.name]),
    definition,
    ...(owner === undefined ? {} : { ownedBy: objects.keyOf([CLASS.relation, owner.table.id, owner.column.number])! }),
    ...(owner !== undefined && isSerial(row, owner.table, owner.column) ? { isSerial: true as const } : {}),
  };
}

/** `users.id`, as a sequence is owned by. */
function columnName(table: RelationRow, column: ColumnRow, context: Context): string | readonly string[] {
  const name = context.names.of("relation", [table.schema, table.name]);
  return nameOf(...(typeof name === "string" ? name.split(".") : name), column.name);
}

const LIMITS: Readonly<Record<SequenceRow["type"], readonly [least: string, most: string]>> = {
  smallint: ["-32768", "32767"],
  integer: ["-2147483648", "2147483647"],
  bigint: ["-9223372036854775808", "9223372036854775807"],
};

/** How it counts, as far as it is not as a sequence of its type does by itself (PostgreSQL, "CREATE SEQUENCE"). */
export function countingOf(
  row: Pick<SequenceRow, "type" | "start" | "increment" | "min" | "max" | "cache" | "cycle">,
): SequenceOptions {
  const { type, start, increment, min, max, cache, cycle } = row;
  const [least, most] = LIMITS[type];
  const isDescending = increment.startsWith("-");
  const options: SequenceOptions = {
    increment: number(increment, "1"),
    min: number(min, isDescending ? least : "1"),
    max: number(max, isDescending ? "-1" : most),
    start: number(start, isDescending ? max : min),
    cache: number(cache, "1"),
    cycle: cycle || undefined,
  };
  return given(options);
}

function number(text: string, usual: string): bigint | number | undefined {
  if (text === usual) return undefined;
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}

/** What `serial` would make again: it has the usual name, counts as usual, and is the default of a column NOT NULL. */
function isSerial(row: SequenceRow, table: RelationRow, column: ColumnRow): boolean {
  return (
    row.type === column.type &&
    row.schema === table.schema &&
    row.name === sequenceName(table.name, column.name) &&
    Object.keys(countingOf(row)).length === 0 &&
    !column.nullable &&
    (column.rare?.identity ?? "") === "" &&
    column.expression?.startsWith("nextval(") === true
  );
}

/** As PostgreSQL makes it up: the longer one of the two is cut until all fits into 63 bytes. */
export function sequenceName(table: string, column: string): string {
  let [first, second] = [Buffer.byteLength(table), Buffer.byteLength(column)];
  while (first + second > 63 - "__seq".length) {
    if (first > second) first--;
    else second--;
  }
  return `${cut(table, first)}_${cut(column, second)}_seq`;
}
