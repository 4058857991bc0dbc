import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../../../test/database.ts";
import { users } from "../src/models/user.ts";
import type { OpsFacts } from "../src/ops/facts.ts";
import { backups } from "../src/ops/sections/backups.ts";
import { PasswordHasher } from "../src/passwords.ts";
import { expectProblem, newUser, startTestApp, type TestApp } from "./support.ts";

const PASSWORD = "correct horse battery";

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp({
    options: { poolSize: 3, maxOverflow: 2, slowQueryMs: 0 },
    env: { DB_MAX_OVERFLOW: "2", BACKUP_DIRECTORY: ".hypertroq/no-backups" },
  });
  const hashedPassword = await new PasswordHasher({ cost: 4 }).hash(PASSWORD);
  await test.manager.session((db) =>
    users.createMany(db, [
      { email: "root@example.com", hashedPassword, isSuperuser: true },
      { email: "plain@example.com", hashedPassword },
      { email: "former@example.com", hashedPassword, isSuperuser: true, isActive: false },
    ]),
  );
});
afterAll(() => test[Symbol.asyncDispose]());

interface Asking {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly address?: string;
}
const ask = ({ path = "/ops", headers = {}, address = "127.0.0.1" }: Asking = {}, app = test.app) =>
  app.inject({ url: path, remoteAddress: address, headers: { host: "127.0.0.1:8000", ...headers } });
const basic = (email: string, password = PASSWORD) => ({
  authorization: `Basic ${Buffer.from(`${email}:${password}`).toString("base64")}`,
});
/** What the page says beside a term. */
const shown = (page: string, term: string) => new RegExp(`<dt>${term}</dt><dd>(?:<\\w+[^>]*>)?([^<]*)`).exec(page)?.[1];
/** The page once it shows this: what the server does not say in a second and a half, the next page has. */
async function pageWith(what: RegExp, app = test.app): Promise<string> {
  let page = "";
  const look = async (): Promise<string> => {
    page = (await ask({}, app)).body;
    return page;
  };
  await expect.poll(look, { interval: 100 }).toMatch(what);
  return page;
}
const stylePath = async () => /href="(\/ops\/assets\/[^"]+\.css)"/.exec((await ask()).body)![1]!;

describe("who may look", () => {
  it.each([
    [{}, "127.0.0.1"],
    [{ host: "[::1]:8000" }, "::1"],
    [{ host: "localhost:8000" }, "::ffff:127.0.0.1"],
  ])("anybody on this machine (%j, %s)", async (headers, address) => {
    expect((await ask({ headers, address })).statusCode).toBe(200);
  });

  it.each([
    ["another machine", {}, "192.0.2.1"],
    ["another machine over IPv6", {}, "2001:db8::1"],
    ["another machine that says it is this one", { host: "localhost", "x-forwarded-for": "127.0.0.1" }, "10.0.0.8"],
    ["a proxy on this machine", { "x-forwarded-for": "127.0.0.1" }, "127.0.0.1"],
    ["a page that calls itself by another name", { host: "attacker.example:8000" }, "127.0.0.1"],
    ["a wrong password", basic("root@example.com", "wrong horse battery"), "192.0.2.2"],
    ["an unknown e-mail address", basic("nobody@example.com"), "192.0.2.2"],
    ["a password beyond what bcrypt reads", basic("root@example.com", PASSWORD.padEnd(80, "x")), "192.0.2.2"],
    ["an e-mail address with a NUL", basic("root@example.com\0"), "192.0.2.2"],
    ["another scheme", { authorization: "Bearer abc" }, "192.0.2.2"],
    ["an address of this machine that is not its own", {}, "172.17.0.2"],
  ])("not %s, who is asked for a superuser", async (_who, headers, address) => {
    for (const path of ["/ops", "/ops/events", await stylePath()]) {
      const answer = await ask({ path, headers, address });
      expectProblem(answer, 401);
      expect(answer.headers["www-authenticate"]).toBe('Basic realm="HypertroQ operations", charset="UTF-8"');
    }
  });

  it.each(["plain@example.com", "former@example.com"])("not %s, whose password is right", async (email) => {
    for (const path of ["/ops", "/ops/events", await stylePath()]) {
      expectProblem(await ask({ path, headers: basic(email), address: "192.0.2.3" }), 403);
    }
  });

  it("superusers, from everywhere", async () => {
    const headers = { ...basic("root@example.com"), host: "hypertroq.example" };
    for (const path of ["/ops", await stylePath()]) {
      expect((await ask({ path, headers, address: "192.0.2.4" })).statusCode).toBe(200);
    }
  });

  it("nobody who tries password after password", async () => {
    const tries: number[] = [];
    for (let i = 0; i < 61; i++) {
      const { statusCode } = await ask({ headers: basic("root@example.com", `guess ${i}`), address: "192.0.2.5" });
      tries.push(statusCode);
    }
    expect(tries.slice(0, 60)).toEqual(Array(60).fill(401));
    expect(tries[60]).toBe(429);
    expectProblem(await ask({ headers: basic("root@example.com"), address: "192.0.2.5" }), 429);
    expect((await ask({ headers: basic("root@example.com"), address: "192.0.2.6" })).statusCode).toBe(200);
  });
});

