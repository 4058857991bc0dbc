import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL } from "../../../../test/sample.ts";
import { DatabaseManager, errors } from "../../src/index.ts";
import { hasNoPgBouncer, PgBouncer } from "./pgbouncer.ts";

/** Connections of PgBouncer's to the server. */
const SERVERS = 10;
const CLIENTS = FULL ? 500 : 100;
const RESTARTS = FULL ? 20 : 2;

describe.skipIf(hasNoPgBouncer)("under load, through PgBouncer 1.18 in transaction mode", () => {
  let database: TestDatabase;
  let pooler: PgBouncer;

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query("create table writes (key text not null)");
    pooler = await PgBouncer.start(database.url, { mode: "transaction", size: SERVERS });
  });
  afterAll(async () => {
    await pooler[Symbol.asyncDispose]();
    await database.drop();
  });

  it(`${CLIENTS} sessions at the same time have ${SERVERS} servers, and each its own settings`, async () => {
    let [most, servers, isOver] = [0, 0, false];
    const manager = new DatabaseManager({
      url: pooler.url,
      poolSize: CLIENTS,
      maxConnecting: 20,
      statementTimeout: 60,
      hooks: {
        checkout: () => {
          most = Math.max(most, manager.pool.status().checkedOut);
        },
      },
    });
    const watching = (async () => {
      while (!isOver) {
        const [row] = await database.query<{ count: number }>(
          "select count(*)::int as count from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
        );
        servers = Math.max(servers, row!.count);
        await sleep(20);
      }
    })();
    try {
      await manager.pool.warmUp(CLIENTS);
      const start = performance.now();
      const work = async (client: number): Promise<void> => {
        await manager.session(
          async (db) => {
            await db.sql`create temp table own on commit drop as select ${client}::int as client`;
            await db.sql`insert into writes (key) values (${`client ${client}`})`;
            const [row] = await db.sql`select client, current_setting('app.client') as setting,
              current_setting('statement_timeout') as timeout from own`;
            expect(row).toEqual({ client, setting: `${client}`, timeout: "1min" });
          },
          { context: { "app.client": `${client}` } },
        );
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, client) => work(client)));
      const seconds = (performance.now() - start) / 1000;
      isOver = true;
      await watching;
      const [row] = await database.query("select count(*)::int as n, count(distinct key)::int as keys from writes");
      expect(row).toEqual({ n: CLIENTS, keys: CLIENTS });
      expect(most).toBe(CLIENTS);
      expect(servers).toBeLessThanOrEqual(SERVERS);
      console.log(`${CLIENTS} sessions over ${servers} servers: ${seconds.toFixed(1)} s for all`);
    } finally {
      isOver = true;
      await manager.close({ timeout: 0 });
    }
  });

  it("a restart of PgBouncer costs a pause: nothing acknowledged is lost, and nothing is written twice", async () => {
    await database.query("truncate writes");
    const manager = new DatabaseManager({ url: pooler.url, poolSize: 40, connectRetry: 30 });
    const acknowledged: string[] = [];
    const refused = new Map<string, unknown>();
    const pauses: number[] = [];
    let [isOver, reads, last] = [false, 0, 0];
    const acknowledge = (key: string): void => {
      acknowledged.push(key);
      last = performance.now();
    };
    const forever = async (work: (round: number) => Promise<void>): Promise<void> => {
      for (let round = 0; !isOver; round++) await work(round);
    };
    /** A transaction of several round trips, run again until it is known to have happened. */
    const transactions = (writer: number) => async (round: number) => {
      const key = `transaction ${writer}.${round}`;
      await manager.retry(
        async (db) => {
          await db.sql`select count(*) from writes where key = ${key}`;
          await db.sql`insert into writes (key) values (${key})`;
        },
        { attempts: 50, budget: 60 },
      );
      acknowledge(key);
    };
    /** One round trip that commits by itself, never given again by the test. */
    const statements = (writer: number) => async (round: number) => {
      const key = `statement ${writer}.${round}`;
      await manager.sql`insert into writes (key) values (${key})`.then(
        () => acknowledge(key),
        (error: unknown) => void refused.set(key, error),
      );
    };
    const read = async (): Promise<void> => {
      await manager.retry((db) => db.sql`select count(*) from writes`, { attempts: 50, readOnly: true });
      reads += 1;
    };
    try {
      const all = [
        ...Array.from({ length: 10 }, (_, writer) => forever(transactions(writer))),
        ...Array.from({ length: 10 }, (_, writer) => forever(statements(writer))),
        ...Array.from({ length: 5 }, () => forever(read)),
      ];
      for (let restart = 0; restart < RESTARTS; restart++) {
        await sleep(300);
        await pooler.kill(restart % 2 === 0 ? "SIGKILL" : "SIGTERM");
        const killed = performance.now();
        await sleep(100);
        await pooler.start();
        await expect.poll(() => last).toBeGreaterThan(killed);
        pauses.push(last - killed);
      }
      await sleep(300);
      isOver = true;
      await Promise.all(all);

      const rows = await database.query<{ key: string; count: number }>(
        "select key, count(*)::int as count from writes group by key",
      );
      const written = new Map(rows.map(({ key, count }) => [key, count]));
      expect(rows.filter(({ count }) => count > 1)).toEqual([]);
      expect(acknowledged.filter((key) => !written.has(key))).toEqual([]);
      const known = new Set(acknowledged);
      expect(rows.filter(({ key }) => !known.has(key) && !refused.has(key))).toEqual([]);
      // What was neither acknowledged nor unknown has not happened.
      const failed = [...refused].filter(([, error]) => !(error instanceof errors.CommitOutcomeUnknown));
      expect(failed.filter(([key]) => written.has(key))).toEqual([]);
      const unknown = refused.size - failed.length;
      console.log(
        `${RESTARTS} restarts: ${acknowledged.length} writes acknowledged, ${unknown} of unknown outcome, ` +
          `${failed.length} refused, ${reads} reads; from the kill to the next acknowledgement ` +
          `${pauses.map((pause) => `${Math.round(pause)} ms`).join(", ")}, of which PgBouncer was away for 100 ms and its start`,
      );
    } finally {
      isOver = true;
      await manager.close({ timeout: 1 });
    }
  });
});
