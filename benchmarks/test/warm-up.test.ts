import { expect, it } from "vitest";
import { WARM_UP, warmUp } from "../src/warm-up.ts";

/** Stretches of a second each, with so many operations in one; how many there were. */
async function stretches(operations: number, limits = {}): Promise<number> {
  let count = 0;
  const run = async (seconds: number) => {
    count++;
    return { operations, seconds };
  };
  await warmUp(run, { operations: 6000, seconds: 1, most: 20, ...limits });
  return count;
}

it("goes on until enough is done, however long that takes on this machine", async () => {
  expect(await stretches(6000)).toBe(1);
  expect(await stretches(1000)).toBe(6);
  expect(await stretches(999)).toBe(7);
});

it("goes on until enough time is over, however much is done", async () => {
  const half = async (seconds: number) => ({ operations: 100_000, seconds: seconds / 2 });
  let count = 0;
  await warmUp((seconds) => half(seconds).finally(() => count++), { operations: 6000, seconds: 3, most: 20 });
  expect(count).toBe(2);
});

it("ends when it has taken long enough, and does something at any rate", async () => {
  expect(await stretches(1)).toBe(20);
  expect(await stretches(1, { most: 0 })).toBe(1);
});

/** What is stored here is what was measured to be enough; see `WARM_UP`. */
it("is long enough for the libraries that take longest until their code is hot", () => {
  expect(WARM_UP.operations).toBeGreaterThan(5000);
  expect(WARM_UP.seconds).toBeGreaterThanOrEqual(2);
});
