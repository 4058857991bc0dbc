import { encodeTimestamptz } from "./timestamptz.ts";

/** Whether each end belongs to the range, as PostgreSQL writes it: `[` and `]` yes, `(` and `)` no. */
export type Bounds = "[)" | "[]" | "(]" | "()";

/**
 * A value of a range type (PostgreSQL, "Range Types"); immutable. Columns of `int4range` hold numbers, of `int8range`
 * bigints, of `tstzrange` Dates, and of `numrange`, `daterange` and `tsrange` text. It can be a parameter, too.
 */
export class Range<T> {
  /** Null: without a lower end. */
  readonly lower: T | null;
  /** Null: without an upper end. */
  readonly upper: T | null;
  /** False where there is no lower end. */
  readonly lowerInclusive: boolean;
  /** False where there is no upper end. */
  readonly upperInclusive: boolean;
  /** Contains nothing; both ends are null then. */
  readonly isEmpty: boolean;

  /** @param bounds default `[)`, as the server's constructors have it; `empty` is for the range that contains nothing. */
  constructor(lower: T | null, upper: T | null, bounds: Bounds | "empty" = "[)") {
    this.isEmpty = bounds === "empty";
    this.lower = this.isEmpty ? null : lower;
    this.upper = this.isEmpty ? null : upper;
    this.lowerInclusive = this.lower !== null && bounds[0] === "[";
    this.upperInclusive = this.upper !== null && bounds[1] === "]";
    Object.freeze(this);
  }

  /** The range that contains nothing. */
  static empty<T>(): Range<T> {
    return new Range<T>(null, null, "empty");
  }

  /** As PostgreSQL reads it: `[1,5)`, `(,"2026-01-01 …"]`, `empty`. */
  toString(): string {
    if (this.isEmpty) return "empty";
    const [open, close] = [this.lowerInclusive ? "[" : "(", this.upperInclusive ? "]" : ")"];
    return `${open}${bound(this.lower)},${bound(this.upper)}${close}`;
  }
}

/** A value of a multirange type: ranges in order, without overlap once the server has had it; immutable. */
export class Multirange<T> {
  readonly ranges: readonly Range<T>[];

  constructor(ranges: readonly Range<T>[]) {
    this.ranges = Object.freeze([...ranges]);
    Object.freeze(this);
  }

  /** As PostgreSQL reads it: `{[1,5),[7,9)}`. */
  toString(): string {
    return `{${this.ranges.join(",")}}`;
  }
}

/** Reads a range, its ends with `parse`. */
export function parseRange<T>(text: string, parse: (text: string) => T): Range<T> {
  return text === "empty" ? Range.empty() : readRange(text, 0, parse).range;
}

/** Reads a multirange, the ends of its ranges with `parse`. */
export function parseMultirange<T>(text: string, parse: (text: string) => T): Multirange<T> {
  const ranges: Range<T>[] = [];
  for (let at = 1; at < text.length - 1; at++) {
    const { range, end } = readRange(text, at, parse);
    ranges.push(range);
    at = end; // on the comma, or on the closing brace
  }
  return new Multirange(ranges);
}

/** Reads the range that begins at `at`; `end` is the place behind it. */
function readRange<T>(text: string, at: number, parse: (text: string) => T): { range: Range<T>; end: number } {
  const lower = readBound(text, at + 1);
  const upper = readBound(text, lower.end + 1);
  const bounds = `${text[at]}${text[upper.end]}` as Bounds;
  const value = (end: string | undefined): T | null => (end === undefined ? null : parse(end));
  return { range: new Range(value(lower.text), value(upper.text), bounds), end: upper.end + 1 };
}

/** One end: quoted or not, up to the comma or the closing mark, which may be in quotes; nothing at all is no end. */
function readBound(text: string, start: number): { text: string | undefined; end: number } {
  let end = start;
  let isQuoted = false;
  for (; end < text.length && (isQuoted || !",)]".includes(text[end]!)); end++) {
    if (text[end] === "\\") end += 1;
    else if (text[end] === '"') isQuoted = !isQuoted;
  }
  const raw = text.slice(start, end);
  if (raw === "") return { text: undefined, end };
  if (!raw.startsWith('"')) return { text: raw, end };
  return { text: raw.slice(1, -1).replace(/\\(.)|""/gs, (_, escaped?: string) => escaped ?? '"'), end };
}

function bound(value: unknown): string {
  if (value === null) return "";
  const text = value instanceof Date ? encodeTimestamptz(value) : String(value);
  return /^[\w.+-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}
