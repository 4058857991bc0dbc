import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  alias,
  array,
  bit,
  bytea,
  char,
  type DatabaseManager,
  date,
  del,
  double,
  errors,
  insert,
  insertFrom,
  int4range,
  integer,
  jsonb,
  Model,
  numeric,
  pgEnum,
  Range,
  select,
  sql,
  text,
  timestamptz,
  update,
  varchar,
} from "../../src/index.ts";
import { createEnum, createModels } from "../integration/create-table.ts";
import { Customer, Line, Order, openShop, Product, type Shop, stock } from "./shop.ts";

const mood = pgEnum("mood", ["fine", "so 'so'"]);

/** A row of many types, to go through both forms of INSERT. */
class Sample extends Model.define({
  id: integer().primaryKey().identity("by default"),
  mood: mood().nullable(),
  moods: array(mood()).nullable(),
  code: char(5).nullable(),
  short: varchar(4).nullable(),
  exact: numeric(6, 2).nullable(),
  real: double().nullable(),
  day: date().nullable(),
  at: timestamptz().nullable(),
  doc: jsonb<unknown>().nullable(),
  docs: array(jsonb<{ a: unknown }>()).nullable(),
  grid: array(array(integer())).nullable(),
  words: array(text()).nullable(),
  bytes: bytea().nullable(),
  span: int4range().nullable(),
  bits: bit(6).nullable(),
  doubled: integer().nullable().generated(sql`length(short) * 2`),
}) {}

let shop: Shop;
let manager: DatabaseManager;
let ada: Customer;

beforeAll(async () => {
  shop = await openShop();
  ({ manager } = shop);
  await shop.database.query(createEnum({ name: "mood", schema: undefined, values: mood.values }));
  await createModels(shop.database, [Sample]);
});
afterAll(() => shop.close());
beforeEach(async () => {
  ({ ada } = await stock(shop));
  await shop.database.query("truncate samples");
});

