import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PROGRAM = fileURLToPath(new URL("../../dist/counts/allocations.js", import.meta.url));

/**
 * What makes the count the same each time: a young generation that holds all that a sample allocates; and no optimizing
 * compiler, whose moment of setting in is chance and which leaves out objects that are not needed. So it counts what the
 * code asks for, which is more than runs in production allocate.
 */
const FLAGS = [
  "--expose-gc",
  "--min-semi-space-size=64",
  "--max-semi-space-size=64",
  "--no-opt",
  "--single-threaded-gc",
];

/** Bytes of JavaScript's heap that each of `OPERATIONS` allocates, in a process of its own. The layer has to be built. */
export async function countAllocations(url: string): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, PROGRAM], {
    env: { ...process.env, BENCHMARK_URL: url },
  });
  return JSON.parse(stdout);
}
