import type { DurationCounts } from "../connection/pool/counters.ts";
import type { DatabaseManager } from "../session/manager.ts";
import type { ObservedStatement } from "../session/observers.ts";
import { Histogram, type HistogramValue, type Metric, type MetricPoint, prometheusText } from "./prometheus.ts";
import { replicaMetrics } from "./replica-metrics.ts";
import { Summaries } from "./summary.ts";

/** Seconds, as OpenTelemetry's conventions for database clients advise. */
export const DURATION_BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
/** Rows, as they advise. */
export const ROW_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/** Of the pool's buckets, by powers of two of a microsecond, those between a quarter of a millisecond and half a minute. */
const FIRST_BUCKET = 8;
const LAST_BUCKET = 25;

/** Options of {@link DatabaseMetrics}. */
export interface DatabaseMetricsOptions {
  /** `db.client.connection.pool.name`. Default hypertroq. */
  readonly poolName?: string | undefined;
}

interface Series {
  readonly labels: MetricPoint["labels"];
  readonly durations: Histogram;
  readonly rows: Histogram;
}

/**
 * The figures of a manager, by the names of OpenTelemetry's semantic conventions for database clients. Labels take few
 * values: what a statement does and to which table, SQLSTATE, never a text or a value. Measures from when it is made until
 * `stop`.
 */
export class DatabaseMetrics {
  readonly #manager: DatabaseManager;
  readonly #pool: MetricPoint["labels"];
  readonly #summaries = new Summaries();
  readonly #series = new Map<string, Series>();
  readonly #stop: () => void;

  constructor(manager: DatabaseManager, { poolName = "hypertroq" }: DatabaseMetricsOptions = {}) {
    this.#manager = manager;
    this.#pool = { "db.client.connection.pool.name": poolName };
    this.#stop = manager.observe({ statement: (statement) => this.#record(statement) });
  }

  /** Measures no more. */
  stop(): void {
    this.#stop();
  }

  /** In Prometheus' text format, version 0.0.4. */
  expose(): string {
    return prometheusText(this.metrics());
  }

  /** Durations are in seconds. */
  metrics(): readonly Metric[] {
    return [...this.#operations(), ...this.#connections(), ...replicaMetrics(this.#manager.replicas())];
  }

  #record({ text, milliseconds, rows, errorCode, sqlState }: ObservedStatement): void {
    const { operation, collection } = this.#summaries.of(text);
    const key = `${operation} ${collection} ${sqlState ?? errorCode}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      const labels: Record<string, string> = { "db.system.name": "postgresql", "db.operation.name": operation };
      if (collection !== undefined) labels["db.collection.name"] = collection;
      if (sqlState !== undefined) labels["db.response.status_code"] = sqlState;
      if (errorCode !== undefined) labels["error.type"] = errorCode;
      series = { labels, durations: new Histogram(DURATION_BOUNDS), rows: new Histogram(ROW_BOUNDS) };
      this.#series.set(key, series);
    }
    series.durations.record(milliseconds / 1000);
    if (errorCode === undefined) series.rows.record(rows);
  }

  #operations(): readonly Metric[] {
    const all = [...this.#series.values()];
    return [
      {
        name: "db.client.operation.duration",
        type: "histogram",
        unit: "seconds",
        help: "Time from when a statement was given to when it was answered.",
        points: all.map(({ labels, durations }) => ({ labels, value: durations.value })),
      },
      {
        name: "db.client.response.returned_rows",
        type: "histogram",
        help: "Rows that a statement returned or changed.",
        points: all
          .filter(({ labels }) => labels["error.type"] === undefined)
          .map(({ labels, rows }) => ({ labels, value: rows.value })),
      },
    ];
  }

  #connections(): readonly Metric[] {
    const { pool } = this.#manager;
    const { size, checkedIn, checkedOut, waiting } = pool.status();
    const { waits, holds, creations } = pool.durations();
    const labels = this.#pool;
    const state = (name: string) => ({ ...labels, "db.client.connection.state": name });
    const gauge = (name: string, help: string, value: number): Metric => {
      return { name: `db.client.connection.${name}`, type: "gauge", help, points: [{ labels, value }] };
    };
    const durations = (name: string, help: string, counts: DurationCounts): Metric => {
      const points = [{ labels, value: histogramOf(counts) }];
      return { name: `db.client.connection.${name}`, type: "histogram", unit: "seconds", help, points };
    };
    return [
      {
        name: "db.client.connection.count",
        type: "gauge",
        help: "Open connections of the pool, by what they do.",
        points: [
          { labels: state("idle"), value: checkedIn },
          { labels: state("used"), value: checkedOut },
        ],
      },
      gauge("idle.max", "Most connections the pool keeps open.", size || Number.POSITIVE_INFINITY),
      gauge("max", "Most connections the pool may have open, overflow included.", pool.observations().limit),
      gauge("pending_requests", "Callers waiting for a connection.", waiting),
      {
        name: "db.client.connection.timeouts",
        type: "counter",
        help: "Callers who waited in vain for a connection.",
        points: [{ labels, value: pool.counters().timeouts }],
      },
      durations("create_time", "Time to open a connection.", creations),
      durations("wait_time", "Time that those waited who had to wait for a connection.", waits),
      durations("use_time", "Time from when a connection was lent to when it came back.", holds),
    ];
  }
}

/** A pool's counts of durations, in seconds. */
function histogramOf({ buckets, total }: DurationCounts): HistogramValue {
  const bounds: number[] = [];
  const counts: number[] = [];
  let count = 0;
  for (const [i, each] of buckets.entries()) {
    count += each;
    if (i < FIRST_BUCKET || i > LAST_BUCKET) continue;
    bounds.push(2 ** i / 1e6);
    counts.push(count);
    count = 0;
  }
  return { bounds, counts: [...counts, count], sum: total / 1000 };
}
