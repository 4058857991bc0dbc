import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

/**
 * Answers each line of standard input with what a comparison took and found (see `comparer.ts`); the child's only output,
 * whatever the tool it uses would print.
 *
 * @param compare how many differences there are.
 */
export async function answer(compare: () => Promise<number>): Promise<void> {
  process.stdout.write = () => true;
  for await (const _ of createInterface({ input: process.stdin })) {
    const start = performance.now();
    const differences = await compare();
    writeSync(1, `${JSON.stringify({ milliseconds: performance.now() - start, differences })}\n`);
  }
}
