import { setMaxListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FULL } from "../../../../test/sample.ts";
import type { PoolHooks } from "../../src/connection/pool/hooks.ts";
import { PoolTimeout } from "../../src/errors.ts";
import { listeners, ScriptedConnection, type ScriptedLease, scriptedPool, settle } from "./scripted-wire.ts";

let connections: ScriptedConnection[];
const open = async (): Promise<ScriptedConnection> => {
  const connection = new ScriptedConnection();
  connections.push(connection);
  return connection;
};

async function pass(seconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1000);
}

/** A logger that keeps what it is told. */
function listener() {
  const said: { facts: object; message: string }[] = [];
  const keep = (facts: object, message: string): void => {
    said.push({ facts, message });
  };
  return { said, logger: { debug: keep, info: keep, warn: keep, error: keep } };
}

beforeEach(() => {
  vi.useFakeTimers();
  connections = [];
});
afterEach(() => {
  vi.useRealTimers();
});

describe("upkeep", () => {
  it("closes what is idle for too long, down to minIdle, the longest idle first", async () => {
    const pool = scriptedPool({ open, size: 4, idleTimeout: 10, minIdle: 1 });
    await pool.warmUp(4);
    await pass(8);
    await (await pool.checkout()).release(); // the last one is used again
    await pass(3);
    expect(connections.map((one) => one.isClosed)).toEqual([true, true, true, false]);
    await pass(60);
    expect(pool.status().checkedIn).toBe(1);
    expect(pool.counters().closes.idle).toBe(3);
  });

  it("keeps minIdle connections ready once the pool is in use, and replaces those that die", async () => {
    const pool = scriptedPool({ open, size: 4, minIdle: 2 });
    expect(connections.length).toBe(0);
    const lease = await pool.checkout();
    await pass(1);
    expect(pool.status()).toMatchObject({ checkedIn: 2, checkedOut: 1 });
    await lease.release();
    for (const connection of connections) connection.lose();
    await pass(1);
    expect(pool.status()).toMatchObject({ checkedIn: 2, checkedOut: 0 });
    expect(connections.filter((one) => !one.isLost).length).toBe(2);
    await pool.close(0);
    await pass(5);
    expect(pool.status().checkedIn).toBe(0);
  });

  it("asks idle connections for a sign of life, one at a time, and lends the others meanwhile", async () => {
    const pool = scriptedPool({ open, size: 2, keepalive: 5 });
    await pool.warmUp(2);
    await pass(5);
    const [first, second] = connections;
    expect(first!.unanswered.map(({ text }) => text)).toEqual(["select 1"]);
    expect(second!.unanswered).toEqual([]);
    expect(pool.status()).toMatchObject({ checkedIn: 2, checkedOut: 0 });
    const lease = await pool.checkout();
    expect(lease.connection).toBe(second);
    await lease.release();
    first!.answer();
    await pass(4);
    expect(pool.counters()).toMatchObject({ keepalives: 1 });
    expect(pool.status().checkedIn).toBe(2);
    await pass(1);
    expect(pool.counters()).toMatchObject({ keepalives: 2 });
  });

  it("leaves a connection that gave a sign of life among the idle: among the first to be closed, the last to be lent", async () => {
    const pool = scriptedPool({ open, size: 3, keepalive: 5, idleTimeout: 8, minIdle: 2 });
    await pool.warmUp(3);
    await pass(4);
    await (await pool.checkout()).release(); // the third
    await pass(1);
    connections[0]!.answer();
    await pass(0);
    connections[1]!.answer();
    await pass(3);
    expect(connections.map((one) => one.isClosed)).toEqual([false, true, false]);
    expect((await pool.checkout()).connection).toBe(connections[2]);
  });

  it("serves those who wait with the place of one that gave no sign", async () => {
    const pool = scriptedPool({ open, size: 1, keepalive: 5, patience: 3 });
    await pool.warmUp(1);
    await pass(5);
    const waiting = pool.checkout();
    await pass(2);
    expect(pool.status()).toMatchObject({ checkedIn: 1, waiting: 1 });
    connections[0]!.lose();
    await settle();
    expect((await waiting).connection).toBe(connections[1]);
  });

  it("closes one that gives no sign of life, and its contemporaries", async () => {
    const { said, logger } = listener();
    const pool = scriptedPool({ open, size: 2, keepalive: 5, patience: 3, logger });
    await pool.warmUp(2);
    await pass(5);
    await pass(3);
    expect(said).toMatchObject([{ message: "an idle connection gave no sign of life; closed" }]);
    await pass(1);
    expect(connections.map((one) => one.isClosed)).toEqual([true, true]);
    expect(pool.counters()).toMatchObject({ invalidations: 1, closes: { lost: 1, invalidated: 1 } });
    expect(pool.status().checkedIn).toBe(0);
  });

  it("lets lent connections check their pulse each second", async () => {
    const pool = scriptedPool({ open });
    await pool.warmUp(2);
    const lease = await pool.checkout();
    await pass(3);
    expect(lease.connection.pulses).toBe(3);
    expect(connections.find((one) => one !== lease.connection)!.pulses).toBe(0);
  });

  it("is one timer, which is gone when nothing is open", async () => {
    const pool = scriptedPool({ open, idleTimeout: 2 });
    expect(vi.getTimerCount()).toBe(0);
    const lease = await pool.checkout();
    const other = await pool.checkout();
    expect(vi.getTimerCount()).toBe(1);
    await lease.release();
    await other.release();
    expect(vi.getTimerCount()).toBe(1);
    await pass(4);
    expect(pool.status().checkedIn).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps no process alive", async () => {
    vi.useRealTimers();
    const alive = (): number => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
    const before = alive();
    const pool = scriptedPool({ open });
    const lease = await pool.checkout();
    expect(alive()).toBe(before);
    await lease.release();
    await pool.close(0);
  });

  it("replaces connections opened together at different ages, up to a tenth early", async () => {
    const pool = scriptedPool({ open, size: 50, recycle: 1000 });
    await pool.warmUp(50);
    await pass(899);
    expect(pool.counters().closes.recycled).toBe(0);
    await pass(50);
    const half = pool.counters().closes.recycled;
    expect(half).toBeGreaterThan(5);
    expect(half).toBeLessThan(45);
    await pass(53);
    expect(pool.counters().closes.recycled).toBe(50);
  });
});

