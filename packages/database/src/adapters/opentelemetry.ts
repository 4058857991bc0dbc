/**
 * Spans and metrics of a manager for OpenTelemetry.
 *
 * @module @hypertroq/database/opentelemetry
 */
import {
  type Attributes,
  context,
  type Histogram,
  type Meter,
  metrics,
  type ObservableResult,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { DURATION_BOUNDS, ROW_BOUNDS } from "../monitoring/metrics.ts";
import { Summaries } from "../monitoring/summary.ts";
import type { DatabaseManager } from "../session/manager.ts";
import { normalise } from "../session/normalise.ts";
import type { ObservedStatement, ObservedTransaction } from "../session/observers.ts";

/** What is reported, and by whose tracer and meter. */
export interface OpenTelemetryOptions {
  /** Default the global provider's. */
  readonly tracer?: Tracer | undefined;
  /** Default the global provider's. */
  readonly meter?: Meter | undefined;
  /** `db.client.connection.pool.name`. Default hypertroq. */
  readonly poolName?: string | undefined;
}

const NAME = "@hypertroq/database";

/**
 * Reports a manager's work to OpenTelemetry, by its semantic conventions for database clients: a span for each statement,
 * below one for its transaction, and the metrics of operations and of the pool. Spans stand below the one that was active
 * where the statement was awaited. Texts are normalised; values of parameters are never reported.
 *
 * @returns what ends it.
 */
export function opentelemetry(manager: DatabaseManager, options: OpenTelemetryOptions = {}): () => void {
  const { tracer = trace.getTracer(NAME), meter = metrics.getMeter(NAME), poolName = "hypertroq" } = options;
  const spans = new Spans(tracer);
  const operations = new Operations(meter);
  const stopGauges = observePool(meter, manager, poolName);
  const stop = manager.observe({
    statement: (statement) => {
      const attributes = spans.statement(statement);
      operations.record(statement, attributes);
    },
    transaction: (transaction) => spans.transaction(transaction),
  });
  return () => {
    stop();
    stopGauges();
  };
}

/** Makes spans of what is over. */
class Spans {
  readonly #tracer: Tracer;
  readonly #summaries = new Summaries();
  /** Of transactions under way, by what their statements name. */
  readonly #open = new WeakMap<object, Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Returns the attributes that say what it was, without its text. */
  statement({ text, start, milliseconds, rows, errorCode, sqlState, transaction }: ObservedStatement): Attributes {
    const { operation, collection } = this.#summaries.of(text);
    const summary = collection === undefined ? operation : `${operation} ${collection}`;
    const attributes: Attributes = { "db.system.name": "postgresql", "db.operation.name": operation };
    if (collection !== undefined) attributes["db.collection.name"] = collection;
    if (sqlState !== undefined) attributes["db.response.status_code"] = sqlState;
    if (errorCode !== undefined) attributes["error.type"] = errorCode;
    const outer = context.active();
    const parent = transaction === undefined ? outer : trace.setSpan(outer, this.#spanOf(transaction, start));
    const details = {
      "db.query.summary": summary,
      "db.query.text": normalise(text),
      "db.response.returned_rows": rows,
    };
    const span = this.#tracer.startSpan(
      summary,
      { kind: SpanKind.CLIENT, startTime: epoch(start), attributes: { ...attributes, ...details } },
      parent,
    );
    if (errorCode !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: errorCode });
    span.end(epoch(start + milliseconds));
    return attributes;
  }

  transaction({ transaction, start, milliseconds, outcome }: ObservedTransaction): void {
    const span = this.#open.get(transaction);
    if (span === undefined) return; // it ran nothing
    this.#open.delete(transaction);
    span.setAttribute("hypertroq.transaction.outcome", outcome);
    if (outcome !== "committed") span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
    span.end(epoch(start + milliseconds));
  }

  #spanOf(transaction: object, start: number): Span {
    let span = this.#open.get(transaction);
    if (span === undefined) {
      const attributes = { "db.system.name": "postgresql" };
      span = this.#tracer.startSpan("TRANSACTION", { kind: SpanKind.CLIENT, startTime: epoch(start), attributes });
      this.#open.set(transaction, span);
    }
    return span;
  }
}

