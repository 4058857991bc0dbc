import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connect } from "../../src/connection/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { Multirange, Range } from "../../src/connection/range.ts";
import { valueReaderOf } from "../../src/connection/types.ts";

let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  database = await createTestDatabase();
  connection = await connect(connectOptions({ url: database.url }));
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

/** What comes back of a value that the server was given as this type. */
async function echo(type: string, value: unknown): Promise<unknown> {
  const { rows } = await connection.query(`select $1::${type}`, [value]);
  return rows[0]![0];
}

const integer = (bits: number): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n });
const text = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", ""));
const moment = fc.date({ min: new Date("-004712-01-01T00:00:00Z"), noInvalidDate: true });
const day = fc
  .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const time = fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59), fc.nat(999_999)).map(([h, m, s, micro]) => {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(h)}:${two(m)}:${two(s)}${`.${String(micro).padStart(6, "0")}`.replace(/\.?0+$/, "")}`;
});
const numeric = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 1n, max: 10n ** 60n }), fc.nat(20))
  .map(([isNegative, digits, scale]) => {
    const whole = digits / 10n ** BigInt(scale);
    const fraction = scale === 0 ? "" : `.${String(digits % 10n ** BigInt(scale)).padStart(scale, "0")}`;
    return `${isNegative ? "-" : ""}${whole}${fraction}`;
  });
const json = fc.jsonValue({ stringUnit: "grapheme" });
/** In order and apart from each other, so that the server has nothing to put together or to leave out. */
const ascending = fc
  .uniqueArray(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 2, maxLength: 10 })
  .map((numbers) => numbers.sort((a, b) => a - b));

const SCALARS: readonly (readonly [type: string, values: fc.Arbitrary<unknown>])[] = [
  ["bool", fc.boolean()],
  ["int2", integer(16).map(Number)],
  ["int4", integer(32).map(Number)],
  ["int8", integer(64)],
  ["oid", fc.nat(2 ** 31)],
  ["float8", fc.double()],
  ["numeric", numeric],
  ["text", text],
  ["varchar", text],
  ["name", fc.string({ unit: "grapheme-ascii", maxLength: 63 })],
  ["bytea", fc.uint8Array().map((bytes) => Buffer.from(bytes))],
  ["date", day],
  ["time", time],
  ["timetz", time.map((value) => `${value}+05:30`)],
  ["timestamp", fc.tuple(day, time).map((parts) => parts.join(" "))],
  ["timestamptz", moment],
  [
    "interval",
    fc
      .tuple(
        fc.integer({ min: 2, max: 999 }),
        time.filter((value) => value !== "00:00:00"),
      )
      .map(([days, value]) => `${days} days ${value}`),
  ],
  ["uuid", fc.uuid()],
  ["inet", fc.ipV4()],
  ["cidr", fc.ipV4().map((address) => `${address}/32`)],
  [
    "macaddr",
    fc.uint8Array({ minLength: 6, maxLength: 6 }).map((b) => Buffer.from(b).toString("hex").match(/../g)!.join(":")),
  ],
  ["varbit", fc.stringMatching(/^[01]{0,70}$/)],
  ["point", fc.tuple(fc.integer(), fc.integer()).map(([x, y]) => `(${x},${y})`)],
  ["int4range", ascending.map(([lower, upper]) => new Range(lower!, upper!))],
  ["int8range", ascending.map(([lower, upper]) => new Range(BigInt(lower!), BigInt(upper!)))],
  ["numrange", ascending.map(([lower, upper]) => new Range(`${lower}.5`, `${upper}.50`, "[]"))],
  [
    "daterange",
    fc
      .uniqueArray(day, { minLength: 2, maxLength: 2 })
      .map((days) => new Range<string>(...(days.sort() as [string, string]))),
  ],
  [
    "tstzrange",
    fc
      .tuple(moment, fc.integer({ min: 1, max: 1000 }))
      .map(([lower, ms]) => new Range(lower, new Date(lower.getTime() + ms), "(]"))
      .filter(({ upper }) => !Number.isNaN(upper!.getTime())),
  ],
  ["tsrange", day.map((value) => new Range<string>(`${value} 00:00:00`, null))],
  [
    "int4multirange",
    ascending.map(
      (ends) => new Multirange(ends.slice(1).flatMap((end, i) => (i % 2 === 0 ? [new Range(ends[i]!, end)] : []))),
    ),
  ],
];

describe("a value comes back from the server as it was given (property)", () => {
  it.each(SCALARS)("%s", async (type, values) => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        expect(await echo(type, value)).toEqual(value);
      }),
    );
  });

  it.each(SCALARS)("%s[], nested and with NULL", async (type, values) => {
    const flat = fc.array(fc.option(values), { maxLength: 5 });
    const nested = fc.array(fc.array(fc.option(values), { minLength: 2, maxLength: 2 }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(flat, nested), async (value) => {
        expect(await echo(`${type}[]`, value)).toEqual(value);
      }),
    );
  });

  it.each(["json", "jsonb"])("%s, given as text or as an object", async (type) => {
    await fc.assert(
      fc.asyncProperty(json, fc.dictionary(fc.string({ unit: "grapheme" }), json), async (value, object) => {
        expect(await echo(type, JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(await echo(type, object)).toEqual(JSON.parse(JSON.stringify(object)));
        expect(await echo(`${type}[]`, [object, null])).toEqual([JSON.parse(JSON.stringify(object)), null]);
      }),
    );
  });

  it("float4, to its own precision", async () => {
    await fc.assert(
      fc.asyncProperty(fc.float(), async (value) => {
        expect(Math.fround((await echo("float4", value)) as number)).toBe(value);
      }),
    );
  });
});

it.each([
  ["bpchar(5)", "ab   "],
  ['"char"', "x"],
  ["xml", "<a>é</a>"],
  ["money", "-$1,234.50"],
  ["bit(3)", "101"],
  ["macaddr8", "08:00:2b:01:02:03:04:05"],
  ["inet", "2001:db8::1/64"],
  ["cidr", "10.1.0.0/16"],
  ["tsvector", "'cat':3 'fat':2A"],
  ["tsquery", "'fat' & 'rat'"],
  ["jsonpath", '$."a"[*]'],
  ["line", "{1,2,3}"],
  ["lseg", "[(1,2),(3,4)]"],
  ["box", "(3,4),(1,2)"],
  ["path", "((1,2),(3,4))"],
  ["polygon", "((1,2),(3,4),(5,6))"],
  ["circle", "<(1,2),3>"],
  ["pg_lsn", "16/B374D848"],
  ["regtype", "integer"],
  ["xid8", "12345678901"],
  ["interval", "-1 years -2 mons +3 days -04:05:06.789"],
  ["date", "0044-03-15 BC"],
  ["date", "infinity"],
  ["timestamp", "infinity"],
  ["numeric", "NaN"],
  ["numeric", "-Infinity"],
  ["timestamptz", Number.POSITIVE_INFINITY],
  ["timestamptz", Number.NEGATIVE_INFINITY],
  ["int4range", Range.empty()],
  ["int4range", new Range(null, null)],
  ["int4range[]", [new Range(1, 2), null, Range.empty()]],
  ["tstzrange", new Range<Date | number>(new Date("2026-01-01T00:00:00Z"), Number.POSITIVE_INFINITY)],
  ["int4multirange", new Multirange([])],
  ["tstzmultirange[]", [new Multirange([new Range(new Date(0), new Date(1)), new Range(new Date(2), null)])]],
  ["text[]", []],
])("%s takes and gives %o", async (type, value) => {
  expect(await echo(type, value)).toEqual(value);
});

it.each([
  ["'[0:2]={1,2,3}'::int[]", [1, 2, 3]],
  [
    "'[-1:0][2:3]={{1,2},{3,NULL}}'::int8[]",
    [
      [1n, 2n],
      [3n, null],
    ],
  ],
  ["'{(3,4),(1,2);(7,8),(5,6)}'::box[]", ["(3,4),(1,2)", "(7,8),(5,6)"]],
  ["'1 2 3'::int2vector", [1, 2, 3]],
  ["array[''::oidvector, '4 5']", [[], [4, 5]]],
  ["array[null, 1.50, 'NaN']::numeric[]", [null, "1.50", "NaN"]],
  ["array['-0', 'Infinity']::float8[]", [-0, Number.POSITIVE_INFINITY]],
  ["'1800-01-01 00:00:00+00'::timestamptz", new Date("1800-01-01T00:00:00Z")],
])("reads %s", async (expression, value) => {
  const { rows } = await connection.query(`select ${expression}`);
  expect(rows[0]![0]).toEqual(value);
});

it("reads timestamptz in time zones whose offsets have seconds", async () => {
  await connection.query("select set_config('TimeZone', 'Europe/Amsterdam', false)");
  try {
    const { rows } = await connection.query(
      "select ts::text, ts from (select '1800-06-01 12:00:00Z'::timestamptz) t (ts)",
    );
    expect(rows[0]).toEqual([expect.stringMatching(/\+00:\d\d:\d\d$/), new Date("1800-06-01T12:00:00Z")]);
    await fc.assert(
      fc.asyncProperty(moment, async (value) => {
        expect(await echo("timestamptz", value)).toEqual(value);
      }),
    );
  } finally {
    await connection.query("select set_config('TimeZone', 'UTC', false)");
  }
});

it("knows every built-in type that has arrays", async () => {
  const types = await database.query<{ typname: string; oid: number; typarray: number; typdelim: string }>(
    `select typname, oid::int, typarray::int, typdelim from pg_type
     where typnamespace = 'pg_catalog'::regnamespace and typarray <> 0 and typtype in ('b', 'r', 'm')`,
  );
  expect(types.length).toBeGreaterThan(60);
  for (const { typname, typarray, typdelim } of types) {
    const text = Buffer.from(`{NULL${typdelim}NULL}`);
    expect([typname, valueReaderOf(typarray)(text, 0, text.length)]).toEqual([typname, [null, null]]);
  }
});

it("leaves types that are not built in as text", async () => {
  await database.query("create type mood as enum ('sad', 'ok'); create type pair as (a int, b text)");
  const { rows } = await connection.query("select 'ok'::mood, row(1, 'x')::pair");
  expect(rows[0]).toEqual(["ok", "(1,x)"]);
});

it("sends nothing of a statement whose values cannot be sent", async () => {
  await connection.query("create table unsent (t text)");
  const insert = connection.query("insert into unsent values ($1), ($2)", ["fine", "broken\ud800"]);
  await expect(insert).rejects.toMatchObject({ code: "DEFINITION_INVALID", message: expect.stringContaining("$2") });
  expect((await connection.query("select * from unsent")).rows).toEqual([]);
});