describe("leak detection", () => {
  it("reports, once, how long a connection has been held and where it was checked out", async () => {
    const { said, logger } = listener();
    const pool = scriptedPool({ open, leakThreshold: 2, logger });
    async function forgetful(): Promise<ScriptedLease> {
      return await pool.checkout();
    }
    const lease = await forgetful();
    await pass(1);
    expect(said).toEqual([]);
    await pass(5);
    expect(said).toEqual([
      {
        message: "a connection has been held for long; is it returned at all? It was checked out here",
        facts: { seconds: 2, stack: expect.stringMatching(/^ +at .*forgetful.*pool-upkeep\.test\.ts/) },
      },
    ]);
    expect(pool.counters().leaks).toBe(1);
    await lease.release();
  });

  it("is named by a timeout: who has held a connection for longest", async () => {
    const pool = scriptedPool({ open, size: 2, timeout: 3, leakThreshold: 60 });
    async function hog(): Promise<ScriptedLease> {
      return await pool.checkout();
    }
    await hog();
    await pass(2);
    await pool.checkout();
    const late = pool.checkout().catch((error: unknown) => error);
    await pass(3);
    const failure = (await late) as PoolTimeout;
    expect(failure).toBeInstanceOf(PoolTimeout);
    expect(failure.message).toContain(
      "No connection became free within 3 s: 2 of 2 are in use, 0 are idle, 0 are being opened; waiting: 0. " +
        "The longest has been in use for 5.0 s. A session that is opened inside another one needs a second connection. " +
        "Hold connections for less time, or raise DB_POOL_SIZE or " +
        "DB_MAX_OVERFLOW. That one was checked out here:\n    at hog",
    );
    expect(failure).toMatchObject({ timeout: 3, limit: 2, connecting: 0, longestHold: 5 });
  });

  it("takes no stack unless it is on", async () => {
    const pool = scriptedPool({ open, size: 1, timeout: 1 });
    await pool.checkout();
    const late = pool.checkout().catch((error: unknown) => error);
    await pass(1);
    expect(await late).toMatchObject({
      message: expect.stringMatching(/in use for 1\.0 s\. .*DB_MAX_OVERFLOW\.$/),
    });
    expect(Object.keys((await late) as object)).not.toContain("longestHolder");
  });
});

