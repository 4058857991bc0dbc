import { afterAll, beforeAll, expect, it } from "vitest";
import { PasswordHasher } from "../src/passwords.ts";
import { seedDevelopmentUsers } from "../src/seeds/development-users.ts";
import { startTestApp, type TestApp } from "./support.ts";

let test: TestApp;
const hasher = new PasswordHasher({ cost: 4 });
beforeAll(async () => {
  test = await startTestApp();
});
afterAll(() => test[Symbol.asyncDispose]());

it("fills an empty table once, however many ask at the same time", async () => {
  const added = await Promise.all(Array.from({ length: 4 }, () => seedDevelopmentUsers(test.manager, hasher)));
  expect(added.sort()).toEqual([0, 0, 0, 5]);
  const rows = await test.database.query("select email, hashed_password from users");
  expect(new Set(rows.map(({ email }) => email)).size).toBe(5);
  expect(rows.every(({ hashed_password }) => /^\$2b\$04\$/.test(String(hashed_password)))).toBe(true);
});

it("leaves a table that is not empty alone", async () => {
  await test.database.query("delete from users where email <> 'newcomer@example.com'");
  expect(await seedDevelopmentUsers(test.manager, hasher)).toBe(0);
  expect(await test.database.query("select 1 from users")).toHaveLength(1);
});
