import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { getDb, insert } from "@hypertroq/database";
import { hash } from "@node-rs/bcrypt";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { User } from "../src/models/user.ts";
import { expectProblem, newUser, startTestApp, type TestApp } from "./support.ts";

vi.mock("@node-rs/bcrypt", { spy: true });

/** What handlers do that fail; hung on routes of the real application before it is ready. */
let test: TestApp;
let url: string;
beforeAll(async () => {
  test = await startTestApp({
    options: { poolSize: 2, poolTimeout: 0.2 },
    routes: (app) => {
      app.post("/test/insert-and-throw", async () => {
        await getDb().execute(insert(User, { email: "half@example.com", hashedPassword: "secret-hash" }));
        throw new Error("internal: secret-hash of half@example.com");
      });
      app.post("/test/insert-and-sleep", async () => {
        await getDb().execute(insert(User, { email: "gone@example.com", hashedPassword: "x" }));
        await getDb().sql`select pg_sleep(20)`;
      });
      app.get("/test/sleep-long", async () => getDb().sql`select pg_sleep(60)`);
      app.get("/test/sleep", async () => (await getDb().sql`select pg_sleep(0.5)::text as slept`)[0]);
    },
  });
  url = await test.app.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(() => test[Symbol.asyncDispose]());

it("has committed when the response arrives", async () => {
  for (let i = 0; i < 20; i++) {
    const body = JSON.stringify(newUser());
    const answer = await fetch(`${url}/api/v1/users`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    // Asked as soon as the head of the response is here, on a connection of its own.
    const [, id] = /([^/]+)$/.exec(answer.headers.get("location")!)!;
    expect(await test.database.query("select 1 from users where id = $1", [id])).toHaveLength(1);
    await answer.body!.cancel();
  }
});

it("leaves nothing behind, inside or outside, when a handler throws", async () => {
  const answer = await test.app.inject({ method: "POST", url: "/test/insert-and-throw" });
  const problem = expectProblem(answer, 500);
  expect(answer.body).not.toMatch(/secret|half@example|internal|at |\.ts/);
  expect(test.log.filter((line) => line.includes(problem.request_id)).join("")).toContain("internal: secret-hash");
  expect(await test.database.query("select 1 from users where email = 'half@example.com'")).toEqual([]);
  expect(test.manager.pool.status()).toMatchObject({ checkedOut: 0, waiting: 0 });
});

it("rolls back and frees the connection when the client goes away", async () => {
  const gone = request(`${url}/test/insert-and-sleep`, { method: "POST" });
  gone.on("error", () => {});
  gone.end();
  await expect.poll(() => running("%pg_sleep(20)%")).toBe(1);
  gone.destroy();
  await expect.poll(() => running("%pg_sleep(20)%")).toBe(0);
  await expect.poll(() => test.manager.pool.status().checkedOut).toBe(0);
  expect(await test.database.query("select 1 from users where email = 'gone@example.com'")).toEqual([]);
});

it("answers 503 with Retry-After while all connections are taken", async () => {
  const busy = [test.app.inject("/test/sleep"), test.app.inject("/test/sleep")];
  await expect.poll(() => test.manager.pool.status().checkedOut).toBe(2);
  const refused = await test.app.inject("/api/v1/users");
  expect(expectProblem(refused, 503).type).toBe("urn:hypertroq:problem:database-busy");
  expect(refused.headers["retry-after"]).toBe("1");
  expect((await Promise.all(busy)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  expect((await test.app.inject("/api/v1/users")).statusCode).toBe(200);
});

it("holds no connection while it hashes", async () => {
  const { id } = (await test.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() })).json();
  const held: number[] = [];
  vi.mocked(hash).mockImplementation(async () => {
    held.push(test.manager.pool.status().checkedOut);
    return "x";
  });
  await test.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() });
  await test.app.inject({ method: "PATCH", url: `/api/v1/users/${id}`, payload: { password: "another password" } });
  vi.mocked(hash).mockReset();
  expect(held).toEqual([0, 0]);
});

it("answers 503 to whoever loses the connection, and 200 to the next", async () => {
  const asleep = test.app.inject("/test/sleep-long");
  await expect.poll(() => running("%pg_sleep(60)%")).toBe(1);
  await kill("%pg_sleep(60)%");
  expect(expectProblem(await asleep, 503).type).toBe("urn:hypertroq:problem:database-unavailable");
  expect((await test.app.inject(`/api/v1/users/${randomUUID()}`)).statusCode).toBe(404);
});

it("answers 503 when the database cannot be reached at all", async () => {
  const away = new URL(test.database.url);
  away.port = "1";
  await using without = await startTestApp({ database: test.database, options: { url: away.href }, migrate: false });
  const answer = await without.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() });
  expect(expectProblem(answer, 503).type).toBe("urn:hypertroq:problem:database-unavailable");
  expect(answer.headers["retry-after"]).toBe("1");
});

async function running(query: string): Promise<number> {
  return (await activity(query)).length;
}

async function kill(query: string): Promise<void> {
  for (const { pid } of await activity(query)) await test.database.query("select pg_terminate_backend($1)", [pid]);
}

function activity(query: string): Promise<{ pid: number }[]> {
  return test.database.query(
    `select pid from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and state = 'active' and query like $1`,
    [query],
  );
}
