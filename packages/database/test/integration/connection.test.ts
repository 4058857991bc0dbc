import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connect } from "../../src/connection/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { connectOptions, type DatabaseOptions } from "../../src/connection/options.ts";
import { errors } from "../../src/index.ts";

let database: TestDatabase;
const connections: Connection[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("create table wide (a int); insert into wide values (1)");
});
afterEach(() => Promise.all(connections.splice(0).map((connection) => connection.close())));
afterAll(() => database.drop());

async function open(options: Partial<DatabaseOptions> = {}): Promise<Connection> {
  const connection = await connect(connectOptions({ url: database.url, ...options }));
  connections.push(connection);
  return connection;
}

const prepared = async (connection: Connection): Promise<unknown> =>
  (await connection.query("select count(*)::int from pg_prepared_statements")).rows[0]![0];
const step = (text: string) => ({ text, values: [] });

describe("prepared statements", () => {
  it("are made once for each text", async () => {
    const connection = await open();
    const before = (await prepared(connection)) as number;
    for (let i = 0; i < 5; i++) {
      expect((await connection.query("select $1::int + 1", [i])).rows).toEqual([[i + 1]]);
    }
    expect(await prepared(connection)).toBe(before + 1);
  });

  it("beyond the cache's size are closed at the server, the least recently used first", async () => {
    const connection = await open({ statementCacheSize: 3 });
    for (let i = 0; i < 10; i++) {
      await connection.query("select 'often'");
      await connection.query(`select ${i}`);
    }
    const { rows } = await connection.query("select statement from pg_prepared_statements order by prepare_time");
    expect(rows.length).toBeLessThanOrEqual(4); // three, and one that this flight is about to close
    expect(rows.flat()).toContain("select 'often'");
    const { rows: names } = await connection.query(
      "select name from pg_prepared_statements where statement = 'select ''often'''",
    );
    expect(names).toEqual([["s1"]]); // the first, never made again
  });

  it("are not kept at all with a cache of size 0", async () => {
    const connection = await open({ statementCacheSize: 0 });
    await connection.query("select 1");
    expect(await prepared(connection)).toBe(0);
  });

  it("of more than 16 KB are not kept, wherever they are in a flight", async () => {
    const connection = await open();
    const long = (n: number): string => `select ${n} as n -- ${"x".repeat(16 * 1024)}`;
    for (let round = 0; round < 3; round++) {
      expect(await connection.query(long(1))).toMatchObject({ columns: ["n"], rows: [[1]] });
      const { results, failure } = await connection.fly([long(2), "select 0", long(2), long(3)].map(step));
      expect(failure).toBe(undefined);
      expect(results.map(({ rows }) => rows[0]![0])).toEqual([2, 0, 2, 3]);
      await expect(connection.query(`nonsense ${long(4)}`)).rejects.toMatchObject({ sqlState: "42601" });
    }
    const { rows } = await connection.query(
      "select length(statement) from pg_prepared_statements where length(statement) > 2000",
    );
    expect(rows).toEqual([]);
    const { rows: short } = await connection.query(
      "select name from pg_prepared_statements where statement = 'select 0'",
    );
    expect(short).toHaveLength(1);
  });

  it("in one flight may be the same, also with a cache smaller than the flight", async () => {
    for (const statementCacheSize of [512, 1, 0]) {
      const connection = await open({ statementCacheSize });
      const steps = ["select 1", "select 2", "select 1", "select 2"].map(step);
      for (let i = 0; i < 3; i++) {
        const { results, failure } = await connection.fly(steps);
        expect(failure).toBe(undefined);
        expect(results.map(({ rows }) => rows[0]![0])).toEqual([1, 2, 1, 2]);
      }
    }
  });

  it("that no longer fit their table are made anew, and nobody notices", async () => {
    const connection = await open();
    expect((await connection.query("select * from wide")).columns).toEqual(["a"]);
    await database.query("alter table wide add column b int default 2");
    expect(await connection.query("select * from wide")).toMatchObject({ columns: ["a", "b"], rows: [[1, 2]] });
    await database.query("alter table wide drop column b");
    const { results, failure } = await connection.fly(["begin", "select * from wide", "commit"].map(step));
    expect(failure).toBe(undefined);
    expect(results[1]).toMatchObject({ columns: ["a"], rows: [[1]] });
    expect(connection.inTransaction).toBe(false);
  });

  it("that no longer fit fail a transaction that was open before, once", async () => {
    const connection = await open();
    await connection.query("select * from wide");
    await database.query("alter table wide add column c int");
    await connection.query("begin");
    await expect(connection.query("select * from wide")).rejects.toMatchObject({
      code: "STALE_PLAN",
      sqlState: "0A000",
    });
    await connection.query("rollback");
    expect((await connection.query("select * from wide")).columns).toEqual(["a", "c"]);
    await database.query("alter table wide drop column c");
  });

  it("that somebody deallocated are made anew", async () => {
    const connection = await open();
    await connection.query("select 1 as one");
    await connection.query("deallocate all");
    expect((await connection.query("select 1 as one")).rows).toEqual([[1]]);
  });

  it("are all made anew in one flight, when several no longer fit", async () => {
    const connection = await open();
    const steps = ["begin", "select * from wide", "select * from wide where a = 1", "commit"].map(step);
    await connection.fly(steps);
    await connection.query("discard all");
    expect((await connection.fly(steps)).failure).toBe(undefined);
    await database.query("alter table wide add column d int");
    const { results, failure } = await connection.fly(steps);
    expect(failure).toBe(undefined);
    expect(results[2]!.columns).toEqual(["a", "d"]);
    await database.query("alter table wide drop column d");
  });

  it("whose first run failed leave nothing behind", async () => {
    const connection = await open();
    const before = (await prepared(connection)) as number;
    for (let i = 0; i < 3; i++)
      await expect(connection.query("select 1 / $1::int", [0])).rejects.toMatchObject({ sqlState: "22012" });
    for (let i = 0; i < 3; i++)
      await expect(connection.query("select nonsense")).rejects.toMatchObject({ sqlState: "42703" });
    await connection.query("select 1"); // closes what is to be closed
    expect(await prepared(connection)).toBe(before + 1);
  });
});

