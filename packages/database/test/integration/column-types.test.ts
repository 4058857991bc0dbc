import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  array,
  bigint,
  bit,
  boolean,
  bytea,
  char,
  cidr,
  citext,
  customType,
  DatabaseManager,
  date,
  datemultirange,
  daterange,
  del,
  double,
  inet,
  insert,
  int4multirange,
  int4range,
  int8multirange,
  int8range,
  integer,
  json,
  jsonb,
  Model,
  Multirange,
  macaddr,
  numeric,
  nummultirange,
  numrange,
  pgEnum,
  Range,
  real,
  type Session,
  select,
  smallint,
  text,
  time,
  timestamp,
  timestamptz,
  tsmultirange,
  tsrange,
  tstzmultirange,
  tstzrange,
  tsvector,
  uuid,
  varbit,
  varchar,
} from "../../src/index.ts";
import { Column, type ColumnSpec } from "../../src/model/column.ts";
import { interval } from "../../src/model/types.ts";
import { createEnum, createModels } from "./create-table.ts";

const mood = pgEnum("mood", ["sad", "so-so", "it's; fine", "{happy}"]);
const shade = pgEnum('Shade of "grey"', ["light", "dark"], { schema: "paint" });
const hstore = customType<Readonly<Record<string, string>>>({
  type: "hstore",
  encode: (value) =>
    Object.entries(value)
      .map(([key, text]) => `"${key}"=>"${text}"`)
      .join(","),
  decode: (text) =>
    Object.fromEntries([...text.matchAll(/"([^"]*)"=>"([^"]*)"/g)].map(([, key, value]) => [key, value])),
});
const point = customType<{ x: number; y: number }>({
  type: "point",
  encode: ({ x, y }) => `(${x},${y})`,
  decode: (text) => {
    const [x, y] = text.slice(1, -1).split(",").map(Number);
    return { x: x!, y: y! };
  },
});

/** A column, whatever its values. */
interface Defined {
  readonly spec: ColumnSpec;
}

const positive = customType<number, number | string>({ type: "positive", decode: Number });

/** In, and out where that is not the same. */
type Values = readonly (readonly [unknown] | readonly [unknown, unknown])[];

const ODD = 'it\'s "odd"\\, {a,b} — 😀\n';
const noon = new Date("2026-01-31T12:00:00.123Z");
const BEFORE_CHRIST = new Date("-000043-03-15T12:00:00Z");

