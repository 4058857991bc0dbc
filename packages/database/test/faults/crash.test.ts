import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DatabaseManager, type DatabaseOptions, errors } from "../../src/index.ts";
import { failure } from "./failure.ts";
import { ENTRIES, Entry } from "./workload.ts";
import { World } from "./world.ts";

let world: World;
const managers: DatabaseManager[] = [];

beforeAll(async () => {
  world = await World.make();
});
afterAll(() => world.end());
beforeEach(() => world.query(`drop table if exists entries; ${ENTRIES}; grant all on entries to app`));
afterEach(async () => {
  world.proxy.restore();
  await Promise.all(managers.splice(0).map((manager) => manager.close({ timeout: 0 })));
});

function manage(options: Partial<DatabaseOptions> = {}): DatabaseManager {
  const manager = new DatabaseManager({
    url: world.proxy.url,
    poolSize: 2,
    connectTimeout: 1,
    watchdog: 0.5,
    ...options,
  });
  managers.push(manager);
  return manager;
}

const numbers = async (): Promise<unknown[]> =>
  (await world.query("select number from entries where number > 0 order by 1")).map((row) => row["number"]);

describe("after a crash the server gives transaction ids again that were never written out:", () => {
  /** A transaction whose COMMIT the server never got, and whose id it has forgotten. */
  async function forgotten(): Promise<{ manager: DatabaseManager; error: errors.CommitOutcomeUnknown }> {
    await world.query("checkpoint");
    const manager = manage();
    await manager.ping();
    world.proxy.when(/^commit/, () => world.proxy.inflict({ toServer: "swallow" }, "existing"));
    const work = failure(manager.session((db) => db.add(new Entry({ number: 1 })), { trackOutcome: true }));
    await expect.poll(() => world.proxy.recording.flights.flat().at(-1)).toBe("commit");
    await world.stop("immediate");
    await world.start();
    const error = (await work) as errors.CommitOutcomeUnknown;
    expect(error).toBeInstanceOf(errors.CommitOutcomeUnknown);
    return { manager, error };
  }

  it("another one's commit is not taken for the lost one", async () => {
    const { manager, error } = await forgotten();
    const [row] = await world.query<{ id: string }>(
      "insert into entries values (2) returning pg_current_xact_id()::text as id",
    );
    expect(row!.id).toBe(error.transactionId);
    expect(await manager.resolveCommit(error)).not.toBe("committed");
    expect(await numbers()).toEqual([2]);
  });

  it("and another one under way is not ended for it", async () => {
    const { manager, error } = await forgotten();
    const other = manage({ url: world.url });
    const session = other.open();
    await session.add(new Entry({ number: 2 }));
    expect(await session.sql`select pg_current_xact_id()::text as id`).toEqual([{ id: error.transactionId }]);
    expect(await manager.resolveCommit(error)).not.toBe("committed");
    await session.commit();
    expect(await numbers()).toEqual([2]);
  });

  it("retry does not take it for its own", async () => {
    await world.query("checkpoint");
    const manager = manage();
    await manager.ping();
    let runs = 0;
    world.proxy.when(/^commit/, () => world.proxy.inflict({ toServer: "swallow" }, "existing"));
    const work = failure(
      manager.retry(async (db) => {
        runs += 1;
        await db.add(new Entry({ number: 1 }));
      }),
    );
    await expect.poll(() => world.proxy.recording.flights.flat().at(-1)).toBe("commit");
    world.proxy.refuse(); // so that the other one comes first
    await world.stop("immediate");
    await world.start();
    await world.query("insert into entries values (2)");
    world.proxy.restore();
    const error = await work;
    expect(await numbers()).toEqual(error === "no failure" ? [1, 2] : [2]);
    expect(runs).toBe(error === "no failure" ? 2 : 1);
  });
});