describe("insert", () => {
  const row = {
    mood: "so 'so'" as const,
    moods: ["fine" as const, "so 'so'" as const],
    code: "ab",
    short: 'a"b\\',
    exact: "1.50",
    real: 0.1,
    day: "2026-02-28",
    at: new Date("2026-01-01T00:00:00.123Z"),
    doc: { a: [1, null, "x'\"\\{}"] },
    docs: [{ a: [] }, { a: "," }],
    grid: [
      [1, 2],
      [3, 4],
    ],
    words: ["", "a,b", '"', "NULL", "{x}", "\\"],
    bytes: Buffer.from([0, 1, 255]),
    span: new Range(1, 5),
    bits: "010101",
  };
  const stored = { ...row, code: "ab   ", doubled: 8 };

  it("stores one row, and many, in the same way", async () => {
    const one = await shop.run((db) => db.one(insert(Sample, row)));
    expect(one.toDict()).toEqual({ ...stored, id: one.id });
    const many = await shop.all(
      insert(Sample, [row, { ...row, mood: null, words: [], docs: null, bytes: Buffer.alloc(0) }, row]),
    );
    expect(many.map(({ id: _, ...rest }) => rest)).toEqual([
      { ...stored },
      { ...stored, mood: null, words: [], docs: null, bytes: Buffer.alloc(0) },
      { ...stored },
    ]);
  });

  it("of many rows is one statement, whose shape does not depend on their number", () => {
    const of = (count: number): string =>
      insert(
        Product,
        Array.from({ length: count }, (_, id) => ({ id, name: `${id}`, colours: ["x"] })),
      ).compile().text;
    expect(of(2)).toBe(
      'insert into "products" ("id", "name", "colours") select rows."id", rows."name", rows."colours"::text[] from ' +
        'unnest($1::integer[], $2::text[], $3::text[]) as rows ("id", "name", "colours") returning "products"."id", ' +
        '"products"."name", "products"."colours", "products"."search"',
    );
    expect(of(500)).toBe(of(2));
    expect(insert(Product, { id: 1, name: "x" }).compile().text).toMatch(
      /^insert into "products" \("id", "name", "colours"\) values \(\$1, \$2, \$3\) returning /,
    );
  });

  it("refuses what an assignment would, however many rows there are", async () => {
    for (const rows of [[{ short: "12345" }], [{ short: "12345" }, { short: "1" }]]) {
      await expect(shop.all(insert(Sample, rows))).rejects.toBeInstanceOf(errors.DataError);
    }
    for (const rows of [[{ bits: "1" }], [{ bits: "1" }, { bits: "101010" }]]) {
      await expect(shop.all(insert(Sample, rows))).rejects.toBeInstanceOf(errors.DataError);
    }
  });

  it("leaves what a row does not give to the database", async () => {
    const rows = await shop.all(insert(Sample, [{ short: "a" }, { exact: "2" }, {}]));
    expect(rows).toMatchObject([
      { short: "a", exact: null },
      { short: null, exact: "2.00" },
      { short: null, exact: null },
    ]);
    const mixed = insert(Sample, [{ id: 900, short: "a" }, { short: "b" }]);
    expect(mixed.compile().text).toContain("values ($1, $2), (default, $3)");
    expect((await shop.all(mixed))[0]).toMatchObject({ id: 900 });
    expect(await shop.all(insert(Sample, [{}, {}, {}]))).toHaveLength(3);
    expect(await shop.all(insert(Sample, [{ short: sql`upper('x')` }, { short: "y" }]))).toMatchObject([
      { short: "X" },
      { short: "y" },
    ]);
  });

  it("splits a list that needs more than 65,535 parameters, and stores all of it or nothing", async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) =>
      i === 0 ? { short: sql`'x'`, exact: "1" } : { short: "y", exact: "1" },
    );
    expect(insert(Sample, rows).split()).toHaveLength(2);
    expect(await manager.execute(insert(Sample, rows))).toBe(40_000);
    expect(await manager.all(insert(Sample, rows.slice(0, 33_000)))).toHaveLength(33_000);
    expect(await shop.run((db) => db.execute(insert(Sample, rows)))).toBe(40_000);
    await shop.database.query("truncate samples");
    const failing = [...rows.slice(0, -1), { short: "too long", exact: "1" }];
    await expect(manager.execute(insert(Sample, failing))).rejects.toBeInstanceOf(errors.DataError);
    expect(await shop.database.query("select count(*)::int as n from samples")).toEqual([{ n: 0 }]);
  });

  it("takes 65,536 rows and more in one array per column", async () => {
    const rows = Array.from({ length: 70_000 }, (_, i) => ({ short: `${i % 1000}` }));
    expect(insert(Sample, rows).split()).toBeUndefined();
    expect(await manager.execute(insert(Sample, rows))).toBe(70_000);
  });

  it("refuses no row, unknown columns, and those that are never written", () => {
    expect(() => insert(Product, [])).toThrow("at least one row");
    expect(() => insert(Product, { id: 1, name: "x", nope: 1 } as never)).toThrow("no column nope");
    expect(() => insert(Sample, { doubled: 1 } as never)).toThrow("made by the database and never written");
  });

  it("copies from a query", async () => {
    const query = insertFrom(
      Product,
      select({ id: Product.c.id.plus(100), name: Product.c.name, colours: Product.c.colours }).from(Product),
    );
    expect(query.compile().text).toMatch(
      /^insert into "products" \("id", "name", "colours"\) \(select "products"."id" \+ \$1 as "id", .* from "products"\) returning/,
    );
    expect((await shop.all(query)).map(({ id }) => id)).toEqual([101, 102, 103]);
    expect(() => insertFrom(Product, select({ nope: Product.c.id }).from(Product) as never)).toThrow("no column nope");
  });

  it("returns what is asked for, and nothing when only counted", async () => {
    const query = insert(Product, { id: 9, name: "Belt" });
    expect(query.compile("count").text).not.toContain("returning");
    expect(await shop.all(query.returning({ name: Product.c.name }))).toEqual([{ name: "Belt" }]);
  });
});

