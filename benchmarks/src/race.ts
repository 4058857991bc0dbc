import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { SEMANTICS, type Semantics, type WorkName } from "./client.ts";
import { CONTESTANTS } from "./contestants/index.ts";
import { CONNECTIONS, Database } from "./database.ts";
import type { Pace } from "./measure.ts";
import { startNode } from "./racers/node.ts";
import { startPgbench } from "./racers/pgbench.ts";
import type { Course, LeftOut, Racer } from "./racers/racer.ts";
import { startSqlAlchemy } from "./racers/sqlalchemy.ts";
import { serverCpu } from "./server-cpu.ts";
import { WORKS } from "./works/index.ts";
import type { Work } from "./works/work.ts";

/** The part of a lap that is run before it, untimed: what the others have cooled down is warm again. */
const WARM_UP = 0.2;

const OUTSIDERS = ["pgbench", "sqlalchemy"] as const;

/** Everybody's names, ours first. */
export const NAMES: readonly string[] = [...Object.keys(CONTESTANTS), ...OUTSIDERS];

export interface RaceOptions {
  readonly works: readonly WorkName[];
  /** Who takes part; see `NAMES`. */
  readonly contestants: readonly string[];
  /** How many requests are under way at a time; each is a series of its own. At most the size of the pools, 20. */
  readonly concurrency: readonly number[];
  /** How often each contestant is timed. One more round goes before, which does not count. */
  readonly rounds: number;
  /** How long each time. */
  readonly seconds: number;
  /** What to multiply the sizes of large works by: the rows of bulk inserts, the table that is paged. Default 1. */
  readonly scale?: number;
  /** Is told how far it is. */
  readonly log: (line: string) => void;
  /** Ends the race after the sample under way. */
  readonly signal?: AbortSignal | undefined;
}

/** One contestant's stretch in one round. */
export interface Lap {
  readonly perSecond: number;
  /** Microseconds of CPU per operation: the contestant's process, and the server's backends. */
  readonly clientCpu: number | undefined;
  readonly serverCpu: number | undefined;
}

/** One contestant at one work. */
export interface Series {
  readonly work: WorkName;
  readonly concurrency: number;
  readonly semantics: Semantics;
  readonly name: string;
  readonly version: string;
  /** By round: those of the same round were timed next to each other. */
  readonly laps: readonly Lap[];
}

export interface RaceResult {
  readonly server: string;
  readonly series: readonly Series[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Races the contestants on a throw-away server: everybody's work is checked first, then timed in rounds. In a round
 * everybody is timed once at each work, one after another and alone; who begins changes from round to round, so that
 * neither a slow spell of the machine nor a place in the row favours anyone.
 *
 * @throws {AssertionError} when a contestant's work was not what it should be.
 */
export async function race(options: RaceOptions): Promise<RaceResult> {
  const { works, scale = 1, signal, log } = options;
  const server = await EmbeddedPostgres.start({
    settings: { max_connections: 500, autovacuum: false },
    ...(signal === undefined ? {} : { signal }),
  });
  const racers: Racer[] = [];
  let database: Database | undefined;
  try {
    const url = await server.createDatabase("benchmarks");
    const tables = new Set(works.flatMap((name) => WORKS[name].tables?.(scale) ?? []));
    database = await Database.open(url, tables);
    const leftOut: LeftOut[] = [];
    for (const start of starters(options.contestants)) {
      signal?.throwIfAborted();
      const racer = await start({ url, connections: CONNECTIONS, scale });
      if (!("reason" in racer)) racers.push(racer);
      else if (leftOut.every(({ name }) => name !== racer.name)) leftOut.push(racer);
    }
    log("checking that everybody does the work");
    await check(racers, works, database, scale);
    const series = await rounds(racers, options, database, () => serverCpu(server.pid));
    const [{ server_version }] = (await database.rows<{ server_version: string }>("show server_version")) as [
      { server_version: string },
    ];
    return { server: server_version, series, leftOut };
  } finally {
    for (const racer of racers) await racer.close();
    await database?.close();
    await server.stop({ mode: "immediate" });
  }
}

function starters(names: readonly string[]): ((course: Course) => Promise<Racer | LeftOut>)[] {
  return names.flatMap((name) => {
    if (name === "sqlalchemy") return [startSqlAlchemy];
    const start = name === "pgbench" ? startPgbench : startNode.bind(undefined, name);
    return SEMANTICS.map((semantics) => (course: Course) => start(semantics, course));
  });
}

async function check(
  racers: readonly Racer[],
  works: readonly WorkName[],
  database: Database,
  scale: number,
): Promise<void> {
  for (const racer of racers) {
    for (const work of works.filter((name) => racer.works.includes(name))) {
      await database.reset();
      try {
        await (WORKS[work] as Work).check((input) => racer.once(work, input), database, scale);
      } catch (error) {
        throw new Error(`${racer.name} (${racer.semantics}) does not do the work "${work}" as it should.`, {
          cause: error,
        });
      }
    }
  }
}

async function rounds(
  racers: readonly Racer[],
  { works, concurrency, rounds, seconds, log, signal }: RaceOptions,
  database: Database,
  cpu: () => number | undefined,
): Promise<Series[]> {
  const heats = works.flatMap((work) =>
    (WORKS[work].alone ? [1] : concurrency).map((count) => ({
      work,
      pace: { concurrency: count, seconds },
      entries: racers.filter((racer) => racer.works.includes(work)).map((racer) => ({ racer, laps: [] as Lap[] })),
    })),
  );
  for (let round = 0; round <= rounds; round++) {
    for (const { work, pace, entries } of heats) {
      log(`round ${round} of ${rounds}: ${work}, ${pace.concurrency} concurrent`);
      for (let place = 0; place < entries.length; place++) {
        signal?.throwIfAborted();
        const { racer, laps } = entries[(place + round) % entries.length]!;
        await database.reset();
        const lap = await time(racer, work, pace, cpu);
        if (round > 0) laps.push(lap);
      }
    }
  }
  return heats.flatMap(({ work, pace, entries }) =>
    entries.map(({ racer: { name, semantics, version }, laps }) => ({
      work,
      concurrency: pace.concurrency,
      semantics,
      name,
      version,
      laps,
    })),
  );
}

async function time(racer: Racer, work: WorkName, pace: Pace, cpu: () => number | undefined): Promise<Lap> {
  await racer.run(work, { ...pace, seconds: pace.seconds * WARM_UP });
  const before = cpu();
  const sample = await racer.run(work, pace);
  const after = cpu();
  const each = (total: number): number => (total * 1e6) / sample.operations;
  // pgbench connects anew for every lap: its CPU is unknown, and so is what its backends had used.
  const known = sample.cpu !== undefined && before !== undefined && after !== undefined;
  return {
    perSecond: sample.operations / sample.seconds,
    clientCpu: sample.cpu === undefined ? undefined : each(sample.cpu),
    serverCpu: known ? each(after - before) : undefined,
  };
}
