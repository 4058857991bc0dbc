import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Backoff } from "../../src/connection/pool/backoff.ts";
import { ConnectionFailed, PoolClosed, PoolTimeout } from "../../src/errors.ts";
import {
  type Deferred,
  deferred,
  listeners,
  refusal,
  ScriptedConnection,
  type ScriptedLease,
  scriptedPool,
  settle,
} from "./scripted-wire.ts";

/** Connects under way, in the order in which they were begun. */
let attempts: Deferred<ScriptedConnection>[];

const open = (): Promise<ScriptedConnection> => {
  const attempt = deferred<ScriptedConnection>();
  attempts.push(attempt);
  return attempt.promise;
};

/** Answers the connects under way. */
function answer(how: (attempt: Deferred<ScriptedConnection>) => void): void {
  for (const attempt of attempts.splice(0)) how(attempt);
}
const accept = (attempt: Deferred<ScriptedConnection>): void => attempt.resolve(new ScriptedConnection());
const refuse = (attempt: Deferred<ScriptedConnection>): void => attempt.reject(refusal(true));

async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

/** How a promise ended, or that it has not. */
function watch<T>(promise: Promise<T>): { outcome: unknown } {
  const watched: { outcome: unknown } = { outcome: "pending" };
  promise.then(
    (value) => {
      watched.outcome = value;
    },
    (error: unknown) => {
      watched.outcome = error;
    },
  );
  return watched;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0);
  attempts = [];
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("a connect that fails for a reason that passes", () => {
  it("is tried again after pauses that double from 10 ms to 1 s, until it goes well", async () => {
    const pool = scriptedPool({ open, connectRetry: 30 });
    const lease = watch(pool.checkout());
    for (const pause of [10, 20, 40, 80, 160, 320, 640, 1000, 1000]) {
      expect(attempts.length).toBe(1);
      answer(refuse);
      await pass(pause - 1);
      expect(attempts.length, `nothing is tried within ${pause} ms`).toBe(0);
      await pass(1);
    }
    answer(accept);
    await settle();
    expect(lease.outcome).toMatchObject({ isFresh: true });
    expect(pool.counters()).toMatchObject({ connects: 1, connectFailures: 9 });

    const next = watch(pool.checkout()); // after a success the pauses begin anew
    answer(refuse);
    await pass(10);
    answer(accept);
    await settle();
    expect(next.outcome).toMatchObject({ isFresh: true });
  });

  it("fails the caller once it has waited for connectRetry, and says how often it was tried", async () => {
    const pool = scriptedPool({ open, connectRetry: 0.1, timeout: 30 });
    const lease = watch(pool.checkout());
    answer(refuse);
    await pass(10);
    answer(refuse);
    await pass(20);
    answer(refuse);
    await pass(69);
    answer(refuse);
    expect(lease.outcome).toBe("pending");
    await pass(1);
    expect(lease.outcome).toBeInstanceOf(ConnectionFailed);
    expect(lease.outcome).toMatchObject({
      message: "Cannot connect: nothing listens there. It was tried 4 times in 0.1 s.",
      isTransient: true,
      host: "localhost",
      port: 5432,
    });
    expect(pool.status()).toEqual({ size: 2, checkedIn: 0, checkedOut: 0, overflow: 0, waiting: 0 });
  });

  it("fails the caller after poolTimeout, when that is shorter", async () => {
    const pool = scriptedPool({ open, connectRetry: 5, timeout: 0.05 });
    const lease = watch(pool.checkout());
    answer(refuse);
    await pass(50);
    answer(refuse);
    await settle();
    expect(lease.outcome).toMatchObject({
      message: expect.stringContaining("It was tried twice in 0.1 s".slice(0, 12)),
    });
    expect(lease.outcome).toBeInstanceOf(ConnectionFailed);
  });

  it("fails at once with a connectRetry of 0", async () => {
    const pool = scriptedPool({ open, connectRetry: 0 });
    const lease = watch(pool.checkout());
    answer(refuse);
    await settle();
    expect(lease.outcome).toMatchObject({ message: expect.stringMatching(/It was tried once in 0\.0 s\.$/) });
  });

  it("is tried at least once for everybody, also for who comes in a pause", async () => {
    const pool = scriptedPool({ open, connectRetry: 0 });
    const first = watch(pool.checkout());
    answer(refuse);
    await settle();
    expect(first.outcome).toBeInstanceOf(ConnectionFailed);
    const second = watch(pool.checkout());
    await pass(10);
    expect(second.outcome).toBe("pending");
    answer(accept);
    await settle();
    expect(second.outcome).toMatchObject({ isFresh: true });
  });

  it("fails all who wait together when nothing is lent, and only those it was tried for when something is", async () => {
    const pool = scriptedPool({ open, size: 2, connectRetry: 0.1 });
    const all = [1, 2, 3, 4].map(() => watch(pool.checkout()));
    answer(refuse);
    await pass(100);
    answer(refuse);
    await settle();
    for (const one of all) expect(one.outcome).toBeInstanceOf(ConnectionFailed);
    await pass(2000);

    const holder = watch(pool.checkout());
    answer(accept);
    await settle();
    const [tried, next] = [watch(pool.checkout()), watch(pool.checkout())];
    answer(refuse);
    await pass(100);
    answer(refuse);
    await settle();
    expect(tried.outcome).toBeInstanceOf(ConnectionFailed);
    expect(next.outcome).toBe("pending");
    void (holder.outcome as ScriptedLease).release();
    await settle();
    expect(next.outcome).toMatchObject({ isFresh: false });
  });
});

