import {
  array,
  BaseModel,
  bigint,
  bit,
  boolean,
  bytea,
  char,
  check,
  cidr,
  citext,
  customType,
  date,
  datemultirange,
  daterange,
  double,
  foreignKey,
  index,
  inet,
  int4multirange,
  int4range,
  int8multirange,
  int8range,
  integer,
  interval,
  json,
  jsonb,
  Model,
  type ModelClass,
  macaddr,
  numeric,
  nummultirange,
  numrange,
  pgEnum,
  real,
  SoftDeleteModel,
  smallint,
  sql,
  text,
  time,
  timestamp,
  timestamptz,
  tsmultirange,
  tsrange,
  tstzmultirange,
  tstzrange,
  tsvector,
  unique,
  uuid,
  varbit,
  varchar,
} from "../../src/index.ts";
import { MODELS as SHOP } from "../queries/shop.ts";

/** Models before and after; SQL that the database has besides, run on both before the models. */
export interface AutogenerateCase {
  readonly name: string;
  readonly before: readonly ModelClass[];
  readonly after: readonly ModelClass[];
  readonly sql?: string;
  /** SQL that only the database to be changed has run, after the models. */
  readonly existing?: string;
  /** Lines that the comparison has to tell, in their order; not said: whatever it tells. */
  readonly detected?: readonly string[];
}

const point = customType<string>({ type: "point", encode: (value) => value, decode: (value) => value });

class Everything extends Model.define({
  id: bigint().primaryKey().identity("always"),
  small: smallint().default(-1),
  big: bigint().default(12345678901n),
  exact: numeric(12, 2).default("0"),
  any: numeric().default("1.50"),
  single: real().default(1.5),
  double: double().default(0),
  note: text().default("it's"),
  short: varchar(50).default("x"),
  long: varchar().nullable(),
  code: char(3).default("a"),
  at: timestamptz().default(sql`now()`),
  precise: timestamptz(3).nullable(),
  local: timestamp().default(sql`'2020-01-01'`),
  localPrecise: timestamp(0).nullable(),
  day: date().default(sql`current_date`),
  clock: time().nullable(),
  clockPrecise: time(3).nullable(),
  span: interval().default("1 day"),
  spanPrecise: interval(2).nullable(),
  flag: boolean().default(true),
  key: uuid().default(sql`gen_random_uuid()`),
  data: jsonb<object>().default({}),
  list: jsonb<object>().default(sql`'[1, 2]'`),
  raw: json<object>().default({ a: "it's" }),
  bytes: bytea().default(Buffer.from([0, 255])),
  address: inet().default("10.0.0.1"),
  network: cidr().nullable(),
  mac: macaddr().nullable(),
  words: tsvector().nullable(),
  bits: bit(4).default("1010"),
  varbits: varbit(8).nullable(),
  manybits: varbit().nullable(),
  tags: array(text()).default([]),
  numbers: array(numeric(5, 1)).default([]),
  i4: int4range().nullable(),
  i8: int8range().nullable(),
  n: numrange().nullable(),
  ts: tsrange().nullable(),
  tstz: tstzrange().nullable(),
  d: daterange().nullable(),
  mi4: int4multirange().nullable(),
  mi8: int8multirange().nullable(),
  mn: nummultirange().nullable(),
  mts: tsmultirange().nullable(),
  mtstz: tstzmultirange().nullable(),
  md: datemultirange().nullable(),
  where: point.nullable(),
  collated: text().collate("C").default(""),
  'odd "name"': text().nullable().comment("it's\nodd"),
}) {
  static override readonly comment = "Everything there is";
}

class Insensitive extends Model.define({ id: uuid().primaryKey(), email: citext().default("A@b.c").unique() }) {}

const mood = pgEnum("mood", ["sad", "ok", "happy"]);
const moodMore = pgEnum("mood", ["awful", "sad", "so so", "ok", "happy", "great"]);
const moodLess = pgEnum("mood", ["happy", "ok"]);
const level = pgEnum("level", ["low", "high"], { schema: "audit" });