describe("resize", () => {
  it("serves those who wait at once when there is more room", async () => {
    const pool = scriptedPool({ open, size: 1 });
    const held = await pool.checkout();
    const waiting = [pool.checkout(), pool.checkout()];
    pool.resize({ size: 2, maxOverflow: 1 });
    const leases = await Promise.all(waiting);
    expect(pool.status()).toEqual({ size: 2, checkedIn: 0, checkedOut: 3, overflow: 1, waiting: 0 });
    for (const lease of [held, ...leases]) await lease.release();
    expect(pool.status()).toEqual({ size: 2, checkedIn: 2, checkedOut: 0, overflow: 0, waiting: 0 });
  });

  it("closes idle surplus at once and lent surplus on return, even when somebody waits for it", async () => {
    const pool = scriptedPool({ open, size: 4 });
    await pool.warmUp(4);
    const leases = [await pool.checkout(), await pool.checkout(), await pool.checkout()];
    pool.resize({ size: 1, maxOverflow: 0 });
    expect(pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 3 });
    const waiting = pool.checkout();
    await leases[0]!.release();
    await leases[1]!.release();
    expect(pool.status()).toMatchObject({ checkedOut: 1, waiting: 1 });
    await leases[2]!.release();
    expect((await waiting).connection).toBe(leases[2]!.connection);
    expect(pool.counters().closes.surplus).toBe(3);
  });

  it("refuses numbers that are none", () => {
    const pool = scriptedPool({ open });
    expect(() => pool.resize({ size: 1.5, maxOverflow: -2 })).toThrow(
      expect.objectContaining({
        problems: ["size must be a whole number, at least 0", "maxOverflow must be a whole number, at least -1"],
      }),
    );
    expect(pool.status().size).toBe(2);
  });
});

describe("hooks", () => {
  const traced = (trace: string[]): PoolHooks<ScriptedConnection> => ({
    connect: async () => void trace.push("connect"),
    checkout: async () => void trace.push("checkout"),
    reset: async () => void trace.push("reset"),
    checkin: () => void trace.push("checkin"),
    invalidate: () => void trace.push("invalidate"),
    close: () => void trace.push("close"),
  });

  it("are called in the order of a connection's life", async () => {
    const trace: string[] = [];
    const pool = scriptedPool({ open, hooks: traced(trace) });
    await (await pool.checkout()).release();
    await (await pool.checkout()).release();
    pool.invalidate();
    const lease = await pool.checkout();
    lease.connection.lose();
    await lease.renew();
    await lease.release();
    await pool.close(0);
    expect(trace.join(" ")).toBe(
      "connect checkout reset checkin checkout reset checkin " +
        "invalidate close connect checkout invalidate close connect checkout reset checkin close",
    );
  });

  it.each(["connect", "checkout"] as const)(
    "%s that fails frees the place, and the error is the caller's",
    async (name) => {
      let failures = 1;
      const hooks = {
        [name]: async () => {
          if (failures-- > 0) throw new Error("no");
        },
      };
      const pool = scriptedPool({ open, size: 1, hooks });
      const waiting = [pool.checkout(), pool.checkout()];
      await expect(waiting[0]).rejects.toThrow("no");
      expect((await waiting[1]!).connection).toBe(connections[1]);
      expect(connections[0]!.isClosed).toBe(true);
      expect(pool.status()).toMatchObject({ checkedOut: 1, checkedIn: 0 });
    },
  );

  it.each(["reset", "checkin"] as const)("%s that fails closes the connection and is logged", async (name) => {
    const { said, logger } = listener();
    const hooks = {
      [name]: () => {
        throw new Error("no");
      },
    };
    const pool = scriptedPool({ open, size: 1, hooks, logger });
    await (await pool.checkout()).release();
    expect(connections[0]!.isClosed).toBe(true);
    expect(said.length).toBe(1);
    expect((await pool.checkout()).connection).toBe(connections[1]);
  });

  it.each(["invalidate", "close"] as const)(
    "%s that fails is logged, and the connection closed all the same",
    async (name) => {
      const { said, logger } = listener();
      const hooks = {
        [name]: () => {
          throw new Error("no");
        },
      };
      const pool = scriptedPool({ open, size: 1, hooks, logger });
      const lease = await pool.checkout();
      lease.invalidate();
      await lease.release();
      expect(connections[0]!.isClosed).toBe(true);
      expect(said).toMatchObject([{ message: "a hook of the pool failed", facts: { hook: name } }]);
    },
  );
});

