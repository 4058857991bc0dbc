import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "./support.ts";

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp({ options: { poolSize: 3, maxOverflow: 2 }, env: { DB_MAX_OVERFLOW: "2" } });
});
afterAll(() => test[Symbol.asyncDispose]());

async function metrics(): Promise<Map<string, number>> {
  const answer = await test.app.inject("/metrics");
  expect(answer.headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = answer.body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

describe("/metrics", () => {
  it("follows the pool", async () => {
    expect((await metrics()).get('db_client_connection_max{db_client_connection_pool_name="hypertroq"}')).toBe(5);
    expect((await metrics()).get('db_client_connection_idle_max{db_client_connection_pool_name="hypertroq"}')).toBe(3);
    let figures = new Map<string, number>();
    const used = (): Promise<void> =>
      test.manager.session(async (db) => {
        await db.sql`select 1`;
        figures = await metrics();
      });
    await test.manager.session(async (outer) => {
      await outer.sql`select 1`;
      await used();
    });
    expect(
      figures.get(
        'db_client_connection_count{db_client_connection_pool_name="hypertroq",db_client_connection_state="used"}',
      ),
    ).toBe(2);
    expect(
      figures.get(
        'db_client_connection_count{db_client_connection_pool_name="hypertroq",db_client_connection_state="idle"}',
      ),
    ).toBe(0);
    expect(figures.get('db_client_connection_pending_requests{db_client_connection_pool_name="hypertroq"}')).toBe(0);
    expect(
      (await metrics()).get(
        'db_client_connection_count{db_client_connection_pool_name="hypertroq",db_client_connection_state="idle"}',
      ),
    ).toBe(2);
    expect(
      (await metrics()).get(
        'db_client_connection_count{db_client_connection_pool_name="hypertroq",db_client_connection_state="used"}',
      ),
    ).toBe(0);
  });

  it("counts requests by method, route pattern and status, whatever paths are asked for", async () => {
    const key = (route: string, status: number) =>
      `http_server_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`;
    const before = await metrics();
    for (let i = 0; i < 7; i++) await test.app.inject(`/api/v1/users/not-a-uuid-${i}`);
    for (let i = 0; i < 5; i++) await test.app.inject(`/nowhere/${i}`);
    const after = await metrics();
    const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(grown(key("/api/v1/users/:id", 422))).toBe(7);
    expect(grown(key("(none)", 404))).toBe(5);
    expect([...after.keys()].filter((name) => /nowhere|not-a-uuid/.test(name))).toEqual([]);
    expect(after.get("process_start_time_seconds")).toBeGreaterThan(1_600_000_000);
  });
});
