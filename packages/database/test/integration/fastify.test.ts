import { connect } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { database as databasePlugin } from "../../src/adapters/fastify.ts";
import { DatabaseManager, errors, getDb } from "../../src/index.ts";

let database: TestDatabase;
let manager: DatabaseManager;
let app: FastifyInstance;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("create table t (n int unique deferrable initially deferred)");
  manager = new DatabaseManager({ url: database.url, poolSize: 2, poolTimeout: 5 });
  app = Fastify();
  await app.register(databasePlugin, { manager });
  app.setErrorHandler((error, _request, reply) =>
    reply.status(500).send({ code: (error as { code?: string }).code, message: (error as Error).message }),
  );
  app.post<{ Body: { n: number } }>("/insert", async (request) => {
    await getDb().sql`insert into t values (${request.body.n})`;
    return { inserted: request.body.n };
  });
  app.post("/throws", async () => {
    await getDb().sql`insert into t values (100)`;
    throw new Error("after the insert");
  });
  app.post("/sends-early", async (_request, reply) => {
    await getDb().sql`insert into t values (200)`;
    await reply.send({ rows: (await database.query("select from t where n = 200")).length });
  });
  app.get("/idle", async () => ({ checkedOut: manager.pool.status().checkedOut }));
  app.post("/hijacks", async (_request, reply) => {
    await getDb().sql`insert into t values (300)`;
    reply.hijack();
    reply.raw.end("raw");
  });
  app.post("/commits-and-hijacks", async (_request, reply) => {
    await getDb().sql`insert into t values (310)`;
    await getDb().commit();
    reply.hijack();
    reply.raw.end("raw");
  });
  app.post("/commits", async () => {
    await getDb().sql`insert into t values (320)`;
    await getDb().commit();
    return { done: true };
  });
  app.post("/sends-and-throws", async (_request, reply) => {
    await getDb().sql`insert into t values (400)`;
    reply.send({});
    throw new Error("after the answer");
  });
  app.post("/slow", async () => getDb().sql`insert into t select 500 from pg_sleep(30)`);
  app.get("/slow", async () => getDb().sql`select pg_sleep(30)`);
  await app.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await app.close();
  await manager.close();
  await database.drop();
});
beforeEach(() => database.query("truncate t"));

const rows = async (): Promise<unknown[]> =>
  (await database.query("select n from t order by n")).map((row) => row["n"]);

it("commits before the response is sent, with a body that arrives by events", async () => {
  const address = app.server.address() as { port: number };
  const response = await fetch(`http://127.0.0.1:${address.port}/insert`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ n: 1 }),
  });
  expect(await rows()).toEqual([1]);
  expect(await response.json()).toEqual({ inserted: 1 });
});

it("commits before a reply that the handler sends itself", async () => {
  const response = await app.inject({ method: "POST", url: "/sends-early" });
  expect(response.json()).toEqual({ rows: 0 }); // the handler looked from outside, before the commit
  expect(await rows()).toEqual([200]);
});

it("rolls back when the handler throws", async () => {
  const response = await app.inject({ method: "POST", url: "/throws" });
  expect(response.statusCode).toBe(500);
  expect(await rows()).toEqual([]);
});

it("makes a failing commit the response", async () => {
  await database.query("insert into t values (7)");
  const response = await app.inject({ method: "POST", url: "/insert", payload: { n: 7 } });
  expect(response.statusCode).toBe(500);
  expect(response.json()).toMatchObject({ code: "UNIQUE_VIOLATION" });
  expect(await rows()).toEqual([7]);
});

it("keeps the sessions of concurrent requests apart", async () => {
  const numbers = Array.from({ length: 20 }, (_, n) => n);
  const responses = await Promise.all(
    numbers.map((n) => app.inject({ method: "POST", url: "/insert", payload: { n } })),
  );
  expect(responses.map((response) => response.json())).toEqual(numbers.map((n) => ({ inserted: n })));
  expect(await rows()).toEqual(numbers);
});

it("borrows no connection for a request that does not ask for the database", async () => {
  expect((await app.inject({ url: "/idle" })).json()).toEqual({ checkedOut: 0 });
});

it.each(["GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"])(
  "cancels what is running when the client goes away: %j",
  async (text) => {
    const address = app.server.address() as { port: number };
    const socket = connect(address.port, "127.0.0.1");
    socket.write(text);
    const running =
      "select 1 from pg_stat_activity where query like '%pg_sleep(30)%' and state = 'active' and pid <> pg_backend_pid()";
    await expect.poll(() => database.query(running), { timeout: 10_000 }).toHaveLength(1);
    socket.destroy();
    await expect.poll(() => database.query(running), { timeout: 10_000 }).toHaveLength(0);
    await expect.poll(() => manager.pool.status().checkedOut, { timeout: 10_000 }).toBe(0);
    expect(await rows()).toEqual([]);
  },
);

it("takes the connection of a hijacked reply back, and its work with it", async () => {
  const address = app.server.address() as { port: number };
  for (let i = 0; i < 4; i++) {
    const response = await fetch(`http://127.0.0.1:${address.port}/hijacks`, { method: "POST" });
    expect(await response.text()).toBe("raw");
  }
  await expect.poll(() => manager.pool.status().checkedOut).toBe(0);
  expect(await rows()).toEqual([]);
});

it("commits what a handler has answered for, even when it throws afterwards", async () => {
  await app.inject({ method: "POST", url: "/sends-and-throws" });
  expect(await rows()).toEqual([400]);
  expect(manager.pool.status().checkedOut).toBe(0);
});

it("gives no session outside a request", () => {
  expect(() => getDb()).toThrow(errors.NoSession);
});

it("leaves a session alone that was committed by hand", async () => {
  const { port } = app.server.address() as { port: number };
  for (const path of ["commits", "commits-and-hijacks"]) {
    const response = await fetch(`http://127.0.0.1:${port}/${path}`, { method: "POST" });
    expect(response.status).toBe(200);
  }
  expect(await rows()).toEqual([310, 320]);
});