describe("a flight", () => {
  it("is one implicit transaction: what fails takes all of it along", async () => {
    const connection = await open();
    await connection.query("create temporary table t (n int)");
    const { results, failure } = await connection.fly(
      ["insert into t values (1)", "select 1 / 0", "insert into t values (2)"].map(step),
    );
    expect(results).toHaveLength(1);
    expect(failure).toMatchObject({ sqlState: "22012" });
    expect((await connection.query("select count(*)::int from t")).rows).toEqual([[0]]);
  });

  it("does not execute a commit behind a failure; the transaction is failed, and known to be", async () => {
    const connection = await open();
    const { failure } = await connection.fly(["begin", "select 1 / 0", "commit"].map(step));
    expect(failure).toMatchObject({ sqlState: "22012" });
    expect([connection.inTransaction, connection.isFailed]).toEqual([true, true]);
    await connection.query("rollback");
    expect(connection.inTransaction).toBe(false);
  });

  it("whose commit fails by a deferred constraint leaves no transaction", async () => {
    const connection = await open();
    await connection.query("create temporary table d (n int unique deferrable initially deferred)");
    const { failure } = await connection.fly(["begin", "insert into d values (1), (1)", "commit"].map(step));
    expect(failure).toBeInstanceOf(errors.UniqueViolation);
    expect(connection.inTransaction).toBe(false);
  });

  it("whose implicit commit fails by a deferred constraint says so, although its statement had completed", async () => {
    const connection = await open();
    await connection.query("create temporary table d (n int unique deferrable initially deferred)");
    await expect(connection.query("insert into d values (1), (1)")).rejects.toBeInstanceOf(errors.UniqueViolation);
  });

  it("carries large values both ways, and the next one is as good", async () => {
    const connection = await open();
    const large = "ü".repeat(3_000_000);
    const bytes = Buffer.alloc(1_000_000, 7);
    const { rows } = await connection.query("select $1::text, $2::bytea, $3::text[]", [large, bytes, [large, null]]);
    expect(rows[0]![0] === large).toBe(true);
    expect(bytes.equals(rows[0]![1] as Buffer)).toBe(true);
    expect((rows[0]![2] as unknown[]).map((item) => item === large || item)).toEqual([true, null]);
    expect((await connection.query("select $1::text", ["small"])).rows).toEqual([["small"]]);
  });

  it("whose result is larger than allowed is cancelled, and the connection is as good as before", async () => {
    const connection = await open({ maxResultBytes: 100_000 });
    const failure = await connection
      .query("select repeat('x', 1000) from generate_series(1, 100000)")
      .catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: "RESULT_TOO_LARGE", limit: 100_000 });
    await connection.whenIdle();
    expect((await connection.query("select count(*) from generate_series(1, 1000)")).rows).toEqual([[1000n]]);
    expect((await connection.query("select repeat('x', 90000)")).rowCount).toBe(1);
  });

  it("is not limited before the connection is the application's", async () => {
    const connection = await open({ maxResultBytes: 1 });
    await expect(connection.query("select 1")).rejects.toBeInstanceOf(errors.ResultTooLarge);
  });

  it("of COPY either way leaves the connection usable", async () => {
    const connection = await open();
    await expect(connection.query("copy wide from stdin")).rejects.toBeInstanceOf(errors.StatementFailed);
    expect(await connection.query("copy wide to stdout")).toMatchObject({ command: "COPY", rowCount: 1 });
    expect((await connection.query("select 1")).rows).toEqual([[1]]);
  });

  it("of nothing is nothing", async () => {
    expect(await (await open()).query("  -- nothing")).toMatchObject({ rows: [], command: "" });
  });
});

