import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { del, insert, type Session, select, update } from "../../src/index.ts";
import { countStatements } from "../../src/testing/index.ts";
import { Customer, Line, Order, openShop, Product, type Shop, stock } from "./shop.ts";

let shop: Shop;
let ada: Customer;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(async () => {
  ({ ada } = await stock(shop));
  // What tables are is known then, and asked no more along with a read.
  await shop.run(async (db) => {
    for (const model of [Customer, Order, Line, Product]) await db.first(select(model as typeof Customer));
  });
});

const products = Array.from({ length: 100 }, (_, i) => ({ id: 100 + i, name: "x" }));

/** What an operation sends; BEGIN and COMMIT are the session's. */
const OPERATIONS: readonly (readonly [name: string, statements: number, work: (db: Session) => Promise<unknown>])[] = [
  ["add", 1, (db) => db.add(new Customer({ email: "new@example.com", name: "New" }))],
  ["save of a change", 1, (db) => db.save(Object.assign(ada, { name: "Countess" }))],
  ["save of nothing", 0, (db) => db.save(ada)],
  ["refresh", 1, (db) => db.refresh(ada)],
  ["delete", 1, async (db) => db.delete((await db.one(select(Product).where(Product.c.id.eq(3)))) as object)],
  ["all", 1, (db) => db.all(select(Order))],
  ["first", 1, (db) => db.first(select(Order))],
  ["count", 1, (db) => db.count(select(Order))],
  ["exists", 1, (db) => db.exists(select(Order))],
  ["insert of 100 rows", 1, (db) => db.all(insert(Product, products))],
  ["copyIn of 100 rows", 1, (db) => db.copyIn(Product, products)],
  ["upsert", 1, (db) => db.all(insert(Product, products).onConflictDoNothing())],
  ["update", 1, (db) => db.execute(update(Order).set({ status: "paid" }))],
  ["delete of many", 1, (db) => db.execute(del(Line))],
  ["one relation", 2, (db) => db.all(select(Order).include({ customer: Order.customer }))],
  [
    "four relations on three levels",
    5,
    (db) =>
      db.all(
        select(Customer).include({
          orders: Customer.orders.include({ lines: Order.lines.include({ product: Line.product }) }),
          profile: Customer.profile,
        }),
      ),
  ],
];

it.each(OPERATIONS)("%s sends %i", async (name, statements, work) => {
  const before = name === "delete" ? 1 : 0; // it reads what it deletes
  if (name === "delete") await shop.database.query("delete from product_tags; delete from lines");
  const counted = await countStatements(shop.manager, () => shop.run(work));
  expect(counted.statements, counted.statements.join("\n")).toHaveLength(statements + before);
});
