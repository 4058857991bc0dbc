import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { BaseModel, DatabaseManager, insert, select, varchar } from "../../src/index.ts";
import { DatabaseMetrics, type Metric, prometheusText } from "../../src/monitoring/index.ts";
import { Latencies } from "../../src/monitoring/latencies.ts";
import { Summaries } from "../../src/monitoring/summary.ts";

class User extends BaseModel.define({ email: varchar(255).unique() }) {}

let database: TestDatabase;
let manager: DatabaseManager;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`create table users (id uuid primary key, created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(), email varchar(255) not null unique)`);
});
afterAll(() => database.drop());
afterEach(() => manager?.close());

/** Figures by name and labels, without the histograms' buckets. */
function figures(text: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#") && !line.includes("_bucket{"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
  );
}

describe("a manager's metrics", () => {
  it("count statements by what they do and to which table, and the pool's connections", async () => {
    manager = new DatabaseManager({ url: database.url, poolSize: 2, maxOverflow: 1, poolTimeout: 0.05 });
    const metrics = new DatabaseMetrics(manager, { poolName: "main" });
    await manager.session(async (db) => {
      await db.add(new User({ email: "planted" }));
      await db.all(select(User).where(User.c.email.eq("planted")));
      await db.all(select(User));
    });
    await manager.one(insert(User, { email: "planted" })).catch(() => {});
    await manager.sql`select 1/0`.catch(() => {});
    const held = await Promise.all([1, 2, 3].map(() => manager.pool.checkout()));
    await manager.pool.checkout().catch(() => {});
    const text = metrics.expose();
    await Promise.all(held.map((lease) => lease.release()));
    const users = 'db_system_name="postgresql",db_operation_name="SELECT",db_collection_name="users"';
    const inserts = users.replace("SELECT", "INSERT");
    const pool = 'db_client_connection_pool_name="main"';
    const taken = `${inserts},db_response_status_code="23505",error_type="UNIQUE_VIOLATION"`;
    expect(figures(text)).toMatchObject({
      [`db_client_operation_duration_seconds_count{${users}}`]: 2,
      [`db_client_operation_duration_seconds_count{${inserts}}`]: 1,
      [`db_client_operation_duration_seconds_count{${taken}}`]: 1,
      [`db_client_response_returned_rows_sum{${users}}`]: 2,
      [`db_client_connection_count{${pool},db_client_connection_state="used"}`]: 3,
      [`db_client_connection_count{${pool},db_client_connection_state="idle"}`]: 0,
      [`db_client_connection_idle_max{${pool}}`]: 2,
      [`db_client_connection_max{${pool}}`]: 3,
      [`db_client_connection_pending_requests{${pool}}`]: 0,
      [`db_client_connection_timeouts_total{${pool}}`]: 1,
      [`db_client_connection_create_time_seconds_count{${pool}}`]: 3,
    });
    expect(figures(text)[`db_client_connection_use_time_seconds_count{${pool}}`]).toBeGreaterThan(0);
    expect(text).not.toContain("planted");
    metrics.stop();
    await manager.all(select(User));
    expect(figures(metrics.expose())[`db_client_operation_duration_seconds_count{${users}}`]).toBe(2);
  });
});

describe("Prometheus' text format", () => {
  it("has names, help, cumulative buckets, and labels that are escaped", () => {
    const metrics: Metric[] = [
      { name: "a.b", type: "counter", help: "One\ntwo \\", points: [{ labels: { "x.y": 'q"\\\n' }, value: 1 }] },
      {
        name: "d",
        type: "histogram",
        unit: "seconds",
        help: "H.",
        points: [{ labels: {}, value: { bounds: [0.1, 1], counts: [1, 2, 3], sum: 9 } }],
      },
      { name: "none", type: "gauge", help: "None.", points: [] },
    ];
    expect(prometheusText(metrics)).toBe(
      [
        "# HELP a_b_total One\\ntwo \\\\",
        "# TYPE a_b_total counter",
        'a_b_total{x_y="q\\"\\\\\\n"} 1',
        "# HELP d_seconds H.",
        "# TYPE d_seconds histogram",
        'd_seconds_bucket{le="0.1"} 1',
        'd_seconds_bucket{le="1"} 3',
        'd_seconds_bucket{le="+Inf"} 6',
        "d_seconds_sum 9",
        "d_seconds_count 6",
        "",
      ].join("\n"),
    );
  });
});

describe("what a statement does", () => {
  it.each([
    ['select "a" from "users" where b = $1', "SELECT", "users"],
    ['with x as (select 1 from "inner") insert into "sales"."orders" (a) values ($1)', "INSERT", "sales.orders"],
    ["update only t set a = (select b from u)", "UPDATE", "t"],
    ["delete from t where 'from secret' = a", "DELETE", "t"],
    ["select * from (select 1 from nested) x", "SELECT", "nested"],
    ["select 'from secret'", "SELECT", undefined],
    ["copy users (id) from stdin", "COPY", "users"],
    ["create table if not exists t (n int)", "CREATE", "t"],
    ["secret stuff", "OTHER", undefined],
  ])("%s", (text, operation, collection) => {
    expect(new Summaries().of(text)).toEqual({ operation, collection });
  });

  it("names no more than 200 tables", () => {
    const summaries = new Summaries();
    const names = Array.from({ length: 300 }, (_, n) => summaries.of(`select 1 from t${n}`).collection);
    expect(new Set(names).size).toBe(201);
    expect(names[299]).toBe("(other)");
    expect(summaries.of("select 2 from t7").collection).toBe("t7");
  });
});

it("percentiles are a fifth too large at most, and forgotten when they are taken", () => {
  const latencies = new Latencies();
  for (let n = 1; n <= 1000; n++) latencies.record(n / 10);
  const { p50, p95, p99, longest } = latencies.take();
  for (const [found, true_] of [
    [p50, 50],
    [p95, 95],
    [p99, 99],
    [longest, 100],
  ] as const) {
    expect(found).toBeGreaterThanOrEqual(true_);
    expect(found).toBeLessThanOrEqual(true_ * 1.2);
  }
  expect(latencies.take()).toEqual({ p50: 0, p95: 0, p99: 0, longest: 0 });
});
