import { context, type HrTime } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { opentelemetry } from "../../src/adapters/opentelemetry.ts";
import { BaseModel, DatabaseManager, insert, select, varchar } from "../../src/index.ts";

class User extends BaseModel.define({ email: varchar(255).unique() }) {}

let database: TestDatabase;
let manager: DatabaseManager;
let stop: () => void;
const spans = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: figures, exportIntervalMillis: 3_600_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
const tracer = tracerProvider.getTracer("test");

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`create table users (id uuid primary key, created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(), email varchar(255) not null unique)`);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(async () => {
  context.disable();
  await meterProvider.shutdown();
  await tracerProvider.shutdown();
  await database.drop();
});
beforeEach(() => {
  spans.reset();
  manager = new DatabaseManager({ url: database.url, poolSize: 3 });
  stop = opentelemetry(manager, { tracer, meter: meterProvider.getMeter("test"), poolName: "main" });
});
afterEach(async () => {
  stop();
  await manager.close();
});

const ms = ([seconds, nanoseconds]: HrTime): number => seconds * 1000 + nanoseconds / 1e6;
const told = () =>
  spans.getFinishedSpans().map((span) => {
    const { name, attributes, status, parentSpanContext } = span;
    const { spanId: id } = span.spanContext();
    return { name, attributes, error: status.message, id, parent: parentSpanContext?.spanId };
  });

it("a span for each statement, below its transaction's, below the one that was active", async () => {
  const before = Date.now();
  await tracer.startActiveSpan("request", async (request) => {
    await manager.session(async (db) => {
      await db.add(new User({ email: "planted" }));
      await db.sql`select 'planted' as literal, email from users`;
    });
    await manager.all(select(User));
    request.end();
  });
  const [inserted, selected, transaction, alone, request] = told();
  expect([inserted, selected, transaction, alone, request].map((span) => span?.name)).toEqual([
    "INSERT users",
    "SELECT users",
    "TRANSACTION",
    "SELECT users",
    "request",
  ]);
  expect(transaction!.parent).toBe(request!.id);
  expect(alone!.parent).toBe(request!.id);
  expect([inserted!.parent, selected!.parent]).toEqual([transaction!.id, transaction!.id]);
  expect(selected!.attributes).toEqual({
    "db.system.name": "postgresql",
    "db.operation.name": "SELECT",
    "db.collection.name": "users",
    "db.query.summary": "SELECT users",
    "db.query.text": "select ? as literal, email from users",
    "db.response.returned_rows": 1,
  });
  expect(transaction!.attributes["hypertroq.transaction.outcome"]).toBe("committed");
  for (const { startTime, endTime } of spans.getFinishedSpans()) {
    expect(ms(startTime)).toBeGreaterThan(before - 1000);
    expect(ms(endTime)).toBeGreaterThanOrEqual(ms(startTime));
  }
  expect(JSON.stringify(told())).not.toContain("planted");
});

it("a failure with its SQLSTATE, and the transaction that it rolled back", async () => {
  await manager.one(insert(User, { email: "taken" }));
  spans.reset();
  await manager.session((db) => db.add(new User({ email: "taken" }))).catch(() => {});
  const [failed, transaction] = told();
  expect(failed).toMatchObject({
    name: "INSERT users",
    error: "UNIQUE_VIOLATION",
    attributes: { "db.response.status_code": "23505", "error.type": "UNIQUE_VIOLATION" },
  });
  expect(transaction).toMatchObject({ name: "TRANSACTION", error: "rolled back" });
  expect(JSON.stringify(told())).not.toContain("taken");
});

it("metrics of statements and of the pool, until it is stopped", async () => {
  stop();
  stop = opentelemetry(manager, { tracer, meter: meterProvider.getMeter("test"), poolName: "own" });
  await manager.pool.warmUp(3);
  const hold = (): Promise<unknown> => manager.session((db) => db.sql`select pg_sleep(0.01)`);
  await Promise.all([1, 2, 3, 4].map(hold));
  await manager.session(async (db) => {
    await db.sql`select 1 as one`;
    await reader.forceFlush();
  });
  const metrics = figures
    .getMetrics()
    .at(-1)!
    .scopeMetrics.flatMap((scope) => scope.metrics);
  const points = (name: string) =>
    metrics
      .find(({ descriptor }) => descriptor.name === name)
      ?.dataPoints.map(({ attributes, value }) => [attributes, value] as const);
  const pool = { "db.client.connection.pool.name": "own" };
  expect(points("db.client.connection.count")).toEqual([
    [{ ...pool, "db.client.connection.state": "idle" }, 2],
    [{ ...pool, "db.client.connection.state": "used" }, 1],
  ]);
  expect(points("db.client.connection.max")).toEqual([[pool, 3]]);
  expect(points("db.client.operation.duration")).toContainEqual([
    { "db.system.name": "postgresql", "db.operation.name": "SELECT" },
    expect.objectContaining({ count: 5 }),
  ]);
  const times = (name: string) =>
    points(`db.client.connection.${name}`)?.filter(([labels]) => labels["db.client.connection.pool.name"] === "own");
  expect(times("create_time")).toEqual([[pool, expect.objectContaining({ count: 3 })]]);
  const [[, waited]] = times("wait_time") as unknown as [[unknown, { count: number; min: number }]];
  expect(waited.count).toBeGreaterThan(0);
  expect(waited.min).toBeGreaterThan(0);
  expect(times("use_time")).toEqual([[pool, expect.objectContaining({ count: 4 })]]);
  const [[, used]] = times("use_time") as unknown as [[unknown, { sum: number }]];
  expect(used.sum).toBeGreaterThan(0.04);
  stop();
  spans.reset();
  await manager.sql`select 2 as two`;
  expect(told()).toEqual([]);
});
