import { describe, expect, it } from "vitest";
import { alias, and, insert, not, or, select, sql, update } from "../../src/index.ts";
import { PlanCache, plans } from "../../src/query/plan.ts";
import type { Writer } from "../../src/query/writer.ts";
import { Customer, Order, Product } from "./shop.ts";

describe("shapes", () => {
  const textOf = (query: { compile(): { text: string } }): string => query.compile().text;

  it("share one text, whatever the values and however long the lists", () => {
    const named = (name: string, limit: number) => select(Customer).where(Customer.c.name.eq(name)).limit(limit);
    const [one, other] = [named("a", 1).compile(), named("b", 9).compile()];
    expect(other.text).toBe(one.text);
    expect(other.shape).toBe(one.shape);
    expect([one.values, other.values]).toEqual([
      ["a", 1],
      ["b", 9],
    ]);
    const size = plans.size;
    for (let i = 0; i < 100; i++) {
      textOf(select(Customer).where(Customer.c.name.in(Array.from({ length: i }, String))));
      textOf(
        insert(
          Product,
          Array.from({ length: i + 2 }, (_, id) => ({ id, name: "x" })),
        ),
      );
      textOf(
        update(Order)
          .set({ total: `${i}` })
          .where(Order.c.total.between(`${i}`, "9")),
      );
      textOf(sql`select ${i} from ${Customer} where ${Customer.c.name} = ${"x"}`);
      const boss = alias(Customer, "boss");
      textOf(select({ name: boss.c.name }).from(boss).where(boss.c.id.isNull()));
    }
    expect(plans.size - size).toBeLessThan(200);
  });

  it("are told apart by everything that makes another text", () => {
    const { name, email } = Customer.c;
    const base = select(Customer);
    const boss = alias(Customer, "boss");
    const queries = [
      base,
      base.where(name.eq("x")),
      base.where(email.eq("x")),
      base.where(name.ne("x")),
      base.where(name.eq(email)),
      base.where(name.eq(sql`'x'`)),
      base.where(name.eq("x"), email.eq("y")),
      base.where(or(name.eq("x"), email.eq("y"))),
      base.where(or(and(name.eq("x"), email.eq("y")), name.eq("z"))),
      base.where(and(name.eq("x"), or(email.eq("y"), name.eq("z")))),
      base.where(not(name.eq("x"))),
      base.orderBy(name),
      base.orderBy(name.asc()),
      base.orderBy(name.desc()),
      base.orderBy(name.asc(), email.asc()),
      base.limit(1),
      base.offset(1),
      base.limit(1).offset(1),
      base.lock("update"),
      base.lock("share"),
      base.distinct(),
      select({ name }).from(Customer),
      select({ nome: name }).from(Customer),
      select({ name: email }).from(Customer),
      select({ name: boss.c.name }).from(boss),
      select({ customer: Customer }).from(Customer),
    ];
    expect(new Set(queries.map(textOf)).size).toBe(queries.length - 1); // a lone model by name is the same columns
    for (const query of queries) expect(textOf(query)).toBe(textOf(query));
  });

  it("are told apart by what rows become, although the text is the same", () => {
    class Other extends Customer {
      static override readonly table = "customers";
    }
    const [one, other] = [select(Customer).compile(), select(Other).compile()];
    expect(one.text).toBe(other.text);
    expect(one.shape).not.toBe(other.shape);
    const named = select({ customer: Customer }).from(Customer).compile();
    expect(named.text).toBe(one.text);
    expect(named.shape).not.toBe(one.shape);
    expect(select({ other: Customer }).from(Customer).compile().shape).not.toBe(named.shape);
  });
});

describe("the cache", () => {
  const query = (...texts: readonly string[]) => ({
    write: (writer: Writer) => {
      for (const text of texts) writer.text(text);
    },
    rowShape: () => undefined,
  });

  it("forgets all when it is full, and goes on", () => {
    const cache = new PlanCache(100);
    const first = cache.find(query("select 1")).plan;
    expect(cache.find(query("select 1")).plan).toBe(first);
    for (let i = 0; i < 1_000; i++) expect(cache.find(query("select ", `${i}`)).plan.text).toBe(`select ${i}`);
    expect(cache.size).toBeLessThanOrEqual(100);
    const again = cache.find(query("select 1")).plan;
    expect(again).not.toBe(first);
    expect(again.text).toBe("select 1");
  });

  it("keeps no list of rows that may be of any length", () => {
    const size = plans.size;
    const rows = Array.from({ length: 1_000 }, (_, i) => ({ id: i, name: sql`'x'` }));
    insert(Product, rows).compile();
    expect(plans.size).toBe(size);
  });
});