describe("cancelling", () => {
  it("ends the statement under way, keeps the connection, and cannot hit the next one", async () => {
    const connection = await open();
    for (let i = 0; i < 20; i++) {
      const abort = new AbortController();
      const slow = connection.query("select pg_sleep(30)", [], abort.signal);
      const next = connection.query("select 1");
      setTimeout(() => abort.abort(), Math.random() * 5);
      await expect(slow).rejects.toBeInstanceOf(errors.QueryCanceled);
      expect((await next).rows).toEqual([[1]]);
    }
  });

  it("asks again when its request came before the statement had begun", async () => {
    const connection = await open();
    for (let i = 0; i < 100; i++) {
      await connection.whenIdle();
      const slow = connection.query("select pg_sleep(30)");
      connection.cancel();
      await expect(slow).rejects.toBeInstanceOf(errors.QueryCanceled);
    }
  });

  it("of a statement that ends at the same moment hits nothing else", async () => {
    const connection = await open();
    for (let i = 0; i < 100; i++) {
      const abort = new AbortController();
      const quick = connection.query("select pg_sleep(0.001)", [], abort.signal).catch((error: unknown) => error);
      setTimeout(() => abort.abort(), 1);
      const outcome = await quick;
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(errors.QueryCanceled);
      expect((await connection.query("select 1")).rows).toEqual([[1]]);
    }
  });

  it("keeps the connection busy until the server has dealt with the request", async () => {
    const connection = await open();
    const abort = new AbortController();
    const slow = connection.query("select pg_sleep(30)", [], abort.signal).catch(() => {});
    abort.abort();
    expect(connection.isBusy).toBe(true);
    await slow;
    await connection.whenIdle();
    expect(connection.isBusy).toBe(false);
  });
});

