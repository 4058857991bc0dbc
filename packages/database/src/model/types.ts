import { DefinitionError } from "../errors.ts";
import { Column } from "./column.ts";
import { takesBigint, takesBoolean, takesBytes, takesJson, takesMoment, takesNumber, takesText } from "./encode.ts";

// ---- Numbers (PostgreSQL, "Numeric Types") ----------------------------------------------------------------------------

/** smallint: two bytes, -32768 to 32767. */
export const smallint = (): Column<number> => new Column({ type: "smallint", encode: takesNumber });

/** integer: four bytes, -2147483648 to 2147483647. */
export const integer = (): Column<number> => new Column({ type: "integer", encode: takesNumber });

/** bigint: eight bytes, as a bigint, because a number is exact only up to 2^53. */
export const bigint = (): Column<bigint> => new Column({ type: "bigint", encode: takesBigint });

/** numeric(precision, scale), exact, as text, because a number is not. Without precision it holds any number of digits. */
export const numeric = (precision?: number, scale = 0): Column<string> =>
  new Column({ type: precision === undefined ? "numeric" : `numeric(${precision},${scale})`, encode: takesText });

/** An integer that counts by a sequence of its own, as older schemas have it; `integer().identity("by default")` is newer. */
export const serial = (): Column<number, number | undefined> =>
  new Column({ type: "integer", isSerial: true, encode: takesNumber });

/** `serial` of a smallint. */
export const smallserial = (): Column<number, number | undefined> =>
  new Column({ type: "smallint", isSerial: true, encode: takesNumber });

/** `serial` of a bigint. */
export const bigserial = (): Column<bigint, bigint | undefined> =>
  new Column({ type: "bigint", isSerial: true, encode: takesBigint });

/** real: four bytes, about six digits. */
export const real = (): Column<number> => new Column({ type: "real", encode: takesNumber });

/** double precision: what a JavaScript number is. */
export const double = (): Column<number> => new Column({ type: "double precision", encode: takesNumber });

// ---- Text (PostgreSQL, "Character Types") -----------------------------------------------------------------------------

/** text of any length; `text<"draft" | "paid">()` narrows its type. */
export const text = <T extends string = string>(): Column<T> => new Column({ type: "text", encode: takesText });

/** varchar(length); longer values are refused by the server. */
export const varchar = <T extends string = string>(length?: number): Column<T> =>
  new Column({ type: sized("character varying", length), encode: takesText });

/** char(length): shorter values are filled with blanks, and come back with them. */
export const char = <T extends string = string>(length: number): Column<T> =>
  new Column({ type: sized("character", length), encode: takesText });

/** Text that compares without regard to case, of the extension citext. */
export const citext = <T extends string = string>(): Column<T> =>
  new Column({ type: "citext", isBuiltIn: false, encode: takesText });

// ---- Dates and times (PostgreSQL, "Date/Time Types"); precision: digits after the second, 0 to 6 -----------------------

/** timestamptz: a moment, as a Date; the server's microseconds are cut to milliseconds. */
export const timestamptz = (precision?: number): Column<Date> =>
  new Column({ type: `${timed("timestamp", precision)} with time zone`, encode: takesMoment });

/** timestamp without time zone: date and time by some clock, as text, because a Date is a moment. */
export const timestamp = (precision?: number): Column<string> =>
  new Column({ type: `${timed("timestamp", precision)} without time zone`, encode: takesText });

/** date: a calendar day, as text (`2026-01-31`), because a Date is a moment. */
export const date = (): Column<string> => new Column({ type: "date", encode: takesText });

/** time of day without time zone, as text (`12:30:00`). */
export const time = (precision?: number): Column<string> =>
  new Column({ type: `${timed("time", precision)} without time zone`, encode: takesText });

/** interval: months, days and seconds, as text (`1 mon 2 days 03:00:00`), because they have no common measure. */
export const interval = (precision?: number): Column<string> =>
  new Column({ type: timed("interval", precision), encode: takesText });

// ---- Others -----------------------------------------------------------------------------------------------------------

/** PostgreSQL's boolean. */
export const boolean = (): Column<boolean> => new Column({ type: "boolean", encode: takesBoolean });

/** uuid (PostgreSQL, "UUID Type"), as text. */
export const uuid = (): Column<string> => new Column({ type: "uuid", encode: takesText });

/**
 * jsonb, with the type of its content: what JSON can hold. null is NULL and never JSON's own null; `T` is what the
 * program claims, nothing checks it.
 */
export const jsonb = <T>(): Column<T> => new Column({ type: "jsonb", encode: takesJson });

/** json: as jsonb, but kept as it was written, and without operators that look into it. */
export const json = <T>(): Column<T> => new Column({ type: "json", encode: takesJson });

/** bytea: bytes. */
export const bytea = (): Column<Buffer> => new Column({ type: "bytea", encode: takesBytes });

/** inet: an IPv4 or IPv6 address with or without its network (`10.0.0.1/8`), as text. */
export const inet = (): Column<string> => new Column({ type: "inet", encode: takesText });

/** cidr: an IPv4 or IPv6 network (`10.0.0.0/8`), as text. */
export const cidr = (): Column<string> => new Column({ type: "cidr", encode: takesText });

/** macaddr: a MAC address (`08:00:2b:01:02:03`), as text. */
export const macaddr = (): Column<string> => new Column({ type: "macaddr", encode: takesText });

/** tsvector (PostgreSQL, "Text Search Types"), as text; mostly `generated()` from other columns. */
export const tsvector = (): Column<string> => new Column({ type: "tsvector", encode: takesText });

/** bit(length): exactly so many bits, as text of zeros and ones. */
export const bit = (length = 1): Column<string> => new Column({ type: sized("bit", length), encode: takesText });

/** varbit(length): at most so many bits, as text of zeros and ones. */
export const varbit = (length?: number): Column<string> =>
  new Column({ type: sized("bit varying", length), encode: takesText });

function sized(type: string, size: number | undefined): string {
  return size === undefined ? type : `${type}(${size})`;
}

/** PostgreSQL takes 6 for more digits, with a warning; the table would never become what its definition says. */
function timed(type: string, precision: number | undefined): string {
  if (precision !== undefined && !(Number.isInteger(precision) && precision >= 0 && precision <= 6)) {
    throw new DefinitionError(`The precision of ${type} is 0 to 6 digits after the second, not ${precision}.`);
  }
  return sized(type, precision);
}
