import { describe, expect, it } from "vitest";
import * as api from "../../src/index.ts";
import {
  array,
  bigint,
  customType,
  errors,
  integer,
  jsonb,
  Multirange,
  pgEnum,
  Range,
  sql,
  text,
  timestamptz,
  uuid,
} from "../../src/index.ts";
import type { ColumnSpec } from "../../src/model/column.ts";
import * as ranges from "../../src/model/ranges.ts";
import * as types from "../../src/model/types.ts";

const { DefinitionError } = errors;

interface Defined {
  readonly spec: ColumnSpec;
}

describe("types", () => {
  it("are all in the library's face", () => {
    const face = new Set<unknown>(Object.values(api));
    const missing = Object.entries({ ...types, ...ranges }).filter(([, type]) => !face.has(type));
    expect(missing.map(([name]) => name)).toEqual([]);
  });

  it.each<[Defined, string]>([
    [api.smallint(), "smallint"],
    [api.numeric(), "numeric"],
    [api.numeric(12, 2), "numeric(12,2)"],
    [api.numeric(5), "numeric(5,0)"],
    [api.varchar(), "character varying"],
    [api.varchar(255), "character varying(255)"],
    [api.char(3), "character(3)"],
    [api.timestamptz(), "timestamp with time zone"],
    [api.timestamptz(3), "timestamp(3) with time zone"],
    [api.timestamp(0), "timestamp(0) without time zone"],
    [api.time(), "time without time zone"],
    [types.interval(3), "interval(3)"],
    [api.bit(), "bit(1)"],
    [api.varbit(8), "bit varying(8)"],
    [array(api.varchar(10)), "character varying(10)[]"],
    [array(array(integer())), "integer[]"],
    [pgEnum("mood", ["sad"])(), '"mood"'],
    [array(pgEnum("mood", ["sad"], { schema: "Odd" })()), '"Odd"."mood"[]'],
  ])("are written as format_type() writes them: %#", ({ spec }, type) => {
    expect(spec.type).toBe(type);
  });
});

describe("a column", () => {
  it("is never changed by its methods", () => {
    const plain = integer();
    const before = { ...plain.spec };
    plain.nullable().index().unique().check(sql`true`).comment("x").hidden().collate("C").default(1);
    expect(plain.spec).toEqual(before);
  });

  it("keeps what each method says as data", () => {
    const target = (): unknown => undefined;
    const { spec } = text()
      .check("short", sql`length(name) < 9`)
      .check((name) => sql`${name} <> ''`)
      .references(target, { onDelete: "set null", deferrable: "initially deferred" })
      .unique({ nullsNotDistinct: true })
      .index({ method: "gin", opclass: "gin_trgm_ops" })
      .collate("C")
      .comment("a name");
    expect(spec).toMatchObject({
      checks: [{ name: "short" }, { name: undefined }],
      references: { target, onDelete: "set null", deferrable: "initially deferred" },
      unique: { nullsNotDistinct: true },
      index: { method: "gin", opclass: "gin_trgm_ops" },
      collation: "C",
      comment: "a name",
    });
  });

  it("tells constants, SQL and functions of the client apart", () => {
    const now = sql`now()`;
    const make = (): string => "x";
    expect(text().default("x").spec.default).toEqual({ kind: "value", value: "x" });
    expect(timestamptz().default(now).spec.default).toEqual({ kind: "sql", sql: now });
    expect(text().default(make).spec.default).toEqual({ kind: "client", make });
  });

  it("counts its row's changes from 1, in its own type", () => {
    expect(integer().version().spec).toMatchObject({ isVersion: true, default: { kind: "value", value: 1 } });
    expect(bigint().version().spec.default).toEqual({ kind: "value", value: 1n });
    expect(integer().default(5).version().spec.default).toEqual({ kind: "value", value: 5 });
  });

  it.each<[string, () => unknown, RegExp]>([
    ["a default and an expression", () => text().default("x").generated(sql`'y'`), /default\(\) and generated\(\)/],
    ["an identity and a default", () => integer().identity("always").default(1), /default\(\) and identity\(\)/],
    ["onUpdate on what is never written", () => text().generated(sql`'y'`).onUpdate(sql`'z'`), /onUpdate/],
    ["a primary key that may be NULL", () => uuid().nullable().primaryKey(), /primaryKey\(\) is never NULL/],
    ["an identity that may be NULL", () => integer().identity("always").nullable(), /identity\(\) is never NULL/],
    ["an identity of text", () => text().identity("always"), /identity\(\) is for .*, not for text/],
    ["a version of text", () => text().version(), /version\(\) is for .*, not for text/],
    ["elements with a default", () => array(text().default("x")), /elements with default/],
    ["elements with an index", () => array(text().index()), /elements with index/],
    ["elements that are a key", () => array(uuid().primaryKey()), /elements with primaryKey/],
    ["digits that no time has", () => timestamptz(7), /precision of timestamp is 0 to 6/],
    ["an enum without values", () => pgEnum("empty", []), /needs values/],
    ["an enum with a value twice", () => pgEnum("twice", ["a", "a"]), /each of them once/],
    ["an enum with a value that would be cut", () => pgEnum("long", ["x".repeat(64)]), /63 bytes/],
  ])("refuses %s where it is written", (_, make, message) => {
    expect(make).toThrow(DefinitionError);
    expect(make).toThrow(message);
  });
});