const moody = (kind: typeof mood | typeof moodMore | typeof moodLess, more = false): ModelClass => {
  class People extends Model.define({
    id: integer().primaryKey(),
    mood: (kind as typeof mood)().default("ok").index(),
    history: array((kind as typeof mood)()).default(["ok"]),
    ...(more ? { note: text().nullable() } : {}),
  }) {
    static override readonly constraints = [check("mood", () => sql`${People.c.mood} <> ${"happy"} or id > 0`)];
    static override readonly indexes = [
      index(() => People.c.id, { name: "ix_happy", where: () => sql`${People.c.mood} = ${"happy"}` }),
    ];
  }
  return People as unknown as ModelClass;
};

class Region extends Model.define({
  country: char(2).primaryKey(),
  number: integer().primaryKey(),
  capitalCountry: char(2).nullable(),
  capitalNumber: integer().nullable(),
}) {
  static override readonly constraints = [
    foreignKey(
      () => [Region.c.capitalCountry, Region.c.capitalNumber],
      () => [City.c.country, City.c.number],
      { onDelete: "set null", onUpdate: "cascade", deferrable: "initially deferred" },
    ),
  ];
}

class City extends Model.define({ country: char(2).primaryKey(), number: integer().primaryKey(), region: integer() }) {
  static override readonly constraints = [
    foreignKey(
      () => [City.c.country, City.c.region],
      () => [Region.c.country, Region.c.number],
      { onDelete: "restrict", name: "city_in_region" },
    ),
  ];
}

class Entry extends BaseModel.define({
  level: level().default("low"),
  amount: numeric(10, 2).check((amount) => amount.gte("0")),
  count: integer().default(1),
  total: numeric().generated(() => sql`${Entry.c.amount} * ${Entry.c.count}`),
  paidAt: timestamptz().nullable(),
  note: text().nullable(),
  stay: daterange().nullable(),
  data: jsonb<object>().default({}),
  tags: array(text()).default([]),
}) {
  static override readonly schema = "audit";
  static override readonly comment = "Ledger";
  static override readonly indexes = [
    index(() => [Entry.c.paidAt, { on: Entry.c.createdAt, order: "desc" }], {
      unique: true,
      nullsNotDistinct: true,
      include: () => [Entry.c.amount, Entry.c.count],
      where: () => sql`${Entry.c.level} = ${"high"}`,
    }),
    index(() => ({ on: sql`lower(${Entry.c.note})`, opclass: "text_pattern_ops", collation: "POSIX" }), {
      name: "ix_lower",
      with: { fillfactor: 70 },
    }),
    index(() => ({ on: Entry.c.paidAt, order: "desc", nulls: "last" }), { name: "ix_paid" }),
    index(() => ({ on: Entry.c.data, opclass: "jsonb_path_ops" }), { method: "gin", name: "ix_data" }),
    index(() => Entry.c.tags, { method: "gin", with: { fastupdate: "off" } }),
    index(() => Entry.c.stay, { method: "gist" }),
    index(() => Entry.c.count, { method: "hash", name: "ix_count" }),
    index(() => Entry.c.createdAt, { method: "brin", name: "ix_created" }),
    index(() => [sql`coalesce(${Entry.c.note}, ${"none"})`, Entry.c.count], { name: "ix_expression" }),
  ];
  static override readonly constraints = [
    unique(() => [Entry.c.count, Entry.c.level], { deferrable: "initially immediate" }),
    unique(() => [Entry.c.note], { nullsNotDistinct: true, name: "one_note" }),
    check("note", () => sql`${Entry.c.note} <> ${"it's"} and char_length(${Entry.c.note}) between 1 and 10`),
  ];
}

/** A table of one name in two shapes. */
const two = (
  before: Parameters<typeof Model.define>[0],
  after: Parameters<typeof Model.define>[0],
): Pick<AutogenerateCase, "before" | "after"> => {
  const one = (columns: Parameters<typeof Model.define>[0]): ModelClass => {
    class Thing extends Model.define({ id: integer().primaryKey(), ...columns }) {}
    return Thing as unknown as ModelClass;
  };
  return { before: [one(before)], after: [one(after)] };
};

