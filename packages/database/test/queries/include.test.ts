import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  belongsTo,
  errors,
  hasMany,
  insert,
  integer,
  Model,
  numeric,
  type Session,
  select,
  text,
  update,
} from "../../src/index.ts";
import { createModels } from "../integration/create-table.ts";
import { Customer, Line, Order, openShop, Product, type Shop, stock, Tag } from "./shop.ts";

/** Two columns are the key, and the type of one has values that are equal without being the same text. */
class Hall extends Model.define({ city: text().primaryKey(), number: numeric().primaryKey(), size: integer() }) {
  static readonly shows = hasMany(
    () => Show,
    () => [Show.c.city, Show.c.hall],
  );
}
class Show extends Model.define({
  id: integer().primaryKey(),
  city: text().nullable(),
  hall: numeric().nullable(),
  name: text(),
}) {
  static readonly place = belongsTo(
    () => Hall,
    () => [Show.c.city, Show.c.hall],
  );
}

let shop: Shop;
let ada: Customer;
let bo: Customer;

beforeAll(async () => {
  shop = await openShop();
  await createModels(shop.database, [Hall, Show]);
});
afterAll(() => shop.close());
beforeEach(async () => {
  ({ ada, bo } = await stock(shop));
});

/** What runs on a session, and the statements that it sends. */
async function statements<T>(work: (db: Session) => Promise<T>): Promise<{ result: T; sent: string[] }> {
  const sent: string[] = [];
  const result = await shop.run(async (db) => {
    const original = db.all.bind(db);
    db.all = (query) => {
      sent.push(query.compile().text);
      return original(query);
    };
    return await work(db);
  });
  return { result, sent };
}

describe("to one", () => {
  it("is the row, the same object for all that point to it", async () => {
    const query = select(Order).include({ customer: Order.customer }).orderBy(Order.c.total.asc());
    const { result: orders, sent } = await statements((db) => db.all(query));
    expect(sent).toHaveLength(2);
    expect(sent[1]).toMatch(/ from "customers" where "customers"."id" = any\(\$1\)$/);
    expect(orders.map(({ customer }) => customer.name)).toEqual(["Ada", "Ada", "Ada", "Bo"]);
    expect(orders[0]!.customer).toBeInstanceOf(Customer);
    expect(orders[0]!.customer).toBe(orders[1]!.customer);
  });

  it("is null where the key is, or where nobody points here", async () => {
    const query = select(Customer)
      .include({ referrer: Customer.referrer, profile: Customer.profile })
      .orderBy(Customer.c.name.asc());
    const rows = await shop.all(query);
    expect(rows.map(({ referrer, profile }) => [referrer?.name, profile?.settings.theme])).toEqual([
      [undefined, "dark"],
      ["Ada", undefined],
    ]);
    expect(rows[0]!.referrer).toBeNull();
    expect(rows[1]!.profile).toBeNull();
  });

  it("keeps soft-deleted rows, without which the row that points there would tell nothing", async () => {
    await shop.database.query("update orders set is_deleted = true, deleted_at = now()");
    class LineOfOrder extends Line {
      static readonly order = belongsTo(
        () => Order,
        () => LineOfOrder.c.orderId,
      );
      static override readonly table = "lines";
    }
    const lines = await shop.all(select(LineOfOrder).include({ order: LineOfOrder.order }));
    expect(lines).toHaveLength(8);
    expect(lines.every(({ order }) => order.isDeleted)).toBe(true);
  });
});

describe("to many", () => {
  it("are all rows, none of them soft deleted, and empty where there are none", async () => {
    const query = select(Customer).include({ orders: Customer.orders.orderBy(Order.c.total.desc()) });
    const rows = await shop.all(query.orderBy(Customer.c.name.asc()));
    expect(rows.map(({ orders }) => orders.map(({ total }) => total))).toEqual([
      ["30.00", "20.00", "10.00"],
      ["40.00"],
    ]);
    const all = await shop.all(select(Customer).include({ orders: Customer.orders.withDeleted() }));
    expect(all.find(({ name }) => name === "Ada")!.orders).toHaveLength(4);
    await shop.run((db) => db.execute(update(Order).set({ customerId: bo.id })));
    expect((await shop.all(query)).find(({ name }) => name === "Ada")!.orders).toEqual([]);
  });

  it("are filtered, ordered, and limited for each row they belong to", async () => {
    const paid = Customer.orders.where(Order.c.status.ne("draft")).orderBy(Order.c.total.desc()).limit(1);
    const query = select(Customer).include({ best: paid }).orderBy(Customer.c.name.asc());
    const { result: rows, sent } = await statements((db) => db.all(query));
    expect(sent[1]).toBe(
      'select "related"."id", "related"."created_at", "related"."updated_at", "related"."is_deleted", "related"."deleted_at", ' +
        '"related"."customer_id", "related"."status", "related"."total", "related"."placed_at", "hypertroq_keys"."position" as "position" ' +
        'from unnest($1::uuid[]) with ordinality as "hypertroq_keys" ("k1", "position") join lateral (select "orders"."id", ' +
        '"orders"."created_at", "orders"."updated_at", "orders"."is_deleted", "orders"."deleted_at", "orders"."customer_id", ' +
        '"orders"."status", "orders"."total", "orders"."placed_at" from "orders" where not "orders"."is_deleted" and ' +
        '"orders"."status" <> $2 and "orders"."customer_id" = "hypertroq_keys"."k1" order by "orders"."total" desc limit $3) as "related" on true',
    );
    expect(rows.map(({ best }) => best.map(({ total }) => total))).toEqual([["30.00"], ["40.00"]]);
    expect(rows[0]!.best[0]).toBeInstanceOf(Order);
  });

  it("go through a table between, without soft-deleted rows at the end", async () => {
    const query = select(Product).include({ tags: Product.tags }).orderBy(Product.c.id);
    const { result: products, sent } = await statements((db) => db.all(query));
    expect(sent).toHaveLength(2);
    expect(sent[1]).toContain(' from "tags" join "product_tags" on "product_tags"."tag_id" = "tags"."id" where ');
    expect(products.map(({ tags }) => tags.map(({ word }) => word))).toEqual([["heavy"], ["dusty"], ["heavy"]]);
    const limited = select(Product).include({ tags: Product.tags.withDeleted().orderBy(Tag.c.word).limit(1) });
    expect((await shop.all(limited.orderBy(Product.c.id)))[0]!.tags.map(({ word }) => word)).toEqual(["heavy"]);
    const back = await shop.all(select(Tag).include({ products: Tag.products }).orderBy(Tag.c.word));
    expect(back.map(({ products }) => products.length)).toEqual([1, 2]);
  });
});

