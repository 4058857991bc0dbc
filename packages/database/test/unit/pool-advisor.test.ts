import { describe, expect, it } from "vitest";
import { advisePool, type PoolObservations, type ServerLimits } from "../../src/connection/pool/advisor.ts";
import { Demand, Durations } from "../../src/connection/pool/counters.ts";
import { scriptedPool } from "./scripted-wire.ts";

const QUIET: PoolObservations = {
  seconds: 100,
  limit: 20,
  busy: 3.2,
  demand: 12,
  longestHold: 0.4,
  callers: { checkouts: 4000, hold: 0.08, waits: 0, wait: 0, timeouts: 0 },
};
const ROOMY: ServerLimits = { maxConnections: 100, reserved: 3, others: 7, instances: 1 };
const callers = (facts: object) => ({ ...QUIET.callers!, ...facts });
const messages = (observed: Partial<PoolObservations>, server: Partial<ServerLimits> = {}) =>
  advisePool({ ...QUIET, ...observed }, { ...ROOMY, ...server }).findings.map(
    ({ severity, message }) => `${severity}: ${message}`,
  );

describe("advisePool", () => {
  it("advises what was wanted at the same time, and says why", () => {
    expect(advisePool(QUIET, ROOMY)).toEqual({
      size: 12,
      reasons: [
        "40 checkouts a second, held for 80 ms on average, keep 3.2 connections busy (Little's law).",
        "99 of 100 callers found at most 12 wanted at the same time, themselves included.",
        "Nobody had to wait.",
        "The server gives 100 connections; 3 are reserved and 7 used by others, so 90 are left.",
      ],
      findings: [],
    });
  });

  it("counts clients behind a pooler, and says how many connections the pooler needs", () => {
    const pooled = { ...ROOMY, instances: 10, isPooled: true };
    const wide = { ...QUIET, limit: 50, demand: 30 };
    const advice = advisePool(wide, pooled);
    expect(advice.size).toBe(30);
    expect(advice.findings).toEqual([]);
    expect(advice.reasons.at(-1)).toBe(
      "A pooler stands between: the size is one of clients. Of server connections it needs at most 90 for these 10 " +
        "processes (PgBouncer's default_pool_size).",
    );
    expect(advisePool({ ...QUIET, limit: Number.POSITIVE_INFINITY, callers: undefined }, pooled).size).toBe(9);
    expect(advisePool(QUIET, { ...ROOMY, isPooled: true }).reasons.at(-1)).toContain("at most 12 for this process ");
  });

  it("advises a larger pool when callers waited and it would help", () => {
    const busy = { limit: 5, demand: 9, callers: callers({ waits: 800, wait: 0.03 }) };
    expect(advisePool({ ...QUIET, ...busy }, ROOMY).size).toBe(9);
    expect(advisePool({ ...QUIET, ...busy }, ROOMY).reasons[2]).toBe(
      "20 % had to wait, 95 of 100 of them for at most 30 ms; 0 waited in vain.",
    );
    expect(messages(busy)).toEqual(["warning: The pool is too small: callers waited. Raise DB_POOL_SIZE to 9."]);
  });

  it("says when a larger pool would not help, because connections are held for too long", () => {
    const slow = { limit: 5, demand: 30, longestHold: 9, callers: callers({ hold: 2.5, waits: 800, wait: 4 }) };
    expect(messages(slow)).toEqual([
      expect.stringMatching(
        /^warning: Connections are held for 2\.5 s on average, 9 s at most: a larger pool would only/,
      ),
    ]);
  });

  it("says when a larger pool would not help, because the server has no more", () => {
    const busy = { limit: 10, demand: 40, callers: callers({ waits: 800, wait: 0.1, timeouts: 2 }) };
    const server = { maxConnections: 60, instances: 4 };
    expect(advisePool({ ...QUIET, ...busy }, { ...ROOMY, ...server }).size).toBe(12);
    expect(messages(busy, server)).toEqual([
      expect.stringMatching(/^warning: 40 connections are wanted and the server has 12: a larger pool would not help/),
      "critical: 2 callers waited in vain for a connection, and failed.",
    ]);
  });

  it("finds pools that the server cannot fill critical, for all processes together", () => {
    expect(messages({}, { instances: 5 })).toEqual([
      expect.stringMatching(/^critical: Each of the 5 pools may open 20 connections, and the server has 18 for it/),
    ]);
    expect(advisePool(QUIET, { ...ROOMY, instances: 10 }).size).toBe(9);
    expect(messages({}, { others: 97 })).toContain(
      "critical: The server has no connection left for this application. Raise max_connections, or free some.",
    );
    expect(messages({ limit: Number.POSITIVE_INFINITY })).toEqual([
      "warning: The pool has no limit, and the server has 90 for it. Set DB_POOL_SIZE.",
    ]);
  });

  it("says when the pool is larger than it need be", () => {
    expect(messages({ demand: 4 })).toEqual(["info: 4 of the 20 connections would do; each costs the server memory."]);
  });

  it("leaves the size as it is when little was seen", () => {
    const little = { ...QUIET, demand: 1, callers: callers({ checkouts: 99 }) };
    expect(advisePool(little, ROOMY)).toMatchObject({
      size: 20,
      reasons: ["99 checkouts are too few to judge by, so the size stays as it is.", expect.any(String)],
      findings: [],
    });
  });

  it("says so when the application was idle while it was watched", () => {
    const { callers: _, ...seen } = QUIET;
    const { reasons } = advisePool({ ...seen, seconds: 2, busy: 0, demand: 0, longestHold: 0 }, ROOMY);
    expect(reasons[0]).toBe("The application was idle for 2 s: nothing to judge by. Look again under load.");
  });

  it("judges by the server alone where the application's callers are not known", () => {
    const { callers: _, ...seen } = QUIET;
    expect(advisePool({ ...seen, longestHold: 90, demand: 20 }, ROOMY)).toMatchObject({
      size: 20,
      reasons: [
        "In 100 s, 3.2 of the application's connections were busy on average and 20 at most; the longest transaction was 90 s old.",
        expect.any(String),
      ],
      findings: [
        { severity: "warning", message: expect.stringContaining("All 20 connections of the pool were busy") },
        { severity: "warning", message: expect.stringContaining("A transaction has been open for 90 s") },
      ],
    });
  });
});