class ParentOld extends Model.define({ id: text().primaryKey(), code: text().unique() }) {
  static override readonly table = "parents";
}
class ChildOld extends Model.define({
  id: integer().primaryKey(),
  parentId: text().references(() => ParentOld.c.id),
  code: text().references(() => ParentOld.c.code, { name: "fk_code" }),
}) {
  static override readonly table = "children";
}
class ParentNew extends Model.define({
  id: uuid().primaryKey().default(sql`gen_random_uuid()`),
  code: text().unique(),
}) {
  static override readonly table = "parents";
}
class ChildNew extends Model.define({
  id: integer().primaryKey(),
  parentId: uuid().references(() => ParentNew.c.id, { onDelete: "cascade" }),
  code: text().references(() => ParentNew.c.code, { name: "fk_code" }),
}) {
  static override readonly table = "children";
}
class KeyOld extends Model.define({ a: integer().primaryKey(), b: integer() }) {
  static override readonly table = "keys";
}
class KeyNew extends Model.define({ a: integer().primaryKey(), b: integer().primaryKey() }) {
  static override readonly table = "keys";
}
class Soft extends SoftDeleteModel.define({ word: text().unique() }) {}

const oddMood = pgEnum("Mood.swings", ["it's", 'a "b"'], { schema: "Odd.schema" });
class Odd extends Model.define({
  "a.b": integer().primaryKey(),
  Case: oddMood().default("it's"),
  order: text().index(),
}) {
  static override readonly schema = "Odd.schema";
  static override readonly table = "Odd.table";
}
class OddLater extends Model.define({
  "a.b": integer()
    .primaryKey()
    .references(() => OddLater.c["a.b"]),
  Case: oddMood().default('a "b"'),
  order: integer().index(),
  __proto__x: text().nullable(),
}) {
  static override readonly schema = "Odd.schema";
  static override readonly table = "Odd.table";
}
class Ref extends Model.define({ id: integer().primaryKey(), other: integer().references(() => KeyOld.c.a) }) {}

/** What only hands write, and operations can. */
const LEGACY = `
  create extension btree_gist;
  create table legacies (
    id integer generated by default as identity (start with 100 increment by 5 cache 3) primary key,
    counted serial, big bigserial,
    a integer check (a > 0) no inherit, b integer, room integer, during tsrange,
    name text collate "C" default 'x',
    exclude using gist (room with =, during with &&) where (room > 0),
    exclude using btree (name with =),
    unique (big) include (counted) with (fillfactor = 60) deferrable initially deferred,
    unique nulls not distinct (a, b)
  ) with (fillfactor = 70, autovacuum_enabled = false);
  comment on column legacies.name is 'named';
  create unlogged table unlogged_things (a integer);
  create table legacy_lines (a integer, b integer, c integer,
    foreign key (a, b) references legacies (a, b) match full on delete cascade deferrable);
  alter table legacy_lines add constraint later foreign key (c) references legacies (id) on delete set null (c) not valid;
  alter table legacy_lines add constraint unchecked check (c > 0) not valid;
  create index on legacies using gist (during range_ops, name) include (a) where name <> 'a';
  create index on legacies ((a + b) desc, lower(name) collate "POSIX" text_pattern_ops nulls first);`;

