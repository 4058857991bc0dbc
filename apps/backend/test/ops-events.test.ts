import { tmpdir } from "node:os";
import { Writable } from "node:stream";
import { connectOptions } from "@hypertroq/database";
import { Migrator } from "@hypertroq/database/migrations";
import { afterAll, beforeAll, expect, it } from "vitest";
import { migrationsDirectory } from "../src/config.ts";
import { createLogger } from "../src/logger.ts";
import { Metrics } from "../src/monitoring/metrics.ts";
import { Readiness } from "../src/monitoring/readiness.ts";
import { Facts } from "../src/ops/facts.ts";
import { Feed, type FeedOptions } from "../src/ops/feed.ts";
import { SECTIONS } from "../src/ops/sections/index.ts";
import { expectProblem, startTestApp, type TestApp } from "./support.ts";

/** Of an application without replicas. */
const PARTS = SECTIONS.filter(({ isShown }) => isShown === undefined).length;

let test: TestApp;
let port: number;
beforeAll(async () => {
  test = await startTestApp({ monitoring: { sampleInterval: 0.05, alertInterval: 0 } });
  port = Number(new URL(await test.app.listen({ host: "127.0.0.1", port: 0 })).port);
  test.monitor.start();
});
afterAll(() => test[Symbol.asyncDispose]());

interface Stream {
  readonly headers: Headers;
  /** The parts that have come, the last of each. */
  readonly parts: Map<string, string>;
  /** How often each has come. */
  readonly times: Map<string, number>;
  readonly ended: Promise<void>;
  readonly close: () => void;
}

async function follow(): Promise<Stream> {
  const controller = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${port}/ops/events`, { signal: controller.signal });
  expect(answer.status).toBe(200);
  const parts = new Map<string, string>();
  const times = new Map<string, number>();
  const read = async (): Promise<void> => {
    let text = "";
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split("\n\n");
      text = events.pop()!;
      for (const event of events) {
        const data = /^event: section\ndata: (.*)$/.exec(event)?.[1];
        if (data === undefined) continue;
        const [id, html] = JSON.parse(data) as [string, string];
        parts.set(id, html);
        times.set(id, (times.get(id) ?? 0) + 1);
      }
    }
  };
  return { headers: answer.headers, parts, times, ended: read().catch(() => {}), close: () => controller.abort() };
}

/** A feed beside the application's, of the same things, with limits of its own. */
function feedOf(options: Pick<FeedOptions, "signal" | "mostWaiting" | "lifetime">): Feed {
  const { manager, monitor, log } = test;
  const migrator = new Migrator({
    connect: connectOptions({ url: test.database.url }),
    directory: migrationsDirectory,
  });
  const logger = createLogger(
    { LOG_LEVEL: "trace" },
    new Writable({ write: (chunk, _encoding, done) => done(void log.push(String(chunk)) as undefined) }),
  );
  const facts = new Facts({
    environment: "testing",
    database: "",
    maxConnections: 5,
    backupDirectory: tmpdir(),
    backupsScheduled: false,
    draining: () => false,
    manager,
    migrator,
    monitor,
    metrics: new Metrics(monitor),
    readiness: new Readiness({ manager, migrator, logger }),
  });
  return new Feed({ facts, monitor, logger, ...options });
}

it("sends every part at first, and then those that have changed", async () => {
  const stream = await follow();
  expect(stream.headers.get("content-type")).toBe("text/event-stream");
  expect(stream.headers.get("content-security-policy")).toContain("default-src 'none'");
  await expect.poll(() => stream.times.get("charts-body") ?? 0).toBeGreaterThan(5);
  expect(stream.parts.size).toBe(PARTS);
  // Once when the stream began, once when the next sample came, once when it was found out: it has not changed since.
  expect(stream.times.get("alerts-body")).toBeLessThan(4);
  expect(stream.times.get("migrations-body")).toBeLessThan(4);
  stream.close();
});

it("refuses more than twenty, and takes another when one has gone", async () => {
  const streams = await Promise.all(Array.from({ length: 20 }, follow));
  const refused = await fetch(`http://127.0.0.1:${port}/ops/events`);
  const body = await refused.json();
  expectProblem({ statusCode: refused.status, headers: Object.fromEntries(refused.headers), json: () => body }, 503);
  streams[0]!.close();
  let another: Stream | undefined;
  await expect.poll(async () => (another = await follow().catch(() => undefined))).toBeDefined();
  another!.close();
  for (const { close } of streams) close();
});

it("cuts off who does not read, holds no more for them than it may, and goes on for others", async () => {
  const mostWaiting = 100_000;
  const end = new AbortController();
  const feed = feedOf({ signal: end.signal, mostWaiting });
  const stuck = new Writable({ write() {} });
  let read = 0;
  const reader = new Writable({
    write(chunk: Buffer, _encoding, done) {
      read += chunk.length;
      done();
    },
  });
  await Promise.all([feed.add(stuck), feed.add(reader)]);
  let most = 0;
  await expect
    .poll(() => {
      if (!stuck.destroyed) most = Math.max(most, stuck.writableLength);
      return stuck.destroyed;
    })
    .toBe(true);
  expect(most).toBeLessThanOrEqual(mostWaiting);
  expect(test.log.filter((line) => line.includes("reads too slowly"))).toHaveLength(1);
  await expect.poll(() => feed.size).toBe(1);
  const before = read;
  await expect.poll(() => read).toBeGreaterThan(before);
  end.abort();
  await expect.poll(() => reader.writableFinished).toBe(true);
  expect(feed.size).toBe(0);
});

it("ends after a while, so that who looks is asked again who it is", async () => {
  const feed = feedOf({ signal: new AbortController().signal, lifetime: 0.1 });
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  await feed.add(stream);
  await expect.poll(() => stream.writableFinished).toBe(true);
});

it("ends with the process, which need not wait for it", async () => {
  const stream = await follow();
  await expect.poll(() => stream.parts.size).toBe(PARTS);
  test.drain.start();
  expect(await test.drain.finish(60)).toBe(0);
  await stream.ended;
  const refused = await test.app.inject({ url: "/ops/events", headers: { host: "localhost" } });
  expectProblem(refused, 503);
  expect((await test.app.inject({ url: "/ops", headers: { host: "localhost" } })).body).toContain("stopping");
});
