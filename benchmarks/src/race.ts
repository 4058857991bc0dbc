import type { Semantics, WorkName } from "./client.ts";
import { CONTESTANTS } from "./contestants/index.ts";
import type { Database } from "./database.ts";
import { type LineUpOptions, lineUp, OUTSIDERS } from "./line-up.ts";
import type { Pace } from "./measure.ts";
import type { LeftOut, Racer } from "./racers/racer.ts";
import { inTurn } from "./rounds.ts";
import { serverCpu } from "./server-cpu.ts";
import { type WarmUp, warmUp } from "./warm-up.ts";
import { WORKS } from "./works/index.ts";

/** The part of a lap that is run before it, untimed: what the others have cooled down is warm again. */
const APPROACH = 0.2;

/** Everybody's names, ours first. */
export const NAMES: readonly string[] = [...Object.keys(CONTESTANTS), ...OUTSIDERS];

export interface RaceOptions extends LineUpOptions {
  /** How many requests are under way at a time; each is a series of its own. At most the size of the pools, 20. */
  readonly concurrency: readonly number[];
  /** How often each contestant is timed. */
  readonly rounds: number;
  /** How long each time. */
  readonly seconds: number;
  /** What each does of each work before anybody is timed. */
  readonly warmUp?: WarmUp;
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
 * Races the contestants on a throw-away server: everybody's work is checked first, then warmed up, then timed in
 * rounds. In a round everybody is timed once at each work, in turn.
 *
 * @throws {AssertionError} when a contestant's work was not what it should be.
 */
export async function race(options: RaceOptions): Promise<RaceResult> {
  return await lineUp(options, async ({ racers, leftOut, database, server, postgres }) => {
    const series = await rounds(racers, options, database, () => serverCpu(server.pid));
    return { server: postgres, series, leftOut };
  });
}

async function rounds(
  racers: readonly Racer[],
  { works, concurrency, rounds, seconds, log, signal, ...options }: RaceOptions,
  database: Database,
  cpu: () => number | undefined,
): Promise<Series[]> {
  const racersAt = (work: WorkName) => racers.filter((racer) => racer.works.includes(work));
  const heats = works.flatMap((work) =>
    (WORKS[work].alone ? [1] : concurrency).map((count) => ({
      work,
      pace: { concurrency: count, seconds },
      entries: racersAt(work).map((racer) => ({ racer, laps: [] as Lap[] })),
    })),
  );
  for (const work of works) {
    log(`warming up: ${work}`);
    const most = WORKS[work].alone ? 1 : Math.max(...concurrency);
    await inTurn(racersAt(work), 0, signal, async (racer) => {
      await database.reset();
      await warmUp((seconds) => racer.run(work, { concurrency: most, seconds }), options.warmUp);
    });
  }
  for (let round = 1; round <= rounds; round++) {
    for (const { work, pace, entries } of heats) {
      log(`round ${round} of ${rounds}: ${work}, ${pace.concurrency} concurrent`);
      await inTurn(entries, round, signal, async ({ racer, laps }) => {
        await database.reset();
        laps.push(await time(racer, work, pace, cpu));
      });
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
  await racer.run(work, { ...pace, seconds: pace.seconds * APPROACH });
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