export const CASES: readonly AutogenerateCase[] = [
  { name: "nothing at all", before: [], after: [], detected: [] },
  { name: "the shop", before: [], after: SHOP },
  { name: "the shop goes", before: SHOP, after: [] },
  { name: "the shop stays", before: SHOP, after: SHOP, detected: [] },
  {
    name: "every type, and what it defaults to",
    before: [],
    after: [Everything],
    detected: ["Detected added table 'everythings'"],
  },
  { name: "every type stays", before: [Everything], after: [Everything], detected: [] },
  { name: "a type of an extension", before: [], after: [Insensitive], sql: "create extension citext" },
  { name: "indexes and constraints of every kind, in a schema", before: [], after: [Entry] },
  { name: "they stay", before: [Entry, Soft], after: [Entry, Soft], detected: [] },
  { name: "foreign keys in a circle, of several columns", before: [], after: [Region, City] },
  { name: "the circle goes", before: [Region, City], after: [Soft] },
  { name: "an enum gets values", before: [moody(mood)], after: [moody(moodMore)] },
  { name: "an enum loses values and gets another order", before: [moody(mood)], after: [moody(moodLess)] },
  { name: "an enum comes", before: [Soft], after: [moody(mood)] },
  { name: "an enum goes", before: [moody(mood)], after: [Soft] },
  {
    name: "columns come",
    ...two({ a: text() }, { a: text(), b: text().nullable().unique(), c: integer().default(0).index() }),
    detected: [
      "Detected added column 'things.b'",
      "Detected added column 'things.c'",
      "Detected added unique constraint 'uq_things_b' on 'things'",
      "Detected added index 'ix_things_c' on 'things'",
    ],
  },
  {
    name: "columns go",
    ...two({ a: text(), b: text().unique(), c: integer().check(sql`c > 0`).index() }, { a: text() }),
  },
  {
    name: "types change",
    ...two(
      {
        a: varchar(50).default("x"),
        b: integer()
          .default(1)
          .check((b) => b.gte(0)),
        c: text().default("1"),
        d: timestamp().default(sql`now()`),
        e: text().collate("C").index(),
        f: json().default({}),
        g: numeric(10, 2).default("1"),
        h: integer().index(),
      },
      {
        a: text().default("x").index(),
        b: bigint()
          .default(1n)
          .check((b) => b.gte(0n)),
        c: integer().default(1),
        d: timestamptz().default(sql`now()`),
        e: varchar(20).index(),
        f: jsonb().default({}),
        g: numeric(12, 3).default("1"),
        h: text().index(),
      },
    ),
  },
  {
    name: "what else a column is changes",
    ...two(
      {
        a: text(),
        b: text().nullable(),
        c: integer().default(1),
        d: integer(),
        e: text().comment("one"),
        f: integer().identity("always"),
      },
      {
        a: text().nullable(),
        b: text().default("x"),
        c: integer(),
        d: integer().default(2),
        e: text().comment("two"),
        f: integer().identity("by default"),
      },
    ),
  },
  {
    name: "identity and comments come and go",
    ...two(
      { a: integer(), b: integer().identity("always"), c: text().comment("c"), d: text() },
      { a: integer().identity("by default"), b: integer(), c: text(), d: text().comment("d") },
    ),
  },
  {
    name: "generated columns",
    ...two(
      { a: integer(), b: integer().generated(sql`a + 1`), c: integer().generated(sql`a * 2`).index() },
      { a: bigint(), b: integer(), c: bigint().generated(sql`a * 3`).index() },
    ),
  },
  {
    name: "checks and indexes change",
    ...two(
      { a: integer().check("range", sql`a > 0`).index(), b: text().index({ where: sql`b <> ''` }) },
      { a: integer().check("range", sql`a > 1`).index({ unique: true }), b: text().index({ where: sql`b <> 'x'` }) },
    ),
    detected: [
      "Detected changed check constraint 'ck_things_range' on 'things'",
      "Detected changed index 'ix_things_b' on 'things'",
      "Detected changed index 'ix_things_a' on 'things'",
    ],
  },
  { name: "a key that others refer to changes its type", before: [ParentOld, ChildOld], after: [ParentNew, ChildNew] },
  { name: "a primary key changes", before: [KeyOld], after: [KeyNew] },
  { name: "names that need quotes", before: [], after: [Odd] },
  { name: "and what they name changes", before: [Odd], after: [OddLater] },
  {
    name: "tables that hands made go, and come back",
    before: [Soft],
    after: [Soft],
    sql: "create extension if not exists btree_gist",
    existing: LEGACY.replace("create extension btree_gist;", ""),
  },
  {
    name: "constraints that were not validated are",
    before: [KeyOld, Ref],
    after: [KeyOld, Ref],
    existing: `alter table refs drop constraint fk_refs_other_keys;
      alter table refs add constraint fk_refs_other_keys foreign key (other) references keys (a) not valid`,
    detected: ["Detected unvalidated constraint 'fk_refs_other_keys' on 'refs'"],
  },
  {
    name: "what hands added to a model's table goes",
    before: [KeyOld],
    after: [KeyOld],
    existing:
      "alter table keys add extra serial, add unique (b), add exclude using btree (b with =); create index on keys (b desc)",
  },
  { name: "a table of another name", before: [ParentOld], after: [Soft] },
];