describe("a pool's observations", () => {
  it("are what its callers met", async () => {
    const pool = scriptedPool({ size: 2 });
    for (let i = 0; i < 100; i++) {
      const leases = [await pool.checkout(), await pool.checkout()];
      const waiting = pool.checkout();
      for (const lease of leases) void lease.release();
      void (await waiting).release();
    }
    expect(pool.observations()).toMatchObject({
      limit: 2,
      demand: 3,
      callers: { checkouts: 300, waits: 102, timeouts: 0 },
    });
  });
});

describe("Durations", () => {
  it("keeps totals exactly and percentiles to a factor of two", () => {
    const durations = new Durations();
    for (let i = 1; i <= 1000; i++) durations.record(i);
    expect(durations).toMatchObject({ count: 1000, total: 500_500, longest: 1000 });
    for (const share of [0.1, 0.5, 0.95]) {
      const truth = share * 1000;
      expect(durations.percentile(share)).toBeGreaterThanOrEqual(truth);
      expect(durations.percentile(share)).toBeLessThan(truth * 2.1);
    }
    expect(durations.percentile(1)).toBe(1000);
  });

  it("takes none, the shortest and the longest", () => {
    const durations = new Durations();
    expect(durations.percentile(0.99)).toBe(0);
    durations.record(0);
    expect(durations.percentile(0.99)).toBe(0);
    durations.record(1e12);
    expect(durations.longest).toBe(1e12);
    expect(durations.percentile(0.99)).toBeGreaterThan(2_000_000);
  });
});

describe("Demand", () => {
  it("says how many were enough for a share of the callers", () => {
    const demand = new Demand();
    for (let wanted = 1; wanted <= 100; wanted++) demand.record(wanted);
    demand.record(5000);
    expect([0.5, 0.98, 1].map((share) => demand.percentile(share))).toEqual([51, 99, 1023]);
  });
});
