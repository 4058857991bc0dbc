/** Other words for a type (PostgreSQL, "Data Types"). */
const SYNONYMS: Readonly<Record<string, string>> = {
  int2: "smallint",
  int: "integer",
  int4: "integer",
  int8: "bigint",
  float4: "real",
  float: "double precision",
  float8: "double precision",
  decimal: "numeric",
  dec: "numeric",
  bool: "boolean",
  varchar: "character varying",
  char: "character",
  varbit: "bit varying",
  time: "time without time zone",
  timetz: "time with time zone",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
};

/** So many bits of precision `real` has; a `float` that asks for more is a `double precision`. */
const REAL_BITS = 24;

/** Digits before the point that a type of whole numbers needs. */
const DIGITS: Readonly<Record<string, number>> = { smallint: 5, integer: 10, bigint: 19 };

/** Types whose every value has a text of its own, from which it can be read again. */
const READABLE = [
  "smallint",
  "integer",
  "bigint",
  "numeric",
  "boolean",
  "uuid",
  "date",
  "inet",
  "cidr",
  "json",
  "jsonb",
];

/** A type taken apart. */
export interface Type {
  readonly base: string;
  readonly length: readonly number[];
  /** Brackets after it; PostgreSQL makes no difference between one pair and several. */
  readonly isArray: boolean;
}

/**
 * Whether values can be lost or changed when a column's type becomes another one. It says no only of what is known to
 * keep every value as it is, and yes of everything else. Losing is more than failing: where PostgreSQL refuses a value
 * that does not fit nothing is lost, but USING can cut it.
 *
 * @param from the type as it was; undefined: nobody said.
 * @param using the expression that makes new values of old ones. A plain cast of `column` is what happens without it.
 */
export function canLose(from: string | undefined, to: string, using?: string, column = ""): boolean {
  if (from === undefined) return true;
  if (using !== undefined && !isPlainCast(using, column, to)) return true;
  if (from === to) return false;
  const old = parseType(from);
  const now = parseType(to);
  if (old === undefined || now === undefined) return true;
  return old.isArray !== now.isArray ? true : !keeps(old, now);
}

function keeps(old: Type, now: Type): boolean {
  const [a, b] = [old.length, now.length];
  if (old.base === now.base && a.join() === b.join()) return true;
  switch (`${old.base} > ${now.base}`) {
    case "smallint > integer":
    case "smallint > bigint":
    case "integer > bigint":
    case "real > double precision":
    case "smallint > real":
    case "smallint > double precision":
    case "integer > double precision":
    case "cidr > inet":
    case "character varying > text":
      return true;
    case "text > character varying":
      return b.length === 0;
    case "smallint > numeric":
    case "integer > numeric":
    case "bigint > numeric":
      return fits([DIGITS[old.base]!, 0], b);
    case "numeric > numeric":
      return b.length === 0 || (a.length > 0 && fits(a, b));
    case "character varying > character varying":
    case "bit varying > bit varying":
      return isAtLeast(a[0], b[0]);
    case "bit > bit varying":
      return isAtLeast(a[0] ?? 1, b[0]);
    case "character > character":
      return isAtLeast(a[0] ?? 1, b[0] ?? 1);
    case "time without time zone > time without time zone":
    case "time with time zone > time with time zone":
    case "timestamp without time zone > timestamp without time zone":
    case "timestamp with time zone > timestamp with time zone":
    case "interval > interval":
      return isAtLeast(a[0] ?? 6, b[0] ?? 6);
    default:
      return now.base === "text" && READABLE.includes(old.base);
  }
}

/** Whether a numeric has room before and after the point for all that another one holds. */
function fits([precision = 0, scale = 0]: readonly number[], length: readonly number[]): boolean {
  const [most, after = 0] = length;
  return most === undefined || (after >= scale && most - after >= precision - scale);
}

/** Undefined is without a limit. */
function isAtLeast(old: number | undefined, now: number | undefined): boolean {
  return now === undefined || (old !== undefined && now >= old);
}

/** Undefined: not a type whose text is understood here. */
export function parseType(text: string): Type | undefined {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/\s+/g, " ")
    .replace(/^pg_catalog\./, "");
  const match =
    /^([a-z][a-z0-9_ ]*?|[a-z_][\w$.]*) ?(?:\(([\d ,-]+)\))?((?: with| without) time zone)?((?:\[\d*\])*)$/.exec(plain);
  if (match === null) return undefined;
  const [, word = "", length = "", zone, brackets = ""] = match;
  const named = word.replace(/^national /, "").replace(/^char varying$/, "character varying");
  const numbers = length === "" ? [] : length.split(",").map(Number);
  const isArray = brackets !== "";
  if (named === "float" && numbers[0] !== undefined) {
    return { base: numbers[0] <= REAL_BITS ? "real" : "double precision", length: [], isArray };
  }
  // Without a length it is no character(1), but of any length.
  if (named === "bpchar" && numbers.length > 0) return { base: "character", length: numbers, isArray };
  const base = zone === undefined ? (SYNONYMS[named] ?? named) : `${named}${zone}`;
  return { base, length: numbers, isArray };
}

/** `c::bigint`, `"c"::bigint`, `cast(c as bigint)`: a cast on assignment and a cast by hand differ where they cut. */
export function isPlainCast(using: string, column: string, to: string): boolean {
  const squeeze = (sql: string): string =>
    sql
      .toLowerCase()
      .replace(/[\s"]+/g, " ")
      .trim();
  const [cast, name, type] = [using, column, to].map(squeeze);
  return (
    cast === name ||
    [`${name}::${type}`, `${name} ::${type}`, `cast(${name} as ${type})`, `cast( ${name} as ${type})`].includes(cast!)
  );
}
