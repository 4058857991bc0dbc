import { select } from "@hypertroq/database";
import { seed } from "@hypertroq/database/seeding";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { User } from "../src/models/user.ts";
import { PasswordHasher } from "../src/passwords.ts";
import { seeds, seedWhenEmpty } from "../src/seeds/index.ts";
import { startTestApp, type TestApp } from "./support.ts";

let test: TestApp;
const hasher = new PasswordHasher({ cost: 4 });
beforeAll(async () => {
  test = await startTestApp();
});
beforeEach(() => test.database.query("delete from users"));
afterAll(() => test[Symbol.asyncDispose]());

it("fills an empty table once, however many ask at the same time", async () => {
  const added = await Promise.all(Array.from({ length: 4 }, () => seedWhenEmpty(test.manager, hasher)));
  expect(added.sort()).toEqual([0, 0, 0, 5]);
  const rows = await test.database.query("select email, hashed_password from users");
  expect(new Set(rows.map(({ email }) => email)).size).toBe(5);
  expect(rows.every(({ hashed_password }) => /^\$2b\$04\$/.test(String(hashed_password)))).toBe(true);
});

it("leaves a table that is not empty alone", async () => {
  await seedWhenEmpty(test.manager, hasher);
  await test.database.query("delete from users where email <> 'newcomer@example.com'");
  expect(await seedWhenEmpty(test.manager, hasher)).toBe(0);
  expect(await test.database.query("select 1 from users")).toHaveLength(1);
});

it("makes as many people as are asked for, the same ones each time", async () => {
  const read = () =>
    test.database.query("select id, email, full_name, is_active, created_at from users order by email");
  const options = { environment: "development", only: ["people"], count: 3000 };
  expect((await seed(test.manager, seeds(hasher), options)).seeds).toMatchObject([{ added: 3000 }]);
  const people = await read();
  expect(people.every(({ email }) => /^[a-z.]+(\.\d+)?@example\.com$/.test(String(email)))).toBe(true);
  expect((await seed(test.manager, seeds(hasher), options)).seeds).toMatchObject([{ unchanged: 3000 }]);
  await seed(test.manager, seeds(hasher), { ...options, reset: true });
  expect(await read()).toEqual(people);
});

it("makes the first superuser, whose password is told once", async () => {
  const run = () => seed(test.manager, seeds(hasher), { environment: "production", reference: true });
  expect((await run()).notes).toEqual(["There is no superuser yet. Set FIRST_SUPERUSER_EMAIL and seed again."]);
  process.env["FIRST_SUPERUSER_EMAIL"] = "root@example.com";
  try {
    const { notes } = await run();
    expect(notes).toEqual([expect.stringMatching(/^The superuser root@example\.com has the password \S{24},/)]);
    const [password] = /(?<=password )\S{24}/.exec(notes[0]!)!;
    expect(test.log.join("")).not.toContain(password);
    expect(await run()).toMatchObject({ seeds: [{ added: 0, updated: 0 }], notes: [] });
    expect(await test.manager.one(select(User))).toMatchObject({ email: "root@example.com", isSuperuser: true });
    await test.database.query("update users set is_superuser = false");
    expect((await run()).notes).toEqual([expect.stringContaining("makes nobody one")]);
  } finally {
    delete process.env["FIRST_SUPERUSER_EMAIL"];
  }
});
