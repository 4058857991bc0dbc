import { DatabaseManager, defineSchema, select } from "@hypertroq/database";
import {
  assertStatements,
  beginTest,
  type ClonedDatabase,
  countStatements,
  type TestTransaction,
} from "@hypertroq/database/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ordersByEmail } from "../src/columns.ts";
import { dashboard } from "../src/concurrent.ts";
import { deleteAndRestore, deletedOrders, livingNotes, Order } from "../src/order.ts";
import { newestUsers } from "../src/pagination.ts";
import { dearest, Product } from "../src/product.ts";
import { mergePrices } from "../src/sql-merge.ts";
import { Exercise, family, outline } from "../src/sql-recursive.ts";
import { usersWithoutOrders } from "../src/sql-set-operations.ts";
import { dearestOfEach } from "../src/sql-window.ts";
import { User, usersApi } from "../src/users-route.ts";
import { Customer, regulars } from "../src/view.ts";
import { exampleDatabase, oneLine, orders, products, shownSql, users } from "./support.ts";

let database: ClonedDatabase;
let manager: DatabaseManager;
let test: TestTransaction;

beforeAll(async () => {
  database = await exampleDatabase();
  manager = new DatabaseManager({ url: database.url });
});
afterAll(async () => {
  await manager?.close();
  await database?.drop();
});
beforeEach(async () => {
  test = await beginTest(manager);
});
afterEach(() => test.rollback());

/** The result of `work`, which sends what the example shows, and nothing else. */
async function asShown<T>(example: string, work: () => Promise<T>): Promise<T> {
  const { result, statements } = await countStatements(manager, work);
  expect(statements.map(oneLine)).toEqual(shownSql(example));
  return result;
}

it("view: read like a table, and what its class says is what it is", async () => {
  const ada = await users.create(manager);
  await orders.createMany(manager, 2, { userId: ada.id });
  await orders.create(manager);
  const rows = await asShown("view", () => regulars(manager));
  expect(rows).toMatchObject([{ id: ada.id, email: ada.email, orders: 2n, lastAt: expect.any(Date) }]);
  expect(defineSchema({ User, Order, Customer }).views).toMatchObject([
    { name: "customers", names: ["id", "email", "orders", "last_at"] },
  ]);
});

it("users-route: one session per request", async () => {
  const app = await usersApi(manager);
  const [ada, grace] = await users.createMany(manager, 2);
  const list = await asShown("users-route", () => app.inject({ url: "/users" }));
  expect(list.json()).toEqual(JSON.parse(JSON.stringify([ada, grace])));
  expect(list.body).not.toContain("assword");

  const changed = await app.inject({ method: "POST", url: `/users/${ada!.id}/deactivate` });
  expect(changed.json()).toMatchObject({ id: ada!.id, isActive: false });
  expect((await app.inject({ url: "/users" })).json()).toMatchObject([{ isActive: false }, { isActive: true }]);
  const unknown = await app.inject({ method: "POST", url: `/users/${crypto.randomUUID()}/deactivate` });
  expect([unknown.statusCode, unknown.json()]).toEqual([404, { error: "There is no such User." }]);
  await app.close();
});

it("product: a model with a table name of its own", async () => {
  await products.create(manager, { name: "Chalk", price: 9.5 });
  await products.create(manager, { name: "Barbell", price: 189 });
  const product = await asShown("product", () => dearest(manager));
  expect(product).toBeInstanceOf(Product);
  expect(product).toMatchObject({ name: "Barbell", isExpensive: true });
});

it("order: soft delete, restore, and what queries see", async () => {
  const order = await orders.create(manager, { note: "plates" });
  await orders.create(manager, { note: "bench" });
  expect(await asShown("order", () => livingNotes(manager))).toEqual(["bench", "plates"]);
  expect(await deleteAndRestore(order, manager)).toEqual([["bench"], ["bench", "plates"]]);
  await order.softDelete(manager);
  expect(await deletedOrders(manager)).toEqual([order]);
});

it("pagination: by what the last row was, in one statement a page", async () => {
  const all = await users.createMany(manager, 45, (n) => ({ createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, n)) }));
  await users.create(manager, { isActive: false });
  const first = await assertStatements(manager, { statements: 1 }, () => newestUsers(manager));
  await users.create(manager, { createdAt: new Date(Date.UTC(2027, 0, 1)) }); // shifts nothing
  const second = await assertStatements(manager, { statements: 1 }, () => newestUsers(manager, first.nextCursor!));
  const third = await newestUsers(manager, second.nextCursor!);
  expect(third.nextCursor).toBeNull();
  const emails = [first, second, third].flatMap(({ items }) => items.map(({ email }) => email));
  expect(emails).toEqual(all.map(({ email }) => email).reverse());
});

