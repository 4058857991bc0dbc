import { afterAll, beforeAll, expect, it } from "vitest";
import { countAllocations } from "../../../../benchmarks/src/counts/count-allocations.ts";
import { OPERATIONS, TABLES } from "../../../../benchmarks/src/counts/operations.ts";
import { Database } from "../../../../benchmarks/src/database.ts";
import { deviations } from "../../../../test/counts.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { DatabaseManager } from "../../src/index.ts";
import { FaultProxy } from "../faults/proxy.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await (await Database.open(database.url, TABLES)).close();
});
afterAll(() => database.drop());

/** On a connection that has done it before, by the messages that pass to the server. */
async function countSent(): Promise<Readonly<Record<string, { roundTrips: number; statements: number }>>> {
  await using proxy = await FaultProxy.start(database.url);
  const manager = new DatabaseManager({ url: proxy.url, poolSize: 1 });
  try {
    const sent: Record<string, { roundTrips: number; statements: number }> = {};
    for (const [name, { input, run }] of Object.entries(OPERATIONS)) {
      for (let i = 0; i < 3; i++) await run(manager, input());
      proxy.recording.clear();
      await run(manager, input());
      const { flights } = proxy.recording;
      sent[name] = { roundTrips: flights.length, statements: flights.flat().length };
    }
    return sent;
  } finally {
    await manager.close();
  }
}

/** How often bytes are counted at the most. */
const TRIES = 4;

it("operations take as many round trips, statements and bytes as are stored", async () => {
  const sent = await countSent();
  const least: Record<string, number> = {};
  let deviating: readonly string[] = [];
  // What a busy machine puts on the heap besides only adds: what deviates is counted again, and the least counts.
  for (let tries = 1; tries === 1 || (deviating.length > 0 && tries <= TRIES); tries++) {
    const bytes = await countAllocations(database.url);
    for (const [name, count] of Object.entries(bytes)) least[name] = Math.min(count, least[name] ?? Infinity);
    const counts = Object.entries(sent).map(([name, figures]) => [name, { ...figures, bytes: least[name]! }] as const);
    deviating = deviations("operations", Object.fromEntries(counts));
  }
  expect(deviating).toEqual([]);
});
