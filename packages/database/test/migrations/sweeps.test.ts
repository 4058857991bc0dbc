import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL } from "../../../../test/sample.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { Migrator } from "../../src/migrations/index.ts";
import { FaultProxy } from "../faults/proxy.ts";
import { fingerprint } from "./fingerprint.ts";
import { mixedHistory } from "./mixed-history.ts";
import { type TemporaryApp, temporaryApp } from "./temporary-app.ts";

/**
 * Run whole, a sweep strikes at every statement: where clients are killed between them, and where connections are cut; else
 * at every fifth. Otherwise at a sample, of a history in which each way to run comes once.
 */
const SAMPLE = 2;
const HISTORY = FULL ? mixedHistory() : mixedHistory().slice(0, 5);
/** How many run at once. */
const CROWD = FULL ? 16 : 6;

const CHILD = fileURLToPath(new URL("./killed-run.mjs", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
  readonly errors: string;
}

function run(words: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [CHILD, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (text) => {
    output += text;
  });
  child.stderr.on("data", (text) => {
    errors += text;
  });
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, output, errors }));
  });
}

const migratorOf = (url: string, app: TemporaryApp): Migrator =>
  new Migrator({ connect: connectOptions({ url }), directory: app.migrations });

/** The data of all tables: what a batch done twice, or never, would change. */
async function data(database: TestDatabase): Promise<string> {
  const tables = await database.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relname ~ '^t\\d+$' order by 1",
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await database.query<{ all: string }>(
      `select string_agg(t::text, '|' order by id) as all from ${name} t`,
    );
    found.push(`${name}: ${row?.all}`);
  }
  return found.join("\n");
}

/** The statements at which a sweep strikes; a sample moves on from day to day. */
function points(statements: number, every: number): number[] {
  const stride = FULL ? every : Math.floor(statements / SAMPLE);
  const offset = Math.floor(Date.now() / 86_400_000) % stride;
  return Array.from({ length: statements }, (_, index) => index + 1).filter((point) => point % stride === offset);
}

for (const moment of ["answered", "sent"] as const) {
  test(`a run killed at any statement, ${moment}, is finished by the next one`, { timeout: 14_400_000 }, async () => {
    await using app = await temporaryApp(HISTORY);
    await using whole = await createTestDatabase();
    const lived = await run([whole.url, app.migrations, "0", moment, "upgrade", "head"]);
    expect(lived.errors).toBe("");
    const { statements } = JSON.parse(lived.output) as { statements: number };
    const wanted = { catalog: await fingerprint(whole.url), data: await data(whole) };
    for (const point of points(statements, moment === "answered" ? 1 : 5)) {
      await using database = await createTestDatabase();
      const killed = await run([database.url, app.migrations, String(point), moment, "upgrade", "head"]);
      expect([point, killed.signal]).toEqual([point, "SIGKILL"]);
      await migratorOf(database.url, app).upgrade("head");
      expect({ point, catalog: await fingerprint(database.url), data: await data(database) }).toEqual({
        point,
        ...wanted,
      });
    }
  });
}

test("a downgrade killed at any statement is finished by the next one", { timeout: 14_400_000 }, async () => {
  await using app = await temporaryApp(HISTORY);
  await using whole = await createTestDatabase();
  await migratorOf(whole.url, app).upgrade("head");
  const lived = await run([whole.url, app.migrations, "0", "answered", "downgrade", "base"]);
  expect(lived.errors).toBe("");
  const { statements } = JSON.parse(lived.output) as { statements: number };
  const wanted = await fingerprint(whole.url);
  for (const point of points(statements, 5)) {
    await using database = await createTestDatabase();
    await migratorOf(database.url, app).upgrade("head");
    await run([database.url, app.migrations, String(point), "answered", "downgrade", "base"]);
    await migratorOf(database.url, app).downgrade("base");
    expect({ point, catalog: await fingerprint(database.url) }).toEqual({ point, catalog: wanted });
  }
});

test("a connection cut at any statement leaves what the next run finishes", { timeout: 14_400_000 }, async () => {
  await using app = await temporaryApp(HISTORY);
  await using whole = await createTestDatabase();
  await using counting = await FaultProxy.start(whole.url);
  let statements = 0;
  counting.onMessage = ({ type }) => {
    if (type === "execute") statements++;
  };
  await migratorOf(counting.url, app).upgrade("head");
  const wanted = { catalog: await fingerprint(whole.url), data: await data(whole) };
  for (const point of points(statements, 1)) {
    for (const moment of ["on its way", "answered"] as const) {
      await using database = await createTestDatabase();
      await using proxy = await FaultProxy.start(database.url);
      let count = 0;
      proxy.onMessage = ({ type }) => {
        if (type !== "execute" || ++count !== point) return;
        if (moment === "on its way") return proxy.cut("rst");
        proxy.inflict({ toClient: "swallow" }, "existing"); // it is run, and nobody hears of it
        setTimeout(() => proxy.cut("rst"), 50);
      };
      await expect(migratorOf(proxy.url, app).upgrade("head")).rejects.toThrow();
      await migratorOf(database.url, app).upgrade("head");
      const after = { catalog: await fingerprint(database.url), data: await data(database) };
      expect({ point, moment, ...after }).toEqual({ point, moment, ...wanted });
    }
  }
});

test(`of ${CROWD} runs at once one applies, the others wait and find nothing to do`, { timeout: 300_000 }, async () => {
  await using app = await temporaryApp(HISTORY);
  await using whole = await createTestDatabase();
  await migratorOf(whole.url, app).upgrade("head");
  await using database = await createTestDatabase();
  const ended = await Promise.all(
    Array.from({ length: CROWD }, () => run([database.url, app.migrations, "0", "never", "upgrade", "head"])),
  );
  expect(ended.map(({ code, errors }) => ({ code, errors }))).toEqual(Array(CROWD).fill({ code: 0, errors: "" }));
  const steps = ended.map(({ output }) => (JSON.parse(output) as { steps: number }).steps);
  expect(steps.sort((a, b) => b - a)).toEqual([HISTORY.length, ...Array(CROWD - 1).fill(0)]);
  expect(await fingerprint(database.url)).toEqual(await fingerprint(whole.url));
  expect(await data(database)).toBe(await data(whole));
});
