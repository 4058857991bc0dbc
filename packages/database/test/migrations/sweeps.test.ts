import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL } from "../../../../test/sample.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { Migrator } from "../../src/migrations/index.ts";
import { FaultProxy } from "../faults/proxy.ts";
import { factsOf } from "./fingerprint.ts";
import { client } from "./migrator-of.ts";
import { mixedHistory } from "./mixed-history.ts";
import { type TemporaryApp, temporaryApp } from "./temporary-app.ts";

/**
 * A sweep interrupts a run at its statements and has the next run finish it. Run whole, it does that at every statement of
 * thirty revisions, one revision after another: what a revision leaves is what the next one starts from, whether it was
 * interrupted or not. Otherwise at a few statements, of one run over a history in which each way to run comes once.
 */
const SAMPLE = 1;
const HISTORY = FULL ? mixedHistory() : mixedHistory().slice(0, 5);
/** Milliseconds that a sweep may take when it is run whole. */
const HOURS = 14_400_000;
/** How many run at once. */
const CROWD = FULL ? 16 : 2;

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

/** All that a run changes: the catalog, the rows of all tables (a batch done twice, or never, would change them), the version. */
async function stateOf(database: TestDatabase): Promise<{ catalog: unknown; rows: readonly string[] }> {
  await using looking = await client(database.url);
  const { rows: tables } = await looking.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relname ~ '^t\\d+$' order by 1",
  );
  const rows: string[] = [];
  for (const { name } of [...tables, { name: "alembic_version" }]) {
    const found = await looking.query<{ all: string }>(
      `select string_agg(t::text, '|' order by t::text) as all from ${name} t`,
    );
    rows.push(`${name}: ${found.rows[0]?.all}`);
  }
  return { catalog: await factsOf(looking), rows };
}

type Direction = "upgrade" | "downgrade";

/** A run to interrupt: what it starts from, where it goes, what it takes and what it leaves when nobody interrupts it. */
interface Stage {
  readonly start: TestDatabase;
  readonly target: string;
  /** Statements, several of which may be sent at once. */
  readonly statements: number;
  readonly sent: number;
  readonly wanted: Awaited<ReturnType<typeof stateOf>>;
}

async function* stages(app: TemporaryApp, direction: Direction): AsyncGenerator<Stage> {
  const ids = HISTORY.map(({ id }) => id);
  const steps = direction === "upgrade" ? ids : ["base", ...ids.slice(0, -1)].reverse();
  let start = await createTestDatabase();
  try {
    // The version table stays when all is taken back, so that the empty database is not where a downgrade ends.
    if (direction === "downgrade") await migratorOf(start.url, app).upgrade("head");
    for (const target of FULL ? steps : steps.slice(-1)) {
      const end = await createTestDatabase(start);
      yield { start, target, ...(await undisturbed(end, app, direction, target)), wanted: await stateOf(end) };
      await start.drop();
      start = end;
    }
  } finally {
    await start.drop();
  }
}

/** Runs it and counts. */
async function undisturbed(
  { url }: TestDatabase,
  app: TemporaryApp,
  direction: Direction,
  target: string,
): Promise<Pick<Stage, "statements" | "sent">> {
  await using proxy = await FaultProxy.start(url);
  let statements = 0;
  proxy.onMessage = ({ type }) => {
    if (type === "execute") statements++;
  };
  using query = vi.spyOn(pg.Client.prototype, "query");
  await migratorOf(proxy.url, app)[direction](target);
  return { statements, sent: query.mock.calls.length };
}

/** The statements at which a sweep strikes; a sample moves on from day to day. */
function points(statements: number): number[] {
  const stride = FULL ? 1 : Math.floor(statements / SAMPLE);
  const offset = Math.floor(Date.now() / 86_400_000) % stride;
  return Array.from({ length: statements }, (_, index) => index + 1).filter((point) => point % stride === offset);
}

/** @param strike runs it and interrupts it at a statement, or at several that are sent at once. */
async function sweep(
  direction: Direction,
  at: "statements" | "sent",
  strike: (database: TestDatabase, app: TemporaryApp, target: string, point: number, last: number) => Promise<void>,
): Promise<void> {
  await using app = await temporaryApp(HISTORY);
  for await (const { start, target, wanted, ...counts } of stages(app, direction)) {
    for (const point of points(counts[at])) {
      await using database = await createTestDatabase(start);
      await strike(database, app, target, point, counts[at]);
      await migratorOf(database.url, app)[direction](target);
      expect({ target, point, ...(await stateOf(database)) }).toEqual({ target, point, ...wanted });
    }
  }
}

const KILLS = [
  ["upgrade", "answered"],
  ["upgrade", "sent"],
  ["downgrade", "answered"],
] as const;

for (const [direction, moment] of KILLS) {
  test(`${direction}: killed at any statement, ${moment}, it is finished by the next run`, { timeout: HOURS }, () =>
    sweep(direction, "sent", async ({ url }, { migrations }, target, point) => {
      const { signal } = await run([url, migrations, String(point), moment, direction, target]);
      expect([target, point, signal]).toEqual([target, point, "SIGKILL"]);
    }),
  );
}

for (const moment of ["on its way", "answered"] as const) {
  test(`a connection cut at any statement, ${moment}, leaves what the next run finishes`, { timeout: HOURS }, () =>
    sweep("upgrade", "statements", async ({ url }, app, target, point, last) => {
      await using proxy = await FaultProxy.start(url);
      let count = 0;
      proxy.onMessage = ({ type }) => {
        if (type !== "execute" || ++count !== point) return;
        if (moment === "on its way") return proxy.cut("rst");
        proxy.inflict({ toClient: "swallow" }, "existing"); // it is run, and nobody hears of it
        setTimeout(() => proxy.cut("rst"), 50);
      };
      const failure = await migratorOf(proxy.url, app)
        .upgrade(target)
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      // The last one releases the lock, which goes with the connection anyway.
      if (point < last) expect({ target, point, failure }).toMatchObject({ failure: expect.any(Error) });
    }),
  );
}

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
  expect(await stateOf(database)).toEqual(await stateOf(whole));
});
