import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  alias,
  and,
  arrayAgg,
  avg,
  type Condition,
  caseWhen,
  coalesce,
  count,
  cte,
  dateTrunc,
  del,
  duration,
  type Expression,
  errors,
  exists,
  extract,
  insert,
  literal,
  lower,
  max,
  min,
  not,
  now,
  nullIf,
  optional,
  or,
  type Query,
  scalar,
  select,
  stringAgg,
  sum,
  text,
  update,
  upper,
} from "../../src/index.ts";
import { Customer, type Customer as CustomerRow, Line, Order, openShop, Product, type Shop, stock } from "./shop.ts";

let shop: Shop;
let ada: CustomerRow;
let bo: CustomerRow;

beforeAll(async () => {
  shop = await openShop();
  ({ ada, bo } = await stock(shop));
});
afterAll(() => shop.close());

const LIVING = 'not "orders"."is_deleted"';

/** The query's SQL and its rows. */
async function both<T>(query: Query<T>): Promise<{ text: string; values: readonly unknown[]; rows: T[] }> {
  const { text, values } = query.compile();
  return { text, values, rows: await shop.all(query) };
}

describe("what is selected", () => {
  it("is whole rows as instances", async () => {
    const { text, rows } = await both(select(Customer).orderBy(Customer.c.email.asc()));
    expect(text).toBe(
      'select "customers"."id", "customers"."created_at", "customers"."updated_at", "customers"."email", ' +
        '"customers"."name", "customers"."referrer_id" from "customers" order by "customers"."email" asc',
    );
    expect(rows).toEqual([ada, bo]);
    expect(rows[0]).toBeInstanceOf(Customer);
  });

  it("is columns and expressions by name, as plain objects", async () => {
    const { text, rows } = await both(
      select({ email: Customer.c.email, loud: upper(Customer.c.name) })
        .from(Customer)
        .where(Customer.c.name.eq("Ada")),
    );
    expect(text).toBe(
      'select "customers"."email" as "email", upper("customers"."name") as "loud" from "customers" where "customers"."name" = $1',
    );
    expect(rows).toEqual([{ email: "ada@example.com", loud: "ADA" }]);
    expect(Object.getPrototypeOf(rows[0])).toBe(Object.prototype);
  });

  it("is instances beside values", async () => {
    const rows = await shop.all(
      select({ customer: Customer, total: Order.c.total })
        .from(Order)
        .join(Customer, Customer.c.id.eq(Order.c.customerId))
        .where(Order.c.total.gt("30")),
    );
    expect(rows).toEqual([{ customer: bo, total: "40.00" }]);
    expect(rows[0]!.customer).toBeInstanceOf(Customer);
  });

  it("needs no table", async () => {
    const { text, rows } = await both(
      select({ two: literal(2), word: literal("w"), big: literal(2n), yes: literal(true) }),
    );
    expect(text).toBe('select $1::integer as "two", $2::text as "word", $3::bigint as "big", $4::boolean as "yes"');
    expect(rows).toEqual([{ two: 2, word: "w", big: 2n, yes: true }]);
  });

  it("has names that are nothing special to JavaScript", async () => {
    const [row] = await shop.all(select({ ["__proto__"]: literal(1), constructor: literal(2), 'a"b': literal(3) }));
    expect(Object.entries(row!)).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
      ['a"b', 3],
    ]);
  });

  it("is refused when it is nothing, or no expression", () => {
    expect(() => select({})).toThrow(errors.DefinitionError);
    expect(() => select({ a: 1 as never })).toThrow("a cannot be selected");
  });
});

