import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  and,
  BaseModel,
  type Condition,
  DatabaseManager,
  del,
  errors,
  insert,
  integer,
  jsonb,
  Model,
  not,
  numeric,
  or,
  type Session,
  SoftDeleteModel,
  select,
  sql,
  text,
  update,
  uuid,
  varchar,
} from "../../src/index.ts";

class Customer extends BaseModel.define({
  email: varchar(255).index({ unique: true }),
  hashedPassword: varchar(255).hidden(),
}) {}

class Order extends SoftDeleteModel.define({
  customerId: uuid().references(() => Customer.c.id),
  status: text<"draft" | "paid" | "shipped">().default("draft"),
  total: numeric(12, 2),
  lines: jsonb<{ sku: string; count: number }[]>().nullable(),
  weight: integer().nullable(),
}) {
  get isPaid(): boolean {
    return this.status !== "draft";
  }
}

let database: TestDatabase;
let manager: DatabaseManager;
let customer: Customer;

const run = <T>(work: (db: Session) => Promise<T>): Promise<T> => manager.session(work);

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`
    create table customers (
      id uuid primary key, created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
      email varchar(255) not null unique, hashed_password varchar(255) not null);
    create table orders (
      id uuid primary key, created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
      is_deleted boolean not null default false, deleted_at timestamptz, customer_id uuid not null references customers,
      status text not null default 'draft', total numeric(12,2) not null, lines jsonb, weight integer)`);
  manager = new DatabaseManager({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});
beforeEach(async () => {
  await database.query("truncate customers cascade");
  customer = await run((db) => db.add(new Customer({ email: "ada@example.com", hashedPassword: "secret-hash" })));
});

const makeOrder = (values: Partial<ConstructorParameters<typeof Order>[0]> = {}): Promise<Order> =>
  run((db) => db.add(new Order({ customerId: customer.id, total: "10.00", ...values })));

