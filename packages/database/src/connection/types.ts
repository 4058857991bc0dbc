import type pg from "pg";
import { parse as parseArray } from "postgres-array";

/**
 * How values of the wire's text format become JavaScript's, by type OID (pg_type.oid of the built-in types). Given to
 * each connection of ours and never to `pg` as a whole, whose global parsers other code in the process may rely on.
 *
 * int8 is a bigint and numeric a string, because a JavaScript number holds neither; date, time, timestamp without time
 * zone and interval stay the server's text, because a JavaScript Date is a moment and none of them is.
 */
const SCALARS: readonly (readonly [oid: number, arrayOid: number, parse: (text: string) => unknown])[] = [
  [16, 1000, (text) => text === "t"], // bool
  [17, 1001, parseBytea],
  [20, 1016, BigInt], // int8
  [21, 1005, Number], // int2
  [23, 1007, Number], // int4
  [26, 1028, Number], // oid
  [700, 1021, Number], // float4
  [701, 1022, Number], // float8
  [114, 199, JSON.parse], // json
  [3802, 3807, JSON.parse], // jsonb
  [1184, 1185, parseTimestamptz],
  // These stay text, and are listed for their arrays.
  [18, 1002, String], // "char"
  [19, 1003, String], // name
  [25, 1009, String], // text
  [1042, 1014, String], // bpchar
  [1043, 1015, String], // varchar
  [1082, 1182, String], // date
  [1083, 1183, String], // time
  [1114, 1115, String], // timestamp
  [1186, 1187, String], // interval
  [1700, 1231, String], // numeric
  [2950, 2951, String], // uuid
];

const PARSERS = new Map<number, (text: string) => unknown>();
for (const [oid, arrayOid, parse] of SCALARS) {
  PARSERS.set(oid, parse);
  PARSERS.set(arrayOid, (text) => parseArray(text, parse));
}

/** The type parsers of one connection, in the form `pg` asks for them. Unknown types stay text. */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number) => PARSERS.get(oid) ?? String,
};

const TIMESTAMPTZ =
  /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/;

/**
 * Reads a timestamptz in the ISO output style. Microseconds beyond a Date's milliseconds are cut off.
 * `infinity` and `-infinity` become an invalid Date.
 */
export function parseTimestamptz(text: string): Date {
  const match = TIMESTAMPTZ.exec(text);
  if (match === null) return new Date(Number.NaN);
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute, offsetSecond, bc] = match;
  const date = new Date(0);
  date.setUTCFullYear(bc === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number((fraction ?? "").padEnd(3, "0").slice(0, 3)));
  const offset = Number(offsetHour) * 3600 + Number(offsetMinute ?? 0) * 60 + Number(offsetSecond ?? 0);
  date.setTime(date.getTime() - (sign === "-" ? -1 : 1) * offset * 1000);
  return date;
}

function parseBytea(text: string): Buffer {
  return Buffer.from(text.slice(2), "hex"); // bytea_output = hex, the server's default: \x…
}