const TYPES: readonly (readonly [string, Defined, Values])[] = [
  ["smallint", smallint(), [[-32768], [0], [32767]]],
  ["integer", integer(), [[-2147483648], [0], [2147483647]]],
  ["bigint", bigint(), [[-9223372036854775808n], [0n], [9223372036854775807n]]],
  ["numeric", numeric(), [["0"], ["-0.10"], [`${"9".repeat(200)}.${"1".repeat(200)}`], ["NaN"], ["Infinity"]]],
  ["numeric_12_2", numeric(12, 2), [["9999999999.99"], ["1", "1.00"], ["0.005", "0.01"]]],
  ["real", real(), [[1.5], [-0], [3.4028235e38], [1e-45], [Number.NaN], [-Infinity]]],
  ["double", double(), [[0.1], [-0], [Number.MAX_VALUE], [Number.MIN_VALUE], [Number.NaN], [Infinity]]],
  ["text", text(), [[""], ["NULL"], [ODD], ["x".repeat(100_000)]]],
  ["varchar", varchar(), [[""], [ODD]]],
  ["varchar_3", varchar(3), [["äöü"], ["a  "]]],
  ["char_3", char(3), [["a", "a  "], ["äöü"]]],
  ["citext", citext(), [["MixedCase"], [ODD]]],
  ["boolean", boolean(), [[true], [false]]],
  [
    "uuid",
    uuid(),
    [
      ["00000000-0000-0000-0000-000000000000"],
      ["FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    ],
  ],
  ["date", date(), [["2026-01-31"], ["0001-01-01"], ["4713-01-01 BC"], ["5874897-12-31"], ["infinity"]]],
  ["time", time(), [["00:00:00"], ["23:59:59.999999"], ["24:00:00"]]],
  ["time_0", time(0), [["12:00:00.6", "12:00:01"]]],
  ["timestamp", timestamp(), [["2026-01-31 12:00:00.123456"], ["4713-01-01 00:00:00 BC"], ["-infinity"]]],
  ["timestamptz", timestamptz(), [[noon], [BEFORE_CHRIST], [new Date(8.64e15)], [Infinity], [-Infinity]]],
  ["timestamptz_0", timestamptz(0), [[noon, new Date("2026-01-31T12:00:00Z")]]],
  [
    "interval",
    interval(),
    [["1 mon 2 days 03:04:05.000006"], ["-1 years", "-1 years"], ["P1Y", "1 year"], ["00:00:00"]],
  ],
  ["json", json<unknown>(), [[{ b: 1, a: [null, ODD] }], [[1, [2]]], ["text"], [5], [false], [{}], [[]]]],
  ["jsonb", jsonb<unknown>(), [[{ b: 1, a: [null, ODD] }], [[1, [2]]], ["text"], [5], [false], [{}], [[]]]],
  [
    "bytea",
    bytea(),
    [[Buffer.alloc(0)], [Buffer.from([0, 1, 0x5c, 0x27, 255])], [new Uint8Array([1, 2]), Buffer.from([1, 2])]],
  ],
  ["inet", inet(), [["10.0.0.1"], ["10.0.0.1/8"], ["::1"], ["2001:DB8::/32", "2001:db8::/32"]]],
  ["cidr", cidr(), [["10.0.0.0/8"], ["::/0"]]],
  ["macaddr", macaddr(), [["08:00:2b:01:02:03"], ["08002B010203", "08:00:2b:01:02:03"]]],
  ["tsvector", tsvector(), [["'cat':3 'fat':2"], ["b a b", "'a' 'b'"], [""]]],
  ["bit", bit(), [["0"], ["1"]]],
  ["bit_8", bit(8), [["00000000"], ["10101010"]]],
  ["varbit", varbit(), [[""], ["1".repeat(100)]]],
  ["varbit_8", varbit(8), [["101"]]],
  ["mood", mood(), mood.values.map((value) => [value] as const)],
  ["shade", shade(), [["light"], ["dark"]]],
  [
    "int4range",
    int4range(),
    [
      [new Range(1, 5)],
      [new Range(1, 5, "[]"), new Range(1, 6)],
      [new Range<number>(null, null, "()")],
      [Range.empty()],
      [new Range(null, 5, "()")],
    ],
  ],
  ["int8range", int8range(), [[new Range(-9223372036854775808n, 9223372036854775807n)]]],
  ["numrange", numrange(), [[new Range("1.10", "2.5", "(]")], [new Range("1", null)]]],
  ["tsrange", tsrange(), [[new Range("2026-01-31 12:00:00", "2026-02-01 00:00:00", "[]")]]],
  ["tstzrange", tstzrange(), [[new Range(BEFORE_CHRIST, noon)], [new Range<unknown>(noon, Infinity)]]],
  [
    "daterange",
    daterange(),
    [
      [new Range("2026-01-31", "2026-02-28")],
      [new Range("2026-01-31", "2026-01-31", "[]"), new Range("2026-01-31", "2026-02-01")],
    ],
  ],
  [
    "int4multirange",
    int4multirange(),
    [
      [new Multirange([])],
      [new Multirange([new Range(7, 9), new Range(1, 5)]), new Multirange([new Range(1, 5), new Range(7, 9)])],
    ],
  ],
  ["int8multirange", int8multirange(), [[new Multirange([new Range(1n, 5n)])]]],
  ["nummultirange", nummultirange(), [[new Multirange([new Range("1.5", "2.50", "[]")])]]],
  ["tsmultirange", tsmultirange(), [[new Multirange([new Range("2026-01-31 12:00:00", null)])]]],
  ["tstzmultirange", tstzmultirange(), [[new Multirange([new Range(BEFORE_CHRIST, noon)])]]],
  ["datemultirange", datemultirange(), [[new Multirange([new Range("2026-01-31", "2026-02-28")])]]],
  ["hstore", hstore, [[{ a: "1", b: "it's" }], [{}]]],
  ["point", point, [[{ x: 1.5, y: -2 }]]],
  ["domain", customType<number, number>({ type: "positive" }), [[5]]],
  ["domain_array", array(positive), [[[5, 7]]]],
  ["text_array", array(text().nullable()), [[[]], [["a", null, "NULL", "", ODD, "{}"]]]],
  ["varchar_array", array(varchar(3)), [[["a", "äöü"]]]],
  ["integer_array", array(integer().nullable()), [[[1, null, -2147483648]]]],
  [
    "integer_arrays",
    array(array(integer())),
    [
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      [[]],
    ],
  ],
  ["bigint_array", array(bigint()), [[[9223372036854775807n]]]],
  ["numeric_array", array(numeric()), [[["1.10", "NaN"]]]],
  ["double_array", array(double()), [[[0.1, Number.NaN, Infinity, -0]]]],
  ["boolean_array", array(boolean()), [[[true, false]]]],
  ["uuid_array", array(uuid()), [[["00000000-0000-0000-0000-000000000000"]]]],
  ["timestamptz_array", array(timestamptz()), [[[noon, BEFORE_CHRIST]]]],
  ["date_array", array(date()), [[["2026-01-31", "infinity"]]]],
  ["interval_array", array(interval()), [[["1 day", "00:00:01"]]]],
  ["json_array", array(json<unknown>().nullable()), [[[{ a: ODD }, [1, [2]], "x", null, 5]]]],
  ["jsonb_array", array(jsonb<unknown>().nullable()), [[[{ a: ODD }, [1, [2]], "x", null, 5]], [[]]]],
  ["bytea_array", array(bytea()), [[[Buffer.from([0, 0x5c, 255]), Buffer.alloc(0)]]]],
  ["inet_array", array(inet()), [[["10.0.0.1/8", "::1"]]]],
  ["tsvector_array", array(tsvector()), [[["'a' 'b':1"]]]],
  ["bit_array", array(bit(3)), [[["101", "000"]]]],
  ["citext_array", array(citext()), [[["Mixed", ODD]]]],
  ["mood_array", array(mood().nullable()), [[["sad", null, "{happy}", "it's; fine"]], [[]]]],
  [
    "mood_arrays",
    array(array(mood())),
    [
      [
        [
          ["sad", "so-so"],
          ["{happy}", "sad"],
        ],
      ],
    ],
  ],
  ["shade_array", array(shade()), [[["dark", "light"]]]],
  ["range_array", array(int4range()), [[[new Range(1, 5), Range.empty()]]]],
  ["tstzrange_array", array(tstzrange()), [[[new Range(BEFORE_CHRIST, noon)]]]],
  ["multirange_array", array(int4multirange()), [[[new Multirange([new Range(1, 5), new Range(7, 9)])]]]],
  ["hstore_array", array(hstore), [[[{ a: "1" }, { b: "x,y", c: "{}" }]]]],
  [
    "point_array",
    array(point),
    [
      [
        [
          { x: 1, y: 2 },
          { x: -1.5, y: 0 },
        ],
      ],
    ],
  ],
];

/** A table of its own for a type: a key, and a value that may be NULL. */
function holderOf(name: string, column: Defined) {
  return class extends Model.define({
    id: integer().primaryKey(),
    value: new Column<unknown>({ ...column.spec, nullable: true }),
  }) {
    static override readonly table = `of_${name}`;
  };
}

let database: TestDatabase;
let manager: DatabaseManager;
const run = <T>(work: (db: Session) => Promise<T>): Promise<T> => manager.session(work);

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`create extension citext; create extension hstore; create schema paint;
    create domain positive as integer check (value > 0)`);
  manager = new DatabaseManager({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});

describe("a column of every type", () => {
  const holders = TYPES.map(([name, column, values]) => ({ name, column, values, Holder: holderOf(name, column) }));
  beforeAll(async () => {
    for (const enumeration of [mood, shade]) await database.query(createEnum(enumeration().spec.enum!));
    await createModels(
      database,
      holders.map(({ Holder }) => Holder),
    );
  });

  it.each(holders)("gives back what it took, one by one and many at once: $name", async ({ Holder, values }) => {
    const given = [...values.map(([value]) => value), null];
    const expected = [...values.map((pair) => pair.at(-1)), null];
    const stored = async (): Promise<unknown[]> =>
      (await run((db) => db.all(select(Holder).orderBy(Holder.c.id.asc())))).map(({ value }) => value);
    await run(async (db) => {
      for (const [id, value] of given.entries()) {
        const made = await db.add(new Holder({ id, value }));
        expect(made.value).toEqual(expected[id]);
      }
    });
    expect(await stored()).toEqual(expected);

    await run((db) => db.execute(del(Holder)));
    await run((db) =>
      db.execute(
        insert(
          Holder,
          given.map((value, id) => ({ id, value })),
        ),
      ),
    );
    expect(await stored()).toEqual(expected);
  });

  it.each(holders)("knows what was not changed, and writes what was: $name", async ({ Holder, values }) => {
    const versions = (): Promise<unknown[]> => database.query(`select id, xmin from ${Holder.table} order by id`);
    const before = await versions();
    const rows = await run(async (db) => {
      const found = await db.all(select(Holder).orderBy(Holder.c.id.asc()));
      for (const row of found) await db.save(row);
      return found;
    });
    expect(await versions()).toEqual(before);

    const [first] = rows;
    const last = rows.at(-1);
    last!.value = values[0]![0];
    first!.value = null;
    await run(async (db) => {
      await db.save(first!);
      await db.save(last!);
    });
    expect([first!.value, last!.value]).toEqual([null, values[0]!.at(-1)]);
  });

  it.each(holders)("has the type that format_type() tells: $name", async ({ Holder, column }) => {
    const [found] = await database.query<{ type: string }>(
      `select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = $1::regclass and attname = 'value'`,
      [Holder.table],
    );
    // PostgreSQL quotes names where it must, a definition always.
    expect(found!.type.replaceAll('"', "")).toBe(column.spec.type.replaceAll('"', ""));
  });
});
