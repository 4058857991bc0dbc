import type { WorkName } from "../client.ts";
import { CONNECTIONS } from "../database.ts";
import { type Findings, type RunOptions, renderTables, spread } from "../findings.ts";
import { lineUp } from "../line-up.ts";
import type { Latencies } from "../pace.ts";
import type { Racer } from "../racers/racer.ts";
import { inTurn } from "../rounds.ts";
import { type Summary, summarize } from "../statistics.ts";
import { type WarmUp, warmUp } from "../warm-up.ts";
import { WORKS } from "../works/index.ts";

/** Shares of the rate that the slowest contestant reaches with 20 requests under way. */
const SHARES = [0.5, 0.8] as const;

/** The part of a stretch that is run before it, at the same rate, which does not count. */
const APPROACH = 0.2;

const WORK_NAMES = ["read", "write"] as const satisfies readonly WorkName[];

/** Who is asked unless told otherwise: one of each library that runs on Node. */
const CONTESTANTS = [
  "ours",
  "pg",
  "postgres.js",
  "kysely",
  "drizzle",
  "drizzle-v1",
  "typeorm",
  "mikro-orm",
  "prisma",
  "prisma-8",
] as const;

export interface LatenciesOptions extends RunOptions {
  readonly works?: readonly WorkName[];
  readonly contestants?: readonly string[];
  readonly rounds: number;
  /** Of each stretch at a fixed rate. */
  readonly seconds: number;
  /** What everybody does of a work before the rate is found. */
  readonly warmUp?: WarmUp;
}

/** How long one contestant lets requests wait that come at a rate that everybody can keep. */
export interface LatencyStanding {
  readonly name: string;
  readonly version: string;
  readonly work: WorkName;
  /** Of what the slowest reaches. */
  readonly share: number;
  /** Requests per second. */
  readonly rate: number;
  /** Milliseconds; over the rounds. */
  readonly p50: Summary;
  readonly p99: Summary;
  /** How many times as long as ours: of the ratios within each round. */
  readonly ratio50: Summary;
  readonly ratio99: Summary;
}

export type LatencyReport = Findings<LatencyStanding>;

/**
 * How long requests wait that come at a fixed rate, the same for everybody, each in a transaction: half of what the slowest
 * contestant reaches, and four fifths of it. A request counts from when it was due (see `pace`). Contestants take turns.
 */
export async function compareLatencies(options: LatenciesOptions): Promise<LatencyReport> {
  const { works = WORK_NAMES, contestants = CONTESTANTS, rounds, seconds, log, signal } = options;
  return await lineUp(
    { works, contestants, semantics: ["transaction"], log, signal },
    async ({ racers, leftOut, database }) => {
      const standings: LatencyStanding[] = [];
      for (const work of works) {
        const slowest = await slowestRate(racers, work, options);
        for (const share of SHARES) {
          const rate = Math.floor(slowest * share);
          const entries = racers.map((racer) => ({ racer, laps: [] as Latencies[] }));
          for (let round = 0; round < rounds; round++) {
            log(`${work}, ${rate} a second: round ${round + 1} of ${rounds}`);
            await inTurn(entries, round, signal, async ({ racer, laps }) => {
              await database.reset();
              await racer.pace!(work, { rate, seconds: seconds * APPROACH });
              laps.push(await racer.pace!(work, { rate, seconds }));
            });
          }
          const ours = entries[0]!.laps;
          standings.push(
            ...entries.map(({ racer: { name, version }, laps }) => {
              const of = (figure: "p50" | "p99"): Summary => summarize(laps.map((lap) => lap[figure]));
              const ratio = (figure: "p50" | "p99"): Summary =>
                summarize(laps.map((lap, round) => lap[figure] / ours[round]![figure]));
              const figures = { p50: of("p50"), p99: of("p99"), ratio50: ratio("p50"), ratio99: ratio("p99") };
              return { name, version, work, share, rate, ...figures };
            }),
          );
        }
      }
      return { standings, leftOut };
    },
  );
}

/** Requests per second of the contestant that does fewest, all of them being warm. */
async function slowestRate(
  racers: readonly Racer[],
  work: WorkName,
  { seconds, log, signal, ...options }: LatenciesOptions,
): Promise<number> {
  const rates: number[] = [];
  await inTurn(racers, 0, signal, async (racer) => {
    log(`${work}: ${racer.name} warms up`);
    const run = (seconds: number) => racer.run(work, { concurrency: CONNECTIONS, seconds });
    await warmUp(run, options.warmUp);
    const { operations, seconds: took } = await run(seconds);
    rates.push(operations / took);
  });
  return Math.min(...rates);
}

/** The report as text for people. */
export function renderLatencies({ standings, leftOut }: LatencyReport): string {
  const heats = standings.filter(({ name }) => name === "ours");
  const tables = heats.map(({ work, share, rate }) => ({
    title: `${work} (${WORKS[work].title}), ${rate.toLocaleString("en")} a second, ${Math.round(share * 100)} % of what the slowest reaches`,
    columns: ["p50 ms", "p99 ms", "p50 × ours", "p99 × ours"],
    rows: standings
      .filter((one) => one.work === work && one.share === share)
      .toSorted((a, b) => a.p50.median - b.p50.median)
      .map(({ name, version, p50, p99, ratio50, ratio99 }) => {
        const figures = name === "ours" ? [p50, p99] : [p50, p99, ratio50, ratio99];
        return [`${name} ${version}`, ...figures.map((figure) => spread(figure, 2))];
      }),
  }));
  return renderTables(tables, leftOut);
}
