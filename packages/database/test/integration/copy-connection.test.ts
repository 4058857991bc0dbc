import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connect } from "../../src/connection/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { type CopyBytes, copyBytes } from "../../src/connection/copy-bytes.ts";
import { CopyIn } from "../../src/connection/copy-in.ts";
import { CopyOut } from "../../src/connection/copy-out.ts";
import type { Flown, Step } from "../../src/connection/flight.ts";
import { connectOptions, type DatabaseOptions } from "../../src/connection/options.ts";
import { errors } from "../../src/index.ts";
import { startTlsServer } from "./tls-server.ts";

let database: TestDatabase;
const connections: Connection[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`
    create table numbers (n int, text text, constraint positive check (n >= 0));
    create unlogged table wide (text text);
    create function wait() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(1); return new; end $$;
    create trigger wait before insert on wide for each row execute function wait();
    create sequence made;
  `);
});
beforeEach(() => database.query("truncate numbers, wide; alter sequence made restart"));
afterEach(() => Promise.all(connections.splice(0).map((connection) => connection.close())));
afterAll(() => database.drop());

async function open(options: Partial<DatabaseOptions> = {}): Promise<Connection> {
  const connection = await connect(connectOptions({ url: database.url, ...options }));
  connections.push(connection);
  return connection;
}

const step = (text: string): Step => ({ text, values: [] });
const copyOf = (bytes: CopyBytes): CopyIn => new CopyIn(copyBytes(bytes));
const into = (table: string, copy: CopyIn): Step => ({ text: `copy ${table} from stdin`, values: [], copy });
const rows = async (table = "numbers"): Promise<number> =>
  Number((await database.query(`select count(*) from ${table}`))[0]!["count"]);
const usable = async (connection: Connection): Promise<void> => {
  if (connection.inTransaction) await connection.query("rollback");
  expect((await connection.query("select 1")).rows).toEqual([[1]]);
};
const kill = (connection: Connection): Promise<unknown> =>
  database.query("select pg_terminate_backend($1)", [connection.processId]);
const waiting = (connection: Connection, event: string) =>
  expect
    .poll(() => database.query("select wait_event from pg_stat_activity where pid = $1", [connection.processId]))
    .toEqual([{ wait_event: event }]);

/** The one COPY that is under way. */
const underWay = (): Promise<unknown[]> => database.query("select 1 from pg_stat_progress_copy");

/** Pieces without end, and what became of them. */
class Endless {
  pulled = 0;
  isClosed = false;
  readonly #piece: string;

  constructor(piece: string) {
    this.#piece = piece;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    try {
      for (;;) {
        this.pulled += 1;
        yield this.#piece;
      }
    } finally {
      this.isClosed = true;
    }
  }
}

/** Some pieces, and then none, and no end. */
async function* hanging(...pieces: string[]): AsyncGenerator<string> {
  yield* pieces;
  await new Promise(() => {});
}