/** The metrics of statements. */
class Operations {
  readonly #durations;
  readonly #rows;

  constructor(meter: Meter) {
    this.#durations = meter.createHistogram("db.client.operation.duration", {
      unit: "s",
      description: "Time from when a statement was given to when it was answered.",
      advice: { explicitBucketBoundaries: [...DURATION_BOUNDS] },
    });
    this.#rows = meter.createHistogram("db.client.response.returned_rows", {
      unit: "{row}",
      description: "Rows that a statement returned or changed.",
      advice: { explicitBucketBoundaries: [...ROW_BOUNDS] },
    });
  }

  record({ milliseconds, rows, errorCode }: ObservedStatement, attributes: Attributes): void {
    this.#durations.record(milliseconds / 1000, attributes);
    if (errorCode === undefined) this.#rows.record(rows, attributes);
  }
}

/** The metrics of the pool that are looked at when they are collected. Returns what ends it. */
function observePool(meter: Meter, manager: DatabaseManager, poolName: string): () => void {
  const pool = { "db.client.connection.pool.name": poolName };
  const gauge = (name: string, unit: string, look: (result: ObservableResult) => void): (() => void) => {
    const counter = meter.createObservableUpDownCounter(`db.client.connection.${name}`, { unit });
    counter.addCallback(look);
    return () => counter.removeCallback(look);
  };
  const timeouts = meter.createObservableCounter("db.client.connection.timeouts", { unit: "{timeout}" });
  const lookAtTimeouts = (result: ObservableResult): void => result.observe(manager.pool.counters().timeouts, pool);
  timeouts.addCallback(lookAtTimeouts);
  const stops = [
    () => timeouts.removeCallback(lookAtTimeouts),
    observeDurations(meter, manager, pool),
    gauge("count", "{connection}", (result) => {
      const { checkedIn, checkedOut } = manager.pool.status();
      result.observe(checkedIn, { ...pool, "db.client.connection.state": "idle" });
      result.observe(checkedOut, { ...pool, "db.client.connection.state": "used" });
    }),
    gauge("pending_requests", "{request}", (result) => result.observe(manager.pool.status().waiting, pool)),
    gauge("max", "{connection}", (result) => observeFinite(result, manager.pool.observations().limit, pool)),
    gauge("idle.max", "{connection}", (result) => observeFinite(result, manager.pool.status().size || Infinity, pool)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** How long connections take to open, are waited for, and are lent. Returns what ends it. */
function observeDurations(meter: Meter, manager: DatabaseManager, pool: Attributes): () => void {
  const histogram = (name: string, description: string): Histogram =>
    meter.createHistogram(`db.client.connection.${name}`, {
      unit: "s",
      description,
      advice: { explicitBucketBoundaries: [...DURATION_BOUNDS] },
    });
  const kinds = {
    creations: histogram("create_time", "Time to open a connection."),
    waits: histogram("wait_time", "Time that those waited who had to wait for a connection."),
    holds: histogram("use_time", "Time from when a connection was lent to when it came back."),
  };
  return manager.pool.observeDurations((kind, milliseconds) => kinds[kind].record(milliseconds / 1000, pool));
}

/** No limit is no figure. */
function observeFinite(result: ObservableResult, value: number, attributes: Attributes): void {
  if (Number.isFinite(value)) result.observe(value, attributes);
}

/** Milliseconds by `performance.now()` as a time of OpenTelemetry's: seconds since 1970, and nanoseconds. */
function epoch(milliseconds: number): [number, number] {
  const whole = performance.timeOrigin + milliseconds;
  const seconds = Math.floor(whole / 1000);
  return [seconds, Math.round((whole - seconds * 1000) * 1e6)];
}
