import { isPlainCast, parseType, type Type } from "../operations/type-change.ts";
import type { Surroundings } from "./surroundings.ts";

/** Types that are stored alike, so that a value of the first is one of the second (pg_cast, castmethod `b`). */
const ALIKE: readonly string[] = [
  "text > character varying",
  "character varying > text",
  "text > citext",
  "citext > text",
  "citext > character varying",
  "character varying > citext",
  "xml > text",
  "xml > character varying",
  "cidr > inet",
  "bit > bit varying",
  "bit varying > bit",
  "integer > oid",
  "oid > integer",
];

/** What PostgreSQL has itself, as far as columns are commonly of it. */
const BUILT_IN: ReadonlySet<string> = new Set([
  ..."smallint integer bigint real numeric boolean uuid date json jsonb xml text citext bytea money oid name".split(
    " ",
  ),
  ..."inet cidr macaddr macaddr8 bit bpchar character interval tsvector tsquery point line lseg box path".split(" "),
  ..."polygon circle int4range int8range numrange tsrange tstzrange daterange regclass hstore".split(" "),
  ..."int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange".split(" "),
  "double precision",
  "character varying",
  "bit varying",
  "time without time zone",
  "time with time zone",
  "timestamp without time zone",
  "timestamp with time zone",
]);

/** Types whose length or precision PostgreSQL leaves away where the new one has room for all that fitted the old one. */
const WIDENABLE: ReadonlySet<string> = new Set([
  "character varying",
  "bit varying",
  "time without time zone",
  "time with time zone",
  "timestamp without time zone",
  "timestamp with time zone",
  "interval",
]);

/** Digits of a second where a type of times says nothing. */
const MOST_DIGITS = 6;

/**
 * Whether a column's new type makes PostgreSQL write the table anew; undefined: that cannot be told (ALTER TABLE, "Notes";
 * measured).
 *
 * @param from its type now; undefined: nobody knows.
 * @param using the expression of USING.
 */
export function typeRewrites(
  from: string | undefined,
  to: string,
  using: string | undefined,
  column: string,
  surroundings: Surroundings,
): boolean | undefined {
  if (using !== undefined && !isPlainCast(using, column, to)) return mayBePlain(using) ? undefined : true;
  if (from === undefined) return undefined;
  if (from === to) return false;
  const old = domainless(from, surroundings);
  const now = domainless(to, surroundings);
  if (old === undefined || now === undefined) return undefined;
  if (now.isChecked) return true;
  // The length that a domain has is not looked at.
  return differ(old.isDomain ? { ...old.type, length: [] } : old.type, now.type, surroundings);
}

/** Whether a type is one that rows get checked against: a domain with a check or NOT NULL. Undefined: that is not known. */
export function isCheckedDomain(type: string, surroundings: Surroundings): boolean | undefined {
  return domainless(type, surroundings)?.isChecked;
}

/** Whether an index on a column with the one type can serve one with the other, its collation being the same. */
export function keepsIndexes(from: string, to: string, surroundings: Surroundings): boolean | undefined {
  const old = domainless(from, surroundings)?.type;
  const now = domainless(to, surroundings)?.type;
  if (old === undefined || now === undefined) return from === to ? true : undefined;
  const family = ({ base, isArray }: Type): string =>
    isArray ? "array" : base === "character varying" ? "text" : base === "bit varying" ? "varbit" : base;
  return family(old) === family(now);
}

/** A name or a cast of a name, which may say the same as no USING. */
function mayBePlain(using: string): boolean {
  return /^\(*\s*(?:"[^"]*"|[\w$.]+)\s*\)*\s*(?:::.*)?$/s.test(using) || /^cast\s*\(/i.test(using);
}

/** The type below a domain. Undefined: it may be a domain or anything else. */
function domainless(
  text: string,
  { domains }: Surroundings,
): { readonly type: Type; readonly isChecked: boolean; readonly isDomain: boolean } | undefined {
  const type = parseType(text.replaceAll('"', ""));
  if (type === undefined) return undefined;
  const name = type.base.replace(/^public\./, "");
  const domain = domains !== undefined && Object.hasOwn(domains, name) ? domains[name] : undefined;
  if (domain !== undefined && !type.isArray) {
    const base = parseType(domain.type);
    return base === undefined ? undefined : { type: base, isChecked: domain.isChecked, isDomain: true };
  }
  if (domains === undefined && !BUILT_IN.has(type.base)) return undefined;
  return { type: { ...type, base: name }, isChecked: false, isDomain: false };
}

function differ(old: Type, now: Type, { timeZone }: Surroundings): boolean | undefined {
  const [a, b] = [old.length, now.length];
  if (old.isArray || now.isArray) {
    if (old.isArray !== now.isArray) return true;
    if (old.base === now.base && a.join() === b.join()) return false;
    return b.length > 0 || !ALIKE.includes(`${old.base} > ${now.base}`) ? true : undefined;
  }
  if (old.base === now.base) return lengthRewrites(old.base, a, b);
  const change = `${old.base} > ${now.base}`;
  const times = [
    "timestamp without time zone > timestamp with time zone",
    "timestamp with time zone > timestamp without time zone",
  ];
  if (times.includes(change)) {
    if (timeZone === undefined) return undefined;
    return !isUtc(timeZone) || lengthRewrites(now.base, a, b);
  }
  if (!ALIKE.includes(change)) return BUILT_IN.has(old.base) && BUILT_IN.has(now.base) ? true : foreignTypes(old, now);
  return b.length === 0 && now.base !== "bit" ? false : lengthRewrites(now.base, a, b);
}

/** A type of somebody's own, to or from which a cast without a function may have been created. An enum has none. */
function foreignTypes(old: Type, now: Type): boolean | undefined {
  return BUILT_IN.has(old.base) || BUILT_IN.has(now.base) ? true : undefined;
}

function lengthRewrites(base: string, a: readonly number[], b: readonly number[]): boolean {
  const [same, x, y] = [a.join() === b.join(), a[0], b[0]];
  if (base === "numeric") {
    if (b.length === 0) return false;
    return a.length === 0 || (a[1] ?? 0) !== (b[1] ?? 0) || y! < x!;
  }
  if (base === "character" || base === "bit") return (x ?? 1) !== (y ?? 1);
  if (same || !WIDENABLE.has(base)) return false;
  const most = base.includes("var") || base.endsWith("varying") ? Number.POSITIVE_INFINITY : MOST_DIGITS;
  return (y ?? most) < (x ?? most);
}

function isUtc(zone: string): boolean {
  return /^(?:utc|gmt|etc\/(?:utc|gmt|uct|greenwich|zulu)|uct|zulu|greenwich|gmt[+-]?0|universal)$/i.test(zone);
}
