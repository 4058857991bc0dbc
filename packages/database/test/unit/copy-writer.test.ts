import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeMoment } from "../../src/connection/copy-moment.ts";
import { CopyWriter } from "../../src/connection/copy-writer.ts";
import { encodeParameters } from "../../src/connection/parameters.ts";
import { Multirange, Range } from "../../src/connection/range.ts";

/** The content of a CopyData message. */
function contentOf(message: Buffer): Buffer {
  expect([String.fromCharCode(message[0]!), message.readInt32BE(1)]).toEqual(["d", message.length - 1]);
  return message.subarray(5);
}

function written(...values: readonly unknown[]): string {
  const writer = new CopyWriter();
  for (const value of values) writer.value(value);
  writer.endRow();
  return contentOf(writer.take()).toString();
}

/** What the server makes of a field (PostgreSQL, COPY, "Text Format"). */
function read(field: string): string | null {
  if (field === "\\N") return null;
  return field.replace(/\\(.)/gs, (_, mark: string) => ({ n: "\n", r: "\r", t: "\t", "\\": "\\" })[mark] ?? "?");
}

describe("a row", () => {
  it.each([
    ["", ""],
    ["plain", "plain"],
    ["tab\tnew\nline\rback\\slash", String.raw`tab\tnew\nline\rback\\slash`],
    ["\\N", String.raw`\\N`],
    ["\\.", String.raw`\\.`],
    ["\b\f\v\u0001\u007f", "\b\f\v\u0001\u007f"],
    ["é€\u{1f600}\u2028", "é€\u{1f600}\u2028"],
    [null, "\\N"],
    [undefined, "\\N"],
    [0, "0"],
    [-0, "-0"],
    [1.5e300, "1.5e+300"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    [2n ** 63n - 1n, "9223372036854775807"],
    [true, "true"],
    [false, "false"],
    [new Date("2026-01-31T12:00:00.123Z"), "2026-01-31T12:00:00.123Z"],
    [new Date("-000043-03-15T12:00:00Z"), "0044-03-15T12:00:00.000Z BC"],
    [new Date("+012345-01-01T00:00:00Z"), "12345-01-01T00:00:00.000Z"],
    [{ a: ["\\", "\n"] }, String.raw`{"a":["\\\\","\\n"]}`],
    [["a\tb", "\\", 'say "hi"', null, "NULL"], String.raw`{"a\tb","\\\\","say \\"hi\\"",NULL,"NULL"}`],
    [Buffer.from([0, 92, 255]), String.raw`\\x005cff`],
    [new Uint8Array([1]), String.raw`\\x01`],
    [[Buffer.from([0])], String.raw`{"\\\\x00"}`],
    [new Range("a\\", "b\n"), String.raw`["a\\\\","b\n")`],
    [new Multirange([new Range(1, 2)]), "{[1,2)}"],
  ])("holds %o", (value, text) => {
    expect(written(value)).toBe(`${text}\n`);
  });

  it("has tabs between its values and a newline at its end", () => {
    expect(written(1, null, "", "x")).toBe("1\t\\N\t\tx\n");
  });

  it.each([
    ["s3cret\0", "it holds the character U+0000, which no text of PostgreSQL can."],
    [`${"x".repeat(100)}\0`, "it holds the character U+0000, which no text of PostgreSQL can."],
    ["s3cret\ud800", "it holds half of a surrogate pair, which UTF-8 cannot write."],
    [`\udc00${"x".repeat(100)}`, "it holds half of a surrogate pair, which UTF-8 cannot write."],
    [["s3cret\0"], "it holds the character U+0000, which no text of PostgreSQL can."],
    [new Date(Number.NaN), "it is an invalid Date."],
    [() => "s3cret", "a function is no value."],
    [new Map(), "a Map is no value. Turn it into text, an array or a plain object."],
  ])("refuses %o", (value, message) => {
    expect(() => written(value)).toThrow(new TypeError(message));
  });

  it("reads as the parameters that it was made of, whatever they are (property)", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc.string({ unit: fc.constantFrom("\\", "\n", "\t", "\r", "N", "é", "\u{1f600}"), maxLength: 80 }),
    );
    const value = fc.oneof(
      text,
      fc.integer(),
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
      fc.array(text),
    );
    fc.assert(
      fc.property(fc.array(fc.array(value, { minLength: 1, maxLength: 5 }), { maxLength: 8 }), (rows) => {
        const writer = new CopyWriter();
        const given = rows.filter((row) => row.every((each) => !JSON.stringify([`${each}`]).includes("\\u0000")));
        for (const row of given) {
          for (const each of row) writer.value(each);
          writer.endRow();
        }
        const lines = contentOf(writer.take()).toString().split("\n").slice(0, -1);
        expect(lines.map((line) => line.split("\t").map(read))).toEqual(given.map((row) => encodeParameters(row)));
      }),
    );
  });
});

