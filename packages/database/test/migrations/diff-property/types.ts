/** A built-in type of columns, with what is known of it here. */
export interface BuiltIn {
  readonly group: "number" | "text" | "moment" | "other";
  /** The value of a row, as SQL; of different rows different ones where the type is a key. */
  readonly value: (row: number) => string;
  /** Whether values can be told apart by an index, and those of rows are. */
  readonly isKey: boolean;
}

const day = (row: number): string => `2024-01-0${row + 1}`;
const key = (group: BuiltIn["group"], value: BuiltIn["value"]): BuiltIn => ({ group, value, isKey: true });
const plain = (value: BuiltIn["value"]): BuiltIn => ({ group: "other", value, isKey: false });
const number = (row: number): string => `${row + 1}`;

/** By the names that format_type() writes. */
export const BUILT_IN: Readonly<Record<string, BuiltIn>> = {
  integer: key("number", number),
  bigint: key("number", number),
  smallint: key("number", number),
  "numeric(12,2)": key("number", number),
  numeric: key("number", number),
  "double precision": key("number", number),
  real: key("number", number),
  text: key("text", (row) => `'t${row}'`),
  "character varying(40)": key("text", (row) => `'t${row}'`),
  "character varying": key("text", (row) => `'t${row}'`),
  "character(8)": key("text", (row) => `'t${row}'`),
  date: key("moment", (row) => `'${day(row)}'`),
  "timestamp without time zone": key("moment", (row) => `'${day(row)} 12:00'`),
  "timestamp with time zone": key("moment", (row) => `'${day(row)} 12:00Z'`),
  "timestamp(3) with time zone": key("moment", (row) => `'${day(row)} 12:00Z'`),
  uuid: key("other", (row) => `'00000000-0000-4000-8000-00000000000${row}'`),
  boolean: plain((row) => (row % 2 === 0 ? "true" : "false")),
  "time without time zone": plain((row) => `'0${row}:30'`),
  interval: plain((row) => `'${row} days'`),
  json: plain((row) => `'{"a": ${row}}'`),
  jsonb: plain((row) => `'{"a": ${row}}'`),
  bytea: plain((row) => `'\\x0${row}'`),
  inet: plain((row) => `'10.0.0.${row}'`),
  "bit(4)": plain((row) => `b'010${row % 2}'`),
  "integer[]": plain((row) => `'{${row},7}'`),
  "text[]": plain((row) => `'{a,"b ${row}"}'`),
  int4range: plain((row) => `'[${row * 10},${row * 10 + 5})'`),
  tsvector: plain((row) => `'word${row}'::tsvector`),
  point: plain((row) => `'(${row},1)'`),
  money: plain((row) => `'${row}.50'`),
};

export const TYPE_NAMES = Object.keys(BUILT_IN);

/** Whether rows that hold our values can be cast. */
export function isCastable(from: string, to: string): boolean {
  const [one, other] = [BUILT_IN[from]!, BUILT_IN[to]!];
  if (from === to || (one.group === other.group && one.group !== "other")) return true;
  if (to === "text" || to === "character varying") return true;
  return [from, to].every((type) => ["json", "jsonb"].includes(type));
}
