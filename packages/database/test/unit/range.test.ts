import { expect, it } from "vitest";
import { Multirange, parseMultirange, parseRange, Range } from "../../src/connection/range.ts";
import { parseTimestamptz } from "../../src/connection/timestamptz.ts";

const january = new Date("2026-01-01T00:00:00Z");

it.each([
  ["[1,5)", new Range(1, 5)],
  ["(1,5]", new Range(1, 5, "(]")],
  ["[1,5]", new Range(1, 5, "[]")],
  ["(,5)", new Range<number>(null, 5)],
  ["[1,)", new Range<number>(1, null)],
  ["(,)", new Range<number>(null, null)],
  ["empty", Range.empty<number>()],
])("reads and writes %s", (text, range) => {
  expect(parseRange(text, Number)).toEqual(range);
  expect(range.toString()).toBe(text);
});

it("has no end that belongs to it where it has no end", () => {
  expect(new Range(null, 5, "[]")).toMatchObject({ lowerInclusive: false, upperInclusive: true, isEmpty: false });
  expect(Range.empty()).toMatchObject({ lower: null, upper: null, lowerInclusive: false, isEmpty: true });
});

it("reads moments, infinity among them, and writes them back", () => {
  const range = parseRange('["2026-01-01 00:00:00+00",infinity)', parseTimestamptz);
  expect(range).toEqual(new Range<Date | number>(january, Number.POSITIVE_INFINITY));
  expect(range.toString()).toBe('["2026-01-01T00:00:00.000Z",Infinity)');
});

it("reads and writes text that holds quotes, commas, brackets and backslashes", () => {
  const range = new Range('a"b,c', "d\\e)]");
  expect(range.toString()).toBe(String.raw`["a\"b,c","d\\e)]")`);
  expect(parseRange(range.toString(), String)).toEqual(range);
  expect(parseRange(String.raw`["a""b,c","d\\e)]")`, String)).toEqual(range);
});

it("tells an empty text from no end", () => {
  expect(new Range("", null).toString()).toBe('["",)');
  expect(parseRange('["",)', String)).toEqual(new Range<string>("", null));
});

it.each([
  ["{}", []],
  ["{[1,3)}", [new Range(1, 3)]],
  ["{(,3),[5,7),(9,)}", [new Range<number>(null, 3), new Range(5, 7), new Range<number>(9, null, "()")]],
])("reads and writes the multirange %s", (text, ranges) => {
  const multirange = parseMultirange(text, Number);
  expect(multirange.ranges).toEqual(ranges);
  expect(new Multirange(ranges).toString()).toBe(text);
});

it("cannot be changed", () => {
  const range = new Range(1, 5) as { lower: number | null };
  expect(() => {
    range.lower = 2;
  }).toThrow(TypeError);
  const ranges = new Multirange([new Range(1, 2)]).ranges as Range<number>[];
  expect(() => ranges.push(new Range(3, 4))).toThrow(TypeError);
});