describe("connecting", () => {
  it("tells the logger what the server notes", async () => {
    const notes: unknown[] = [];
    const logger = {
      debug: (facts: object, message: string) => notes.push(["debug", facts, message]),
      info() {},
      warn: (facts: object, message: string) => notes.push(["warn", facts, message]),
      error() {},
    };
    const connection = await open({ logger });
    await connection.query("do $$ begin raise warning 'look here'; end $$");
    await connection.query(
      "create function pg_temp.note(account text) returns void language plpgsql as $$ begin raise notice 'account %', account; end $$",
    );
    await connection.query("select pg_temp.note($1)", ["s3cret"]);
    expect(notes).toEqual([
      ["warn", { severity: "WARNING", sqlState: "01000" }, "look here"],
      ["debug", { severity: "NOTICE", sqlState: "00000" }, "account …"],
    ]);
  });

  it("takes the first host that will do, and says of each why not", async () => {
    const url = new URL(database.url);
    const hosts = (...list: string[]): string =>
      `postgresql://${url.username}:${url.password}@${list.join(",")}${url.pathname}?target_session_attrs=`;
    const both = hosts("127.0.0.1:1", url.host);
    const connection = await open({ url: `${both}read-write` });
    expect(connection.host.port).toBe(Number(url.port));
    expect((await open({ url: `${both}prefer-standby` })).host.port).toBe(Number(url.port));
    const failure = await open({ url: `${both}standby` }).catch((error: unknown) => error as Error);
    expect(failure).toBeInstanceOf(errors.ConnectionFailed);
    expect((failure as Error).message).toMatch(/127\.0\.0\.1:1: nothing listens there/);
    expect((failure as Error).message).toMatch(/target_session_attrs wants standby/);
  });

  it("begins with the settings asked for, and keeps those it relies on", async () => {
    const serverSettings = {
      search_path: "a'b, public",
      TimeZone: "Asia/Tokyo",
      DateStyle: "German",
      client_encoding: "LATIN1",
    };
    const connection = await open({ serverSettings });
    const { rows } = await connection.query(
      "select current_setting('search_path'), current_setting('TimeZone'), current_setting('DateStyle'), $1::text",
      ["ü€"],
    );
    expect(rows).toEqual([["a'b, public", "Asia/Tokyo", "ISO, DMY", "ü€"]]);
    await expect(open({ serverSettings: { no_such: "x" } })).rejects.toThrow(/no_such/);
  });

  it("sees that a database is read-only by default", async () => {
    await using other = await createTestDatabase();
    await other.query(`alter database ${other.name} set default_transaction_read_only = on`);
    await expect(open({ url: `${other.url}?target_session_attrs=read-write` })).rejects.toThrow(/read-only by default/);
    const connection = await open({ url: `${other.url}?target_session_attrs=read-only` });
    await connection.close();
  });

  it("takes nothing from the environment of libpq's programs", async () => {
    const { PGOPTIONS, PGSSLNEGOTIATION } = process.env;
    Object.assign(process.env, {
      PGOPTIONS: "-c TimeZone=Asia/Tokyo",
      PGSSLNEGOTIATION: "direct",
      PGPASSWORD: "x",
      PGHOST: "nowhere",
    });
    try {
      const { rows } = await (await open()).query("select current_setting('TimeZone')");
      expect(rows).not.toEqual([["Asia/Tokyo"]]);
    } finally {
      for (const name of ["PGOPTIONS", "PGSSLNEGOTIATION", "PGPASSWORD", "PGHOST"]) delete process.env[name];
      Object.assign(process.env, { ...(PGOPTIONS && { PGOPTIONS }), ...(PGSSLNEGOTIATION && { PGSSLNEGOTIATION }) });
    }
  });

  it("is given up when its signal is aborted", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const abort = new AbortController();
    const opening = connect(connectOptions({ url: `postgresql://u:p@127.0.0.1:${port}/x` }), abort.signal);
    silent.once("connection", () => abort.abort(new Error("enough")));
    await expect(opening).rejects.toThrow("enough");
    silent.close();
  });
});