describe("which rows", () => {
  it("is all conditions together, in parentheses where they need them", async () => {
    const { text, rows } = await both(
      select({ total: Order.c.total })
        .from(Order)
        .where(or(Order.c.status.eq("draft"), and(Order.c.status.eq("paid"), Order.c.total.gt("20"))))
        .where(not(Order.c.customerId.eq(bo.id)))
        .orderBy(Order.c.total.desc()),
    );
    expect(text).toBe(
      `select "orders"."total" as "total" from "orders" where ${LIVING} and ` +
        '("orders"."status" = $1 or ("orders"."status" = $2 and "orders"."total" > $3)) and ' +
        '(not ("orders"."customer_id" = $4)) order by "orders"."total" desc',
    );
    expect(rows).toEqual([{ total: "30.00" }, { total: "10.00" }]);
  });

  it("is a boolean column, too", async () => {
    const { text, rows } = await both(select({ n: count() }).from(Order).withDeleted().where(Order.c.isDeleted));
    expect(text).toBe('select count(*) as "n" from "orders" where "orders"."is_deleted"');
    expect(rows).toEqual([{ n: 1 }]);
  });

  it("is a part of them, in order, each once", async () => {
    const totals = select({ total: Order.c.total }).from(Order).orderBy(Order.c.total.asc());
    expect(await shop.all(totals.limit(2).offset(1))).toEqual([{ total: "20.00" }, { total: "30.00" }]);
    expect(totals.limit(2).offset(1).compile().text).toMatch(/ limit \$1 offset \$2$/);
    const { text, rows } = await both(
      select({ status: Order.c.status }).from(Order).distinct().orderBy(Order.c.status.asc()),
    );
    expect(text).toMatch(/^select distinct "orders"."status" as "status" from/);
    expect(rows).toEqual([{ status: "draft" }, { status: "paid" }, { status: "shipped" }]);
    for (const wrong of [-1, 1.5, Number.NaN, "1" as never, Number.POSITIVE_INFINITY]) {
      expect(() => totals.limit(wrong)).toThrow(errors.DefinitionError);
      expect(() => totals.offset(wrong)).toThrow(errors.DefinitionError);
    }
  });

  it("is the first of each group, with DISTINCT ON", async () => {
    const { text, rows } = await both(
      select({ name: Customer.c.name, total: Order.c.total })
        .from(Order)
        .join(Customer, Customer.c.id.eq(Order.c.customerId))
        .distinctOn(Order.c.customerId)
        .orderBy(Order.c.customerId, Order.c.total.desc()),
    );
    expect(text).toMatch(/^select distinct on \("orders"."customer_id"\) "customers"."name" as "name"/);
    expect(rows.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: "Ada", total: "30.00" },
      { name: "Bo", total: "40.00" },
    ]);
  });

  it("puts NULLs where it is told to", async () => {
    const placed = (ordering: ReturnType<typeof Order.c.placedAt.asc>): Promise<unknown[]> =>
      shop.all(select({ total: Order.c.total }).from(Order).orderBy(ordering).limit(1));
    expect(await placed(Order.c.placedAt.asc({ nulls: "first" }))).toEqual([{ total: "10.00" }]);
    expect(await placed(Order.c.placedAt.desc({ nulls: "last" }))).toEqual([{ total: "40.00" }]);
    expect(
      select(Order)
        .orderBy(Order.c.placedAt.asc({ nulls: "first" }))
        .compile().text,
    ).toMatch(/ order by "orders"."placed_at" asc nulls first$/);
  });

  it("is counted, and asked for", async () => {
    const drafts = select(Order).where(Order.c.status.eq("draft"));
    expect(drafts.count().compile().text).toBe(
      `select count(*) from (select 1 from "orders" where ${LIVING} and "orders"."status" = $1) as rows`,
    );
    expect(await shop.run((db) => db.count(drafts))).toBe(1);
    expect(await shop.run((db) => db.exists(drafts))).toBe(true);
    expect(await shop.run((db) => db.exists(drafts.where(Order.c.total.gt("10"))))).toBe(false);
    const statuses = select({ status: Order.c.status }).from(Order).distinct();
    expect(await shop.run((db) => db.count(statuses))).toBe(3);
    const groups = select({ id: Order.c.customerId }).from(Order).groupBy(Order.c.customerId).having(count().gt(1));
    expect(await shop.run((db) => db.count(groups))).toBe(1);
  });

  it("is fetched no further than wanted", async () => {
    expect(select(Order).compile("first").text).toMatch(/ limit 1$/);
    expect(select(Order).compile("one").text).toMatch(/ limit 2$/);
    expect(select(Order).limit(7).compile("first").text).toMatch(/ limit \$1$/);
    await expect(shop.run((db) => db.one(select(Order)))).rejects.toBeInstanceOf(errors.MultipleRows);
    await expect(shop.run((db) => db.one(select(Order).where(Order.c.total.gt("50"))))).rejects.toBeInstanceOf(
      errors.NotFound,
    );
    expect(await shop.run((db) => db.first(select(Order).where(Order.c.total.gt("50"))))).toBeUndefined();
  });
});