describe("on conflict", () => {
  it("does nothing", async () => {
    const query = insert(Product, [
      { id: 1, name: "Other" },
      { id: 9, name: "Belt" },
    ]);
    expect(query.onConflictDoNothing().compile().text).toMatch(/ on conflict do nothing returning/);
    expect((await shop.all(query.onConflictDoNothing(Product.c.id))).map(({ id }) => id)).toEqual([9]);
    expect(await shop.run((db) => db.execute(query.onConflictDoNothing({ constraint: "products_pkey" })))).toBe(0);
  });

  it("updates, with what was to be inserted and what is there", async () => {
    const query = insert(Customer, { email: "ada@example.com", name: "Lovelace" }).onConflictDoUpdate(
      Customer.c.email,
      (excluded) => ({ name: sql`${Customer.c.name} || ' ' || ${excluded.name}` }),
    );
    expect(query.compile().text).toContain(
      ' on conflict ("email") do update set "updated_at" = now(), "name" = "customers"."name" || \' \' || excluded."name" returning',
    );
    expect(await shop.all(query)).toMatchObject([{ id: ada.id, name: "Ada Lovelace" }]);
    const kept = insert(Customer, { email: "ada@example.com", name: "X" }).onConflictDoUpdate(
      { columns: [Customer.c.email] },
      { name: "X" },
      Customer.c.name.eq("nobody"),
    );
    expect(await shop.all(kept)).toEqual([]);
  });

  it("refuses a target of no columns", () => {
    const query = insert(Product, { id: 1, name: "Other" });
    for (const target of [[], { columns: [] }, [Product.c["nope" as "id"]]]) {
      for (const each of [query.onConflictDoNothing(target), query.onConflictDoUpdate(target, { name: "x" })]) {
        expect(() => each.compile()).toThrow(errors.DefinitionError);
        expect(() => each.compile()).toThrow("Name the columns of a unique index");
      }
    }
  });

  it("goes by partial indexes and expressions", async () => {
    await shop.database.query("create unique index on products (lower(name)) where id < 1000");
    const query = insert(Product, { id: 10, name: "BARBELL" }).onConflictDoUpdate(
      { columns: sql`lower(name)`, where: sql<boolean>`id < 1000` },
      (excluded) => ({ name: excluded.name }),
    );
    expect(query.compile().text).toContain(" on conflict ((lower(name))) where id < 1000 do update set ");
    expect(await shop.all(query)).toMatchObject([{ id: 1, name: "BARBELL" }]);
  });
});

describe("update and delete", () => {
  it("change what matches", async () => {
    const query = update(Order).set({ status: "shipped" }).where(Order.c.status.eq("paid"));
    expect(query.compile().text).toMatch(
      /^update "orders" set "updated_at" = now\(\), "status" = \$1 where not "orders"."is_deleted" and "orders"."status" = \$2 returning "orders"."id"/,
    );
    const rows = await shop.all(query);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toBeInstanceOf(Order);
    expect(query.compile("count").text).not.toContain("returning");
  });

  it("look at other tables", async () => {
    const query = update(Order)
      .set({ total: sql`${Order.c.total} + 1` })
      .from(Customer)
      .where(Customer.c.id.eq(Order.c.customerId), Customer.c.name.eq("Bo"))
      .returning({ total: Order.c.total, name: Customer.c.name });
    expect(query.compile().text).toContain(' from "customers" where ');
    expect(await shop.all(query)).toEqual([{ total: "41.00", name: "Bo" }]);

    const others = alias(Line, "others");
    const doomed = del(Line).using(Product).where(Product.c.id.eq(Line.c.productId), Product.c.name.eq("Chalk"));
    expect(doomed.compile().text).toMatch(/^delete from "lines" using "products" where "products"."id" = /);
    expect(await shop.all(doomed)).toHaveLength(4);
    const dear = del(Line)
      .using(others)
      .where(others.c.orderId.eq(Line.c.orderId))
      .returning({ count: others.c.count });
    expect((await shop.all(dear)).map(({ count }) => count).toSorted()).toEqual([1, 2, 3, 4]);
  });

  it("leave soft-deleted rows alone unless asked for", async () => {
    const all = update(Order).set({ total: "1" });
    expect(await shop.run((db) => db.execute(all))).toBe(4);
    expect(await shop.run((db) => db.execute(all.onlyDeleted()))).toBe(1);
    expect(await shop.run((db) => db.execute(all.withDeleted()))).toBe(5);
    await shop.run((db) => db.execute(del(Line)));
    expect(await shop.run((db) => db.execute(del(Order).onlyDeleted()))).toBe(1);
    expect(await shop.run((db) => db.execute(del(Order)))).toBe(4);
  });

  it("refuse to set nothing, or what is no column or never written", () => {
    expect(() => update(Order).set({}).compile()).toThrow("sets nothing");
    expect(() =>
      update(Order)
        .set({ nope: 1 } as never)
        .compile(),
    ).toThrow("no column nope");
    expect(() =>
      update(Sample)
        .set({ doubled: 1 } as never)
        .compile(),
    ).toThrow("never written");
  });
});
