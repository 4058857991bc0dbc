import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { DatabaseManager, type Executor, integer, Model, mixin, repository, text } from "../../src/index.ts";
import { FaultProxy } from "../faults/proxy.ts";
import { Customer, Line, Order, openShop, Product, type Shop, stock } from "../queries/shop.ts";
import { createModels } from "./create-table.ts";

const Noted = mixin({ body: text() }, {}, { beforeUpdate: () => {}, afterDelete: () => {} });
class Note extends Model.with(Noted).define({ id: integer().primaryKey() }) {}

const customers = repository(Customer);
const orders = repository(Order);
const lines = repository(Line);
const products = repository(Product);
const notes = repository(Note);

let shop: Shop;
let proxy: FaultProxy;
let manager: DatabaseManager;
let ada: Customer;
let paid: Order;

beforeAll(async () => {
  shop = await openShop();
  await createModels(shop.database, [Note]);
  proxy = await FaultProxy.start(shop.database.url);
  manager = new DatabaseManager({ url: proxy.url, poolSize: 1 });
});
afterAll(async () => {
  await manager.close();
  await proxy.close();
  await shop.close();
});
beforeEach(async () => {
  ({ ada } = await stock(shop));
  await shop.database.query("truncate notes");
  paid = (await shop.run((db) => orders.findOne(db, { status: "paid" }, { orderBy: ["total", "asc"] })))!;
});

/** The kinds of statements that `work` sends, by round trip, once what is known of the tables is known. */
async function sentBy(work: (db: Executor) => Promise<unknown>): Promise<string[][]> {
  await manager.session((db) => warmUp(db));
  proxy.recording.clear();
  await manager.session(work);
  return proxy.recording.flights.map((flight) => flight.map((sql) => sql.split(" ")[0]!));
}

/** After a read in a transaction it is known that its tables are plain, and reads of them need none. */
async function warmUp(db: Executor): Promise<void> {
  await customers.find(db, {}, { include: { orders: Customer.orders.include({ lines: Order.lines }) } });
  await products.find(db, {}, { include: { tags: Product.tags } });
}

let serial = 0;
const email = (): string => `${++serial}@example.com`;

it.each<[string, (db: Executor) => Promise<unknown>]>([
  ["get", (db) => customers.get(db, ada.id)],
  ["get with a key of two columns", (db) => lines.get(db, { orderId: paid.id, position: 1 })],
  ["getOrThrow", (db) => customers.getOrThrow(db, ada.id)],
  ["find", (db) => orders.find(db, { status: "paid", total: { gt: "1" } }, { orderBy: ["total", "asc"], limit: 3 })],
  ["find by relations", (db) => customers.find(db, { orders: { some: { lines: { some: { product: { id: 1 } } } } } })],
  ["findOne", (db) => orders.findOne(db, { or: [{ placedAt: null }, { total: { in: ["1", "2"] } }] })],
  ["count", (db) => orders.count(db, { customer: { name: { ilike: "a%" } } })],
  ["exists", (db) => orders.exists(db, { customer: { email: { not: { like: "b%" } } } })],
  ["the first page", (db) => orders.page(db, { orderBy: ["total", "desc"], limit: 2 })],
])("%s is one statement, outside of any transaction", async (_, work) => {
  expect(await sentBy(work)).toEqual([["select"]]);
});

it("each page is one statement, outside of any transaction, also where NULLs begin", async () => {
  const request = {
    orderBy: [
      ["placedAt", "asc"],
      ["total", "desc"],
    ],
    limit: 1,
  } as const;
  let after: string | null = null;
  for (let i = 0; i < 4; i++) {
    const cursor: { after?: string } = after === null ? {} : { after };
    expect(
      await sentBy(async (db) => {
        after = (await orders.page(db, { ...request, ...cursor })).nextCursor;
      }),
    ).toEqual([["select"]]);
  }
  expect(after).toBeNull();
});