describe("return", () => {
  it.each([
    ["rollback", ["rollback"]],
    ["commit", ["commit"]],
    ["none", []],
  ] as const)("with resetOnReturn %s sends %j to an open transaction", async (resetOnReturn, sent) => {
    const pool = scriptedPool({ open, size: 1, resetOnReturn });
    const lease = await pool.checkout();
    lease.connection.inTransaction = true;
    const done = lease.release();
    expect(lease.connection.unanswered.map(({ text }) => text)).toEqual(sent);
    if (sent.length > 0) lease.connection.answer();
    await done;
    expect(pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0 });
  });

  it("is done at once when there is nothing to reset", async () => {
    const pool = scriptedPool({ open });
    const lease = await pool.checkout();
    expect(lease.release()).toBeUndefined();
    expect(pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0 });
  });

  it("waits for what still runs, for as long as its patience", async () => {
    const pool = scriptedPool({ open, size: 1, patience: 5 });
    const lease = await pool.checkout();
    lease.connection.isBusy = true;
    const done = lease.release();
    await pass(4);
    expect(pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 1 });
    await pass(1);
    await done;
    expect(connections[0]!.isClosed).toBe(true);
    expect(pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0 });
  });

  it("with a reset that fails closes the connection", async () => {
    const { said, logger } = listener();
    const pool = scriptedPool({ open, size: 1, logger });
    const lease = await pool.checkout();
    lease.connection.inTransaction = true;
    const done = lease.release();
    lease.connection.unanswered.shift()!.answer.reject(new Error("no"));
    await done;
    expect(connections[0]!.isClosed).toBe(true);
    expect(pool.counters().closes.reset).toBe(1);
    expect(said.length).toBe(1);
  });

  it("of a detached connection is nothing: it is its owner's, and its place is free", async () => {
    const pool = scriptedPool({ open, size: 1 });
    const lease = await pool.checkout();
    const waiting = pool.checkout();
    const mine = lease.detach();
    expect(lease.release()).toBeUndefined();
    expect((await waiting).connection).not.toBe(mine);
    const closed = pool.close(0);
    await pass(3);
    await closed;
    expect(mine.isClosed).toBe(false);
    expect(pool.counters().detached).toBe(1);
  });
});

