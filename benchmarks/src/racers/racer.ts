import type { Semantics, WorkName } from "../client.ts";
import type { Pace, Sample } from "../measure.ts";
import type { Latencies, OpenPace } from "../pace.ts";
import type { Input } from "../works/work.ts";

/** A contestant that is up, in a process of its own. */
export interface Racer {
  readonly name: string;
  readonly semantics: Semantics;
  /** Of the library, and of whatever else matters to it. */
  readonly version: string;
  readonly works: readonly WorkName[];
  /** Does the work once; the result as it is after a trip through JSON. */
  once<Name extends WorkName>(work: Name, input: Input<Name>): Promise<unknown>;
  /** Does it with random inputs for a while. */
  run(work: WorkName, pace: Pace): Promise<Sample>;
  /** Does it with random inputs at a fixed rate; absent where that cannot be had. */
  pace?(work: WorkName, pace: OpenPace): Promise<Latencies>;
  close(): Promise<void>;
}

/** A contestant that this machine lacks. */
export interface LeftOut {
  readonly name: string;
  /** What is missing and what brings it. */
  readonly reason: string;
}

/** What every contestant is started with. */
export interface Course {
  readonly url: string;
  /** Size of its pool. */
  readonly connections: number;
  /** What to multiply the sizes of large works by. */
  readonly scale: number;
}
