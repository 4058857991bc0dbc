import { cpSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { DatabaseManager } from "../../src/index.ts";
import { Monitor, type Thresholds } from "../../src/monitoring/index.ts";
import { clears, fires } from "./looks.ts";

const settings = () => ({
  max_connections: 20,
  shared_buffers: "128kB",
  autovacuum: false,
  fsync: false,
  archive_mode: true,
  archive_command: `test ! -e ${full()}`,
  shared_preload_libraries: "pg_stat_statements",
});

/** While this is there, nothing is archived. */
const full = (): string => join(directory, "full");

let directory: string;
let primary: EmbeddedPostgres;
let replica: EmbeddedPostgres;
let manager: DatabaseManager;
let monitor: Monitor;

async function query(sql: string, url = primary.url): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** One primary with a damaged table, and its replica, made of a copy before the damage. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "hypertroq-rules-"));
  const [dataDir, copy] = [join(directory, "primary"), join(directory, "replica")];
  const first = await EmbeddedPostgres.start({ dataDir, settings: settings() });
  await query("create table rotten as select n, repeat('x', 100) as text from generate_series(1, 100) n", first.url);
  await query("create table large as select n, repeat('x', 500) as text from generate_series(1, 5000) n", first.url);
  const [{ path }] = (await query("select pg_relation_filepath('rotten') as path", first.url)) as [{ path: string }];
  await first.stop();
  cpSync(dataDir, copy, { recursive: true });
  const file = openSync(join(dataDir, path), "r+");
  writeSync(file, "damage", 4000);
  primary = await EmbeddedPostgres.start({ dataDir, settings: settings() });
  writeFileSync(join(copy, "standby.signal"), "");
  const { port, password } = new URL(primary.url);
  replica = await EmbeddedPostgres.start({
    dataDir: copy,
    settings: {
      ...settings(),
      recovery_min_apply_delay: "200ms",
      wal_receiver_status_interval: 1,
      primary_conninfo: `host=127.0.0.1 port=${port} user=postgres password=${password} application_name=copy`,
    },
  });
  manager = new DatabaseManager({ url: primary.url, poolSize: 4 });
});
afterAll(async () => {
  await manager?.close();
  await replica?.stop({ mode: "immediate" });
  await primary?.stop({ mode: "immediate" });
  rmSync(directory, { recursive: true, force: true });
});
afterEach(() => monitor.stop());

function watch(thresholds: Thresholds): Monitor {
  monitor = new Monitor(manager, { thresholds, alertInterval: 0, fireAfter: 1, clearAfter: 1 });
  return monitor;
}

it("connections that are nearly used up", async () => {
  watch({});
  await manager.pool.warmUp(2);
  await monitor.look();
  expect(monitor.alerts().map(({ id }) => id)).not.toContain("connections");
  const many = Array.from({ length: 12 }, () => new pg.Client({ connectionString: primary.url }));
  await Promise.all(many.map((client) => client.connect()));
  const { severity, findings } = await fires(monitor, "connections");
  expect({ severity, detail: findings[0]!.detail }).toEqual({
    severity: "warning",
    detail: "15 of 17 usable connections are open.",
  });
  await Promise.all(many.map((client) => client.end()));
  await clears(monitor, "connections");
});

it("much that is read from outside the cache", async () => {
  watch({ "cache-hit": { warning: 0.1, floor: 100 } });
  await monitor.look();
  await query("select count(text) from large");
  expect((await fires(monitor, "cache-hit")).findings[0]!.detail).toMatch(
    /^\d+ of \d+ blocks were not in shared_buffers\.$/,
  );
  await clears(monitor, "cache-hit");
});

it("a damaged page", async () => {
  watch({});
  await expect(query("select * from rotten")).rejects.toThrow("invalid page");
  const { severity, findings } = await fires(monitor, "checksum-failures");
  expect({ severity, subject: findings[0]!.subject }).toEqual({ severity: "critical", subject: "database postgres" });
  await query("drop table rotten");
  await query("select pg_stat_reset()");
  await clears(monitor, "checksum-failures");
});

it("transaction ids that run out", async () => {
  const [{ age }] = (await query("select max(age(datfrozenxid)) as age from pg_database")) as [{ age: number }];
  watch({ wraparound: { warning: age + 1000 } });
  await monitor.look();
  expect(monitor.alerts().map(({ id }) => id)).not.toContain("wraparound");
  await query("do $$ begin for n in 1..1500 loop perform pg_current_xact_id(); commit; end loop; end $$");
  expect((await fires(monitor, "wraparound")).findings.map(({ subject }) => subject)).toContain("database template0");
  await query("alter database template0 allow_connections on");
  for (const name of ["postgres", "template0", "template1"]) {
    await query("vacuum freeze", primary.url.replace(/\/postgres$/, `/${name}`));
  }
  await clears(monitor, "wraparound");
  await query("alter database template0 allow_connections off");
});

it("a replica that is behind, in time and in bytes", async () => {
  watch({ "replica-lag": { warning: 0.15 }, "replica-lag-bytes": { warning: 100_000 } });
  let stopped = false;
  const writing = (async () => {
    while (!stopped) await query("create table if not exists written (n int); insert into written values (1)");
  })();
  expect((await fires(monitor, "replica-lag")).findings[0]).toMatchObject({
    subject: "replica copy",
    detail: expect.stringMatching(/^It is 0\.\d s behind\.$/),
  });
  stopped = true;
  await writing;
  await query("select pg_wal_replay_pause()", replica.url);
  await query("create table wal as select repeat(n::text, 100) from generate_series(1, 5000) n");
  expect((await fires(monitor, "replica-lag-bytes")).findings[0]!.detail).toMatch(
    / kB have not been replayed, state streaming\.$/,
  );
  await query("select pg_wal_replay_resume()", replica.url);
  await clears(monitor, "replica-lag-bytes");
  await clears(monitor, "replica-lag");
});

it("a slot that nobody uses", async () => {
  watch({});
  await query("select pg_create_physical_replication_slot('lonely', true)");
  const { findings } = await fires(monitor, "inactive-slot");
  expect(findings).toEqual([
    { subject: "slot lonely", value: 1, detail: expect.stringMatching(/^It holds back \d+ \w+ of WAL\.$/) },
  ]);
  await query("select pg_drop_replication_slot('lonely')");
  await clears(monitor, "inactive-slot");
});

it("an archiver that fails", async () => {
  watch({});
  const write = () => query("select pg_switch_wal() from pg_logical_emit_message(true, 'test', 'something')");
  writeFileSync(full(), "");
  await write();
  const { severity, findings } = await fires(monitor, "archiver");
  expect({ severity, detail: findings[0]!.detail }).toEqual({
    severity: "warning",
    detail: expect.stringMatching(/^[0-9A-F]{24} failed at /),
  });
  rmSync(full());
  await write();
  await clears(monitor, "archiver");
});

it("what took most time, where pg_stat_statements is loaded", async () => {
  watch({});
  await query("create extension pg_stat_statements");
  await query("select pg_sleep(0.02), 'planted'");
  const top = await monitor.statements();
  expect(top).toContainEqual(expect.objectContaining({ text: "select pg_sleep($1), $2", calls: 1, rows: 1 }));
  expect(JSON.stringify(top)).not.toContain("planted");
});

it("a server that does not answer, and does again", async () => {
  watch({});
  await primary.stop();
  expect(await fires(monitor, "unreachable")).toMatchObject({ severity: "critical" });
  primary = await EmbeddedPostgres.start({ dataDir: join(directory, "primary"), settings: settings() });
  await clears(monitor, "unreachable");
});