describe("a message", () => {
  it("is full at 64 KB, holds whole rows, and is followed by an empty one", () => {
    const writer = new CopyWriter();
    const sizes: number[] = [];
    let lines = 0;
    for (let n = 0; n < 10_000; n++) {
      writer.value(n);
      writer.value("x".repeat(n % 300));
      writer.endRow();
      if (!writer.isFull) continue;
      const content = contentOf(writer.take());
      sizes.push(content.length);
      lines += content.toString().split("\n").length - 1;
      expect([content.at(-1), writer.isEmpty]).toEqual([0x0a, true]);
    }
    lines += contentOf(writer.take()).toString().split("\n").length - 1;
    expect(lines).toBe(10_000);
    expect(Math.min(...sizes)).toBeGreaterThan(64 * 1024 - 6);
    expect(Math.max(...sizes)).toBeLessThan(65 * 1024);
  });

  it("takes a row of any size", () => {
    const large = "\\é".repeat(1_000_000);
    expect(written(large, Buffer.alloc(500_000, 7), "x")).toBe(
      `${"\\\\é".repeat(1_000_000)}\t\\\\x${"07".repeat(500_000)}\tx\n`,
    );
    expect(written(...Array.from({ length: 50_000 }, () => null))).toHaveLength(150_000);
    expect(written(...Array.from({ length: 70_000 }, () => ""))).toHaveLength(70_000);
  });

  it("takes bytes as far as there is room", () => {
    const writer = new CopyWriter();
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
    const contents: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      at = writer.bytes(bytes, at);
      if (writer.isFull) contents.push(Buffer.from(contentOf(writer.take())));
    }
    contents.push(Buffer.from(contentOf(writer.take())));
    expect(Buffer.concat(contents).equals(bytes)).toBe(true);
    expect(contents.map(({ length }) => length)).toEqual([65_531, 65_531, 65_531, 200_000 - 3 * 65_531]);
  });
});

describe("writeMoment", () => {
  const bytes = Buffer.alloc(24);
  const first = Date.parse("0001-01-01T00:00:00Z");
  const last = Date.parse("9999-12-31T23:59:59.999Z");

  it("writes what toISOString does, in the years 1 to 9999 (property)", () => {
    const isSame = (time: number): boolean =>
      writeMoment(bytes, 0, time) === 24 && bytes.toString() === new Date(time).toISOString();
    const wrong: number[] = [];
    for (let time = first; time <= last; time += 86_400_000 * 31) if (!isSame(time)) wrong.push(time);
    for (const year of [1, 4, 100, 400, 1600, 1900, 1970, 2000, 2024, 2100, 9999]) {
      for (const day of ["01-01", "02-28", "03-01", "12-31"]) {
        const date = Date.parse(`${String(year).padStart(4, "0")}-${day}T00:00:00Z`);
        for (const time of [date, date + 86_399_999]) if (!isSame(time)) wrong.push(time);
      }
    }
    expect(wrong).toEqual([]);
    fc.assert(fc.property(fc.integer({ min: first, max: last }), isSame));
  });

  it("leaves others alone", () => {
    for (const time of [first - 1, last + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(writeMoment(bytes, 0, time)).toBe(undefined);
    }
  });
});