describe("COPY FROM STDIN", () => {
  it("takes pieces cut anywhere, text and bytes, as many as there are", async () => {
    const connection = await open();
    const text = Array.from({ length: 20_000 }, (_, n) => `${n}\tnumber ${n} é\n`).join("");
    const bytes = Buffer.from(text);
    const pieces = Array.from({ length: 3000 }, (_, i) =>
      bytes.subarray(i * 97, i === 2999 ? undefined : (i + 1) * 97),
    );
    for (const data of [[text], [bytes], pieces, ["1\ta\n", Buffer.from("2\tb"), "\n"], [], ["", "3\tc\n", ""]]) {
      const { results, failure } = await connection.fly([into("numbers", copyOf(data))]);
      expect(failure).toBe(undefined);
      const lines = Buffer.concat(data.map((piece) => Buffer.from(piece as string)))
        .toString()
        .split("\n");
      expect(results).toEqual([{ columns: [], rows: [], rowCount: lines.length - 1, command: "COPY" }]);
    }
    const sums = await database.query("select count(*)::int, count(distinct n)::int as numbers from numbers");
    expect(sums).toEqual([{ count: 60_003, numbers: 20_000 }]);
    await usable(connection);
  });

  it("stands among other statements of a flight, which it neither hinders nor is hindered by", async () => {
    const connection = await open();
    const { results, failure } = await connection.fly([
      step("begin"),
      into("numbers", copyOf(["1\ta\n"])),
      step("select count(*)::int from numbers"),
      into("numbers", copyOf(["2\tb\n", "3\tc\n"])),
      step("select count(*)::int from numbers"),
      step("commit"),
    ]);
    expect(failure).toBe(undefined);
    expect(results.map(({ command, rowCount }) => [command, rowCount])).toEqual([
      ["BEGIN", 0],
      ["COPY", 1],
      ["SELECT", 1],
      ["COPY", 2],
      ["SELECT", 1],
      ["COMMIT", 0],
    ]);
    expect([results[2]!.rows, results[4]!.rows]).toEqual([[[1]], [[3]]]);
    expect(connection.inTransaction).toBe(false);
  });

  it("is not kept prepared", async () => {
    const connection = await open();
    for (let i = 0; i < 3; i++) await connection.fly([into("numbers", copyOf(["1\ta\n"]))]);
    const { rows } = await connection.query("select 1 from pg_prepared_statements where statement like 'copy%'");
    expect(rows).toEqual([]);
  });

  it("of which a statement before it fails is not begun, and its data are not asked for", async () => {
    const connection = await open();
    const data = new Endless("1\ta\n");
    const copy = copyOf(data);
    for (const before of ["select 1 / 0", "copy nowhere from stdin"]) {
      const { failure } = await connection.fly([step(before), into("numbers", copy), step("select 1")]);
      expect(failure).toBeInstanceOf(errors.StatementFailed);
    }
    expect([data.pulled, copy.hasBegun]).toEqual([0, false]);
    await usable(connection);
  });

  it("that the server refuses in the middle ends at once, closes its source, and says which line it was", async () => {
    const connection = await open();
    for (const [bad, error] of [
      ["-1\ts3cret\n", { code: "CHECK_VIOLATION", constraint: "positive" }],
      ["s3cret\tx\n", { code: "DATA_ERROR", sqlState: "22P02" }],
      ["1\n", { code: "DATA_ERROR", sqlState: "22P04" }],
    ] as const) {
      const data = new Endless(`${"1\ta\n".repeat(41)}${bad}`);
      const { results, failure } = await connection.fly([step("begin"), into("numbers", copyOf(data)), step("commit")]);
      expect(failure).toMatchObject({ ...error, line: 42 });
      expect(failure!.message).not.toContain("s3cret");
      expect([results.length, connection.isFailed]).toEqual([1, true]);
      await expect.poll(() => data.isClosed).toBe(true);
      await usable(connection);
    }
    expect(await rows()).toBe(0);
  });

  it("whose source fails fails too, keeps nothing, and tells what the source failed with", async () => {
    const connection = await open();
    const reason = new Error("no more");
    for (const lines of [0, 1, 50_000]) {
      const copy = copyOf(
        (async function* () {
          for (let n = 0; n < lines; n++) yield `${n}\tx\n`;
          throw reason;
        })(),
      );
      const { failure } = await connection.fly([step("begin"), into("numbers", copy), step("commit")]);
      expect(failure).toBeInstanceOf(errors.QueryCanceled);
      expect(copy.failure).toEqual({ reason });
      expect(connection.isFailed).toBe(true);
      await usable(connection);
    }
    const refused = copyOf([1 as never]);
    expect((await connection.fly([into("numbers", refused)])).failure).toBeInstanceOf(errors.QueryCanceled);
    expect(refused.failure?.reason).toMatchObject({ code: "DEFINITION_INVALID" });
    const nul = copyOf(["1\ts3cret\0\n"]);
    await connection.fly([into("numbers", nul)]);
    expect(String(nul.failure?.reason)).toMatch(/A piece .* U\+0000/);
    expect(await rows()).toBe(0);
  });

  it("asks for no more than the socket takes, while the server is busy, and then goes on", async () => {
    const connection = await open();
    const gate = await open();
    await gate.query("begin");
    await gate.query("select pg_advisory_xact_lock(1)");
    let pulled = 0;
    const lines = 1024;
    const piece = `${"x".repeat(64 * 1024 - 1)}\n`;
    const copying = connection.fly([
      into(
        "wide",
        copyOf(
          (function* () {
            for (; pulled < lines; pulled++) yield piece;
          })(),
        ),
      ),
    ]);
    await waiting(connection, "advisory");
    await expect
      .poll(async () => {
        const before = pulled;
        await gate.query("select pg_sleep(0.2)");
        return pulled - before;
      })
      .toBe(0);
    expect(pulled).toBeGreaterThan(1);
    expect(pulled).toBeLessThan(lines / 4); // the kernel's buffers, which are some MB, and one message
    await gate.query("commit");
    expect((await copying).results[0]).toMatchObject({ rowCount: lines });
  });

  it("lets other work of the process go on, however fast the server takes the data", async () => {
    const connection = await open();
    const pieces = Array.from({ length: 100 }, () => "1\ta\n".repeat(16 * 1024));
    let isOver = false;
    const copying = connection.fly([into("numbers", copyOf(pieces))]).finally(() => {
      isOver = true;
    });
    let turns = 0;
    for (; !isOver; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect((await copying).results[0]).toMatchObject({ rowCount: 100 * 16 * 1024 });
    expect(turns).toBeGreaterThan(90); // one for each message
  });

  it("is ended by an abort, be it while its source or while the server makes it wait", async () => {
    const connection = await open();
    const gate = await open();
    for (const [table, data] of [
      ["numbers", hanging("1\ta\n")],
      ["numbers", hanging("1\ta\n".repeat(100_000))],
      ["numbers", new Endless("1\ta\n")],
      ["wide", new Endless("1\n")],
      ["wide", hanging("1\n".repeat(64 * 1024))],
    ] as const) {
      await gate.query("begin");
      await gate.query("select pg_advisory_xact_lock(1)");
      const abort = new AbortController();
      const copying = connection.fly([step("begin"), into(table, copyOf(data))], abort.signal);
      if (table === "wide") await waiting(connection, "advisory");
      else await expect.poll(underWay).toHaveLength(1);
      abort.abort();
      expect((await copying).failure).toBeInstanceOf(errors.QueryCanceled);
      await gate.query("rollback");
      if (data instanceof Endless) await expect.poll(() => data.isClosed).toBe(true);
      await connection.whenIdle();
      await usable(connection);
    }
    expect([await rows(), await rows("wide")]).toEqual([0, 0]);
  });

  it("that is abandoned before it has begun is ended as soon as it begins", async () => {
    const connection = await open();
    const data = new Endless("1\ta\n");
    const copy = copyOf(data);
    copy.abandon();
    expect((await connection.fly([into("numbers", copy)])).failure).toBeInstanceOf(errors.QueryCanceled);
    expect(data.pulled).toBe(0);
    await usable(connection);
  });

  it("is lost with its connection, whatever its source does", async () => {
    for (const end of [kill, async (connection: Connection) => connection.destroy()]) {
      for (const data of [hanging("1\ta\n"), new Endless("1\ta\n")]) {
        const connection = await open();
        const copying = connection.fly([into("numbers", copyOf(data))]);
        await expect.poll(underWay).toHaveLength(1);
        await end(connection);
        expect((await copying).failure).toBeInstanceOf(errors.ConnectionLost);
        expect(connection.isLost).toBe(true);
        if (data instanceof Endless) await expect.poll(() => data.isClosed).toBe(true);
        await expect.poll(underWay).toHaveLength(0);
      }
    }
    expect(await rows()).toBe(0);
  });

  it("is not sent again when a statement behind it turns out stale", async () => {
    const connection = await open();
    const steps = (): Step[] => [step("begin"), into("numbers", copyOf(["1\ta\n"])), step("select 5"), step("commit")];
    expect((await connection.fly(steps())).failure).toBe(undefined);
    const stale = steps();
    stale.splice(1, 0, step("deallocate all"));
    const { failure, results } = await connection.fly(stale);
    expect(failure).toBeInstanceOf(errors.StalePlan);
    expect(results.map(({ command }) => command)).toEqual(["BEGIN", "DEALLOCATE", "COPY"]);
    await usable(connection);
    expect(await rows()).toBe(1);
  });

  it("is refused for a statement that takes no data", async () => {
    const connection = await open();
    const data = new Endless("1\n");
    for (const text of ["select 1", "copy numbers to stdout", ""]) {
      const { results, failure } = await connection.fly([{ text, values: [], copy: copyOf(data) }, step("select 2")]);
      expect(failure).toBe(undefined);
      expect(results[0]!.refusal).toMatchObject({ code: "DEFINITION_INVALID" });
      expect(results[1]!.rows).toEqual([[2]]);
    }
    expect(data.pulled).toBe(0);
  });
});

/** A flight of a COPY TO STDOUT, whose end the copy is told. */
function outOf(connection: Connection, text: string, copy: CopyOut, signal?: AbortSignal): Promise<Flown> {
  const flying = connection.fly([{ text, values: [], copy }], signal);
  void flying.then(({ failure }) => copy.end(failure));
  return flying;
}

async function all(copy: CopyOut): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for (let chunk = await copy.take(); chunk !== undefined; chunk = await copy.take()) chunks.push(chunk);
  return chunks;
}

