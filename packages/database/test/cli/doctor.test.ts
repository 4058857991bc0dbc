import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { DatabaseManager } from "../../src/index.ts";
import { temporaryApp } from "../migrations/temporary-app.ts";
import { hypertroqEach, hypertroqWarm, start } from "./hypertroq.ts";

test("doctor: the server's limits, who uses them, and what size fits, in words", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  const manager = new DatabaseManager({ url: database.url, poolSize: 3 });
  await manager.pool.warmUp(3);
  let stop = (): void => {};
  const working = manager.session(async (db) => {
    await db.sql`create table busy (n int)`;
    await new Promise<void>((resolve) => {
      stop = resolve;
    });
  });
  const env = { DATABASE_URL: database.url, DB_POOL_SIZE: "3" };
  const { code, stdout, stderr } = await hypertroqWarm(["doctor"], { cwd: app.root, env });
  stop();
  await working;
  await manager.close();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "Watching for two seconds …\n" });
  const lines = stdout.split("\n");
  expect(lines[0]).toMatch(/^PostgreSQL 16\.\d+.* at postgresql:\/\/postgres:\*\*\*@127\.0\.0\.1:\d+\/test_/);
  expect(lines[1]).toBe("Connections: at most 300, 3 of them reserved. In use now:");
  expect(lines).toContain(`     2  hypertroq on ${database.name}, this application: idle`);
  expect(lines).toContain(`     1  hypertroq on ${database.name}, this application: idle in transaction`);
  expect(lines).toContain("The pool: DB_POOL_SIZE 3, DB_MAX_OVERFLOW 0.");
  expect(lines).toContain("A pool of 3 fits:");
  expect(stdout).toMatch(/\nRules: \d+ looked, /);
  expect(stdout).toMatch(/ {2}In 2(\.\d)? s, 1 of the application's connections were busy on average and 1 at most;/);
});

test("doctor: exits with 1 when connects are bound to be refused; --json for programs", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  const env = { DATABASE_URL: database.url, DB_POOL_SIZE: "80", DB_MAX_OVERFLOW: "10" };
  const options = { cwd: app.root, env };
  const { code, stdout } = await hypertroqWarm(["doctor", "--instances", "5", "--json"], options);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    applicationName: "hypertroq",
    limits: { maxConnections: 300, reserved: 3, others: expect.any(Number), instances: 5 },
    pool: { size: 80, maxOverflow: 10 },
    observed: { limit: 90, busy: 0, demand: 0 },
    replicas: [],
    advice: {
      size: expect.any(Number),
      findings: [
        { severity: "critical", message: expect.stringMatching(/^Each of the 5 pools may open 90 connections/) },
      ],
    },
  });
  expect(stdout).not.toContain(new URL(database.url).password);

  const inWords = await hypertroqWarm(["doctor", "--instances", "5"], options);
  expect(inWords.stdout).toMatch(
    /\ncritical: Each of the 5 pools may open 90 connections, and the server has \d+ for it:/,
  );
});

test("doctor --json: a pool without a limit is unlimited, and one that the URL names is looked for by its name", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  const url = `${database.url}?application_name=orders`;
  const manager = new DatabaseManager({ url });
  await manager.pool.warmUp(2);
  const env = { DATABASE_URL: url, DB_POOL_SIZE: "0" };
  const { stdout } = await hypertroqWarm(["doctor", "--json"], { cwd: app.root, env });
  await manager.close();
  expect(JSON.parse(stdout)).toMatchObject({
    applicationName: "orders",
    activity: expect.arrayContaining([
      { application: "orders", database: database.name, isOwn: true, state: "idle", count: 2 },
    ]),
    pool: { size: 0, maxOverflow: 0 },
    observed: { limit: "unlimited", busy: 0 },
  });
});

test("doctor: what the rules find, with what to do; limits and rules of the configuration's own", async () => {
  await using app = await temporaryApp();
  const monitoring = '{ thresholds: { sequence: { critical: 0.5 }, "cache-hit": false } }';
  await app.write("hypertroq.config.mjs", `export default { monitoring: ${monitoring} };\n`);
  await using database = await createTestDatabase();
  await database.query("create sequence ending maxvalue 100");
  await database.query("select setval('ending', 60)");
  const env = { DATABASE_URL: database.url, DB_POOL_SIZE: "3", ENVIRONMENT: "production" };
  const [inWords, asJson] = await hypertroqEach([["doctor"], ["doctor", "--json"]], { cwd: app.root, env });
  expect([inWords!.code, asJson!.code]).toEqual([1, 1]);
  expect(inWords!.stdout).toContain(
    "\ncritical: A sequence is nearly used up (sequence)\n  sequence public.ending: It is at 60 of 100.\n  When it is, every",
  );
  expect(inWords!.stdout).toContain("\ncritical: The application is a superuser (superuser)\n");
  const { checkUp } = JSON.parse(asJson!.stdout);
  expect(checkUp.alerts).toContainEqual(
    expect.objectContaining({ id: "sequence", severity: "critical", remedy: expect.stringContaining("bigint") }),
  );
  expect(checkUp.unknown).toEqual([]);
  expect(checkUp.fine).not.toContain("cache-hit");
});

test("doctor: wrong words and no server", async () => {
  await using app = await temporaryApp();
  const wrong = await hypertroqWarm(["doctor", "--instances", "0"], { cwd: app.root });
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("It must be a whole number, at least 1.") });
  const env = { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nothing" };
  const none = await hypertroqWarm(["doctor"], { cwd: app.root, env });
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing listens there") });
});

test("doctor: an interruption ends it at once", async () => {
  await using app = await temporaryApp();
  await using database = await createTestDatabase();
  const running = start(["doctor"], { cwd: app.root, env: { DATABASE_URL: database.url } });
  await running.said("Watching");
  running.process.kill("SIGTERM");
  expect(await running.finished).toMatchObject({ code: 143, stdout: "" });
});
