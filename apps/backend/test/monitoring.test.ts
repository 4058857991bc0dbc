import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, newUser, startTestApp, type TestApp } from "./support.ts";

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
const ops = (headers: Record<string, string> = {}, remoteAddress = "127.0.0.1") =>
  test.app.inject({ url: "/ops", remoteAddress, headers: { host: "127.0.0.1:8000", ...headers } });
/** What the dashboard says beside a term. */
const shown = (page: string, term: string) => new RegExp(`<dt>${term}</dt><dd>(?:<\\w+[^>]*>)?([^<]*)`).exec(page)?.[1];

describe("/metrics", () => {
  it("follows the pool", async () => {
    expect((await metrics()).get("db_client_connection_max")).toBe(5);
    expect((await metrics()).get("db_client_connection_idle_max")).toBe(3);
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
    expect(figures.get('db_client_connection_count{state="used"}')).toBe(2);
    expect(figures.get('db_client_connection_count{state="idle"}')).toBe(0);
    expect(figures.get("db_client_connection_pending_requests")).toBe(0);
    expect((await metrics()).get('db_client_connection_count{state="idle"}')).toBe(2);
    expect((await metrics()).get('db_client_connection_count{state="used"}')).toBe(0);
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

describe("/ops", () => {
  it("shows pool, revision, health and requests as they are", async () => {
    let page = "";
    await test.manager.session(async (db) => {
      await db.sql`select 1`;
      page = (await ops()).body;
    });
    expect(shown(page, "In use")).toBe("1");
    expect(shown(page, "Waiting for one")).toBe("0");
    expect(shown(page, "Size")).toBe("3");
    expect(shown(page, "Most open")).toBe("5");
    expect(shown(page, "Current")).toBe("ddef93c02177");
    expect(shown(page, "Head")).toBe("ddef93c02177");
    expect(shown(page, "At head")).toBe("✓ yes");
    expect(shown(page, "Serving")).toBe("✓ ready");
    const total = (text: string) => Number(/Requests answered: (\d+)/.exec(text)![1]);
    const before = total((await ops()).body);
    for (let i = 0; i < 4; i++) await test.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() });
    expect(total((await ops()).body)).toBe(before + 5);
  });

  it("shows the database's URL without its password, and escapes what comes from outside", async () => {
    const { password } = new URL(test.database.url);
    await test.database.query("update alembic_version set version_num = '<script>x</script>&\"'''");
    const { body } = await ops();
    await test.database.query("update alembic_version set version_num = 'ddef93c02177'");
    expect(body).toContain(test.database.name);
    expect(body).not.toContain(password);
    expect(body).toContain("<code>&lt;script&gt;x&lt;/script&gt;&amp;&quot;&#39;</code>");
    expect(body).not.toContain("<script");
    expect(body).toContain("✗ no");
  });

  it("needs nothing but itself, and loads itself anew unless paused", async () => {
    const answer = await ops();
    expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'none';style-src 'sha256-[^']+';/);
    expect(answer.body).not.toMatch(/<script|<link rel="stylesheet"|https?:\/\//);
    expect(answer.body).toContain('<meta http-equiv="refresh" content="5">');
    const paused = await test.app.inject({ url: "/ops?refresh=0", headers: { host: "localhost:8000" } });
    expect(paused.body).not.toContain("http-equiv");
    expectProblem(await test.app.inject({ url: "/ops?refresh=<x>", headers: { host: "localhost" } }), 422);
  });

  it.each([
    ["another machine", {}, "192.0.2.1"],
    ["another machine over IPv6", {}, "2001:db8::1"],
    ["another machine that asks for localhost", { host: "localhost" }, "10.0.0.8"],
    ["a proxy on this machine", { "x-forwarded-for": "127.0.0.1" }, "127.0.0.1"],
    ["a page that calls itself by another name", { host: "attacker.example:8000" }, "127.0.0.1"],
  ])("is 403 to %s", async (_who, headers, address) => {
    expectProblem(await ops(headers, address), 403);
  });

  it.each([
    [{}, "127.0.0.1"],
    [{ host: "[::1]:8000" }, "::1"],
    [{ host: "localhost:8000" }, "::ffff:127.0.0.1"],
  ])("is 200 on this machine (%j, %s)", async (headers, address) => {
    expect((await ops(headers, address)).statusCode).toBe(200);
  });
});
