import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { BaseModel, connectOptions, integer, type Session, select, sql, text, varchar } from "@hypertroq/database";
import { BackupKey, createBackup, restoreBackup } from "@hypertroq/database/backup";
import { opentelemetry } from "@hypertroq/database/opentelemetry";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hypertroqEach } from "../../../packages/database/test/cli/hypertroq.ts";
import { revisionText, temporaryApp } from "../../../packages/database/test/migrations/temporary-app.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/database.ts";
import { sample } from "../../../test/sample.ts";
import { users } from "../src/models/user.ts";
import { filesIn, hearChannels, INTERNAL, receiver, Said, SECRETS } from "./secrets.ts";
import { newUser, startTestApp, type TestApp } from "./support.ts";

class Vault extends BaseModel.define({
  label: varchar(255).unique(),
  amount: integer().default(0),
  secret: text().hidden(),
}) {}

const TABLES = `
  create table vaults (id uuid primary key, created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(), label text not null unique, amount int not null default 0 check (amount >= 0),
    secret text not null);
  create table keys (label text references vaults (label), during int4range, exclude using gist (during with &&));
  create domain word as text check (value not like 'planted%');
  create function fail(said text) returns int language plpgsql as $$ begin
    raise notice 'told of %', said;
    raise exception 'no vault %', said using detail = said, hint = 'not ' || said;
  end $$;
  create function run(said text) returns int language plpgsql as $$ begin execute 'select ' || said; return 1; end $$;`;

const { parameter, hidden, row } = SECRETS;
/** What an instance shows is its columns, but for those that are hidden. */
const withoutLabel = (text: string): string => text.replaceAll(row, "…");

