import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Condition,
  type Query,
  searchQuery,
  searchRank,
  searchVector,
  select,
  sql,
  update,
} from "../../src/index.ts";
import { Customer, openShop, Product, Profile, type Shop, stock } from "./shop.ts";

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
  await stock(shop);
});
afterAll(() => shop.close());

const textOf = (condition: Condition): string => select(Profile).where(condition).compile().text.split(" where ")[1]!;
const themes = async (condition: Condition): Promise<string[]> =>
  (await shop.all(select(Profile).where(condition))).map(({ settings }) => settings.theme);
const names = async (condition: Condition): Promise<string[]> =>
  (await shop.all(select(Product).where(condition).orderBy(Product.c.id))).map(({ name }) => name);

describe("JSON", () => {
  const { settings } = Profile.c;

  it("is read by member, as JSON and as text", async () => {
    const query: Query<{ theme: string | null; width: number | null; tags: string[] | null; text: string | null }> =
      select({
        theme: settings.at("theme"),
        width: settings.at("size").at("width"),
        tags: settings.at("tags"),
        text: settings.textAt("theme"),
      }).from(Profile);
    expect(query.compile().text).toContain('(("profiles"."settings" -> $2::text) -> $3::text) as "width"');
    expect(await shop.all(query)).toEqual([{ theme: "dark", width: 3, tags: ["a", "b"], text: "dark" }]);
  });

  it("is compared", async () => {
    expect(textOf(settings.at("theme").eq("dark"))).toBe('("profiles"."settings" -> $1::text) = $2');
    expect(await themes(settings.at("theme").eq("dark"))).toEqual(["dark"]);
    expect(await themes(settings.textAt("theme").like("da%"))).toEqual(["dark"]);
    expect(await themes(settings.at("size").at("width").gt(3))).toEqual([]);
    expect(await themes(settings.eq({ theme: "dark", tags: ["a", "b"], size: { width: 3 } }))).toEqual(["dark"]);
  });

  it("contains, and has keys", async () => {
    expect(textOf(settings.contains({ theme: "dark" } as never))).toBe('"profiles"."settings" @> $1');
    expect(await themes(settings.contains({ tags: ["b"] } as never))).toEqual(["dark"]);
    expect(await themes(settings.containedBy({ theme: "dark" } as never))).toEqual([]);
    expect(await themes(settings.hasKey("tags"))).toEqual(["dark"]);
    expect(await themes(settings.hasAnyKey(["nope", "tags"]))).toEqual(["dark"]);
    expect(await themes(settings.hasAllKeys(["nope", "tags"]))).toEqual([]);
    expect(await themes(settings.at("tags").hasKey("a"))).toEqual(["dark"]);
  });

  it("takes any key as a value", async () => {
    for (const key of ["a'b", 'a"b', "$1", "{}", "\\", "--", "ключ"]) {
      expect(await themes(settings.hasKey(key))).toEqual([]);
      expect(await shop.all(select({ v: settings.at(key as never) }).from(Profile))).toEqual([{ v: null }]);
    }
  });
});

describe("arrays", () => {
  const { colours } = Product.c;

  it("contain, overlap, and have elements", async () => {
    expect(textOf(colours.has("black"))).toBe('$1 = any("products"."colours")');
    expect(await names(colours.has("black"))).toEqual(["Barbell"]);
    expect(await names(colours.contains(["silver", "black"]))).toEqual(["Barbell"]);
    expect(await names(colours.containedBy(["white", "black"]))).toEqual(["Chalk", "Rack"]);
    expect(await names(colours.overlaps(["white", "silver"]))).toEqual(["Barbell", "Chalk"]);
    expect(await names(colours.eq([]))).toEqual(["Rack"]);
  });
});

describe("text search", () => {
  it("matches, and ranks", async () => {
    await shop.all(
      update(Product)
        .set({ search: searchVector("english", Product.c.name) as never })
        .where(Product.c.id.in([1, 2])),
    );
    const words = searchQuery("english", "barbells or chalk");
    expect(textOf(Product.c.search.matches(words))).toBe(
      '"products"."search" @@ websearch_to_tsquery($1::regconfig, $2::text)',
    );
    expect(await names(Product.c.search.matches(words))).toEqual(["Barbell", "Chalk"]);
    expect(await names(Product.c.search.matches(searchQuery("english", `"'"" -( or and`)))).toEqual([]);
    const [row] = await shop.all(
      select({ rank: searchRank(Product.c.search, words) })
        .from(Product)
        .where(Product.c.id.eq(1)),
    );
    expect(row!.rank).toBeGreaterThan(0);
  });
});

describe("sql`…`", () => {
  it("is an expression and a condition, in parentheses where it needs them", async () => {
    const query = select({ n: sql<number>`length(${Customer.c.name})` })
      .from(Customer)
      .where(sql<boolean>`${Customer.c.name} = ${"Ada"} or false`, Customer.c.email.like("a%"))
      .orderBy(sql`1`);
    expect(query.compile().text).toBe(
      'select length("customers"."name") as "n" from "customers" where ("customers"."name" = $1 or false) and ' +
        '"customers"."email" like $2 order by 1',
    );
    expect(await shop.all(query)).toEqual([{ n: 3 }]);
  });

  it("takes models, queries, identifiers and lists", async () => {
    const ids = select({ id: Product.c.id }).from(Product).where(Product.c.id.lt(3));
    const query = sql<{ id: number; name: string }>`
      select id, ${sql.id("name")} from ${Product} where id in ${ids} and id in (${sql.join([1, 2, 3])}) order by id desc`;
    expect(query.compile().text).toContain('from "products" where id in (select "products"."id" as "id" from');
    expect(query.compile().values).toEqual([3, 1, 2, 3]);
    expect(await shop.all(query)).toEqual([
      { id: 2, name: "Chalk" },
      { id: 1, name: "Barbell" },
    ]);
    const conditions = [Product.c.id.eq(1), Product.c.name.eq("Rack")];
    expect(await names(sql<boolean>`${sql.join(conditions, sql` or `)}`)).toEqual(["Barbell", "Rack"]);
  });
});