describe("close", () => {
  it("is over when the server has been told of every connection's end", async () => {
    const pool = scriptedPool({ open, size: 2 });
    await pool.warmUp(2);
    const ends: (() => void)[] = [];
    for (const connection of connections) {
      connection.close = () => new Promise<void>((resolve) => ends.push(resolve));
    }
    let isClosed = false;
    void pool.close(10).then(() => {
      isClosed = true;
    });
    await settle();
    ends[0]!();
    await settle();
    expect(isClosed).toBe(false);
    ends[1]!();
    await settle();
    expect(isClosed).toBe(true);
  });

  it("destroys a connection that cannot be closed", async () => {
    const { said, logger } = listener();
    const pool = scriptedPool({ open, size: 1, logger });
    await pool.warmUp(1);
    connections[0]!.close = () => Promise.reject(new Error("no"));
    await pool.close(10);
    expect(connections[0]!.isClosed).toBe(true);
    expect(said).toMatchObject([{ message: "a connection could not be closed; its socket was destroyed" }]);
  });

  it("cancels what still runs at its deadline, and a second later destroys it", async () => {
    const pool = scriptedPool({ open, size: 1 });
    const lease = await pool.checkout();
    let cancelled = 0;
    lease.connection.cancel = () => {
      cancelled += 1;
    };
    const closed = pool.close(5);
    await pass(4.999);
    expect([cancelled, lease.connection.isLost]).toEqual([0, false]);
    await pass(0.001);
    expect([cancelled, lease.connection.isLost]).toEqual([1, false]);
    await pass(1);
    expect([cancelled, lease.connection.isLost]).toEqual([1, true]);
    await lease.release();
    await closed;
    expect(pool.status()).toMatchObject({ checkedOut: 0 });
  });

  it.each([1e10, Number.POSITIVE_INFINITY])(
    "waits with a deadline of %d seconds for as long as it takes",
    async (timeout) => {
      const pool = scriptedPool({ open, size: 1 });
      const lease = await pool.checkout();
      let cancelled = 0;
      lease.connection.cancel = () => {
        cancelled += 1;
      };
      const closed = pool.close(timeout);
      await pass(86_400);
      expect([cancelled, lease.connection.isLost]).toEqual([0, false]);
      await lease.release();
      await closed;
    },
  );

  it.each([Number.NaN, -1])("refuses %d as a deadline, and closes nothing", async (timeout) => {
    const pool = scriptedPool({ open, size: 1 });
    await pool.warmUp(1);
    await expect(pool.close(timeout)).rejects.toThrow(
      expect.objectContaining({
        code: "SETTINGS_INVALID",
        problems: [`timeout must be a number of seconds, at least 0, not ${timeout}`],
      }),
    );
    await (await pool.checkout()).release();
    await pool.close(1);
    expect(connections[0]!.isClosed).toBe(true);
  });

  it("called again waits for the first call, whose deadline counts", async () => {
    const pool = scriptedPool({ open, size: 1 });
    const lease = await pool.checkout();
    const ended: string[] = [];
    const calls = [pool.close(3).then(() => ended.push("first")), pool.close(0).then(() => ended.push("second"))];
    await pass(2.9);
    expect([lease.connection.isLost, ended]).toEqual([false, []]);
    await lease.release();
    await Promise.all(calls);
    expect(ended).toEqual(["first", "second"]);
  });
});

describe("warming up", () => {
  it("opens as many as asked for and no more than the pool keeps, counting those there are", async () => {
    const pool = scriptedPool({ open, size: 4, maxOverflow: 4 });
    await pool.checkout();
    await Promise.all([pool.warmUp(3), pool.warmUp(3)]);
    expect(pool.status()).toMatchObject({ checkedIn: 2, checkedOut: 1 });
    await pool.warmUp(10);
    expect(connections.length).toBe(4);
  });

  it("says when it could not, after trying for all", async () => {
    let number = 0;
    const pool = scriptedPool({
      open: async () => {
        number += 1;
        if (number === 2) throw new Error("no");
        return await open();
      },
      size: 4,
    });
    await expect(pool.warmUp(4)).rejects.toThrow("no");
    expect(pool.status().checkedIn).toBe(3);
  });
});

describe("a million checkouts", () => {
  const CHECKOUTS = FULL ? 1_000_000 : 50_000;

  it("leave nothing behind", async () => {
    vi.useRealTimers();
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const heap = (): number => {
      collect();
      collect();
      return process.memoryUsage().heapUsed;
    };
    const pool = scriptedPool({ open, size: 4 });
    const abort = new AbortController();
    setMaxListeners(0, abort.signal);
    const work = async (checkouts: number): Promise<void> => {
      for (let i = 0; i < checkouts; i++) await (await pool.checkout(abort.signal)).release();
    };
    await Promise.all(Array.from({ length: 20 }, () => work(500)));
    const before = heap();
    await Promise.all(Array.from({ length: 20 }, () => work(CHECKOUTS / 20)));
    const grown = heap() - before;
    expect(listeners(abort.signal)).toBe(0);
    expect(pool.counters()).toMatchObject({ checkouts: CHECKOUTS + 10_000, connects: 4 });
    expect(grown).toBeLessThan(1_000_000); // a byte for each of a million would be as much
    await pool.close(0);
    await settle();
  });
});