describe("a connect that fails for a reason that does not pass", () => {
  it("fails the first who waits, at once, and the next is served", async () => {
    const pool = scriptedPool({ open, size: 1 });
    const [first, second] = [watch(pool.checkout()), watch(pool.checkout())];
    answer((attempt) => attempt.reject(refusal(false)));
    await settle();
    expect(first.outcome).toMatchObject({ message: "Cannot connect: the password is wrong." });
    expect(second.outcome).toBe("pending");
    answer(accept);
    await settle();
    expect(second.outcome).toMatchObject({ isFresh: true });
  });
});

describe("connects", () => {
  it("are at most maxConnecting at once", async () => {
    const pool = scriptedPool({ open, size: 10, maxConnecting: 3 });
    const leases = Array.from({ length: 10 }, () => watch(pool.checkout()));
    for (const left of [3, 3, 3, 1]) {
      expect(attempts.length).toBe(left);
      answer(accept);
      await settle();
    }
    for (const lease of leases) expect(lease.outcome).toMatchObject({ isFresh: true });
  });

  it("that hang block nobody else: whatever comes free first serves whoever is first", async () => {
    const pool = scriptedPool({ open, size: 3 });
    const [a, b, c] = [watch(pool.checkout()), watch(pool.checkout()), watch(pool.checkout())];
    const [, second, third] = attempts;
    accept(third!);
    await settle();
    expect([a, b, c].map(({ outcome }) => outcome === "pending")).toEqual([false, true, true]);
    void (a.outcome as ScriptedLease).release();
    await settle();
    expect(b.outcome).toMatchObject({ isFresh: false });
    accept(second!);
    await settle();
    expect(c.outcome).toMatchObject({ isFresh: true });
  });

  it("are waited for beyond poolTimeout by those they are made for, and by nobody else", async () => {
    const pool = scriptedPool({ open, size: 1, timeout: 0.2 });
    const [first, second] = [watch(pool.checkout()), watch(pool.checkout())];
    await pass(200);
    expect(second.outcome).toBeInstanceOf(PoolTimeout);
    expect(second.outcome).toMatchObject({ connecting: 1, status: { checkedOut: 0, waiting: 1 } });
    await pass(5000);
    answer(accept);
    await settle();
    expect(first.outcome).toMatchObject({ isFresh: true });
  });

  it("under way when the pool was invalidated are closed, and made again", async () => {
    const pool = scriptedPool({ open, size: 1 });
    const lease = watch(pool.checkout());
    const old = new ScriptedConnection();
    pool.invalidate();
    attempts.splice(0)[0]!.resolve(old);
    await settle();
    expect(old.isClosed).toBe(true);
    expect(lease.outcome).toBe("pending");
    answer(accept);
    await settle();
    expect(lease.outcome).toMatchObject({ isFresh: true });
    expect(pool.counters().closes.invalidated).toBe(1);
  });

  it("that nobody waits for any more are kept", async () => {
    const pool = scriptedPool({ open });
    const abort = new AbortController();
    const lease = watch(pool.checkout(abort.signal));
    abort.abort();
    answer(accept);
    await settle();
    expect(lease.outcome).toBe(abort.signal.reason);
    expect(pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0, waiting: 0 });
    expect(listeners(abort.signal)).toBe(0);
    const later = await pool.checkout();
    expect(later.isFresh).toBe(false); // it may have died while it was idle
  });

  it("hear of it when the pool will wait no longer", async () => {
    const signals: AbortSignal[] = [];
    const pool = scriptedPool({
      open: (signal) => {
        signals.push(signal);
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    });
    const lease = watch(pool.checkout());
    const closed = watch(pool.close(3));
    await pass(2999);
    expect(lease.outcome).toBeInstanceOf(PoolClosed);
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
    await pass(1);
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    expect(closed.outcome).toBeUndefined();
  });
});