describe("nested", () => {
  const query = select(Customer)
    .include({
      orders: Customer.orders.orderBy(Order.c.total.asc()).include({
        lines: Order.lines.orderBy(Line.c.position).include({ product: Line.product.include({ tags: Product.tags }) }),
      }),
      referrer: Customer.referrer.include({ profile: Customer.profile }),
    })
    .orderBy(Customer.c.name.asc());

  it("take one statement for each relation, however many rows there are", async () => {
    const { result: rows, sent } = await statements((db) => db.all(query));
    expect(sent).toHaveLength(7);
    expect(rows[0]!.orders[0]!.lines[0]!.product.tags[0]!.word).toBe("heavy");
    expect(rows[1]!.referrer?.profile?.settings.size.width).toBe(3);
    await shop.run((db) =>
      db.execute(
        insert(
          Order,
          Array.from({ length: 500 }, (_, i) => ({ customerId: i % 2 ? ada.id : bo.id, total: "1" })),
        ),
      ),
    );
    const more = await statements((db) => db.all(query));
    expect(more.sent).toHaveLength(7);
    expect(more.result[0]!.orders).toHaveLength(253);
  });

  it("come with first, one, and pages of a query", async () => {
    const first = await shop.run((db) => db.first(query));
    expect(first!.orders).toHaveLength(3);
    const one = await shop.run((db) => db.one(query.where(Customer.c.name.eq("Bo"))));
    expect(one.orders[0]!.lines).toHaveLength(2);
    expect(await shop.manager.first(query.where(Customer.c.name.eq("nobody")))).toBeUndefined();
    expect((await shop.manager.all(query.limit(1)))[0]!.orders).toHaveLength(3);
  });

  it("show in JSON and inspect, and are no part of the row", async () => {
    const [row] = await shop.all(query);
    const json = JSON.parse(JSON.stringify(row));
    expect(json.orders[0].lines[0].product.tags[0].word).toBe("heavy");
    expect(json.referrer).toBeNull();
    expect(Object.keys(row!.toDict())).toEqual(["id", "createdAt", "updatedAt", "email", "name", "referrerId"]);
    row!.name = "Countess";
    await shop.run((db) => db.save(row!));
    expect(row!.orders).toHaveLength(3);
  });
});

describe("hypertroq_keys", () => {
  beforeEach(async () => {
    await shop.database.query(`truncate halls, shows;
      insert into halls values ('Rome', 1, 10), ('Rome', 2.50, 20), ('Oslo', 1, 30);
      insert into shows values (1, 'Rome', 1.0, 'a'), (2, 'Rome', 2.5, 'b'), (3, 'Rome', 1.00, 'c'), (4, 'Oslo', null, 'd'), (5, 'Oslo', 3, 'e')`);
  });

  it("of several columns, and of equal values in another form, are compared by the database", async () => {
    const shows = await shop.all(select(Show).include({ place: Show.place }).orderBy(Show.c.id));
    expect(shows.map(({ place }) => place?.size)).toEqual([10, 20, 10, undefined, undefined]);
    const halls = await shop.all(
      select(Hall)
        .include({ shows: Hall.shows.orderBy(Show.c.name.desc()) })
        .orderBy(Hall.c.size),
    );
    expect(halls.map(({ shows }) => shows.map(({ name }) => name))).toEqual([["c", "a"], ["b"], []]);
  });
});

describe("what cannot be included", () => {
  it("is refused when the query is made", () => {
    expect(() => select(Order).include({ lines: Line.product })).toThrow("no relation of the model of orders");
    expect(() => select(Order).include({ total: Order.customer })).toThrow("has that already");
    expect(() => select(Order).include({ toDict: Order.customer })).toThrow("has that already");
    expect(() => select(Order).include({ x: {} as never })).toThrow("is no relation");
    expect(() => select({ id: Order.c.id }).from(Order).include({ customer: Order.customer })).toThrow(
      errors.DefinitionError,
    );
  });
});
