import type { PoolDurations } from "../connection/pool/counters.ts";
import type { PoolStatus } from "../errors.ts";
import type { DatabaseManager } from "../session/manager.ts";
import type { ObservedStatement, ObservedTransaction } from "../session/observers.ts";
import { Latencies, type Percentiles, percentileBetween } from "./latencies.ts";

/** What an interval was like. */
export interface Sample {
  /** Its end, in milliseconds since 1970. */
  readonly at: number;
  /** Its length in seconds. */
  readonly seconds: number;
  /** At its end; `max`: the most connections there may be. */
  readonly pool: PoolStatus & { readonly max: number };
  /** Statements answered in it, the failed ones included. */
  readonly statements: number;
  readonly errors: number;
  /** Transactions that ended in it. */
  readonly transactions: number;
  readonly rows: number;
  readonly perSecond: number;
  /** Of its statements. */
  readonly latency: Percentiles;
  /** Callers who had to wait for a connection in it, and what 95 of 100 of them got by with, in milliseconds. */
  readonly waits: { readonly count: number; readonly p95: number };
}

/** Keeps what the last intervals were like, in a ring. */
export class Samples {
  readonly #manager: DatabaseManager;
  readonly #most: number;
  readonly #ring: Sample[] = [];
  readonly #latencies = new Latencies();
  #counts = { statements: 0, errors: 0, transactions: 0, rows: 0 };
  #waits: PoolDurations["waits"];
  #since = performance.now();

  constructor(manager: DatabaseManager, most: number) {
    this.#manager = manager;
    this.#most = most;
    this.#waits = manager.pool.durations().waits;
  }

  note({ milliseconds, rows, errorCode }: ObservedStatement): void {
    this.#latencies.record(milliseconds);
    this.#counts.statements += 1;
    this.#counts.rows += rows;
    if (errorCode !== undefined) this.#counts.errors += 1;
  }

  noteTransaction(_: ObservedTransaction): void {
    this.#counts.transactions += 1;
  }

  /** Ends an interval. */
  take(): Sample {
    const { pool } = this.#manager;
    const now = performance.now();
    const seconds = (now - this.#since) / 1000;
    const { waits } = pool.durations();
    const sample = {
      at: Date.now(),
      seconds,
      pool: { ...pool.status(), max: pool.observations().limit },
      ...this.#counts,
      perSecond: seconds === 0 ? 0 : this.#counts.statements / seconds,
      latency: this.#latencies.take(),
      waits: { count: waits.count - this.#waits.count, p95: percentileBetween(this.#waits, waits, 0.95, 0) },
    };
    this.#since = now;
    this.#waits = waits;
    this.#counts = { statements: 0, errors: 0, transactions: 0, rows: 0 };
    this.#ring.push(sample);
    if (this.#ring.length > this.#most) this.#ring.shift();
    return sample;
  }

  /** Oldest first. */
  list(): readonly Sample[] {
    return [...this.#ring];
  }
}