describe("the page", () => {
  it("shows pool, revision, health and requests as they are", async () => {
    let page = "";
    await test.manager.session(async (db) => {
      await db.sql`select 1`;
      page = await pageWith(/✓ ready/);
      await expect.poll(async () => shown((await ask()).body, "In use")).toBe("1"); // readiness has looked, by its own
    });
    expect(shown(page, "Waiting for one")).toBe("0");
    expect(shown(page, "Size")).toBe("3");
    expect(shown(page, "Most open")).toBe("5");
    expect(shown(page, "Serving")).toBe("✓ ready");
    expect(shown(page, "Revision")).toBe("✓ at head");
    expect(page).toMatch(/<code>ddef93c02177<\/code> <span class="badge current">current<\/span>/);
    const total = (text: string) => Number(/Requests answered: <span[^>]*>(\d+)/.exec(text)![1]);
    const before = total((await ask()).body);
    for (let i = 0; i < 4; i++) await test.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() });
    expect(total((await ask()).body)).toBe(before + 5);
  });

  it("says the same of backups in its two places: where no rule asks for one, none is no fault", async () => {
    const page = await pageWith(/There is no good backup/);
    expect(page).toContain("✓ No rule has found anything wrong.");
    expect(page).toContain("<p>There is no good backup.</p>");
    const scheduled = { backups: { value: [] }, backupsScheduled: true } as unknown as OpsFacts;
    expect(backups.body(scheduled).text).toContain('<span class="bad">✗ There is no good backup.</span>');
  });

  it("escapes what comes from outside", async () => {
    await test.database.query("update alembic_version set version_num = '<script>x</script>&\"'''");
    await test.database.query('create table "<img src=x onerror=alert(1)>" ()');
    const fresh = await startTestApp({ database: test.database, migrate: false });
    const body = await pageWith(/✗ not at head[\s\S]*&lt;img src=x/, fresh.app);
    await fresh[Symbol.asyncDispose]();
    await test.database.query("update alembic_version set version_num = 'ddef93c02177'");
    await test.database.query('drop table "<img src=x onerror=alert(1)>"');
    expect(body).toContain("<code>&lt;script&gt;x&lt;/script&gt;&amp;&quot;&#39;</code>");
    expect(body).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(body).not.toContain("<img");
    expect(body.match(/<script/g)).toHaveLength(1);
    expect(body).toContain("✗ not at head");
  });

  it("holds no password, no parameter and no hidden column", async () => {
    await test.manager.session(async (db) => {
      await db.sql`select ${"planted parameter"}::text`;
      await db.sql`select 'planted literal' where ${1} = 1`;
      await db.sql`select * from users where hashed_password = ${"planted hash"}`;
      const [row] = await db.sql<{ hash: string }>`select hashed_password as hash from users limit 1`;
      // A slow statement is there when its plan is.
      const body = await pageWith(/where hashed_password = \$1/);
      expect(body).not.toMatch(/planted/);
      expect(body).not.toContain(row!.hash);
      const { password } = new URL(test.database.url);
      expect(body).toContain(test.database.name);
      expect(body).not.toContain(password);
    });
  });

  it("runs nothing but its own files, and asks nobody else", async () => {
    const answer = await ask();
    expect(answer.headers["content-security-policy"]).toBe(
      "default-src 'none';style-src 'self';script-src 'self';connect-src 'self';img-src data:;base-uri 'none';" +
        "form-action 'none';frame-ancestors 'none'",
    );
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).not.toMatch(/https?:\/\/|\bstyle=|\bon\w+="|<style|<script>/);
    for (const [, path] of answer.body.matchAll(/(?:href|src)="(\/[^"]*)"/g)) {
      const file = await ask({ path: path! });
      expect(file.statusCode).toBe(200);
      expect(file.headers["cache-control"]).toBe("private, max-age=31536000, immutable");
    }
    expectProblem(await ask({ path: "/ops/assets/0123456789abcdef/ops.css" }), 404);
    expectProblem(await ask({ path: "/ops?refresh=<x>" }), 422);
  });

  it("is there when the pool is used up, and says so", async () => {
    const hold = async (left: number): Promise<string> =>
      await test.manager.session(async (db) => {
        await db.sql`select 1`;
        if (left > 1) return await hold(left - 1);
        // What sessions do is looked at every second.
        return await pageWith(/idle in transaction/);
      });
    expect(shown(await hold(5), "In use")).toBe("5");
  });

  it("is there when the database is not, and says so", async () => {
    await using gone = await createTestDatabase();
    await using lonely = await startTestApp({ database: gone, options: { poolTimeout: 1, connectTimeout: 1 } });
    await pageWith(/✓ ready/, lonely.app);
    await gone.drop();
    await pageWith(/does not answer[\s\S]*The server does not answer\./, lonely.app);
  });
});
