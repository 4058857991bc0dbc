import { DatabaseManager, sql } from "@hypertroq/database";
import { expect } from "vitest";
import type { Installation } from "./program.ts";

/** A request that waits for a lock that the test holds, and what lets it go. */
export async function slowRequest(installation: Installation, url: string) {
  const { answers, ...rest } = await slowRequests(installation, url, 1);
  return { answer: answers[0]!, ...rest };
}

/** Several of them. */
export async function slowRequests(installation: Installation, url: string, count: number) {
  const databaseUrl = await installation.databaseUrl();
  const manager = new DatabaseManager({ url: databaseUrl, poolSize: 2, applicationName: "another" });
  const lock = manager.open();
  await lock.sql`lock table users in access exclusive mode`;
  const answers = Array.from({ length: count }, () => fetch(`${url}/api/v1/users`));
  for (const answer of answers) answer.catch(() => {});
  const waiting = sql`select 1 from pg_locks where relation = 'users'::regclass and not granted`;
  await expect.poll(() => manager.session((db) => db.execute(waiting))).toBe(count);
  return {
    answers,
    release: () => lock.commit(),
    [Symbol.asyncDispose]: async () => {
      await lock.rollback();
      await manager.close({ timeout: 0 });
    },
  };
}