/** Statements that fail in every way in which a server repeats what it was given, or what a row holds. */
const FAILURES: Readonly<Record<string, (db: Session) => Promise<unknown>>> = {
  "unique violation": (db) => db.add(new Vault({ label: row, secret: hidden })),
  "check violation": (db) => db.add(new Vault({ label: parameter, amount: -1, secret: hidden })),
  "not null violation": (db) =>
    db.sql`insert into vaults (id, label, secret) values (gen_random_uuid(), null, ${hidden})`,
  "foreign key violation": (db) => db.sql`insert into keys values (${parameter})`,
  "row that is referred to": (db) => db.sql`update vaults set label = ${parameter} where label = ${row}`,
  "exclusion violation": (db) => db.sql`insert into keys values (${row}, '[1,5)')`,
  "domain's check": (db) => db.sql`select ${parameter}::text::word`,
  "not a number": (db) => db.sql`select ${parameter}::text::int`,
  "not a number in a row": (db) => db.sql`select label::int from vaults where label = ${row}`,
  "not JSON": (db) => db.sql`select ('{"a": ' || ${parameter}::text)::json`,
  "not a date": (db) => db.sql`select ${parameter}::text::date`,
  "syntax of tsquery": (db) => db.sql`select to_tsquery(${`${parameter} &`})`,
  "syntax of SQL that a function makes": (db) => db.sql`select run(${`1 from ${parameter} 'x`})`,
  "name that a function makes": (db) => db.sql`select run(${parameter})`,
  "regular expression": (db) => db.sql`select 'a' ~ ${`${parameter}(`}`,
  "exception of a function's": (db) => db.sql`select fail(${parameter})`,
  "line of a COPY": (db) => db.copyIn(sql`copy keys (during) from stdin`, [`${parameter}\n`]),
  "row of a COPY": (db) => db.copyIn(Vault, [{ label: row, secret: hidden }]),
  "text in the wrong place": (db) => db.all(select(Vault).where(Vault.c.amount.eq(parameter as never))),
};

let database: TestDatabase;
let test: TestApp;
let directory: string;
let url: string;
let stop: () => void;
const said = new Said();
const spans = new InMemorySpanExporter();
const figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: figures, exportIntervalMillis: 3_600_000 });
const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const metering = new MeterProvider({ readers: [reader] });
let hook: Awaited<ReturnType<typeof receiver>>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "hypertroq-secrets-"));
  database = await createTestDatabase();
  await database.query(`create role ${INTERNAL.user} superuser login password '${SECRETS.password}'`);
  await database.query(TABLES);
  url = Object.assign(new URL(database.url), { username: INTERNAL.user, password: SECRETS.password }).href;
  hook = await receiver(said);
  test = await startTestApp({
    database: { ...database, url },
    options: { slowQueryMs: 0, poolSize: 4, applicationName: "secrets" },
    env: { BACKUP_DIRECTORY: directory },
    monitoring: {
      fireAfter: 1,
      repeated: 1,
      sampleInterval: 0.05,
      alertInterval: 0,
      thresholds: {
        "idle-in-transaction": { warning: 1e-6 },
        "long-transaction": { warning: 1e-6 },
        "lock-wait": { warning: 1e-6 },
      },
      webhook: { url: hook.url, secret: `${SECRETS.webhook}x`, attempts: 2, pause: 0.01 },
    },
    routes: (app) => {
      app.get("/test/fail/:nth", async (request) => {
        const work = Object.values(FAILURES)[Number((request.params as { nth: string }).nth)]!;
        await test.manager.session(work);
        return {};
      });
    },
  });
  const stopHearing = hearChannels(said);
  const stopTelling = opentelemetry(test.manager, { tracer: tracing.getTracer("t"), meter: metering.getMeter("t") });
  stop = () => {
    stopHearing();
    stopTelling();
  };
  await test.manager.session(async (db) => {
    const vault = await db.add(new Vault({ label: row, secret: hidden }));
    said.add("an instance", withoutLabel(JSON.stringify(vault)), withoutLabel(inspect(vault)));
    await db.sql`insert into keys values (${row}, '[1,3)')`;
    await users.create(db, { email: `${row}@example.com`, hashedPassword: hidden, isSuperuser: true });
  });
});
afterAll(async () => {
  stop?.();
  await test?.[Symbol.asyncDispose]();
  await hook?.[Symbol.asyncDispose]();
  await tracing.shutdown();
  await metering.shutdown();
  await database.query(`reassign owned by ${INTERNAL.user} to current_user`);
  await database.query(`drop role ${INTERNAL.user}`);
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

async function failEverywhere(): Promise<void> {
  for (const [what, work] of Object.entries(FAILURES)) {
    const failure = await test.manager.session(work).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure, what).toBeInstanceOf(Error);
    said.add("errors", failure);
  }
  // Again and again in one session, and slowly enough to be told.
  await test.manager.session(async (db) => {
    for (let i = 0; i < 3; i++) await db.sql`select * from vaults where label = ${parameter} and secret = ${hidden}`;
    for await (const vault of db.stream(select(Vault).where(Vault.c.secret.eq(hidden))))
      said.add("an instance", withoutLabel(inspect(vault)));
  });
}

async function askOverHttp(): Promise<void> {
  const { app } = test;
  const json = (payload: unknown) => ({ method: "POST" as const, url: "/api/v1/users", payload: payload as object });
  const authorization = `Basic ${Buffer.from(`a@example.com:${SECRETS.login}`).toString("base64")}`;
  const asked = [
    json(newUser({ email: `${row}@example.com` })), // is there already
    json(newUser({ password: SECRETS.login.repeat(3) })), // is too long
    json(newUser({ password: SECRETS.login, email: "no address" })),
    json(newUser({ password: SECRETS.login })),
    { ...json(`{"password": "${SECRETS.login}"`), headers: { "content-type": "application/json" } },
    { url: `/api/v1/users?after=${SECRETS.parameter}` },
    { url: "/ops", headers: { authorization }, remoteAddress: "192.0.2.1" },
    { url: "/api/v1/users?limit=50", headers: { authorization, cookie: `session=${SECRETS.login}` } },
    ...Object.keys(FAILURES).map((_, nth) => ({ url: `/test/fail/${nth}` })),
    ...["/metrics", "/health/ready", "/health/live", "/docs/json"].map((path) => ({ url: path })),
  ];
  for (const [nth, each] of asked.entries()) {
    const answer = await app.inject(each);
    // A list of users has their addresses, and is none of the places.
    const isList = each.url.includes("limit=50");
    said.add(
      nth === asked.length - 4 ? "/metrics" : "answers",
      JSON.stringify(answer.headers),
      isList ? "" : answer.body,
    );
    if (isList) expect(answer.body).toContain(row);
    if (isList) expect(answer.body).not.toContain(hidden);
  }
}

/** While one session waits for another one: alerts, the dashboard, its events, what the server shows of sessions. */
async function lookAtSessions(): Promise<void> {
  const origin = await test.app.listen({ host: "127.0.0.1", port: 0 });
  test.monitor.start();
  const update = (db: Session) => db.sql`update vaults set secret = ${hidden} where label = ${row}`;
  await test.manager.session(async (db) => {
    await update(db);
    const waiting = test.manager.session(update).catch((error: unknown) => said.add("errors", error));
    const ask = async () => (await test.app.inject({ url: "/ops", headers: { host: "127.0.0.1" } })).body;
    await expect.poll(ask).toMatch(/keeps 1 waiting/);
    await test.monitor.look();
    expect(test.monitor.alerts().map(({ id }) => id)).toEqual(
      expect.arrayContaining(["lock-wait", "idle-in-transaction"]),
    );
    said.add("/ops", await ask());
    const abort = new AbortController();
    const events = await fetch(`${origin}/ops/events`, { signal: abort.signal });
    let count = 0;
    for await (const piece of events.body!.pipeThrough(new TextDecoderStream())) {
      said.add("/ops/events", piece);
      if (++count === 3) break;
    }
    abort.abort();
    said.add("pg_stat_activity", ...(await database.query("select application_name, query from pg_stat_activity")));
    const views = await database.query("select 1 from pg_extension where extname = 'pg_stat_statements'");
    if (views.length > 0)
      said.add("pg_stat_statements", ...(await database.query("select query from pg_stat_statements")));
    await database.query("select pg_cancel_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'");
    await waiting;
  });
  await expect.poll(() => said.text("webhook")).toMatch(/lock-wait/);
  await expect.poll(() => test.log.join("")).toContain("an alert could not be delivered");
  said.add("/metrics", (await test.app.inject("/metrics")).body);
}

/** A server that is gone, or lets nobody in. */
async function loseTheServer(): Promise<void> {
  await using gone = await createTestDatabase();
  const options = {
    url: Object.assign(new URL(url), { pathname: `/${gone.name}` }).href,
    poolTimeout: 1,
    connectTimeout: 5,
  };
  const lonely = await startTestApp({ database: { ...gone, url: options.url }, migrate: false, options });
  await gone.drop();
  for (const path of ["/api/v1/users", "/health/ready"]) said.add("answers", (await lonely.app.inject(path)).body);
  said.add("/metrics", (await lonely.app.inject("/metrics")).body);
  said.add("/ops", (await lonely.app.inject({ url: "/ops", headers: { host: "localhost" } })).body);
  await lonely.monitor.look();
  said.add("errors", await lonely.manager.sql`select 1`.catch((error: unknown) => error));
  said.add("log", ...lonely.log);
  await lonely[Symbol.asyncDispose]();
}

/** Backups: files, names, the words a pg_dump of the system is called with, and what it says when it fails. */
async function backUp(): Promise<void> {
  const bin = join(directory, ".bin");
  const seen = join(directory, ".seen");
  const key = BackupKey.from(Buffer.alloc(32, 5).toString("base64"));
  const connect = connectOptions({ url });
  const places = join(directory, "backups");
  await createBackup({ connect, directory: places, key, path: "" });
  said.add("backups", ...filesIn(places));
  const plain = join(directory, "plain");
  const made = await createBackup({ connect, directory: plain, path: "" });
  said.add("backups", JSON.stringify(made), ...filesIn(plain).filter((content) => content.length < 100));
  // Everything that this process and the one that it started were called with.
  mkdirSync(bin);
  const script = `#!/bin/sh
if [ "$1" = --version ]; then echo "pg_dump (PostgreSQL) 16.4"; exit; fi
for pid in $$ $PPID; do tr '\\0' ' ' < /proc/$pid/cmdline >> ${seen}; echo >> ${seen}; done
`;
  writeFileSync(join(bin, "pg_dump"), script, { mode: 0o755 });
  await createBackup({ connect, directory: join(directory, "native"), path: bin });
  said.add("process arguments", readFileSync(seen, "utf8"));
  expect(said.text("process arguments")).toContain("--section=pre-data");
  writeFileSync(join(bin, "pg_dump"), script.replace("for pid", 'env >&2; echo "$PGPASSWORD" >&2; exit 1; for pid'), {
    mode: 0o755,
  });
  const failure = await createBackup({ connect, directory: join(directory, "native"), path: bin }).catch(
    (error) => error,
  );
  expect(failure).toMatchObject({ code: "PG_DUMP_FAILED" });
  said.add("errors", failure);
  // Restored over a table that has the row already: what the server says of it.
  const restore = await restoreBackup({ connect, directory: plain }).catch((error: unknown) => error);
  expect(restore).toMatchObject({ code: "RESTORE_REFUSED" });
  said.add("errors", restore);
}

const VERBS = [
  ...["check", "current", "db url", "db status", "diff", "doctor", "downgrade -1", "heads", "history -i", "inspect"],
  ...[
    "lint",
    "merge heads -m x",
    "pull",
    "revision -m x --autogenerate",
    "roles show",
    "roles apply --dry-run",
    "seed",
  ],
  ...[
    "seed --dry-run",
    "show head",
    "squash base:head -m x",
    "stamp head",
    "upgrade head",
    "upgrade head --sql",
    "verify",
  ],
  ...["backup create", "backup list", "backup verify", "backup restore", "backup prune", "backup drill"],
].map((words) => words.split(" "));

/** Every verb, with a database that cannot be reached, that lets nobody in, that is none, and that refuses what it is told. */
async function runEveryVerb(): Promise<void> {
  const up = "op.sql`create unique index on doubles (label)`;";
  await using app = await temporaryApp();
  await app.write("migrations/versions/r1_x.ts", revisionText({ id: "r1", up }));
  symlinkSync(join(import.meta.dirname, "../../../node_modules"), join(app.root, "node_modules"));
  await using other = await createTestDatabase();
  await other.query(`create table doubles as select '${row}' as label from generate_series(1, 2)`);
  const { host } = new URL(url);
  const good = Object.assign(new URL(url), { pathname: `/${other.name}` }).href;
  const { user } = INTERNAL;
  const { password, login, webhook } = SECRETS;
  const run = async (verbs: readonly (readonly string[])[], env: Readonly<Record<string, string>>): Promise<void> => {
    for (const [i, { stdout, stderr }] of (await hypertroqEach(verbs, { cwd: app.root, env })).entries()) {
      said.add(`hypertroq ${verbs[i]!.join(" ")}`, stdout, stderr);
    }
  };
  const unfit = [
    { DATABASE_URL: `postgresql://${user}:${password}@127.0.0.1:1/x` },
    { DATABASE_URL: `postgresql://${user}:${password}x@${host}/${other.name}` },
    {
      DATABASE_URL: `postgresql://${user}:x/${password}@${INTERNAL.host}/db`,
      DIRECT_URL: `mysql://${user}:${password}@h/x`,
    },
    { DATABASE_URL: `postgresql://${user}@h/x?password=${password}&sslmode=${password}&${password}=1` },
  ];
  for (const [nth, env] of sample([...unfit.entries()], 1)) {
    await run(sample(VERBS, 4), { ...env, BACKUP_DIRECTORY: directory, HYPERTROQ_DEBUG: String(nth % 2) });
  }
  const words = (text: string) => text.split(", ").map((verb) => verb.split(" "));
  const keys = {
    BACKUP_KEY: login,
    ROLES_APP_PASSWORD: login.slice(0, 10),
    ALERT_WEBHOOK: webhook,
    HYPERTROQ_DEBUG: "1",
  };
  await run(words("backup create, backup verify, roles show"), {
    DATABASE_URL: good,
    BACKUP_DIRECTORY: directory,
    ...keys,
  });
  await run(words("upgrade head, backup list, backup restore, backup drill, backup create, inspect, diff"), {
    DATABASE_URL: good,
    BACKUP_DIRECTORY: join(directory, "plain"),
    BACKUP_SCRATCH_URL: `postgresql://u:${password}@127.0.0.1:1/x`,
    HYPERTROQ_DEBUG: "1",
  });
}

it("what is secret is in no log, metric, page, message, file name or word on a command line", async () => {
  await failEverywhere();
  await askOverHttp();
  await lookAtSessions();
  await loseTheServer();
  await backUp();
  await runEveryVerb();
  stop();
  said.add("log", ...test.log);
  said.add(
    "spans",
    ...spans.getFinishedSpans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  );
  await reader.forceFlush();
  said.add("OpenTelemetry's metrics", ...figures.getMetrics());
  said.add("monitor", test.monitor.slowQueries(), test.monitor.repeatedStatements(), test.monitor.alerts());

  expect(said.leaks(SECRETS)).toEqual([]);
  const open = ["answers", "/metrics", "spans", "OpenTelemetry's metrics", "process arguments", "pg_stat_activity"];
  expect(said.leaks(INTERNAL, [...open, ...said.places.filter((place) => place.startsWith("channel "))])).toEqual([]);
  // Everything was there to be looked through.
  for (const place of ["log", "errors", "an instance", "webhook", "/ops/events", "backups", ...open]) {
    expect(said.text(place).length, place).toBeGreaterThan(200);
  }
  expect(said.text("hypertroq upgrade head")).toMatch(/could not create unique index/);
  expect(said.text("log")).toMatch(/slow statement/);
  expect(said.text("log")).toMatch(/one statement again and again/);
  expect(said.text("log")).toMatch(/"msg":"statement"/);
  expect(said.text("log")).toMatch(/request failed/);
});
