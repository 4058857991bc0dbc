import type { Multirange, Range } from "../connection/range.ts";
import { Column } from "./column.ts";
import {
  type Encode,
  takesBigint,
  takesMoment,
  takesMultirange,
  takesNumber,
  takesRange,
  takesText,
} from "./encode.ts";

// PostgreSQL, "Range Types". Ranges of whole numbers and of days come back as `[)`, whatever they were written as.

/** Whole numbers of four bytes. */
export const int4range = (): Column<Range<number>> => range("int4range", takesNumber);

/** Whole numbers of eight bytes. */
export const int8range = (): Column<Range<bigint>> => range("int8range", takesBigint);

/** Exact numbers, as text. */
export const numrange = (): Column<Range<string>> => range("numrange", takesText);

/** Date and time without time zone, as text. */
export const tsrange = (): Column<Range<string>> => range("tsrange", takesText);

/** Moments. An end may also be the number Infinity, which is not the same as no end. */
export const tstzrange = (): Column<Range<Date>> => range("tstzrange", takesMoment);

/** Days, as text. */
export const daterange = (): Column<Range<string>> => range("daterange", takesText);

/** Several ranges of whole numbers of four bytes, in order and without overlap. */
export const int4multirange = (): Column<Multirange<number>> => multirange("int4multirange", takesNumber);

/** Several ranges of whole numbers of eight bytes. */
export const int8multirange = (): Column<Multirange<bigint>> => multirange("int8multirange", takesBigint);

/** Several ranges of exact numbers, as text. */
export const nummultirange = (): Column<Multirange<string>> => multirange("nummultirange", takesText);

/** Several ranges of date and time without time zone, as text. */
export const tsmultirange = (): Column<Multirange<string>> => multirange("tsmultirange", takesText);

/** Several ranges of moments. */
export const tstzmultirange = (): Column<Multirange<Date>> => multirange("tstzmultirange", takesMoment);

/** Several ranges of days, as text. */
export const datemultirange = (): Column<Multirange<string>> => multirange("datemultirange", takesText);

const range = <T>(type: string, takesEnd: Encode): Column<Range<T>> =>
  new Column({ type, encode: takesRange(takesEnd) });

const multirange = <T>(type: string, takesEnd: Encode): Column<Multirange<T>> =>
  new Column({ type, encode: takesMultirange(takesEnd) });
