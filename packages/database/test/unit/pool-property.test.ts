import fc from "fast-check";
import { afterEach, beforeEach, it, vi } from "vitest";
import { FULL } from "../../../../test/sample.ts";
import { PoolWorld, STEPS } from "./pool-world.ts";

const SCHEDULES = FULL ? 10_000 : 250;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5); // so that a schedule always does the same
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const options = fc
  .record({
    size: fc.integer({ min: 0, max: 4 }),
    maxOverflow: fc.integer({ min: -1, max: 2 }),
    timeout: fc.constantFrom(0, 0.4, 30),
    recycle: fc.constantFrom(-1, -1, 0, 2),
    lifo: fc.boolean(),
    minIdle: fc.integer({ min: 0, max: 2 }),
    idleTimeout: fc.constantFrom(0, 3),
    keepalive: fc.constantFrom(0, 2),
    maxConnecting: fc.integer({ min: 1, max: 3 }),
    connectRetry: fc.constantFrom(0, 0.3, 5),
    leakThreshold: fc.constantFrom(0, 1),
  })
  .map((made) => ({ ...made, minIdle: made.size === 0 ? made.minIdle : Math.min(made.minIdle, made.size) }));

const schedule = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.nat({ max: 30 })), {
  maxLength: 80,
  size: "max",
});

it(`keeps its promises whatever happens in whatever order (${SCHEDULES} schedules)`, async () => {
  await fc.assert(
    fc.asyncProperty(options, schedule, async (made, steps) => {
      vi.clearAllTimers(); // of a schedule that failed
      const world = new PoolWorld(made);
      for (const [step, number] of steps) await world.run(step, number);
      await world.end();
    }),
    { numRuns: SCHEDULES, seed: 20_250_611 },
  );
});
