import { encodeJson } from "../connection/parameters.ts";
import { Multirange, Range } from "../connection/range.ts";

/** Turns a value of a column into what the driver takes. */
export type Encode = (value: unknown) => unknown;

/*
 * The server checks what it is sent; these check what it cannot see. It would store an object in a text column as JSON, a
 * Date in a date column as the day that it is in London, and text in a bytea column as some other bytes.
 */

export const takesText: Encode = (value) => (typeof value === "string" ? value : refuse(value, "text"));

export const takesNumber: Encode = (value) => (typeof value === "number" ? value : refuse(value, "a number"));

export const takesBigint: Encode = (value) => (typeof value === "bigint" ? value : refuse(value, "a bigint"));

export const takesBoolean: Encode = (value) => (typeof value === "boolean" ? value : refuse(value, "true or false"));

export const takesBytes: Encode = (value) => (value instanceof Uint8Array ? value : refuse(value, "a Buffer"));

export const takesJson: Encode = encodeJson;

/** A Date, or infinity, which no Date can be. */
export const takesMoment: Encode = (value) => {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return value;
  if (!(value instanceof Date)) return refuse(value, "a Date");
  if (Number.isNaN(value.getTime())) throw new TypeError("it is an invalid Date.");
  return value;
};

/** A range whose ends are what `takesEnd` takes. */
export const takesRange =
  (takesEnd: Encode): Encode =>
  (value) => {
    if (!(value instanceof Range)) return refuse(value, "a Range");
    if (value.lower !== null) takesEnd(value.lower);
    if (value.upper !== null) takesEnd(value.upper);
    return value;
  };

/** A multirange of what `takesRange` takes. */
export const takesMultirange = (takesEnd: Encode): Encode => {
  const takesItem = takesRange(takesEnd);
  return (value) => {
    if (!(value instanceof Multirange)) return refuse(value, "a Multirange");
    for (const range of value.ranges) takesItem(range);
    return value;
  };
};

/** Says what the value is and should be, and never which it is. */
export function refuse(value: unknown, wanted: string): never {
  throw new TypeError(`it is ${kindOf(value)}, not ${wanted}.`);
}

function kindOf(value: unknown): string {
  if (typeof value === "string") return "text";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  if (value instanceof Uint8Array) return "a Buffer";
  if (value instanceof Range) return "a Range";
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return kind === "Object" ? "an object" : `a ${kind}`;
}
