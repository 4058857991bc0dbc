import { parseArray } from "./array.ts";
import { parseMultirange, parseRange } from "./range.ts";
import { parseTimestamptz, readTimestamptz } from "./timestamptz.ts";

/** Makes a value of the wire's text. NULL never gets here. */
export type Parser = (text: string) => unknown;

/** Makes a value of the wire's text, which is at these bytes. NULL never gets here. */
export type ValueReader = (bytes: Buffer, start: number, end: number) => unknown;

const TIMESTAMPTZ = 1184;

/**
 * How values of the wire's text format become JavaScript's, by the OID of the type and that of its arrays (pg_type, the
 * built-in types). Known to the connections of this layer and never to `pg` as a whole, whose global parsers other code in
 * the process may rely on.
 *
 * int8 is a bigint and numeric a string, because a JavaScript number holds neither; date, time, timestamp without time
 * zone and interval stay the server's text, because a JavaScript Date is a moment and none of them is.
 */
const PARSED: readonly (readonly [oid: number, arrayOid: number, parse: Parser])[] = [
  [16, 1000, (text) => text === "t"], // bool
  [17, 1001, (text) => Buffer.from(text.slice(2), "hex")], // bytea, by bytea_output = hex: \x…
  [20, 1016, BigInt], // int8
  [21, 1005, Number], // int2
  [22, 1006, parseVector], // int2vector
  [23, 1007, Number], // int4
  [26, 1028, Number], // oid
  [30, 1013, parseVector], // oidvector
  [114, 199, (text) => JSON.parse(text)], // json
  [700, 1021, Number], // float4
  [701, 1022, Number], // float8
  [TIMESTAMPTZ, 1185, parseTimestamptz],
  [3802, 3807, (text) => JSON.parse(text)], // jsonb
];

/** Types that stay text: listed for the sake of their arrays. */
const TEXT: readonly (readonly [oid: number, arrayOid: number])[] = [
  [18, 1002], // "char"
  [19, 1003], // name
  [24, 1008], // regproc
  [25, 1009], // text
  [27, 1010], // tid
  [28, 1011], // xid
  [29, 1012], // cid
  [142, 143], // xml
  [600, 1017], // point
  [601, 1018], // lseg
  [602, 1019], // path
  [604, 1027], // polygon
  [628, 629], // line
  [650, 651], // cidr
  [718, 719], // circle
  [774, 775], // macaddr8
  [790, 791], // money
  [829, 1040], // macaddr
  [869, 1041], // inet
  [1033, 1034], // aclitem
  [1042, 1014], // bpchar
  [1043, 1015], // varchar
  [1082, 1182], // date
  [1083, 1183], // time
  [1114, 1115], // timestamp
  [1186, 1187], // interval
  [1266, 1270], // timetz
  [1560, 1561], // bit
  [1562, 1563], // varbit
  [1700, 1231], // numeric
  [1790, 2201], // refcursor
  [2202, 2207], // regprocedure
  [2203, 2208], // regoper
  [2204, 2209], // regoperator
  [2205, 2210], // regclass
  [2206, 2211], // regtype
  [2950, 2951], // uuid
  [2970, 2949], // txid_snapshot
  [3220, 3221], // pg_lsn
  [3614, 3643], // tsvector
  [3615, 3645], // tsquery
  [3642, 3644], // gtsvector
  [3734, 3735], // regconfig
  [3769, 3770], // regdictionary
  [4072, 4073], // jsonpath
  [4089, 4090], // regnamespace
  [4096, 4097], // regrole
  [4191, 4192], // regcollation
  [5038, 5039], // pg_snapshot
  [5069, 271], // xid8
];

/** The one array type with another delimiter than a comma; a box stays text. */
const BOX_ARRAY = 1020;

const RANGES: readonly (readonly [
  range: number,
  rangeArray: number,
  multirange: number,
  multirangeArray: number,
  parse: Parser,
])[] = [
  [3904, 3905, 4451, 6150, Number], // int4
  [3906, 3907, 4532, 6151, String], // num
  [3908, 3909, 4533, 6152, String], // ts
  [3910, 3911, 4534, 6153, parseTimestamptz], // tstz
  [3912, 3913, 4535, 6155, String], // date
  [3926, 3927, 4536, 6157, BigInt], // int8
];

const PARSERS = new Map<number, Parser>();
/** Types whose values are objects that can be changed: JSON, bytea, vectors and all arrays. */
const MUTABLE = new Set<number>([17, 22, 30, 114, 3802]);
for (const [oid, arrayOid, parse] of PARSED) add(oid, arrayOid, parse);
for (const [oid, arrayOid] of TEXT) add(oid, arrayOid, String);
for (const [range, rangeArray, multirange, multirangeArray, parse] of RANGES) {
  add(range, rangeArray, (text) => parseRange(text, parse));
  add(multirange, multirangeArray, (text) => parseMultirange(text, parse));
}
PARSERS.set(BOX_ARRAY, (text) => parseArray(text, String, ";"));
MUTABLE.add(BOX_ARRAY);

/**
 * Types that are read from the bytes themselves, because a string that is thrown away costs more than the value; and those
 * whose text is ASCII, which is cheaper to read than UTF-8.
 */
const READERS = new Map<number, ValueReader>([
  [16, (bytes, start) => bytes[start] === 0x74], // bool
  [21, readInteger], // int2
  [23, readInteger], // int4
  [26, readInteger], // oid
  [1082, readAscii], // date
  [1083, readAscii], // time
  [1114, readAscii], // timestamp
  [TIMESTAMPTZ, readTimestamptz],
  [1700, readAscii], // numeric
  [2950, readAscii], // uuid
]);

/** What makes values of a type's bytes. Text of a type that is not built in stays text. */
export function valueReaderOf(oid: number): ValueReader {
  const known = READERS.get(oid);
  if (known !== undefined) return known;
  const parse = PARSERS.get(oid) ?? String;
  const reader: ValueReader = parse === String ? readText : (bytes, start, end) => parse(readText(bytes, start, end));
  if (PARSERS.has(oid)) READERS.set(oid, reader); // types of a database's own are without number
  return reader;
}

/** What kind of value a type has in JavaScript, and what makes it of its text. */
export interface ValueType {
  /** Whether it can be changed in place: text, numbers and ranges cannot; a Date can; all else, JSON and arrays for one, can. */
  readonly kind: "immutable" | "date" | "mutable";
  readonly parse: Parser;
}

export function valueTypeOf(oid: number): ValueType {
  const parse = PARSERS.get(oid) ?? String;
  if (oid === TIMESTAMPTZ) return { kind: "date", parse };
  return { kind: MUTABLE.has(oid) ? "mutable" : "immutable", parse };
}

/** The text at these bytes. */
export function readText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("utf8", start, end);
}

function readAscii(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("latin1", start, end);
}

function readInteger(bytes: Buffer, start: number, end: number): number {
  const isNegative = bytes[start] === 0x2d;
  let value = 0;
  for (let at = isNegative ? start + 1 : start; at < end; at++) value = value * 10 + bytes[at]! - 0x30;
  return isNegative ? -value : value;
}

function add(oid: number, arrayOid: number, parse: Parser): void {
  PARSERS.set(oid, parse);
  PARSERS.set(arrayOid, (text) => parseArray(text, parse));
  MUTABLE.add(arrayOid);
}

/** Numbers with spaces between, as the system catalogs have them. */
function parseVector(text: string): number[] {
  return text === "" ? [] : text.split(" ").map(Number);
}
