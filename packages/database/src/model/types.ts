import { encodeJson } from "../connection/parameters.ts";
import { Column } from "./column.ts";

/** uuid (PostgreSQL, "UUID Type"), as text. */
export const uuid = (): Column<string> => new Column({ type: "uuid" });

/** varchar(length); longer values are refused by the server. */
export const varchar = <T extends string = string>(length: number): Column<T> =>
  new Column({ type: `varchar(${length})` });

/** text of any length; `text<"draft" | "paid">()` narrows its type. */
export const text = <T extends string = string>(): Column<T> => new Column({ type: "text" });

export const boolean = (): Column<boolean> => new Column({ type: "boolean" });

/** integer: four bytes, -2147483648 to 2147483647. */
export const integer = (): Column<number> => new Column({ type: "integer" });

/** bigint: eight bytes, as a bigint, because a number is exact only up to 2^53. */
export const bigint = (): Column<bigint> => new Column({ type: "bigint" });

/** double precision: what a JavaScript number is. */
export const double = (): Column<number> => new Column({ type: "double precision" });

/** numeric(precision, scale), exact, as text, because a number is not. */
export const numeric = (precision: number, scale = 0): Column<string> =>
  new Column({ type: `numeric(${precision},${scale})` });

/** timestamptz: a moment, as a Date; the server's microseconds are cut to milliseconds. */
export const timestamptz = (): Column<Date> => new Column({ type: "timestamptz" });

/** date: a calendar day, as text (`2026-01-31`), because a Date is a moment. */
export const date = (): Column<string> => new Column({ type: "date" });

/** jsonb, with the type of its content: what JSON can hold. */
export const jsonb = <T>(): Column<T> => new Column({ type: "jsonb", encode: encodeJson });
