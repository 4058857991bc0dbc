import { DatabaseManager, select } from "@hypertroq/database";
import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { User } from "./contestants/ours.ts";
import { CONNECTIONS, Database, emailOf } from "./database.ts";
import { measure, type Sample } from "./measure.ts";
import { inTurn } from "./rounds.ts";
import { type Summary, summarize } from "./statistics.ts";
import { type WarmUp, warmUp } from "./warm-up.ts";
import { flightInMemory } from "./wire-in-memory.ts";

/** How often each layer is measured, once it is warm. */
const ROUNDS = 9;
const SECONDS = 0.3;

/** A layer of ours, alone. */
interface Layer {
  readonly name: string;
  readonly what: string;
  run(): unknown;
}

/** Microseconds of CPU of one run of a layer. */
export interface LayerCost extends Pick<Layer, "name" | "what"> {
  readonly cpu: Summary;
}

export interface ProfileOptions {
  readonly rounds?: number;
  readonly seconds?: number;
  /** How much of each is run before any is measured. */
  readonly warmUp?: WarmUp;
  readonly signal?: AbortSignal;
}

/**
 * The CPU that each layer of ours spends on one read by unique key: every layer alone, then the whole, in rounds. What
 * talks to the server does so with 20 requests under way, like the race.
 */
export async function profile(options: ProfileOptions): Promise<LayerCost[]> {
  const { rounds = ROUNDS, seconds = SECONDS, signal } = options;
  const server = await EmbeddedPostgres.start(signal === undefined ? {} : { signal });
  let manager: DatabaseManager | undefined;
  let database: Database | undefined;
  try {
    const url = await server.createDatabase("profile");
    database = await Database.open(url);
    manager = new DatabaseManager({ url, poolSize: CONNECTIONS });
    const layers = await layersOf(manager);
    const entries = layers.map((layer) => ({ layer, costs: [] as number[] }));
    await inTurn(layers, 0, signal, (layer) => warmUp((seconds) => measureLayer(layer, seconds), options.warmUp));
    for (let round = 0; round < rounds; round++) {
      await inTurn(entries, round, signal, async ({ layer, costs }) => {
        const { operations, cpu } = await measureLayer(layer, seconds);
        costs.push((cpu! * 1e6) / operations);
      });
    }
    return entries.map(({ layer: { name, what }, costs }) => ({ name, what, cpu: summarize(costs) }));
  } finally {
    await manager?.close();
    await database?.close();
    await server.stop({ mode: "immediate" });
  }
}

async function layersOf(manager: DatabaseManager): Promise<Layer[]> {
  const email = emailOf(1);
  const build = () => select(User).where(User.c.email.eq(email));
  const { text, values, shape } = build().compile("first");
  return [
    { name: "statement", what: "select built and compiled", run: () => build().compile("first") },
    { name: "wire", what: "flight encoded, reply parsed, in memory", run: flightInMemory(text, values) },
    { name: "hydration", what: "the same, and the row becomes an instance", run: flightInMemory(text, values, shape) },
    { name: "pool", what: "checkout and checkin", run: () => borrowed(manager, () => undefined) },
    { name: "session", what: "opened and ended, without a statement", run: () => manager.session(async () => {}) },
    {
      name: "round trip",
      what: "checkout, wire with sockets and event loop, checkin",
      run: () => borrowed(manager, (connection) => connection.query(text, values)),
    },
    { name: "query", what: "manager.first with the read", run: () => manager.first(build()) },
    {
      name: "request",
      what: "manager.session with the read in it",
      run: () => manager.session((db) => db.first(build())),
    },
  ];
}

type Connection = Awaited<ReturnType<DatabaseManager["pool"]["checkout"]>>["connection"];

async function borrowed<T>(manager: DatabaseManager, work: (connection: Connection) => T): Promise<Awaited<T>> {
  const lease = await manager.pool.checkout();
  try {
    return await work(lease.connection);
  } finally {
    await lease.release();
  }
}

async function measureLayer({ run }: Layer, seconds: number): Promise<Sample> {
  return isAsync(run())
    ? await measure(run as () => Promise<unknown>, { concurrency: CONNECTIONS, seconds })
    : measureSync(run, seconds);
}

function isAsync(result: unknown): boolean {
  return result instanceof Promise;
}

/** For what takes so little that looking at the clock each time would show. */
function measureSync(run: () => unknown, seconds: number): Sample {
  let operations = 0;
  const start = process.cpuUsage();
  const end = performance.now() + seconds * 1000;
  do {
    for (let i = 0; i < 1000; i++) run();
    operations += 1000;
  } while (performance.now() < end);
  const { user, system } = process.cpuUsage(start);
  return { operations, seconds, cpu: (user + system) / 1e6 };
}

/** The costs as text for people. */
export function renderProfile(costs: readonly LayerCost[]): string {
  const lines = costs.map(
    ({ name, what, cpu: { median, lower, upper } }) =>
      `${name.padEnd(13)}${what.padEnd(55)}${median.toFixed(2).padStart(8)}  (${lower.toFixed(2)} – ${upper.toFixed(2)})`,
  );
  return ["µs of CPU for one read by unique key; medians, in brackets the quartiles", ...lines].join("\n");
}
