import type { Monitor } from "@hypertroq/database/monitoring";
import { collectDefaultMetrics, Histogram, Registry } from "prom-client";

/** Upper bounds in seconds, as OpenTelemetry's HTTP conventions advise. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Requests answered by one route with one status. */
export interface RequestCount {
  readonly method: string;
  readonly route: string;
  readonly status: string;
  readonly count: number;
  /** Seconds, all requests together. */
  readonly seconds: number;
}

/**
 * The figures of this process, and of its database, by OpenTelemetry's names as Prometheus writes them. Labels take few values: a route's
 * pattern, never the path that was asked for.
 */
export class Metrics {
  readonly #monitor: Pick<Monitor, "expose">;
  readonly #registry = new Registry();
  readonly #requests: Histogram<"method" | "route" | "status">;

  /** @param monitor what knows the database's figures. */
  constructor(monitor: Pick<Monitor, "expose">) {
    this.#monitor = monitor;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: "http_server_request_duration_seconds",
      help: "Time from a request's headers to the end of its response.",
      labelNames: ["method", "route", "status"],
      buckets: BUCKETS,
      registers,
    });
  }

  /** Counts one answered request. */
  observe(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }

  /** What has been answered so far, the busiest routes first. */
  async requests(): Promise<readonly RequestCount[]> {
    const { values } = await this.#requests.get();
    const counts = new Map<string, { method: string; route: string; status: string; count: number; seconds: number }>();
    for (const { metricName, labels, value } of values) {
      const { method = "", route = "", status = "" } = labels;
      const key = `${method} ${route} ${status}`;
      const entry = counts.get(key) ?? {
        method: `${method}`,
        route: `${route}`,
        status: `${status}`,
        count: 0,
        seconds: 0,
      };
      if (metricName?.endsWith("_count")) entry.count = value;
      if (metricName?.endsWith("_sum")) entry.seconds = value;
      counts.set(key, entry);
    }
    return [...counts.values()].sort((a, b) => b.count - a.count);
  }

  /** Prometheus' text format. */
  async expose(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: (await this.#registry.metrics()) + this.#monitor.expose() };
  }
}
