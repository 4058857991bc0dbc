import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { CONTESTANTS } from "../contestants/index.ts";
import { Database, emailOf } from "../database.ts";
import type { LeftOut } from "../racers/racer.ts";
import { type Summary, summarize } from "../statistics.ts";
import { commands } from "./commands.ts";
import { firstQueries } from "./first-queries.ts";
import { type Starter, timeOf } from "./starter.ts";

export interface StartsOptions {
  /** Libraries that make a first query; default all that race. */
  readonly contestants?: readonly string[];
  /** How often everybody is started; once more before, which does not count. Default 7. */
  readonly rounds?: number;
  readonly log: (line: string) => void;
  /** Ends it after the program under way. */
  readonly signal?: AbortSignal | undefined;
}

/** How long one program takes from its start. */
export interface StartStanding {
  readonly name: string;
  readonly task: string;
  readonly milliseconds: Summary;
  /** How many times as long as ours it takes: of the ratios within each round. */
  readonly ratio: Summary;
}

export interface StartsReport {
  readonly standings: readonly StartStanding[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * How long commands and first queries take from the start of their process. Everybody is started once in a round, and
 * nothing else runs; the files are in the machine's memory, because a round that does not count has read them.
 *
 * @throws when a program fails or does not print what it should.
 */
export async function compareStarts(options: StartsOptions): Promise<StartsReport> {
  const { contestants = Object.keys(CONTESTANTS), rounds = 7, log, signal } = options;
  const server = await EmbeddedPostgres.start(signal === undefined ? {} : { signal });
  try {
    const url = await server.createDatabase("benchmarks");
    await (await Database.open(url)).close();
    log("everybody's app is written and its database migrated");
    const { starters, leftOut } = await commands(server);
    const queries = firstQueries(contestants, url, emailOf(1));
    const all = [...starters, ...queries.starters];
    const laps: number[][] = all.map(() => []);
    for (let round = 0; round <= rounds; round++) {
      log(`round ${round} of ${rounds}`);
      for (let place = 0; place < all.length; place++) {
        signal?.throwIfAborted();
        const turn = (place + round) % all.length;
        const took = await timeOf(all[turn]!);
        if (round > 0) laps[turn]!.push(took);
      }
    }
    const missing = new Map([...leftOut, ...queries.leftOut].map((one) => [one.name, one]));
    return { standings: standings(all, laps), leftOut: [...missing.values()] };
  } finally {
    await server.stop({ mode: "immediate" });
  }
}

function standings(starters: readonly Starter[], laps: readonly (readonly number[])[]): StartStanding[] {
  return starters.map(({ name, task }, i) => {
    const ours = laps[starters.findIndex((one) => one.task === task && one.name === "ours")]!;
    return {
      name,
      task,
      milliseconds: summarize(laps[i]!),
      ratio: summarize(laps[i]!.map((took, round) => took / ours[round]!)),
    };
  });
}

/** The report as text for people. */
export function renderStarts({ standings, leftOut }: StartsReport): string {
  const lines: string[] = [];
  for (const task of new Set(standings.map((one) => one.task))) {
    lines.push(task, row("", "ms", "× ours"));
    const heat = standings.filter((one) => one.task === task);
    for (const { name, milliseconds, ratio } of heat.toSorted(
      (a, b) => a.milliseconds.median - b.milliseconds.median,
    )) {
      const times = name === "ours" ? [] : [spread(ratio, 2)];
      lines.push(row(name, spread(milliseconds, 0), ...times));
    }
    lines.push("");
  }
  for (const { name, reason } of leftOut) lines.push(`${name} was left out: ${reason}`, "");
  return lines.join("\n").trimEnd();
}

function spread({ median, lower, upper }: Summary, digits: number): string {
  return `${median.toFixed(digits)} (${lower.toFixed(digits)} – ${upper.toFixed(digits)})`;
}

function row(name: string, ...figures: readonly string[]): string {
  return `  ${name.padEnd(20)}${figures.map((figure) => figure.padStart(24)).join("")}`.trimEnd();
}
