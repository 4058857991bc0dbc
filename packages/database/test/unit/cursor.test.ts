import fc from "fast-check";
import { expect, it } from "vitest";
import { errors } from "../../src/index.ts";
import { type CursorKeys, decodeCursor, encodeCursor } from "../../src/repository/cursor.ts";

const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0"));
const keys = fc.array(fc.option(text), { minLength: 1, maxLength: 5 });

const refuses = (list: string, length: number, cursor: unknown): void => {
  expect(() => decodeCursor(list, length, cursor)).toThrow(errors.InvalidCursor);
};

it("a cursor gives back the keys that it was made of, NULL and any text among them", () => {
  fc.assert(
    fc.property(text, keys, (list, given) => {
      const cursor = encodeCursor(list, given);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(decodeCursor(list, given.length, cursor)).toEqual(given);
    }),
  );
});

it("is refused by another list, with another number of keys, and when a character of it is another one", () => {
  fc.assert(
    fc.property(text, keys, fc.nat(), fc.constantFrom(..."Az09-_.=%\n"), (list, given, at, character) => {
      const cursor = encodeCursor(list, given);
      refuses(`${list}!`, given.length, cursor);
      refuses(list, given.length + 1, cursor);
      const i = at % cursor.length;
      const changed = cursor.slice(0, i) + character + cursor.slice(i + 1);
      if (changed !== cursor) refuses(list, given.length, changed);
      refuses(list, given.length, cursor.slice(0, i));
      refuses(list, given.length, `${cursor}${character}`);
    }),
  );
});

it("without keys is an end of a list, of this one alone", () => {
  expect(decodeCursor("l", 3, encodeCursor("l", []))).toEqual([]);
  refuses("m", 3, encodeCursor("l", []));
});

it("refuses what is no cursor at all", () => {
  const made = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString("base64url");
  const sum = JSON.parse(Buffer.from(encodeCursor("l", ["a"]), "base64url").toString())[1] as string;
  expect(decodeCursor("l", 1, made([1, sum, "a"]))).toEqual(["a"]);
  for (const content of [
    null,
    1,
    "x",
    {},
    [],
    [1],
    [1, sum],
    [2, sum, "a"],
    [1, sum, 1],
    [1, sum, ["a"]],
    [1, sum, {}],
  ]) {
    refuses("l", 1, made(content));
  }
  for (const cursor of ["", " ", "null", null, undefined, 1, {}, ["x"], "[".repeat(100_000)]) refuses("l", 1, cursor);
});

it("refuses forged keys that no text of PostgreSQL can be", () => {
  for (const key of ["\0", "a\0b", "\ud800", "\udc00x"]) {
    refuses("l", 1, encodeCursor("l", [key] satisfies CursorKeys));
  }
});
