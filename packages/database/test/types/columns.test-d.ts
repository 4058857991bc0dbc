/** Compiled with the rest; a wrong type here is a failing build. Nothing in this file runs. */
import {
  array,
  bigint,
  boolean,
  bytea,
  type Column,
  char,
  check,
  customType,
  foreignKey,
  type Inserted,
  index,
  int4range,
  int8multirange,
  integer,
  jsonb,
  Model,
  type Multirange,
  numeric,
  pgEnum,
  type Range,
  type Selected,
  sql,
  text,
  timestamptz,
  tstzrange,
  tsvector,
  type Updated,
  unique,
  uuid,
  varchar,
} from "../../src/index.ts";
import { interval } from "../../src/model/types.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_T extends true>(): void => {};
/** Whether a definition is exactly a `Column<S, I, H, K>`. */
const isColumn = <S, I, H extends boolean = false, K extends boolean = false>() => ({
  of: <C>(_column: C, ..._proof: Equal<C, Column<S, I, H, K>> extends true ? [] : ["not that column", C]): void => {},
});

// ---- what each type and method makes of a column ----------------------------------------------------------------------

const mood = pgEnum("mood", ["sad", "happy"]);
type Mood = "sad" | "happy";
is<Equal<typeof mood.values, readonly Mood[]>>();

isColumn<number, number>().of(integer());
isColumn<bigint, bigint>().of(bigint());
isColumn<string, string>().of(numeric(12, 2));
isColumn<string, string>().of(text());
isColumn<"a" | "b", "a" | "b">().of(text<"a" | "b">());
isColumn<"a" | "b", "a" | "b">().of(varchar<"a" | "b">(1));
isColumn<"EUR", "EUR">().of(char<"EUR">(3));
isColumn<Mood, Mood>().of(mood());
isColumn<Buffer, Buffer>().of(bytea());
isColumn<Date, Date>().of(timestamptz(3));
isColumn<string, string>().of(interval());
isColumn<{ a: 1 }, { a: 1 }>().of(jsonb<{ a: 1 }>());
isColumn<Range<number>, Range<number>>().of(int4range());
isColumn<Range<Date>, Range<Date>>().of(tstzrange());
isColumn<Multirange<bigint>, Multirange<bigint>>().of(int8multirange());
isColumn<string[], string[]>().of(array(text()));
isColumn<(string | null)[], (string | null)[]>().of(array(text().nullable()));
isColumn<("a" | "b")[], ("a" | "b")[]>().of(array(text<"a" | "b">()));
isColumn<Mood[], Mood[]>().of(array(mood()));
isColumn<number[][], number[][]>().of(array(array(integer())));
isColumn<{ a: 1 }[], { a: 1 }[]>().of(array(jsonb<{ a: 1 }>()));
isColumn<URL, URL>().of(customType({ type: "text", encode: (url: URL) => url.href, decode: (text) => new URL(text) }));
isColumn<Map<string, string>, Map<string, string>>().of(customType<Map<string, string>>({ type: "hstore" }));

isColumn<string | null, string | null | undefined>().of(text().nullable());
isColumn<string, string | undefined>().of(text().default("x"));
isColumn<string, string | undefined>().of(text().default(sql`now()`));
isColumn<string, string | undefined>().of(text().default(() => "x"));
isColumn<string | null, string | null | undefined>().of(text().default("x").nullable());
isColumn<Mood, Mood | undefined>().of(mood().default("sad"));
isColumn<string[], string[] | undefined>().of(array(text()).default([]));
isColumn<string, string, true>().of(text().hidden());
isColumn<string, string | undefined, false, true>().of(uuid().primaryKey().default("x"));
isColumn<string, string | undefined, true, true>().of(uuid().default("x").primaryKey().hidden());
isColumn<number, undefined>().of(integer().identity("always"));
isColumn<number, number | undefined>().of(integer().identity("by default"));
isColumn<string, undefined>().of(tsvector().generated(sql`to_tsvector(name)`));
isColumn<string | null, undefined>().of(text().nullable().generated(sql`name`));
isColumn<string | null, undefined>().of(text().generated(sql`name`).nullable());
isColumn<number, number | undefined>().of(integer().version());
isColumn<string, string>().of(
  text()
    .unique()
    .index()
    .check("long", (name) => sql`length(${name}) > 1`)
    .check((name) => name.like("a%"))
    .references(() => 1, { onDelete: "cascade" })
    .collate("C")
    .comment("x"),
);