describe("joins", () => {
  it("leave rows without a match out, or keep them with null", async () => {
    const referrer = optional(alias(Customer, "referrer"));
    const { text, rows } = await both(
      select({ name: Customer.c.name, by: referrer.c.name, referrer })
        .from(Customer)
        .leftJoin(referrer, referrer.c.id.eq(Customer.c.referrerId))
        .orderBy(Customer.c.name.asc()),
    );
    expect(text).toContain(
      ' from "customers" left join "customers" as "referrer" on "referrer"."id" = "customers"."referrer_id" order by',
    );
    expect(rows).toEqual([
      { name: "Ada", by: null, referrer: null },
      { name: "Bo", by: "Ada", referrer: ada },
    ]);
  });

  it("of a model's rows stay that model's", async () => {
    const rows = await shop.all(
      select(Order).join(Customer, Customer.c.id.eq(Order.c.customerId)).where(Customer.c.name.eq("Bo")),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toBeInstanceOf(Order);
    expect(rows[0]!.isPaid).toBe(true);
  });

  it("have to be optional exactly when they are left joins", () => {
    const on = Customer.c.id.eq(Order.c.customerId);
    expect(() => select(Order).leftJoin(Customer as never, on)).toThrow("leftJoin() takes a source made by optional()");
    expect(() => select(Order).join(optional(Customer) as never, on)).toThrow("goes with leftJoin()");
    expect(() => select(Order).join({} as never, on)).toThrow(errors.DefinitionError);
  });

  it("are lateral, and name what stands before them", async () => {
    const dearest = select({ total: Order.c.total })
      .from(Order)
      .where(Order.c.customerId.eq(Customer.c.id))
      .orderBy(Order.c.total.desc())
      .limit(1)
      .as("dearest");
    const { text, rows } = await both(
      select({ name: Customer.c.name, total: dearest.c.total })
        .from(Customer)
        .joinLateral(dearest)
        .orderBy(Customer.c.name.asc()),
    );
    expect(text).toBe(
      'select "customers"."name" as "name", "dearest"."total" as "total" from "customers" join lateral ' +
        `(select "orders"."total" as "total" from "orders" where ${LIVING} and "orders"."customer_id" = "customers"."id" ` +
        'order by "orders"."total" desc limit $1) as "dearest" on true order by "customers"."name" asc',
    );
    expect(rows).toEqual([
      { name: "Ada", total: "30.00" },
      { name: "Bo", total: "40.00" },
    ]);
    const none = optional(select({ id: Line.c.orderId }).from(Line).where(Line.c.count.gt(1000)).as("none"));
    expect(
      await shop.all(select({ name: Customer.c.name, id: none.c.id }).from(Customer).leftJoinLateral(none).limit(1)),
    ).toMatchObject([{ id: null }]);
  });
});

describe("groups", () => {
  it("are aggregated, filtered, and had", async () => {
    const { text, rows } = await both(
      select({
        name: Customer.c.name,
        orders: count(),
        paid: count().filter(Order.c.status.eq("paid")),
        sum: sum(Order.c.total),
        average: avg(Order.c.total),
        first: min(Order.c.placedAt),
        last: max(Order.c.total),
        statuses: arrayAgg(Order.c.status).distinct().orderBy(Order.c.status.asc()),
        words: stringAgg(Order.c.status, "+").orderBy(Order.c.total),
      })
        .from(Order)
        .join(Customer, Customer.c.id.eq(Order.c.customerId))
        .groupBy(Customer.c.name)
        .having(count().gt(1)),
    );
    expect(text).toContain('count(*) filter (where "orders"."status" = $1) as "paid"');
    expect(text).toContain('array_agg(distinct "orders"."status" order by "orders"."status" asc) as "statuses"');
    expect(text).toContain('string_agg("orders"."status", $2::text order by "orders"."total") as "words"');
    expect(text).toMatch(/ group by "customers"."name" having count\(\*\) > \$3$/);
    expect(rows).toEqual([
      {
        name: "Ada",
        orders: 3,
        paid: 2,
        sum: "60.00",
        average: 20,
        first: new Date("2026-01-01T12:00:00Z"),
        last: "30.00",
        statuses: ["draft", "paid"],
        words: "draft+paid+paid",
      },
    ]);
  });

  it("of no rows are null, and sums of integers numbers that are exact or refused", async () => {
    const lines = select({ sum: sum(Line.c.count), n: count(Line.c.count), average: avg(Line.c.count) }).from(Line);
    expect(await shop.all(lines)).toEqual([{ sum: 50, n: 8, average: 6.25 }]);
    expect(await shop.all(lines.where(Line.c.count.gt(1000)))).toEqual([{ sum: null, n: 0, average: null }]);
    const { decode } = sum(Line.c.count);
    expect(decode?.(2n ** 53n - 1n)).toBe(2 ** 53 - 1);
    expect(() => decode?.(2n ** 53n)).toThrow(RangeError);
  });
});

describe("queries in queries", () => {
  const dear = select({ id: Order.c.customerId }).from(Order).where(Order.c.total.gte("40"));

  it("are lists of values", async () => {
    const { text, rows } = await both(select({ name: Customer.c.name }).from(Customer).where(Customer.c.id.in(dear)));
    expect(text).toBe(
      'select "customers"."name" as "name" from "customers" where "customers"."id" in ' +
        `(select "orders"."customer_id" as "id" from "orders" where ${LIVING} and "orders"."total" >= $1)`,
    );
    expect(rows).toEqual([{ name: "Bo" }]);
    expect(await shop.all(select({ name: Customer.c.name }).from(Customer).where(Customer.c.id.notIn(dear)))).toEqual([
      { name: "Ada" },
    ]);
  });

  it("exist or not", async () => {
    const drafts = select(Order).where(Order.c.customerId.eq(Customer.c.id), Order.c.status.eq("draft"));
    const { text, rows } = await both(
      select({ name: Customer.c.name })
        .from(Customer)
        .where(not(exists(drafts))),
    );
    expect(text).toMatch(/ where not \(exists \(select .* from "orders" where .*\)\)$/);
    expect(rows).toEqual([{ name: "Bo" }]);
  });

  it("are values", async () => {
    const orders = select({ n: count() }).from(Order).where(Order.c.customerId.eq(Customer.c.id));
    expect(
      await shop.all(
        select({ name: Customer.c.name, orders: scalar(orders) })
          .from(Customer)
          .orderBy(Customer.c.name.asc()),
      ),
    ).toEqual([
      { name: "Ada", orders: 3 },
      { name: "Bo", orders: 1 },
    ]);
  });

  it("are read from, under a name and in WITH", async () => {
    const totals = select({ id: Order.c.customerId, sum: sum(Order.c.total) })
      .from(Order)
      .groupBy(Order.c.customerId);
    const derived = totals.as("totals");
    const wanted = select({ name: Customer.c.name, sum: derived.c.sum })
      .from(derived)
      .join(Customer, Customer.c.id.eq(derived.c.id))
      .orderBy(derived.c.sum.desc());
    expect(await shop.all(wanted)).toEqual([
      { name: "Ada", sum: "60.00" },
      { name: "Bo", sum: "40.00" },
    ]);
    const named = cte("totals", totals);
    const { text, rows } = await both(select({ id: named.c.id }).with(named).from(named).where(named.c.sum.gt("50")));
    expect(text).toBe(
      `with "totals" as (select "orders"."customer_id" as "id", sum("orders"."total") as "sum" from "orders" where ${LIVING} ` +
        'group by "orders"."customer_id") select "totals"."id" as "id" from "totals" where "totals"."sum" > $1',
    );
    expect(rows).toEqual([{ id: ada.id }]);
  });

  it("write, in WITH", async () => {
    const made = cte("made", insert(Product, { id: 77, name: "Belt" }).returning({ id: Product.c.id }));
    expect(await shop.all(select({ id: made.c.id }).with(made).from(made))).toEqual([{ id: 77 }]);
    const gone = cte("gone", del(Product).where(Product.c.id.eq(77)));
    expect(await shop.all(select({ name: gone.c.name }).with(gone).from(gone))).toEqual([{ name: "Belt" }]);
    const changed = cte("changed", update(Product).set({ name: "Chalk!" }).where(Product.c.id.eq(2)));
    expect(await shop.all(select({ n: count() }).with(changed).from(changed))).toEqual([{ n: 1 }]);
    await shop.all(update(Product).set({ name: "Chalk" }).where(Product.c.id.eq(2)));
  });
});

describe("expressions", () => {
  const one = async <T>(expression: Expression<T>): Promise<T> =>
    (await shop.all(select({ value: expression }).from(Order).where(Order.c.total.eq("20")))).at(0)!.value;

  it("compare NULL as a value", async () => {
    const where = (condition: Condition): Promise<number> => shop.run((db) => db.count(select(Order).where(condition)));
    expect(await where(Order.c.placedAt.isDistinctFrom(null))).toBe(3);
    expect(await where(Order.c.placedAt.isNotDistinctFrom(null))).toBe(1);
    expect(await where(Order.c.total.between("20", "30"))).toBe(2);
    expect(await where(Order.c.status.notLike("%a%"))).toBe(1);
  });

  it("calculate, cast, and choose", async () => {
    expect(await one(Order.c.total.plus("1.5").times("2"))).toBe("43.00");
    expect(await one(Order.c.total.minus("1").dividedBy("4").cast(text()))).toMatch(/^4\.75/);
    expect(
      select({ v: Order.c.total.plus("1").times("2") })
        .from(Order)
        .compile().text,
    ).toContain('select ("orders"."total" + $1) * $2 as "v"');
    expect(
      await one(caseWhen(Order.c.total.gt("100"), "high").when(Order.c.total.gt("15"), "middle").else("low")),
    ).toBe("middle");
    expect(await one(caseWhen(Order.c.total.gt("100"), 1))).toBeNull();
    expect(await one(caseWhen(Order.c.total.lt("100"), 1).else(0.5))).toBe(1);
    expect(await one(coalesce(nullIf(Order.c.status, "paid"), "draft"))).toBe("draft");
    expect(await one(lower(upper(Order.c.status)))).toBe("paid");
  });

  it("know dates", async () => {
    expect(await one(dateTrunc("month", Order.c.placedAt, "UTC"))).toEqual(new Date("2026-01-01T00:00:00Z"));
    expect(await one(Order.c.placedAt.plus(duration("1 day 2 hours")))).toEqual(new Date("2026-01-02T14:00:00Z"));
    expect(await one(extract("year", Order.c.placedAt))).toBe(2026);
    expect(() => extract("year from now()); drop table orders; --", Order.c.placedAt)).toThrow(errors.DefinitionError);
    expect(await one(now())).toBeInstanceOf(Date);
  });
});

describe("locks", () => {
  it("are said in full", () => {
    const query = select(Order).join(Customer, Customer.c.id.eq(Order.c.customerId));
    expect(query.lock("update", { of: Order, skipLocked: true }).compile().text).toMatch(
      / for update of "orders" skip locked$/,
    );
    expect(query.lock("no key update", { noWait: true }).compile().text).toMatch(/ for no key update nowait$/);
    expect(query.lock("share").compile().text).toMatch(/ for share$/);
    expect(() => query.lock("sha" as never)).toThrow(errors.DefinitionError);
    expect(() => query.lock("share", { noWait: true, skipLocked: true })).toThrow(errors.DefinitionError);
  });

  it("make others skip the rows, or fail", async () => {
    const drafts = select(Order).where(Order.c.status.eq("draft"));
    await shop.run(async (db) => {
      expect(await db.all(drafts.lock("update"))).toHaveLength(1);
      await shop.run(async (other) => {
        expect(await other.all(drafts.lock("update", { skipLocked: true }))).toEqual([]);
        expect(await other.all(drafts)).toHaveLength(1);
      });
      const failing = shop.run((other) => other.all(drafts.lock("update", { noWait: true })));
      await expect(failing).rejects.toBeInstanceOf(errors.LockNotAvailable);
    });
  });
});

it("runs on the manager, too", async () => {
  expect(await shop.manager.all(select({ n: count() }).from(Customer))).toEqual([{ n: 2 }]);
});
