import { expect, it } from "vitest";
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

/** A process that stands still for 300 ms lets 300 requests wait; who times only what it sends would see one. */
it("counts from when a request was due", async () => {
  let sent = 0;
  const stalling = async (): Promise<void> => {
    if (++sent === 50) for (const end = performance.now() + 300; performance.now() < end; );
  };
  const { requests, p50, max } = await pace(stalling, { rate: 1000, seconds: 0.4 });
  expect(requests).toBe(400);
  expect(max).toBeGreaterThanOrEqual(299);
  expect(p50).toBeGreaterThan(50); // of 400 requests 300 have waited, 150 ms in the middle
});

it("tells of a request that failed when all are through", async () => {
  let sent = 0;
  const failing = async (): Promise<void> => {
    if (++sent === 3) throw new Error("the third");
  };
  await expect(pace(failing, { rate: 1000, seconds: 0.01 })).rejects.toThrow("the third");
  expect(sent).toBe(10);
});
