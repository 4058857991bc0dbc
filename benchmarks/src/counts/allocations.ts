/**
 * The program that tells how many bytes each operation allocates on JavaScript's heap: `node FLAGS allocations.js`, with the
 * database's URL in BENCHMARK_URL; see `count-allocations.ts`. Prints JSON.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { DatabaseManager } from "@hypertroq/database";
import { OPERATIONS, type Operation } from "./operations.ts";

/** Done before, so that nothing is made for the first time: statements, plans, what functions have learnt. */
const WARM_UP = 30;

/** How often each is measured; the least counts, because what else happens on the heap only adds. */
const SAMPLES = 3;

/** What a sample may allocate at most: far less than the young generation holds, so that nothing is collected meanwhile. */
const BYTES = 12 * 2 ** 20;

/** How often a sample does what allocates little. */
const MOST = 150;

/** How often the collector has said that it was at work. */
let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ["gc"] });

const manager = new DatabaseManager({ url: process.env["BENCHMARK_URL"]!, poolSize: 1 });
try {
  const bytes: Record<string, number> = {};
  for (const [name, operation] of Object.entries(OPERATIONS)) bytes[name] = await bytesOf(name, operation);
  console.log(JSON.stringify(bytes));
} finally {
  await manager.close();
}

async function bytesOf(name: string, operation: Operation): Promise<number> {
  await sample(operation, WARM_UP);
  const about = (await sample(operation, 3)).bytes;
  const times = Math.min(MOST, Math.max(3, Math.floor(BYTES / about)));
  const samples: number[] = [];
  while (samples.length < SAMPLES) {
    const { bytes, collected } = await sample(operation, times);
    if (collected) throw new Error(`The heap was collected while "${name}" was counted, ${times} times.`);
    samples.push(bytes);
  }
  return Math.round(Math.min(...samples));
}

/** Bytes that each of so many operations allocates, and whether some of them were collected meanwhile. */
async function sample(
  { input, run }: Operation,
  times: number,
): Promise<{ readonly bytes: number; readonly collected: boolean }> {
  const inputs = Array.from({ length: times }, input);
  globalThis.gc!();
  await reported();
  const collectedBefore = collections;
  const before = getHeapStatistics().used_heap_size;
  for (const one of inputs) await run(manager, one);
  const bytes = (getHeapStatistics().used_heap_size - before) / times;
  await reported();
  return { bytes, collected: collections > collectedBefore };
}

/** The collector's reports come in a later turn of the event loop. */
async function reported(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}
