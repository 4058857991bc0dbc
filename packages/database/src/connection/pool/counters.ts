import type { PoolObservations } from "./advisor.ts";

/**
 * Why the pool closed a connection:
 * `lost` it was dead · `invalidated` it was marked for replacement · `recycled` it was too old · `idle` it was unused for
 * too long · `surplus` there was no place for it · `reset` what was left open on it could not be ended · `hook` a hook
 * refused it · `closed` the pool was closed.
 */
export type CloseReason = "lost" | "invalidated" | "recycled" | "idle" | "surplus" | "reset" | "hook" | "closed";

/** What a pool has done since it was made. Durations are in seconds. */
export interface PoolCounters {
  /** Connections lent. */
  readonly checkouts: number;
  /** Checkouts that had to wait, and got one. */
  readonly waits: number;
  readonly waitTotal: number;
  readonly longestWait: number;
  /** Checkouts that waited in vain for `poolTimeout`. */
  readonly timeouts: number;
  /** Checkouts that were aborted while they waited. */
  readonly aborts: number;
  /** How long connections were lent, of those that have come back. */
  readonly holdTotal: number;
  readonly longestHold: number;
  /** The most that were lent at the same time. */
  readonly mostLent: number;
  /** Connections opened. */
  readonly connects: number;
  readonly connectFailures: number;
  /** Connections that were found dead by their first use and replaced. */
  readonly renewals: number;
  /** Idle connections that were asked for a sign of life. */
  readonly keepalives: number;
  /** Times that all connections opened so far were marked for replacement, by a death or by `invalidate`. */
  readonly invalidations: number;
  /** Connections held longer than `leakThreshold`. */
  readonly leaks: number;
  /** Connections that left the pool for good. */
  readonly detached: number;
  /** Connections closed by the pool, by reason. */
  readonly closes: Readonly<Record<CloseReason, number>>;
}

/** How long things took at a pool since it was made. */
export interface PoolDurations {
  /** Checkouts that had to wait, and got a connection. */
  readonly waits: DurationCounts;
  /** Loans that are over. */
  readonly holds: DurationCounts;
  /** Connections that were opened. */
  readonly creations: DurationCounts;
}

/** Is told of each wait, loan and connect when it is over, in milliseconds. */
export type DurationListener = (kind: keyof PoolDurations, milliseconds: number) => void;

/** Bucket i counts what is below 2^i microseconds; the last one also what is longer than the half hour before it. */
const BUCKETS = 32;

/** What `Durations` has counted so far. */
export interface DurationCounts {
  readonly count: number;
  /** Milliseconds. */
  readonly total: number;
  /** How many were below 2^i microseconds and not below half of that, by i; the last one has what is longer, too. */
  readonly buckets: readonly number[];
}

/** Durations, counted in constant time and space: exact totals, percentiles to a factor of two. */
export class Durations {
  count = 0;
  /** Milliseconds. */
  total = 0;
  /** Milliseconds. */
  longest = 0;
  /** Are told of each, in milliseconds, as it comes. */
  readonly listeners = new Set<(milliseconds: number) => void>();
  readonly #buckets = new Float64Array(BUCKETS);

  record(milliseconds: number): void {
    this.count += 1;
    this.total += milliseconds;
    if (milliseconds > this.longest) this.longest = milliseconds;
    const bucket = BUCKETS - Math.clz32(Math.min(milliseconds * 1000, 0x7fff_ffff));
    this.#buckets[bucket]! += 1;
    if (this.listeners.size > 0) for (const listener of this.listeners) listener(milliseconds);
  }

  counts(): DurationCounts {
    return { count: this.count, total: this.total, buckets: [...this.#buckets] };
  }

  /** Milliseconds that `share` (0 to 1) of the durations were below; 0 when there was none. */
  percentile(share: number): number {
    let left = share * this.count;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#buckets[bucket]!;
      if (left <= 0 && this.count > 0) return Math.min(this.longest, 2 ** bucket / 1000);
    }
    return this.longest;
  }
}

/** More than that many at once are counted as that many. */
const MOST_DEMAND = 1023;

/** How many connections were wanted at the same time, as each caller found it on arrival, the caller included. */
export class Demand {
  #count = 0;
  readonly #found = new Float64Array(MOST_DEMAND + 1);

  record(wanted: number): void {
    this.#count += 1;
    this.#found[wanted < MOST_DEMAND ? wanted : MOST_DEMAND]! += 1;
  }

  /** How many were enough for `share` (0 to 1) of the callers. */
  percentile(share: number): number {
    let left = share * this.#count;
    for (let wanted = 0; wanted <= MOST_DEMAND; wanted++) {
      left -= this.#found[wanted]!;
      if (left <= 0) return wanted;
    }
    return MOST_DEMAND;
  }
}

/** The pool's own copy, which it counts in. */
export class Counters {
  readonly startedAt = performance.now();
  readonly waits = new Durations();
  readonly holds = new Durations();
  readonly creations = new Durations();
  readonly demand = new Demand();
  checkouts = 0;
  timeouts = 0;
  aborts = 0;
  mostLent = 0;
  connects = 0;
  connectFailures = 0;
  renewals = 0;
  keepalives = 0;
  invalidations = 0;
  leaks = 0;
  detached = 0;
  readonly closes: Record<CloseReason, number> = {
    lost: 0,
    invalidated: 0,
    recycled: 0,
    idle: 0,
    surplus: 0,
    reset: 0,
    hook: 0,
    closed: 0,
  };

  observations(limit: number): PoolObservations {
    const { startedAt, waits, holds, demand, checkouts, timeouts } = this;
    const elapsed = performance.now() - startedAt;
    return {
      seconds: elapsed / 1000,
      limit,
      busy: holds.total / elapsed,
      demand: demand.percentile(0.99),
      longestHold: holds.longest / 1000,
      callers: {
        checkouts,
        hold: holds.total / 1000 / Math.max(1, holds.count),
        waits: waits.count,
        wait: waits.percentile(0.95) / 1000,
        timeouts,
      },
    };
  }

  durations(): PoolDurations {
    return { waits: this.waits.counts(), holds: this.holds.counts(), creations: this.creations.counts() };
  }

  snapshot(): PoolCounters {
    const { startedAt: _, demand: __, creations: ___, waits, holds, closes, ...counts } = this;
    return {
      ...counts,
      waits: waits.count,
      waitTotal: waits.total / 1000,
      longestWait: waits.longest / 1000,
      holdTotal: holds.total / 1000,
      longestHold: holds.longest / 1000,
      closes: { ...closes },
    };
  }
}
