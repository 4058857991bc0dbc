import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { encodeParameters } from "../../src/connection/parameters.ts";
import { Range } from "../../src/connection/range.ts";
import { inline, literal } from "../../src/migrations/index.ts";

const VALUES: readonly [name: string, type: string, value: unknown][] = [
  ["null", "text", null],
  ["undefined", "text", undefined],
  ["text", "text", "it's"],
  ["empty text", "text", ""],
  ["backslashes", "text", "\\ \\\\ \\' \\n \\x41 \\u0041"],
  ["what would end it", "text", "'); drop table t; -- /* $$ */"],
  ["lines", "text", "a\nb\r\n\tc"],
  ["unicode", "text", "ünï 名前 🙂 \u200b \u00a0"],
  ["true", "boolean", true],
  ["false", "boolean", false],
  ["integer", "integer", -7],
  ["fraction", "float8", 0.1],
  ["minus zero", "float8", -0],
  ["not a number", "float8", Number.NaN],
  ["infinity", "float8", Number.NEGATIVE_INFINITY],
  ["bigint", "bigint", 9_223_372_036_854_775_807n],
  ["date", "timestamptz", new Date("2026-01-31T12:34:56.789Z")],
  ["bytes", "bytea", Buffer.from([0, 39, 92, 255])],
  ["typed array", "bytea", new Uint8Array([1, 2, 3])],
  ["array of text", "text[]", ["a", 'b"c', "d\\e", "f'g", "", null, "NULL"]],
  ["array of numbers", "integer[]", [1, -2, null]],
  [
    "nested array",
    "integer[]",
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ["array of bytes", "bytea[]", [Buffer.from([92, 39])]],
  ["object", "jsonb", { a: 'it\'s \\ "quoted"', b: [1, null], c: { d: true } }],
  ["range", "int4range", new Range(1, 5)],
];

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

describe.each(["on", "off"])("standard_conforming_strings = %s", (setting) => {
  beforeAll(async () => {
    await client.query(`set standard_conforming_strings = ${setting}; set escape_string_warning = off`);
  });

  test.each(VALUES)("%s is what the parameter is", async (_, type, value) => {
    const [parameter] = encodeParameters([value]);
    const { rows } = await client.query(
      `select ($1::${type}) is not distinct from (${literal(value)}::${type}) as same, (${literal(value)}::${type})::text as text`,
      [parameter],
    );
    expect(rows[0]).toMatchObject({ same: true });
    if (typeof value === "string") expect(rows[0].text).toBe(value);
  });

  test("any text is what it is", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom("'", "\\", "a", "\n", "$", '"', "é", "🙂", ";", "-") })),
        async (all) => {
          if (all.length === 0) return;
          const { rows } = await client.query({ text: `select ${all.map(literal).join(", ")}`, rowMode: "array" });
          expect(rows[0]).toEqual(all);
        },
      ),
      { numRuns: 50 },
    );
  });
});

test.each([
  ["a function", () => 1],
  ["a zero byte", "a\0b"],
  ["half a pair", "\ud800"],
  ["a map", new Map()],
])("no value: %s", (_, value) => {
  expect(() => literal(value)).toThrow(expect.objectContaining({ code: "DEFINITION_INVALID" }));
});

test("values are written where their parameters are, and nowhere else", async () => {
  const text = `select $1::text, '$1', "$2", $q$ $1 $q$, a$1, -- $1
    /* $2 */ $2::int + $1::int, $3 from (select 1 as "$2", 2 as a$1) s where $1='5'and$2>0`;
  const sql = inline({ text, values: ["5", 7, null] });
  expect(sql).toBe(`select '5'::text, '$1', "$2", $q$ $1 $q$, a$1, -- $1
    /* $2 */ '7'::int + '5'::int, null from (select 1 as "$2", 2 as a$1) s where '5'='5'and$2>0`);
});

test("two literals side by side do not become one", async () => {
  const sql = inline({ text: "select 'a'$1", values: ["b"] });
  expect(sql).toBe("select 'a' 'b'");
});

test("a statement that asks for a value that is not there", () => {
  expect(() => inline({ text: "select $2", values: [1] })).toThrow("no value for $2");
});

test("a statement without values is left alone", () => {
  expect(inline({ text: "select '$1'", values: [] })).toBe("select '$1'");
});
