import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectProblem, newUser, startTestApp, type TestApp } from "./support.ts";

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp();
  // As another system may have stored them: random ids, and all at one moment.
  await test.database.query(`
    insert into users (id, email, hashed_password, created_at)
    select gen_random_uuid(), 'user' || n || '@example.com', 'x', '2026-01-31 12:00:00.123456+00'
    from generate_series(1, 230) as n`);
});
afterAll(() => test[Symbol.asyncDispose]());

interface Page {
  readonly items: readonly { readonly id: string; readonly email: string }[];
  readonly next_cursor: string | null;
}
const list = (query: Record<string, string>) => test.app.inject({ method: "GET", url: "/api/v1/users", query });

async function all(limit: number, between: () => Promise<unknown> = async () => {}): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  do {
    const page: Page = (await list({ limit: String(limit), ...(after !== null && { after }) })).json();
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ id }) => id));
    after = page.next_cursor;
    await between();
  } while (after !== null);
  return ids;
}

it("shows every user once, whatever the size of a page", async () => {
  const stored = await test.database.query<{ id: string }>("select id from users order by id");
  const ids = stored.map(({ id }) => id);
  for (const limit of [1, 7, 23, 100]) expect(await all(limit)).toEqual(ids);
});

it("gives 20 users unless asked, and null as the last cursor", async () => {
  const page: Page = (await list({})).json();
  expect(page.items).toHaveLength(20);
  expect(page.next_cursor).toMatch(/^[\w-]+$/);
});

it("neither repeats nor loses users when others come and go meanwhile", async () => {
  const before = await test.database.query<{ id: string }>("select id from users order by id");
  let round = 0;
  const ids = await all(25, async () => {
    await test.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() });
    await test.database.query("delete from users where email = $1", [`user${++round}@example.com`]);
  });
  expect(new Set(ids).size).toBe(ids.length);
  const remaining = await test.database.query<{ id: string }>("select id from users");
  const still = new Set(remaining.map(({ id }) => id));
  expect(before.filter(({ id }) => still.has(id) && !ids.includes(id))).toEqual([]);
});

it.each(["0", "101", "-1", "1.5", "ten", "", " 5", "0x10", "1e1", "99999999999999999999"])(
  "refuses %j as limit",
  async (limit) => {
    expect(expectProblem(await list({ limit }), 422).errors!.map(({ parameter }) => parameter)).toEqual(["limit"]);
  },
);

it("refuses cursors that were made by hand, with a right checksum over a wrong key", async () => {
  const name = "users asc id";
  for (const keys of [["not-a-uuid"], ["a\0b"]]) {
    const sum = createHash("sha256")
      .update(JSON.stringify([name, ...keys]))
      .digest("base64url")
      .slice(0, 10);
    const after = Buffer.from(JSON.stringify([1, sum, ...keys])).toString("base64url");
    const { errors } = expectProblem(await list({ after }), 422);
    expect(errors).toEqual([{ parameter: "after", detail: "is not a cursor that this list has handed out" }]);
  }
});

it("refuses cursors it has not handed out, and parameters it does not know, all at once", async () => {
  const { next_cursor: cursor } = (await list({ limit: "3" })).json<Page>();
  const forged = [
    cursor!.slice(0, -4),
    `${cursor}x`,
    cursor!.toUpperCase(),
    "",
    "%00",
    "WyIxIl0",
    "[]",
    "a".repeat(5000),
  ];
  for (const after of forged) {
    const { errors } = expectProblem(await list({ after }), 422);
    expect(errors).toEqual([{ parameter: "after", detail: "is not a cursor that this list has handed out" }]);
  }
  const { errors } = expectProblem(await list({ limit: "0", offset: "5", page: "2" }), 422);
  expect(errors!.map(({ parameter }) => parameter).sort()).toEqual(["limit", "offset", "page"]);
  const twice = await test.app.inject({ method: "GET", url: "/api/v1/users?limit=1&limit=2&after=a&after=b" });
  expect(
    expectProblem(twice, 422)
      .errors!.map(({ parameter }) => parameter)
      .sort(),
  ).toEqual(["after", "limit"]);
});
