import { describe, expect, it } from "vitest";
import { encodeParameters } from "../../src/connection/parameters.ts";
import { Multirange, Range } from "../../src/connection/range.ts";
import { DefinitionError } from "../../src/errors.ts";

const moment = new Date("2026-01-31T12:00:00.123Z");
const self: Record<string, unknown> = {};
self["self"] = self;

describe("encodeParameters", () => {
  it.each([
    ["text", "text"],
    ["", ""],
    [1.5, "1.5"],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    [2n ** 63n - 1n, "9223372036854775807"],
    [true, "true"],
    [null, null],
    [undefined, null],
    [moment, "2026-01-31T12:00:00.123Z"],
    [new Date("-000043-03-15T12:00:00Z"), "0044-03-15T12:00:00.000Z BC"],
    [new Date("+012345-01-01T00:00:00Z"), "12345-01-01T00:00:00.000Z"],
    [{ a: [1, "x"], when: moment }, '{"a":[1,"x"],"when":"2026-01-31T12:00:00.123Z"}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    [new Range(1n, 5n), "[1,5)"],
    [new Range(moment, null), '["2026-01-31T12:00:00.123Z",)'],
    [new Multirange([new Range(1, 2), new Range(4, 6)]), "{[1,2),[4,6)}"],
    [[], "{}"],
    [[1, null, -0, 2n, true], "{1,NULL,-0,2,true}"],
    [["a", 'say "hi"', "back\\slash", "NULL", ""], String.raw`{"a","say \"hi\"","back\\slash","NULL",""}`],
    [[["a"], [undefined]], '{{"a"},{NULL}}'],
    [[moment], '{"2026-01-31T12:00:00.123Z"}'],
    [[Buffer.from([0, 255]), new Uint8Array([1])], String.raw`{"\\x00ff","\\x01"}`],
    [[{ a: '"' }], String.raw`{"{\"a\":\"\\\"\"}"}`],
    [[new Range("a", "b,c")], String.raw`{"[a,\"b,c\")"}`],
    ["\u{1f600} é \u2028", "\u{1f600} é \u2028"],
  ])("writes %o", (value, parameter) => {
    expect(encodeParameters([value])).toEqual([parameter]);
  });

  it("passes bytes as bytes, of the view alone", () => {
    const bytes = new Uint8Array([0, 1, 2, 3]);
    const buffer = Buffer.from("abc");
    const [view, same, data] = encodeParameters([bytes.subarray(1, 3), buffer, new DataView(bytes.buffer, 3)]);
    expect(view).toEqual(Buffer.from([1, 2]));
    expect(same).toBe(buffer);
    expect(data).toEqual(Buffer.from([3]));
  });

  it.each([
    ["s3cret\0", "it holds the character U+0000, which no text of PostgreSQL can."],
    ["s3cret\ud800", "it holds half of a surrogate pair, which UTF-8 cannot write."],
    [["s3cret", "s3cret\0"], "it holds the character U+0000, which no text of PostgreSQL can."],
    [new Range("a\0", null), "it holds the character U+0000, which no text of PostgreSQL can."],
    [new Date(Number.NaN), "it is an invalid Date."],
    [[new Date(Number.NaN)], "it is an invalid Date."],
    [new Range(new Date(Number.NaN), null), "it is an invalid Date."],
    [() => "s3cret", "a function is no value."],
    [Symbol("s3cret"), "a symbol is no value."],
    [new Map([["s3cret", 1]]), "a Map is no value. Turn it into text, an array or a plain object."],
    [Promise.resolve("s3cret"), "a Promise is no value. Turn it into text, an array or a plain object."],
    [new URL("http://s3cret"), "a URL is no value. Turn it into text, an array or a plain object."],
    [{ s3cret: 1n }, "it holds a bigint, for which JSON has no type. Turn it into a number or text."],
    [self, "it contains itself, which JSON cannot write."],
    [{ toJSON: () => undefined }, "it has a toJSON() that returns nothing."],
    [
      {
        toJSON: () => {
          throw new Error("s3cret");
        },
      },
      "it has a toJSON() that fails.",
    ],
  ])("refuses %o and does not repeat it", (value, reason) => {
    const encode = (): unknown => encodeParameters(["fine", value]);
    expect(encode).toThrow(new DefinitionError(`Parameter $2 cannot be sent: ${reason}`));
  });

  it("takes as many parameters as the protocol and no more", () => {
    const most = new Array(65_535).fill("x");
    expect(encodeParameters(most)).toEqual(most);
    expect(() => encodeParameters([...most, "x"])).toThrow(DefinitionError);
  });
});
