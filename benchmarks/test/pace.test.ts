import { afterEach, describe, expect, it, vi } from "vitest";
import { pace } from "../src/pace.ts";

it("sends what is due, at least one request", async () => {
  let sent = 0;
  const once = async (): Promise<void> => void sent++;
  expect(await pace(once, { rate: 1000, seconds: 0.05 })).toMatchObject({ requests: 50 });
  expect(sent).toBe(50);
  expect(await pace(once, { rate: 1, seconds: 0 })).toMatchObject({ requests: 1 });
});

it("waits for no answer before it sends the next request", async () => {
  let under = 0;
  let most = 0;
  let answer: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const operation = async (): Promise<void> => {
    most = Math.max(most, ++under);
    if (under === 20) answer();
    await all;
  };
  await pace(operation, { rate: 1000, seconds: 0.02 });
  expect(most).toBe(20);
});

it("tells of a request that failed when all are through", async () => {
  let sent = 0;
  const failing = async (): Promise<void> => {
    if (++sent === 3) throw new Error("the third");
  };
  await expect(pace(failing, { rate: 1000, seconds: 0.01 })).rejects.toThrow("the third");
  expect(sent).toBe(10);
});

/** On a clock of the test's own: to look at it takes 0.01 ms, and timers are late. */
describe("by the clock", () => {
  let clock = 0;
  const LATE = 1.9;

  const own = (): void => {
    clock = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      clock += 0.01;
      return clock;
    });
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((go: () => void, milliseconds: number) => {
      setImmediate(() => {
        clock += milliseconds + LATE;
        go();
      });
    }) as typeof setTimeout);
  };
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    { rate: 1000, seconds: 0.1 },
    { rate: 20, seconds: 2 },
  ])("sends each request when it is due, $rate a second", async ({ rate, seconds }) => {
    own();
    const late: number[] = [];
    const { max } = await pace(async () => void late.push(clock - (late.length * 1000) / rate), { rate, seconds });
    expect(late).toHaveLength(rate * seconds);
    expect(Math.min(...late)).toBeGreaterThan(0);
    expect(Math.max(...late)).toBeLessThan(0.1);
    expect(max).toBeLessThan(0.1);
  });

  /** A process that stands still for 300 ms lets 300 requests wait; who times only what it sends would see one. */
  it("counts from when a request was due", async () => {
    own();
    let sent = 0;
    let answer: () => void = () => {};
    const stalling = async (): Promise<void> => {
      if (++sent === 100) clock += 300;
      if (sent === 1) await new Promise<void>((resolve) => (answer = resolve));
      if (sent === 1000) answer();
    };
    const { requests, ...latencies } = await pace(stalling, { rate: 1000, seconds: 1 });
    expect([requests, sent]).toEqual([1000, 1000]);
    // The first is answered after the last is sent. 300 have waited, from 300 ms down to none, and a little more for all of
    // them to be sent.
    for (const [figure, milliseconds] of Object.entries({ p50: 0, p99: 291, p999: 300, max: 999 })) {
      const latency = latencies[figure as keyof typeof latencies];
      expect(latency, figure).toBeGreaterThanOrEqual(milliseconds);
      expect(latency, figure).toBeLessThan(milliseconds + 8);
    }
  });
});