it("what is included is one statement more for each relation, those beside each other in one round trip", async () => {
  const include = { referred: Customer.referred, orders: Customer.orders.include({ lines: Order.lines }) };
  const one = await sentBy((db) => customers.get(db, ada.id, { include }));
  expect(one.flat()).toEqual(["select", "select", "select", "select"]);
  const page = await sentBy((db) => customers.page(db, { limit: 1, include: { orders: Customer.orders } }));
  expect(page.flat()).toEqual(["select", "select"]);
  // Nothing is loaded for the row that only tells that there is another page: it has a referrer, the page's own has none.
  const request = { orderBy: ["name", "asc"], limit: 1, include: { referrer: Customer.referrer } } as const;
  expect((await sentBy((db) => customers.page(db, request))).flat()).toEqual(["select"]);
});

it.each<[string, string, (db: Executor) => Promise<unknown>]>([
  ["create", "insert", (db) => customers.create(db, { email: email(), name: "x" })],
  [
    "createMany of 20,000 rows",
    "insert",
    (db) =>
      products.createMany(
        db,
        Array.from({ length: 20_000 }, (_, i) => ({ id: ++serial + i + 10, name: "x" })),
      ),
  ],
  ["update", "update", (db) => customers.update(db, ada.id, { name: "x" })],
  ["updateMany", "update", (db) => orders.updateMany(db, { customer: { name: "Ada" } }, { status: "shipped" })],
  ["upsert", "insert", (db) => customers.upsert(db, { email: "ada@example.com", name: "x" }, { on: ["email"] })],
  [
    "upsert of a list",
    "insert",
    (db) =>
      products.upsert(
        db,
        Array.from({ length: 2000 }, (_, id) => ({ id, name: "x" })),
        { on: ["id"] },
      ),
  ],
  ["delete", "delete", (db) => lines.delete(db, { orderId: paid.id, position: 1 })],
  ["deleteMany", "delete", (db) => lines.deleteMany(db, { product: { name: "Chalk" } })],
  ["softDelete", "update", (db) => orders.softDelete(db, paid.id)],
  ["softDeleteMany", "update", (db) => orders.softDeleteMany(db, "all")],
  ["restore", "update", (db) => orders.restore(db, paid.id)],
  ["restoreMany", "update", (db) => orders.restoreMany(db, { status: "paid" })],
  ["purge", "delete", (db) => orders.purge(db, { olderThan: "1 day" })],
])("%s is one statement", async (_, verb, work) => {
  const [first, commit, ...others] = await sentBy(work);
  expect(first).toEqual(["begin", verb]);
  expect(commit).toEqual(["commit"]);
  expect(others).toEqual([]);
});

it("a row is read first for the hooks of its model, and only for them", async () => {
  await notes.createMany(manager, [{ id: 1, body: "a" }]);
  expect((await sentBy((db) => notes.update(db, 1, { body: "b" }))).flat()).toEqual([
    "begin",
    "select",
    "update",
    "commit",
  ]);
  expect((await sentBy((db) => notes.updateMany(db, { id: 1 }, { body: "c" }))).flat()).toEqual([
    "begin",
    "update",
    "commit",
  ]);
  expect((await sentBy((db) => notes.create(db, { id: 2, body: "d" }))).flat()).toEqual(["begin", "insert", "commit"]);
  expect((await sentBy((db) => notes.delete(db, 2))).flat()).toEqual(["begin", "select", "delete", "commit"]);
});

it("nothing is sent for what is refused, or for nothing", async () => {
  const sent = await sentBy(async (db) => {
    await products.createMany(db, []);
    await products.upsert(db, [], { on: ["id"] });
    await expect(orders.deleteMany(db, {})).rejects.toThrow("all");
    await expect(orders.page(db, { limit: 5, after: "x" })).rejects.toThrow("cursor");
    await expect(orders.find(db, { nope: 1 } as never)).rejects.toThrow("nope");
  });
  expect(sent).toEqual([]);
});
