import { getDb } from "@hypertroq/database";
import { expect, it } from "vitest";
import { startTestApp } from "./support.ts";

it("waits no longer than its deadline, and then whoever is left is cut off and rolled back", async () => {
  await using test = await startTestApp({
    routes: (app) => {
      app.get("/test/sleep", async () => getDb().sql`select pg_sleep(60)`);
    },
  });
  const url = await test.app.listen({ host: "127.0.0.1", port: 0 });
  const stuck = fetch(`${url}/test/sleep`);
  stuck.catch(() => {});
  await expect.poll(() => test.manager.pool.status().checkedOut).toBe(1);
  test.drain.start();
  expect(await test.drain.finish(0.1)).toBe(1);
  await test.app.close();
  await expect(stuck).rejects.toThrow();
  await expect.poll(() => test.manager.pool.status().checkedOut).toBe(0);
});

it("is done at once when nothing is under way, also after requests that were", async () => {
  await using test = await startTestApp();
  const url = await test.app.listen({ host: "127.0.0.1", port: 0 });
  await Promise.all(Array.from({ length: 5 }, async () => (await fetch(`${url}/api/v1/users`)).text()));
  test.drain.start();
  expect(await test.drain.finish(60)).toBe(0);
});