describe("encode", () => {
  const secret = "s3cret";
  const moods = pgEnum("mood", ["sad", "happy"]);
  const point = customType<{ x: number; y: number }>({ type: "point", encode: ({ x, y }) => `(${x},${y})` });

  it.each<[string, Defined, unknown, unknown]>([
    ["a number", integer(), 5, 5],
    ["an enum", moods(), "sad", "sad"],
    ["infinity as a moment", timestamptz(), Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ["an array", array(text()), ["a", "b"], ["a", "b"]],
    ["NULL in an array", array(text().nullable()), ["a", null], ["a", null]],
    ["JSON as elements", array(jsonb<unknown>()), [[1], { a: 1 }, "x"], ["[1]", '{"a":1}', '"x"']],
    ["an array of arrays", array(array(moods())), [["sad"], ["happy"]], [["sad"], ["happy"]]],
    ["a custom type", point, { x: 1, y: 2 }, "(1,2)"],
    ["an array of a custom type", array(point), [{ x: 1, y: 2 }], ["(1,2)"]],
  ])("takes %s", (_, { spec }, value, sent) => {
    expect(spec.encode(value)).toEqual(sent);
  });

  it.each<[string, Defined, unknown, string]>([
    ["text for a number", integer(), secret, "it is text, not a number."],
    ["a number for text", text(), 5, "it is a number, not text."],
    ["a number for numeric, which would not be exact", api.numeric(12, 2), 0.1, "it is a number, not text."],
    ["a number for bigint", bigint(), 5, "it is a number, not a bigint."],
    ["an object for text, which would become JSON", text(), { secret }, "it is an object, not text."],
    ["an array for text", text(), [secret], "it is an array, not text."],
    ["a Map for text", text(), new Map([[secret, 1]]), "it is a Map, not text."],
    ["a function", text(), () => secret, "it is a function, not text."],
    ["a symbol", integer(), Symbol(secret), "it is a symbol, not a number."],
    ["a Date for a day", api.date(), new Date(), "it is a Date, not text."],
    ["a Date for a time without zone", api.timestamp(), new Date(), "it is a Date, not text."],
    ["text for a moment", timestamptz(), secret, "it is text, not a Date."],
    ["a number for a moment", timestamptz(), 5, "it is a number, not a Date."],
    ["an invalid Date", timestamptz(), new Date(Number.NaN), "it is an invalid Date."],
    ["text for true or false", api.boolean(), "false", "it is text, not true or false."],
    ["text for bytes", api.bytea(), secret, "it is text, not a Buffer."],
    ["bytes for text", text(), Buffer.from(secret), "it is a Buffer, not text."],
    ["text for an array", array(text()), secret, "it is text, not an array."],
    ["a number among texts", array(text()), [secret, 5], "it is a number, not text."],
    ["null where no element may be", array(text()), [secret, null], "it has an element that is null."],
    ["an array too shallow", array(array(text())), [secret], "it is text, not an array."],
    ["text for a range", api.int4range(), secret, "it is text, not a Range."],
    ["a range for a multirange", api.int4multirange(), new Range(1, 2), "it is a Range, not a Multirange."],
    ["a range of other ends", api.tsrange(), new Range(new Date(), null), "it is a Date, not text."],
    ["a range with such an upper end", api.tstzrange(), new Range(null, secret), "it is text, not a Date."],
    [
      "a multirange of other ends",
      api.int8multirange(),
      new Multirange([new Range(1, 2)]),
      "it is a number, not a bigint.",
    ],
    ["a bigint in JSON", array(jsonb()), [1n], "it holds a bigint"],
  ])("refuses %s, without repeating it", (_, { spec }, value, message) => {
    expect(() => spec.encode(value)).toThrow(message);
    expect(() => spec.encode(value)).not.toThrow(secret);
  });
});

describe("decode", () => {
  const read = ({ spec }: Defined, value: unknown): unknown => (spec.decode === undefined ? value : spec.decode(value));
  const moods = pgEnum("mood", ["sad", "happy"]);
  const path = customType<string[]>({ type: "ltree", decode: (text) => text.split(".") });

  it("leaves alone what the connection knows", () => {
    for (const column of [integer(), timestamptz(), jsonb(), array(integer()), array(array(jsonb())), moods()]) {
      expect(column.spec.decode).toBeUndefined();
    }
  });

  it.each<[string, Defined, unknown, unknown]>([
    ["an array of an enum", array(moods()), "{sad,NULL,happy}", ["sad", null, "happy"]],
    ["two dimensions", array(array(moods())), "{{sad},{happy}}", [["sad"], ["happy"]]],
    ["an array of citext", array(api.citext()), '{"a,b","c\\"d"}', ["a,b", 'c"d']],
    ["a custom type", path, "a.b", ["a", "b"]],
    ["an array of a custom type", array(path), "{a.b,c}", [["a", "b"], ["c"]]],
    [
      "an array of a custom type that the connection knows",
      array(customType<number, string>({ type: "numeric", decode: Number })),
      ["1.5", null],
      [1.5, null],
    ],
  ])("reads %s", (_, column, value, expected) => {
    expect(read(column, value)).toEqual(expected);
  });
});
