import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeParameters } from "../../src/connection/parameters.ts";
import { withoutValues } from "../../src/connection/redact.ts";

describe("withoutValues", () => {
  it.each([
    ["22P02", 'invalid input syntax for type uuid: "s3cret"', 'invalid input syntax for type uuid: "…"'],
    ["22P02", 'invalid input syntax for type integer: "a"s3cret"', 'invalid input syntax for type integer: "…"'],
    ["22P02", 'invalid input syntax for type integer: "a" s3cret "b"', 'invalid input syntax for type integer: "…"'],
    ["22P02", 'invalid input syntax for type integer: "a\ns3cret"', 'invalid input syntax for type integer: "…"'],
    ["22P02", "ungültige Eingabesyntax für Typ integer: »s3cret«", 'ungültige Eingabesyntax für Typ integer: "…"'],
    [
      "22P02",
      "syntaxe en entrée invalide pour le type integer : « s3cret »",
      'syntaxe en entrée invalide pour le type integer : "…"',
    ],
    ["22P02", "неверный синтаксис для типа integer: „s3cret“", 'неверный синтаксис для типа integer: "…"'],
    ["22003", 'value "99999999999" is out of range for type integer', 'value "…" is out of range for type integer'],
    ["22008", "date field value out of range: 2020-13-45", "date field value out of range: …"],
    [
      "22021",
      'invalid byte sequence for encoding "UTF8": 0xed 0xa0 0x80',
      'invalid byte sequence for encoding "…": … … …',
    ],
    ["22001", "value too long for type character varying(5)", "value too long for type character varying(5)"],
    ["22012", "division by zero", "division by zero"],
    ["42P01", 'relation "users" does not exist', 'relation "users" does not exist'],
  ])("%s %s", (sqlState, message, expected) => {
    expect(withoutValues(message, sqlState, [])).toBe(expected);
  });

  it.each([
    ["a word", ["ada"], "the user ada is barred", "the user … is barred"],
    ["in another case", ["Ada@Example.org"], "ada@example.org is taken", "… is taken"],
    ["a number", [4711], "account 4711 is closed, 47110 is not", "account … is closed, 47110 is not"],
    ["of an array", [["x", 'Ada "the" Countess']], 'no Ada "the" Countess here', "no … here"],
    ["of an array of arrays", [[["ada", "bob"]]], "bob, then ada", "…, then …"],
    ["of an object", [{ name: "ada", tags: ["ops"], age: 36 }], "ada (36) may not have ops", "… (…) may not have …"],
    ["of an array of objects", [[{ name: "ada" }]], "no ada", "no …"],
    ["text with special characters", ["a.*(b)[c]{1}\\d|^$"], "got a.*(b)[c]{1}\\d|^$ instead", "got … instead"],
    ["text with space around it", [" ada "], "the user ada is barred", "the user … is barred"],
    ["text in brackets", ["(ada)"], "user(ada)is barred", "user…is barred"],
    ["several of them, often", ["ada", "bob"], "ada bob ada", "… … …"],
    ["bytes", [Buffer.from("ada")], "the user ada", "the user ada"],
  ])("hides a parameter: %s", (_, values, message, expected) => {
    expect(withoutValues(message, "P0001", encodeParameters(values))).toBe(expected);
  });

  it("leaves words that merely contain a parameter, placeholders and punctuation alone", () => {
    const parameters = encodeParameters(["user", 1, ".", null]);
    const message = 'could not determine data type of parameter $1 of "users_key".';
    expect(withoutValues(message, "42P18", parameters)).toBe(message);
  });

  it("hides the piece of a parameter that a syntax error names", () => {
    const parameters = encodeParameters(["the s3cret & is"]);
    expect(withoutValues('syntax error at or near "s3cret"', "42601", parameters)).toBe('syntax error at or near "…"');
    expect(withoutValues('syntax error at or near "selct"', "42601", parameters)).toBe(
      'syntax error at or near "selct"',
    );
  });

  it("repeats no parameter, whatever it is (property)", () => {
    const value = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => /[\p{L}\p{N}]/u.test(text));
    fc.assert(
      fc.property(value, (secret) => {
        const message = withoutValues(`no account ${secret} here`, "P0001", encodeParameters([secret]));
        expect(message).not.toContain(` ${secret.trim()} `);
      }),
    );
  });
});
