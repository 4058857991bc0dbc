import type { DurationCounts } from "../connection/pool/counters.ts";

/** Buckets to a doubling: a percentile is at most a fifth too large. */
const PER_DOUBLING = 4;
/** From a microsecond to half an hour. */
const BUCKETS = 31 * PER_DOUBLING;

/** What a set of durations was like, in milliseconds; 0 when there was none. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly longest: number;
}

/** Durations of an interval, counted in constant time and space. */
export class Latencies {
  #counts = new Float64Array(BUCKETS + 1);
  #count = 0;
  #longest = 0;

  record(milliseconds: number): void {
    const microseconds = milliseconds * 1000;
    const bucket = microseconds < 1 ? 0 : Math.min(BUCKETS, Math.ceil(Math.log2(microseconds) * PER_DOUBLING));
    this.#counts[bucket]! += 1;
    this.#count += 1;
    if (milliseconds > this.#longest) this.#longest = milliseconds;
  }

  /** What was recorded since the last call, which is forgotten. */
  take(): Percentiles {
    const percentiles = { p50: this.#at(0.5), p95: this.#at(0.95), p99: this.#at(0.99), longest: this.#longest };
    if (this.#count > 0) this.#counts = new Float64Array(BUCKETS + 1);
    this.#count = 0;
    this.#longest = 0;
    return percentiles;
  }

  #at(share: number): number {
    let left = share * this.#count;
    for (let bucket = 0; bucket <= BUCKETS && this.#count > 0; bucket++) {
      left -= this.#counts[bucket]!;
      if (left <= 0) return Math.min(this.#longest, 2 ** (bucket / PER_DOUBLING) / 1000);
    }
    return this.#longest;
  }
}

/** Milliseconds that `share` of what was counted between two looks at a pool's durations were below, with `zeros` more of 0. */
export function percentileBetween(before: DurationCounts, now: DurationCounts, share: number, zeros: number): number {
  let left = share * (now.count - before.count + zeros) - zeros;
  if (now.count === before.count || left <= 0) return 0;
  for (const [i, count] of now.buckets.entries()) {
    left -= count - before.buckets[i]!;
    if (left <= 0) return 2 ** i / 1000;
  }
  return 2 ** (now.buckets.length - 1) / 1000;
}
