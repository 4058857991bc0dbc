import type { Sample } from "./measure.ts";

/** How much of a work is done before it is timed. */
export interface WarmUp {
  /** It goes on until so many operations are done … */
  readonly operations: number;
  /** … and until so many seconds are over, whichever is later … */
  readonly seconds: number;
  /** … but ends after so many seconds, however little was done. */
  readonly most: number;
}

/**
 * Operations, because V8 makes fast code of what has run some thousand times, whatever time that takes: on their first writes
 * libraries spend more than ten times the CPU that they spend in the end, and need up to 5,000 of them. What needs longer for
 * each, bulk inserts for one, is through sooner: it has loops.
 */
export const WARM_UP: WarmUp = { operations: 6_000, seconds: 2, most: 20 };

/** Runs something until its code is hot. @param run does it for a while. */
export async function warmUp(
  run: (seconds: number) => Promise<Sample>,
  { operations, seconds, most }: WarmUp = WARM_UP,
): Promise<void> {
  const done = { operations: 0, seconds: 0 };
  do {
    const sample = await run(seconds);
    done.operations += sample.operations;
    done.seconds += sample.seconds;
  } while (done.seconds < most && (done.seconds < seconds || done.operations < operations));
}