describe("instances", () => {
  it("know their id and constant defaults before they are stored", () => {
    const order = new Order({ customerId: customer.id, total: "1.00" });
    expect(order.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(order).toMatchObject({ status: "draft", isDeleted: false, isPaid: false });
  });

  it("take on what the database made of them", async () => {
    const before = Date.now();
    const order = await makeOrder({ total: "10.5", lines: [{ sku: "a", count: 2 }] });
    expect(order).toBeInstanceOf(Order);
    expect(order.total).toBe("10.50");
    expect(order.createdAt.getTime()).toBeGreaterThan(before - 60_000);
    expect(order.lines).toEqual([{ sku: "a", count: 2 }]);
    expect(order.deletedAt).toBeNull();
  });

  it("never show a hidden column", async () => {
    const [loaded] = await run((db) => db.all(select(Customer)));
    expect(loaded!.hashedPassword).toBe("secret-hash");
    expect(Object.keys(loaded!.toDict()).sort()).toEqual(["createdAt", "email", "id", "updatedAt"]);
    for (const shown of [inspect(loaded), JSON.stringify(loaded), JSON.stringify([loaded])]) {
      expect(shown).toContain("ada@example.com");
      expect(shown).not.toContain("secret-hash");
    }
    expect(inspect(loaded)).toMatch(/^Customer \{/);
  });

  it("are saved by what changed, and nothing is sent when nothing did", async () => {
    const order = await makeOrder();
    const createdAt = order.updatedAt;
    await run(async (db) => {
      await db.save(order);
      expect(manager.pool.status().checkedOut).toBe(0);
    });
    order.status = "paid";
    order.lines = [{ sku: "b", count: 1 }];
    await database.query("update orders set total = 99");
    await run((db) => db.save(order));
    expect(order.isPaid).toBe(true);
    expect(order.total).toBe("99.00"); // untouched here, so not overwritten, and read back
    expect(order.updatedAt.getTime()).toBeGreaterThan(createdAt.getTime());
    expect(await database.query("select status, lines from orders")).toEqual([
      { status: "paid", lines: [{ sku: "b", count: 1 }] },
    ]);
  });

  it("notice a change inside a JSON value", async () => {
    const order = await makeOrder({ lines: [{ sku: "a", count: 1 }] });
    order.lines![0]!.count = 5;
    await run((db) => db.save(order));
    expect(await database.query("select lines from orders")).toEqual([{ lines: [{ sku: "a", count: 5 }] }]);
  });

  it("are refreshed and deleted by their key, and say when they are gone", async () => {
    const order = await makeOrder();
    await database.query("update orders set total = 5");
    await run((db) => db.refresh(order));
    expect(order.total).toBe("5.00");
    await run((db) => db.delete(order));
    expect(await database.query("select 1 from orders")).toEqual([]);
    await expect(run((db) => db.refresh(order))).rejects.toBeInstanceOf(errors.NotFound);
    order.total = "6.00";
    await expect(run((db) => db.save(order))).rejects.toBeInstanceOf(errors.NotFound);
  });

  it("are as they were when their transaction rolls back, and can be stored again", async () => {
    const order = await makeOrder();
    order.status = "paid";
    let attempts = 0;
    await manager.retry(async (db) => {
      await db.save(order);
      attempts += 1;
      if (attempts === 1) await db.sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`;
    });
    expect(await database.query("select status from orders")).toEqual([{ status: "paid" }]);

    const added = new Order({ customerId: customer.id, total: "2.00" });
    await run(async (db) => {
      await db
        .transaction(async () => {
          await db.add(added);
          await order.softDelete(db);
          throw new Error("no");
        })
        .catch(() => {});
      expect(order.isDeleted).toBe(false);
      expect("createdAt" in added).toBe(false);
      await db.add(added);
    });
    expect(await run((db) => db.count(select(Order)))).toBe(2);
  });

  it("notice a change inside a Date", async () => {
    const order = await makeOrder();
    order.createdAt.setUTCFullYear(2001);
    await run((db) => db.save(order));
    expect(await database.query("select extract(year from created_at)::int as y from orders")).toEqual([{ y: 2001 }]);
  });

  it("with a moment that no Date can hold can still be saved", async () => {
    const order = await makeOrder();
    await database.query("update orders set deleted_at = 'infinity'");
    await run((db) => db.refresh(order));
    order.status = "shipped";
    await run((db) => db.save(order));
    expect(await database.query("select status, deleted_at::text from orders")).toEqual([
      { status: "shipped", deleted_at: "infinity" },
    ]);
  });

  it("do not share a default that can be changed", () => {
    class Doc extends BaseModel.define({ meta: jsonb<{ tags: string[] }>().default({ tags: [] }) }) {}
    new Doc({}).meta.tags.push("x");
    expect(new Doc({}).meta).toEqual({ tags: [] });
  });

  it("are inserted one by one even when they are all defaults", async () => {
    class Tick extends Model.define({ n: integer().default(sql`7`) }) {}
    await database.query("create table ticks (n int not null default 7)");
    expect(await run((db) => db.all(insert(Tick, [{}, {}, {}])))).toMatchObject([{ n: 7 }, { n: 7 }, { n: 7 }]);
  });

  it("have to be stored before they are saved", async () => {
    const order = new Order({ customerId: customer.id, total: "1" });
    await expect(run((db) => db.save(order))).rejects.toBeInstanceOf(errors.DefinitionError);
  });
});

describe("soft delete", () => {
  it("hides, shows on request, and restores", async () => {
    const order = await makeOrder();
    await run((db) => order.softDelete(db));
    expect(order.isDeleted).toBe(true);
    expect(order.deletedAt).toBeInstanceOf(Date);
    const seen = await run(async (db) => ({
      plain: await db.count(select(Order)),
      with: await db.count(select(Order).withDeleted()),
      only: await db.all(select(Order).onlyDeleted()),
    }));
    expect(seen).toMatchObject({ plain: 0, with: 1, only: [{ id: order.id }] });
    await run((db) => order.restore(db));
    expect(order).toMatchObject({ isDeleted: false, deletedAt: null });
    expect(await run((db) => db.exists(select(Order)))).toBe(true);
  });
});

describe("queries", () => {
  beforeEach(async () => {
    await run((db) =>
      db.execute(
        insert(
          Order,
          [5, 10, 15, 20].map((n) => ({
            customerId: customer.id,
            total: `${n}.00`,
            status: n > 10 ? ("paid" as const) : ("draft" as const),
            ...(n === 20 ? { weight: 7 } : {}),
          })),
        ),
      ),
    );
  });
  const totals = (...conditions: readonly Condition[]): Promise<string[]> =>
    run(async (db) =>
      (
        await db.all(
          select(Order)
            .where(...conditions)
            .orderBy(Order.c.total.asc()),
        )
      ).map(({ total }) => total),
    );

  it("compare", async () => {
    expect(await totals(Order.c.total.eq("5"))).toEqual(["5.00"]);
    expect(await totals(Order.c.total.ne("5"), Order.c.total.lt("20"))).toEqual(["10.00", "15.00"]);
    expect(await totals(Order.c.total.gte("10"), Order.c.total.lte("15"))).toEqual(["10.00", "15.00"]);
    expect(await totals(Order.c.total.gt("15"))).toEqual(["20.00"]);
    expect(await totals(Order.c.total.in(["5.00", "20"]))).toEqual(["5.00", "20.00"]);
    expect(await totals(Order.c.total.in([]))).toEqual([]);
    expect(await totals(Order.c.status.notIn(["paid"]))).toEqual(["5.00", "10.00"]);
    expect(await totals(Order.c.weight.isNotNull())).toEqual(["20.00"]);
    expect(await totals(Order.c.weight.isNull(), Order.c.status.like("pa%"))).toEqual(["15.00"]);
    expect(await totals(Order.c.status.ilike("DRA%"))).toEqual(["5.00", "10.00"]);
    expect(await totals(Order.c.createdAt.eq(Order.c.updatedAt), Order.c.total.eq("5"))).toEqual(["5.00"]);
    expect(await totals(Order.c.createdAt.gt(new Date(Date.now() - 3_600_000)))).toHaveLength(4);
  });

  it("combine conditions with and, or, not", async () => {
    const small = Order.c.total.lt("10");
    const paid = Order.c.status.eq("paid");
    expect(await totals(or(small, and(paid, Order.c.total.gt("15"))))).toEqual(["5.00", "20.00"]);
    expect(await totals(not(or(small, paid)))).toEqual(["10.00"]);
    expect(await totals(or())).toEqual([]);
    expect(await totals(and())).toHaveLength(4);
  });

  it("limit, offset, count and exist", async () => {
    const page = await run((db) => db.all(select(Order).orderBy(Order.c.total.desc()).limit(2).offset(1)));
    expect(page.map(({ total }) => total)).toEqual(["15.00", "10.00"]);
    expect(await run((db) => db.count(select(Order).limit(3)))).toBe(3);
    expect(await run((db) => db.exists(select(Order).where(Order.c.total.gt("100"))))).toBe(false);
  });

  it("update with values and expressions, and renew updated_at", async () => {
    const rows = await run((db) =>
      db.all(
        update(Order)
          .set({ total: sql`${Order.c.total} * 2`, weight: 1 })
          .where(Order.c.total.eq("5")),
      ),
    );
    expect(rows.map(({ total, weight }) => [total, weight])).toEqual([["10.00", 1]]);
    const changed = await database.query("select 1 from orders where updated_at > created_at");
    expect(changed).toHaveLength(1);
    await expect(run((db) => db.execute(update(Order).set({})))).rejects.toBeInstanceOf(errors.DefinitionError);
  });

  it("delete for good and tell how many", async () => {
    expect(await run((db) => db.execute(del(Order).where(Order.c.status.eq("paid"))))).toBe(2);
    expect(await totals()).toEqual(["5.00", "10.00"]);
  });

  it("expect exactly one row of one()", async () => {
    await expect(run((db) => db.one(select(Order)))).rejects.toBeInstanceOf(errors.MultipleRows);
    await expect(run((db) => db.one(select(Order).where(Order.c.total.gt("99"))))).rejects.toBeInstanceOf(
      errors.NotFound,
    );
  });

  it("are inert: nothing happens until a session runs them", async () => {
    const query = del(Order);
    expect("then" in query).toBe(false);
    expect(await totals()).toHaveLength(4);
  });
});

describe("sql", () => {
  it("makes parameters of values, whatever they hold, and text only of fragments", async () => {
    const evil = "'; drop table orders; --";
    const rows = await run(
      (db) => db.sql<{ a: string; n: number }>`select ${evil}::text as a, ${1}::int as n from ${sql.id("customers")}`,
    );
    expect(rows).toEqual([{ a: evil, n: 1 }]);
    expect(sql`select ${evil} where ${Customer.c.email} = ${sql`lower(${"A"})`}`.compile()).toMatchObject({
      text: 'select $1 where "customers"."email" = lower($2)',
      values: [evil, "A"],
    });
    expect(sql`${sql.id('we"ird', "x")}`.compile().text).toBe('"we""ird"."x"');
  });

  it("refuses a template that JavaScript has garbled", async () => {
    expect(() => sql`select '\x'`).toThrow(errors.DefinitionError);
  });

  it("never runs two statements in one text", async () => {
    await expect(run((db) => db.sql`select 1; select 2`)).rejects.toMatchObject({ sqlState: "42601" });
  });

  it("reads the server's types", async () => {
    const [row] = await run(
      (db) => db.sql<Record<string, unknown>>`select
        9007199254740993::bigint as big, array[1.10, null]::numeric[] as numbers, '2026-01-31'::date as day,
        timestamptz '2026-01-31 12:00:00.123456+02' as moment, array[timestamptz '0044-03-15 12:00:00+00 BC'] as ides,
        '{"a": [1]}'::jsonb as json, '\\xdeadbeef'::bytea as bytes, null::int as nothing, 1.5::float8 as float,
        array['a,b', '"c"', null]::text[] as texts, interval '1 day' as span, true as yes`,
    );
    expect(row).toEqual({
      big: 9007199254740993n,
      numbers: ["1.10", null],
      day: "2026-01-31",
      moment: new Date("2026-01-31T10:00:00.123Z"),
      ides: [new Date("-000043-03-15T12:00:00Z")],
      json: { a: [1] },
      bytes: Buffer.from("deadbeef", "hex"),
      nothing: null,
      float: 1.5,
      texts: ["a,b", '"c"', null],
      span: "1 day",
      yes: true,
    });
  });
});
