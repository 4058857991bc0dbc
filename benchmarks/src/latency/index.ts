import type { WorkName } from "../client.ts";
import { type LineUpOptions, lineUp } from "../line-up.ts";
import type { Latencies } from "../pace.ts";
import type { LeftOut, Racer } from "../racers/racer.ts";
import { type Summary, summarize } from "../statistics.ts";
import { WORKS } from "../works/index.ts";

/** Shares of the rate that the slowest contestant reaches with 20 requests under way. */
const SHARES = [0.5, 0.8] as const;

/** The part of a stretch that is run before it, at the same rate, which does not count. */
const WARM_UP = 0.2;

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

export interface LatenciesOptions extends Pick<LineUpOptions, "log" | "signal"> {
  readonly works?: readonly WorkName[];
  readonly contestants?: readonly string[];
  /** Default 5. */
  readonly rounds?: number;
  /** Of each stretch at a fixed rate. Default 2. */
  readonly seconds?: number;
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

export interface LatencyReport {
  readonly standings: readonly LatencyStanding[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * How long requests wait that come at a fixed rate, the same for everybody, each in a transaction: half of what the slowest
 * contestant reaches, and four fifths of it. A request counts from when it was due (see `pace`). Contestants take turns.
 */
export async function compareLatencies(options: LatenciesOptions): Promise<LatencyReport> {
  const { works = WORK_NAMES, contestants = CONTESTANTS, rounds = 5, seconds = 2, log, signal } = options;
  return await lineUp(
    { works, contestants, semantics: ["transaction"], log, signal },
    async ({ racers, leftOut, database }) => {
      const standings: LatencyStanding[] = [];
      for (const work of works) {
        const slowest = await slowestRate(racers, work, seconds / 2);
        for (const share of SHARES) {
          const rate = Math.floor(slowest * share);
          const laps = racers.map((): Latencies[] => []);
          for (let round = 0; round < rounds; round++) {
            log(`${work}, ${rate} a second: round ${round + 1} of ${rounds}`);
            for (let place = 0; place < racers.length; place++) {
              signal?.throwIfAborted();
              const turn = (place + round) % racers.length; // who begins changes from round to round
              const racer = racers[turn]!;
              await database.reset();
              await racer.pace!(work, { rate, seconds: seconds * WARM_UP });
              laps[turn]!.push(await racer.pace!(work, { rate, seconds }));
            }
          }
          const [ours] = laps;
          standings.push(
            ...racers.map(({ name, version }, i) => {
              const of = (figure: "p50" | "p99"): Summary => summarize(laps[i]!.map((lap) => lap[figure]));
              const ratio = (figure: "p50" | "p99"): Summary =>
                summarize(laps[i]!.map((lap, round) => lap[figure] / ours![round]![figure]));
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

/** Requests per second of the contestant that does fewest, after a stretch that warms all of them up. */
async function slowestRate(racers: readonly Racer[], work: WorkName, seconds: number): Promise<number> {
  const rates: number[] = [];
  for (const racer of racers) {
    await racer.run(work, { concurrency: 20, seconds });
    const { operations, seconds: took } = await racer.run(work, { concurrency: 20, seconds });
    rates.push(operations / took);
  }
  return Math.min(...rates);
}

/** The report as text for people. */
export function renderLatencies({ standings, leftOut }: LatencyReport): string {
  const lines: string[] = [];
  for (const { work, share, rate } of standings.filter(({ name }) => name === "ours")) {
    const percent = `${Math.round(share * 100)} % of what the slowest reaches`;
    lines.push(`${work} (${WORKS[work].title}), ${rate.toLocaleString("en")} a second, ${percent}`);
    lines.push(row("", "p50 ms", "p99 ms", "p50 × ours", "p99 × ours"));
    const heat = standings.filter((one) => one.work === work && one.share === share);
    for (const { name, version, p50, p99, ratio50, ratio99 } of heat.toSorted((a, b) => a.p50.median - b.p50.median)) {
      const ratios = name === "ours" ? [] : [spread(ratio50), spread(ratio99)];
      lines.push(row(`${name} ${version}`, spread(p50), spread(p99), ...ratios));
    }
    lines.push("");
  }
  for (const { name, reason } of leftOut) lines.push(`${name} was left out: ${reason}`, "");
  return lines.join("\n").trimEnd();
}

function spread({ median, lower, upper }: Summary): string {
  return `${median.toFixed(2)} (${lower.toFixed(2)} – ${upper.toFixed(2)})`;
}

function row(name: string, ...figures: readonly string[]): string {
  return `  ${name.padEnd(22)}${figures.map((figure) => figure.padStart(24)).join("")}`.trimEnd();
}