const MADE = "copy (select nextval('made'), repeat('x', 990) from generate_series(1, 40000)) to stdout";
const made = async (): Promise<number> =>
  Number((await database.query("select last_value from made"))[0]!["last_value"]);

describe("COPY TO STDOUT", () => {
  it("gives all that the server sends, in few pieces of whole rows", async () => {
    const connection = await open();
    const copy = new CopyOut();
    const flying = outOf(connection, "copy (select n, 'é' || n from generate_series(1, 50000) n) to stdout", copy);
    const chunks = await all(copy);
    expect(Buffer.concat(chunks).toString()).toBe(
      Array.from({ length: 50_000 }, (_, i) => `${i + 1}\té${i + 1}\n`).join(""),
    );
    expect(chunks.length).toBeLessThan(100);
    for (const chunk of chunks) expect(chunk.at(-1)).toBe(0x0a);
    expect((await flying).results[0]).toMatchObject({ command: "COPY", rowCount: 50_000 });
    await usable(connection);
  });

  it("gives rows larger than what is kept, and nothing of nothing", async () => {
    const connection = await open();
    const large = new CopyOut();
    void outOf(connection, "copy (select repeat('é', 3000000) from generate_series(1, 2)) to stdout", large);
    expect(Buffer.concat(await all(large)).toString() === `${"é".repeat(3_000_000)}\n`.repeat(2)).toBe(true);
    const none = new CopyOut();
    void outOf(connection, "copy (select 1 where false) to stdout", none);
    expect(await all(none)).toEqual([]);
  });

  it("makes the server wait for a consumer that does not take, and then goes on", async () => {
    const connection = await open();
    const copy = new CopyOut();
    const flying = outOf(connection, MADE, copy);
    await waiting(connection, "ClientWrite");
    expect(connection.isPaused).toBe(true);
    const atRest = await made();
    expect(atRest).toBeLessThan(20_000); // of 40,000 rows of 1 KB: what the kernel's buffers hold, and 64 KB
    const first = (await copy.take())!;
    expect(first.length).toBeLessThan(256 * 1024);
    let length = first.length;
    for (const chunk of await all(copy)) length += chunk.length;
    expect(length).toBe(40_000 * 992 + 188_894);
    expect((await flying).failure).toBe(undefined);
    await usable(connection);
  });

  it("is no sign of a dead peer while its consumer takes nothing", async () => {
    const connection = await open({ watchdog: 0.01 });
    const copy = new CopyOut();
    const flying = outOf(connection, MADE, copy);
    await waiting(connection, "ClientWrite");
    for (let pulse = 0; pulse < 20; pulse++) {
      connection.checkPulse();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(connection.isLost).toBe(false);
    await all(copy);
    expect((await flying).failure).toBe(undefined);
  });

  it("that has ended does not keep the connection from what comes next, taken or not", async () => {
    const connection = await open();
    const copy = new CopyOut();
    // A little more than 64 KB, so that the end comes along with what makes the server wait.
    await outOf(connection, "copy (select repeat('x', 99) from generate_series(1, 656)) to stdout", copy);
    await usable(connection);
    expect(connection.isPaused).toBe(false);
    expect(Buffer.concat(await all(copy))).toHaveLength(65_600);
  });

  it("that fails gives what came before, and then the failure", async () => {
    const connection = await open();
    const copy = new CopyOut();
    void outOf(connection, "copy (select 1 / (3 - n) from generate_series(1, 5) n) to stdout", copy);
    expect((await copy.take())?.toString()).toBe("0\n1\n");
    await expect(copy.take()).rejects.toMatchObject({ code: "DATA_ERROR", sqlState: "22012" });
    await usable(connection);
  });

  it("that is abandoned, or aborted, ends although nobody takes what has come", async () => {
    const connection = await open();
    for (const how of ["abandon", "abort", "cancel"]) {
      const abort = new AbortController();
      const copy = new CopyOut();
      const flying = outOf(connection, MADE, copy, abort.signal);
      await waiting(connection, "ClientWrite");
      if (how === "abandon") copy.abandon();
      else if (how === "abort") abort.abort();
      else connection.cancel();
      expect((await flying).failure).toBeInstanceOf(errors.QueryCanceled);
      await expect(copy.take()).rejects.toBeInstanceOf(errors.QueryCanceled);
      await connection.whenIdle();
      await usable(connection);
    }
    expect(await made()).toBeLessThan(40_000 * 2);
  });

  it("that is abandoned before it has begun is cancelled", async () => {
    const connection = await open();
    const copy = new CopyOut();
    copy.abandon();
    expect((await outOf(connection, MADE, copy)).failure).toBeInstanceOf(errors.QueryCanceled);
    await connection.whenIdle();
    await usable(connection);
  });

  it("is lost with its connection, also when nothing is read from it", async () => {
    const connection = await open();
    const copy = new CopyOut();
    const flying = outOf(connection, MADE, copy);
    await waiting(connection, "ClientWrite");
    await kill(connection);
    await expect(all(copy)).rejects.toBeInstanceOf(errors.ConnectionLost);
    expect((await flying).failure).toBeInstanceOf(errors.ConnectionLost);
  });

  it("does not count towards the largest result", async () => {
    const connection = await open({ maxResultBytes: 1000 });
    const copy = new CopyOut();
    void outOf(connection, "copy (select repeat('x', 99) from generate_series(1, 1000)) to stdout", copy);
    expect(Buffer.concat(await all(copy))).toHaveLength(100_000);
  });

  it("is refused for a statement that gives rows", async () => {
    const connection = await open();
    const { results } = await outOf(connection, "select 1", new CopyOut());
    expect(results[0]!.refusal).toMatchObject({ code: "DEFINITION_INVALID" });
  });
});

it("is the same over TLS", async () => {
  await using server = await startTlsServer();
  const connection = await open({ url: server.urlOf("trusted", "sslmode=require") });
  await connection.query("create temporary table lines (line text)");
  const line = `${"é".repeat(500)}\n`;
  const { results, failure } = await connection.fly([
    into("lines", copyOf(Array.from({ length: 20_000 }, () => line))),
  ]);
  expect(failure).toBe(undefined);
  expect(results[0]!.rowCount).toBe(20_000);
  const copy = new CopyOut();
  const flying = outOf(connection, "copy lines to stdout", copy);
  const event = "select wait_event from pg_stat_activity where pid = $1";
  await expect.poll(() => server.query(event, [connection.processId])).toEqual([{ wait_event: "ClientWrite" }]);
  expect(connection.isPaused).toBe(true);
  expect(Buffer.concat(await all(copy)).equals(Buffer.from(line.repeat(20_000)))).toBe(true);
  expect((await flying).failure).toBe(undefined);
  const left = new CopyOut();
  const leaving = outOf(connection, "copy lines to stdout", left);
  await left.take();
  left.abandon();
  expect((await leaving).failure).toBeInstanceOf(errors.QueryCanceled);
  await connection.whenIdle();
  await usable(connection);
});