describe("with a poolTimeout of 0", () => {
  it("a connection that can be opened is waited for, as long as for any answer; one that is lent is not", async () => {
    const pool = scriptedPool({ open, size: 2, maxConnecting: 1, timeout: 0, patience: 30 });
    const [first, second, third] = [watch(pool.checkout()), watch(pool.checkout()), watch(pool.checkout())];
    await settle();
    expect(third.outcome).toBeInstanceOf(PoolTimeout);
    await pass(29_000);
    expect([first.outcome, second.outcome]).toEqual(["pending", "pending"]);
    await pass(1000);
    expect(second.outcome).toBeInstanceOf(PoolTimeout);
    answer(accept);
    await settle();
    expect(first.outcome).toMatchObject({ isFresh: true });
    expect(pool.counters()).toMatchObject({ timeouts: 2, aborts: 0 });
  });
});

describe("close in a pause after a failure", () => {
  it("ends the pause too", async () => {
    const pool = scriptedPool({ open, connectRetry: 30 });
    const lease = watch(pool.checkout());
    answer(refuse);
    await settle();
    await pool.close(0);
    expect(lease.outcome).toBeInstanceOf(PoolClosed);
    expect(vi.getTimerCount()).toBe(0);
    await pass(2000);
    expect(attempts.length).toBe(0);
  });
});

describe("renew", () => {
  it("with a signal that is aborted already ends the lease", async () => {
    const pool = scriptedPool({ open, size: 1 });
    const lease = watch(pool.checkout());
    answer(accept);
    await settle();
    const held = lease.outcome as ScriptedLease;
    await expect(held.renew(AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
    expect(attempts.length).toBe(0);
    expect(pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0 });
  });

  it("replaces a dead connection in its place, before anybody who waits", async () => {
    const pool = scriptedPool({ open, size: 1 });
    const lease = watch(pool.checkout());
    answer(accept);
    await settle();
    await (lease.outcome as ScriptedLease).release();
    const held = await pool.checkout();
    expect(held.isFresh).toBe(false);
    const dead = held.connection;
    dead.lose();
    const other = watch(pool.checkout());
    const renewed = watch(held.renew());
    expect(pool.status()).toMatchObject({ checkedOut: 1, waiting: 1 });
    answer(accept);
    await settle();
    expect(renewed.outcome).toBeUndefined();
    expect(other.outcome).toBe("pending");
    expect(held.connection).not.toBe(dead);
    expect(held.isFresh).toBe(true);
    expect(pool.counters()).toMatchObject({ renewals: 1, invalidations: 1, closes: { lost: 1 } });
  });

  it("that fails ends the lease, frees its place, and the pool recovers", async () => {
    const pool = scriptedPool({ open, size: 1 });
    const lease = watch(pool.checkout());
    answer(accept);
    await settle();
    const held = lease.outcome as ScriptedLease;
    held.connection.lose();
    const renewed = watch(held.renew());
    const other = watch(pool.checkout());
    answer((attempt) => attempt.reject(refusal(false)));
    await settle();
    expect(renewed.outcome).toBeInstanceOf(ConnectionFailed);
    expect(pool.status()).toMatchObject({ checkedOut: 0, waiting: 1 });
    expect(held.release()).toBeUndefined();
    expect(() => held.detach()).toThrow("The connection cannot be detached: it has been returned.");
    answer(accept);
    await settle();
    expect(other.outcome).toMatchObject({ isFresh: true });
  });

  it("that is aborted ends the lease and leaves no listener", async () => {
    const pool = scriptedPool({ open, size: 1 });
    const lease = watch(pool.checkout());
    answer(accept);
    await settle();
    const held = lease.outcome as ScriptedLease;
    held.connection.lose();
    const abort = new AbortController();
    const renewed = watch(held.renew(abort.signal));
    abort.abort(new Error("gone"));
    await settle();
    expect(renewed.outcome).toMatchObject({ message: "gone" });
    expect(listeners(abort.signal)).toBe(0);
    answer(accept);
    await settle();
    expect(pool.status()).toMatchObject({ checkedIn: 1, checkedOut: 0 });
  });
});

describe("Backoff", () => {
  it("shortens each pause by up to half at random, and counts failures beside each other once", () => {
    vi.mocked(Math.random).mockReturnValue(0.99);
    let ended = 0;
    const backoff = new Backoff(() => {
      ended += 1;
    });
    backoff.fail(new Error());
    backoff.fail(new Error());
    vi.advanceTimersByTime(4);
    expect(ended).toBe(0);
    vi.advanceTimersByTime(1);
    expect(ended).toBe(1);
    backoff.fail(new Error());
    vi.advanceTimersByTime(9);
    expect(ended).toBe(1);
    vi.advanceTimersByTime(1);
    expect(ended).toBe(2);
  });
});
