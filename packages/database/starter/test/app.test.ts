import { connectOptions, DatabaseManager } from "@hypertroq/database";
import { Migrator } from "@hypertroq/database/migrations";
import { beginTest, type TestTransaction } from "@hypertroq/database/testing";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createApp } from "../src/app.ts";

let server: EmbeddedPostgres;
let manager: DatabaseManager;
let app: FastifyInstance;
let transaction: TestTransaction;

beforeAll(async () => {
  server = await EmbeddedPostgres.start(); // thrown away afterwards
  await new Migrator({ connect: connectOptions({ url: server.url }), directory: "migrations" }).upgrade();
  manager = new DatabaseManager({ url: server.url });
  app = await createApp(manager);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await manager?.close();
  await server?.stop();
});
beforeEach(async () => {
  transaction = await beginTest(manager); // what a test stores is rolled back
});
afterEach(() => transaction.rollback());

const lunge = { name: "Lunge", muscle: "legs" };

test("an exercise is stored and found", async () => {
  const created = await app.inject({ method: "POST", url: "/exercises", payload: lunge });
  expect(created.statusCode).toBe(201);
  const found = await app.inject(`/exercises/${created.json().id}`);
  expect(found.json()).toMatchObject(lunge);
});

test("there is one exercise of a name", async () => {
  await app.inject({ method: "POST", url: "/exercises", payload: lunge });
  expect((await app.inject({ method: "POST", url: "/exercises", payload: lunge })).statusCode).toBe(409);
});

test("an exercise that is not there is not found", async () => {
  expect((await app.inject("/exercises/00000000-0000-0000-0000-000000000000")).statusCode).toBe(404);
});