// ---- what they make of a model ----------------------------------------------------------------------------------------

class Line extends Model.define({
  orderId: uuid().primaryKey(),
  number: integer().primaryKey().identity("always"),
  parentId: uuid()
    .nullable()
    .references(() => Line.c.orderId),
  mood: mood().default("sad"),
  moods: array(mood()).nullable(),
  price: numeric(12, 2).check((price) => sql`${price} < ${Line.c.limit}`),
  limit: numeric(12, 2),
  total: numeric().generated((total) => sql`${Line.c.price} + ${total}`),
  note: text()
    .nullable()
    .generated(() => sql`${Line.c.mood}`),
  revision: integer().version(),
  isOpen: boolean().index({ where: (isOpen) => sql`${isOpen} and ${Line.c.limit} > 1` }),
}) {
  static override readonly indexes = [
    index(() => Line.c.price),
    index(() => [Line.c.price, { on: Line.c.limit, order: "desc", nulls: "last" }, sql`lower(${Line.c.note})`], {
      name: "some",
      method: "gist",
      where: () => Line.c.isOpen.eq(true),
      include: () => [Line.c.total],
    }),
  ];
  static override readonly constraints = [
    unique(() => [Line.c.price, Line.c.limit]),
    check("cheap", () => Line.c.price.lt("5")),
    foreignKey(
      () => [Line.c.parentId],
      () => [Line.c.orderId],
      { onUpdate: "set default", deferrable: "initially deferred" },
    ),
  ];
}

is<
  Equal<
    Selected<Line>,
    {
      orderId: string;
      number: number;
      parentId: string | null;
      mood: Mood;
      moods: Mood[] | null;
      price: string;
      limit: string;
      total: string;
      note: string | null;
      revision: number;
      isOpen: boolean;
    }
  >
>();
is<
  Equal<
    Inserted<Line>,
    {
      orderId: string;
      price: string;
      limit: string;
      isOpen: boolean;
      number?: never;
      parentId?: string | null;
      mood?: Mood;
      moods?: Mood[] | null;
      total?: never;
      note?: never;
      revision?: number;
    }
  >
>();
new Line({ orderId: "o", price: "1", limit: "2", isOpen: true, moods: ["sad"] });
declare const changes: Updated<Line>;
is<Equal<typeof changes.mood, Mood | undefined>>();

// ---- wrong uses -------------------------------------------------------------------------------------------------------

// @ts-expect-error a generated column is never inserted
new Line({ orderId: "o", price: "1", limit: "2", isOpen: true, total: "3" });
// @ts-expect-error nor is one that may be NULL
new Line({ orderId: "o", price: "1", limit: "2", isOpen: true, note: null });
// @ts-expect-error nor what the table alone counts
new Line({ orderId: "o", price: "1", limit: "2", isOpen: true, number: 1 });
// @ts-expect-error not a mood
new Line({ orderId: "o", price: "1", limit: "2", isOpen: true, mood: "angry" });
// @ts-expect-error nor among moods
new Line({ orderId: "o", price: "1", limit: "2", isOpen: true, moods: ["angry"] });
// @ts-expect-error numeric is text
new Line({ orderId: "o", price: 1, limit: "2", isOpen: true });
// @ts-expect-error not a mood
mood().default("angry");
// @ts-expect-error not among the literals
text<"a" | "b">().default("c");
// @ts-expect-error null is for nullable columns
text().default(null);
// @ts-expect-error another type of value
integer().default("1");
// @ts-expect-error a function of another type
integer().default(() => "1");
// @ts-expect-error another type of element
array(integer()).default(["a"]);
// @ts-expect-error no such action
uuid().references(() => Line.c.orderId, { onDelete: "explode" });
// @ts-expect-error no such kind
integer().identity("sometimes");
// @ts-expect-error no such order
index(() => ({ on: Line.c.price, order: "up" }));
// @ts-expect-error no column
unique(() => ["price"]);
// @ts-expect-error no SQL
check("x", () => "price > 0");
// @ts-expect-error no column type
array("text");
// @ts-expect-error encode of another type
customType<number>({ type: "money", encode: (value: string) => value });
