import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeTimestamptz, parseTimestamptz, readTimestamptz } from "../../src/connection/timestamptz.ts";

/** As it comes from the wire, with bytes of others around it; the text alone must say the same. */
function read(text: string): Date | number {
  const bytes = Buffer.from(`12:3+${text}9.99+00`);
  const value = readTimestamptz(bytes, 5, 5 + text.length);
  expect(parseTimestamptz(text)).toEqual(value);
  return value;
}

it.each([
  ["2026-01-31 23:59:59+00", "2026-01-31T23:59:59.000Z"],
  ["2026-01-31 23:59:59.1+00", "2026-01-31T23:59:59.100Z"],
  ["2026-01-31 23:59:59.012+00", "2026-01-31T23:59:59.012Z"],
  ["2026-01-31 23:59:59.123999+00", "2026-01-31T23:59:59.123Z"],
  ["2026-07-01 00:30:00+05:45", "2026-06-30T18:45:00.000Z"],
  ["2026-07-01 00:30:00-09:30", "2026-07-01T10:00:00.000Z"],
  ["1800-01-01 00:00:00-00:01:15", "1800-01-01T00:01:15.000Z"],
  ["1880-01-01 12:00:00.5+00:53:28", "1880-01-01T11:06:32.500Z"],
  ["0001-01-01 00:00:00+00", "0001-01-01T00:00:00.000Z"],
  ["0099-12-31 23:59:59+00", "0099-12-31T23:59:59.000Z"],
  ["0044-03-15 12:00:00+00 BC", "-000043-03-15T12:00:00.000Z"],
  ["0001-12-31 23:00:00.25-01 BC", "0001-01-01T00:00:00.250Z"],
  ["4713-01-01 00:00:00+00 BC", "-004712-01-01T00:00:00.000Z"],
  ["10000-01-01 00:00:00+00", "+010000-01-01T00:00:00.000Z"],
  ["275760-09-13 00:00:00+00", "+275760-09-13T00:00:00.000Z"],
  ["275760-09-13 05:30:00+05:30", "+275760-09-13T00:00:00.000Z"],
])("reads %s", (text, iso) => {
  expect((read(text) as Date).toISOString()).toBe(iso);
});

it("reads the infinities as numbers, which compare with Dates", () => {
  expect(read("infinity")).toBe(Number.POSITIVE_INFINITY);
  expect(read("-infinity")).toBe(Number.NEGATIVE_INFINITY);
  expect(read("infinity") > new Date()).toBe(true);
});

it.each([
  ["beyond a Date", "294276-12-31 00:00:00+00"],
  ["in the style German", "31.01.2026 23:59:59 UTC"],
  ["in the style SQL", "01/31/2026 23:59:59 UTC"],
  ["in the style Postgres", "Sat Jan 31 23:59:59 2026 UTC"],
  ["without a zone", "2026-01-31 23:59:59"],
  ["empty", ""],
])("gives an invalid Date for what is %s", (_, text) => {
  expect((read(text) as Date).getTime()).toBe(Number.NaN);
});

it("reads what it writes, for every moment a Date holds (property)", () => {
  const moments = fc.date({ min: new Date("-004712-01-01T00:00:00Z"), noInvalidDate: true });
  fc.assert(
    fc.property(moments, (date) => {
      const [day, rest] = encodeTimestamptz(date).split("T") as [string, string];
      const [, time, era] = /^(.*)Z( BC)?$/.exec(rest)!;
      expect(read(`${day} ${time}+00${era ?? ""}`)).toEqual(date);
    }),
    { numRuns: 2_000 },
  );
});

it("does not write an invalid Date", () => {
  expect(() => encodeTimestamptz(new Date(Number.NaN))).toThrow("it is an invalid Date.");
});