it("columns: only what is needed", async () => {
  const [ada, grace] = await users.createMany(manager, 2);
  await orders.createMany(manager, 3, { userId: ada!.id });
  const [deleted] = await orders.createMany(manager, 1, { userId: grace!.id });
  await deleted!.softDelete(manager);
  expect(await asShown("columns", () => ordersByEmail(manager))).toEqual([{ email: ada!.email, orders: 3 }]);
});

describe("concurrent:", () => {
  const fill = async (): Promise<void> => {
    await users.create(manager, { isActive: false });
    await orders.createMany(manager, 2);
    await products.create(manager, { name: "Rack" });
  };

  it("queries at the same time", async () => {
    await fill();
    const shown = await assertStatements(manager, { statements: 3 }, () => manager.session(dashboard));
    expect(shown).toEqual({ users: 2, orders: 2, dearest: "Rack" });
  });

  it("each on a connection of its own, in a database of one's own", async () => {
    const own = await exampleDatabase();
    const real = new DatabaseManager({ url: own.url });
    await real.session(dashboard); // asks along what kind of tables these are
    const trips: (readonly string[])[] = [];
    real.observe({ roundTrip: ({ texts }) => trips.push(texts) });
    await real.session(dashboard);
    expect(trips.map(({ length }) => length)).toEqual([1, 1, 1]); // no BEGIN, no COMMIT
    await real.close();
    await own.drop();
  });
});

it("sql-window: a window function as a column", async () => {
  await products.createMany(manager, 3, (n) => ({ category: "a", name: `a${n}`, price: -n }));
  await products.create(manager, { category: "b", name: "b", price: 1 });
  const rows = await asShown("sql-window", () => dearestOfEach(manager));
  expect(rows.map(({ category, place }) => [category, place])).toEqual([
    ["a", 1n],
    ["a", 2n],
    ["b", 1n],
  ]);
  const place: bigint = rows[0]!.place; // as the example says
  const name: string = rows[0]!.name; // as the model says
  expect(name).toMatch(/^a\d+$/);
  expect(place).toBe(1n);
});

it("sql-recursive: a recursive common table expression", async () => {
  await manager.session(async (db) => {
    const legs = await db.add(new Exercise({ name: "Legs" }));
    const squat = await db.add(new Exercise({ name: "Squat", parentId: legs.id }));
    await db.add(new Exercise({ name: "Front squat", parentId: squat.id }));
    await db.add(new Exercise({ name: "Leg press", parentId: legs.id }));
    await db.add(new Exercise({ name: "Arms" }));
  });
  expect(await asShown("sql-recursive", () => outline(manager, "Legs"))).toEqual([
    { name: "Legs", depth: 0 },
    { name: "Leg press", depth: 1 },
    { name: "Squat", depth: 1 },
    { name: "Front squat", depth: 2 },
  ]);
  const rows = await family(manager, "Squat");
  expect(rows.map(({ name }) => name)).toEqual(["Front squat", "Squat"]);
  expect(rows[0]).toBeInstanceOf(Exercise);
});

it("sql-set-operations: queries of the builder as operands", async () => {
  const [idle, buyer, returner] = await users.createMany(manager, 3);
  await users.create(manager, { isActive: false });
  await orders.create(manager, { userId: buyer!.id });
  const returned = await orders.create(manager, { userId: returner!.id });
  await returned.softDelete(manager);
  const rows = await asShown("sql-set-operations", () => usersWithoutOrders(manager));
  expect(rows).toEqual([idle, returner].map((user) => ({ id: user!.id, email: user!.email })));
});

it("sql-merge: insert, update and delete in one statement", async () => {
  await products.createMany(manager, 3, (n) => ({ name: `old ${n}` }));
  const old = await manager.all(select(Product).orderBy(Product.c.name));
  const merge = () =>
    mergePrices(manager, [
      { name: old[0]!.name, category: "gear", price: 1000 },
      { name: old[1]!.name, category: "gear", price: null },
      { name: old[2]!.name, category: "gear", price: old[2]!.price },
      { name: "new", category: "food", price: 3 },
      { name: "never", category: "food", price: null },
    ]);
  expect(await asShown("sql-merge", merge)).toBe(3);
  const now = await manager.all(
    select({ name: Product.c.name, price: Product.c.price }).from(Product).orderBy(Product.c.name),
  );
  expect(now).toEqual([
    { name: "new", price: 3 },
    { name: old[0]!.name, price: 1000 },
    { name: old[2]!.name, price: old[2]!.price },
  ]);
  expect(await merge()).toBe(0);
});
