import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FaultProxy } from "./proxy.ts";

let database: TestDatabase;
let proxy: FaultProxy;
const clients: pg.Client[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("create table entries (number int not null)");
});
afterAll(() => database.drop());
beforeEach(async () => {
  proxy = await FaultProxy.start(database.url);
  await database.query("truncate entries");
});
afterEach(async () => {
  await proxy.close();
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => {})));
  await database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
});

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: proxy.url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  clients.push(client);
  await client.connect();
  return client;
}

/** What happens to a client whose process dies. */
function destroy(client: pg.Client): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

const numbers = async (): Promise<unknown[]> =>
  (await database.query("select number from entries order by 1")).map((row) => row["number"]);

const backends = async (): Promise<number> =>
  (
    await database.query(
      "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    )
  ).length;

const settled = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "answered",
    (error: Error & { code?: string }) => error.code ?? error.message,
  );

/** How the driver tells of a lost connection: libuv reports a reset that comes right after data as an end. */
const LOST = /^(ECONNRESET|Connection terminated unexpectedly)$/;

/** Whether a promise is still open after the server has had ample time to answer, were it asked. */
const isPending = (work: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    work.then(
      () => false,
      () => false,
    ),
    new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(true), 200);
    }),
  ]);

describe("the recorder", () => {
  it("decodes what a client sends, in flights", async () => {
    const client = await connected();
    await client.query("select 1; select 2");
    await client.query({ name: "s", text: "select $1::int as n", values: [1] });
    await client.query({ name: "s", text: "select $1::int as n", values: [2] });
    expect(proxy.recording.flights).toEqual([["select 1; select 2"], ["select $1::int as n"], ["select $1::int as n"]]);
    expect(proxy.recording.roundTrips).toBe(3);
    expect(proxy.recording.messages.map(({ type }) => type)).toEqual([
      "startup",
      "password",
      "password",
      ..."query parse bind describe execute sync bind describe execute sync".split(" "),
    ]);
    expect(proxy.recording.messages[4]).toEqual({ link: 1, type: "parse", name: "s", text: "select $1::int as n" });
    proxy.recording.clear();
    expect(proxy.recording.roundTrips).toBe(0);
  });

  it("reads messages whose bytes come in pieces, and several in one piece", async () => {
    const client = await connected();
    const long = `select '${"x".repeat(300_000)}' as x`;
    await Promise.all([client.query(long), client.query("select 2")]);
    expect(proxy.recording.flights).toEqual([[long], ["select 2"]]);
  });
});

describe("a proxy", () => {
  it("cuts by reset and by end, and lets new connections through", async () => {
    for (const [how, code] of [
      ["rst", "ECONNRESET"],
      ["fin", "Connection terminated unexpectedly"],
    ] as const) {
      const client = await connected();
      const answer = settled(client.query("select pg_sleep(10)"));
      await expect.poll(() => proxy.recording.flights.at(-1)).toEqual(["select pg_sleep(10)"]);
      proxy.cut(how);
      expect(await answer).toBe(code);
      await (await connected()).query("select 1");
      proxy.recording.clear();
    }
  });

  it("swallows what goes to the server, or what comes from it, and ends the server's side when it is restored", async () => {
    const [there, back] = [await connected(), await connected()];
    proxy.onMessage = ({ type, link }) => {
      if (type === "query") proxy.inflict(link === 1 ? { toServer: "swallow" } : { toClient: "swallow" }, "existing");
    };
    const first = there.query("insert into entries values (1)");
    expect(await isPending(first)).toBe(true);
    expect(await numbers()).toEqual([]);
    proxy.restore();
    const second = back.query("insert into entries values (2)");
    expect(await isPending(second)).toBe(true);
    expect(await numbers()).toEqual([2]);
    proxy.restore();
    expect(await isPending(first)).toBe(true); // lost for ever
    for (const client of [there, back]) destroy(client);
    await expect.poll(backends).toBe(0);
    await Promise.allSettled([first, second]);
  });

  it("holds what was sent until it is restored, even when its sender has gone", async () => {
    const client = await connected();
    proxy.inflict({ toServer: "hold" });
    const answer = settled(client.query("insert into entries values (1)"));
    await expect.poll(() => proxy.recording.roundTrips).toBe(1);
    destroy(client);
    expect(await answer).toBe("Connection terminated unexpectedly");
    expect(await numbers()).toEqual([]);
    expect(await backends()).toBe(1);
    proxy.restore();
    await expect.poll(numbers).toEqual([1]);
    await expect.poll(backends).toBe(0);
  });

  it("resets in the middle of a row", async () => {
    const client = await connected();
    proxy.inflict({ resetAfter: 100 });
    expect(await settled(client.query("select repeat('x', 1000)"))).toMatch(LOST);
  });

  it("leaves one side half-open, which learns of it by what it sends", async () => {
    const client = await connected();
    proxy.cut("fin", "server");
    await expect.poll(backends).toBe(0);
    expect(proxy.size).toBe(1);
    expect(await settled(client.query("select 1"))).toBe("ECONNRESET");

    const other = await connected();
    await other.query("begin; insert into entries values (1)");
    proxy.cut("fin", "client");
    await expect.poll(() => proxy.size).toBe(0);
    expect(await backends()).toBe(1);
    proxy.restore();
    await expect.poll(backends).toBe(0);
    expect(await numbers()).toEqual([]);
  });

  it("delays what passes, and keeps its order", async () => {
    const client = await connected();
    proxy.inflict({ delay: 30 });
    const answers = Promise.all([1, 2, 3].map((n) => client.query("select $1::int as n", [n])));
    proxy.inflict({}); // later ones have no delay
    expect((await answers).map(({ rows }) => rows[0])).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it("makes authentication slow, and nothing after it", async () => {
    const client = await connected();
    proxy.inflict({ authDelay: 60_000 });
    await client.query("select 1");
    const late = connected();
    expect(await isPending(late)).toBe(true);
    proxy.cut("rst");
    expect(await settled(late)).toMatch(LOST);
  });

  it("refuses new connections until it is restored", async () => {
    const client = await connected();
    proxy.refuse();
    expect(await settled(connected())).toBe("ECONNRESET");
    await client.query("select 1");
    proxy.restore();
    await (await connected()).query("select 1");
  });
});
