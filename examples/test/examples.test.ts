import { DatabaseManager } from "@hypertroq/database";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/database.ts";
import { orders } from "../src/orders.ts";
import { products } from "../src/products.ts";
import { routes } from "../src/routes.ts";

const BASE =
  "id uuid primary key, created_at timestamptz not null default now(), updated_at timestamptz not null default now()";

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
  await database.query(`
    create table products (${BASE}, name varchar(255) not null, price double precision not null);
    create table orders (${BASE}, is_deleted boolean not null default false, deleted_at timestamptz, note text not null)`);
});
afterEach(() => database.drop());

it("products: stores and finds", async () => {
  expect(await products(database.url)).toMatchObject({ name: "Barbell", price: 189 });
});

it("orders: soft deletes and restores", async () => {
  expect(await orders(database.url)).toEqual([1, 0, 1]);
});

it("routes: one session per request", async () => {
  const manager = new DatabaseManager({ url: database.url });
  const app = await routes(manager);
  const created = await app.inject({ method: "POST", url: "/products", payload: { name: "Rack", price: 400 } });
  expect(created.statusCode).toBe(201);
  const list = await app.inject({ url: "/products" });
  expect(list.json()).toEqual([created.json()]);
  await app.close();
  await manager.close();
});
