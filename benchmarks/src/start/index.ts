import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { CONTESTANTS } from "../contestants/index.ts";
import { Database, emailOf } from "../database.ts";
import { type Findings, type RunOptions, renderTables, spread } from "../findings.ts";
import { inTurn } from "../rounds.ts";
import { type Summary, summarize } from "../statistics.ts";
import { commands } from "./commands.ts";
import { firstQueries } from "./first-queries.ts";
import { type Starter, timeOf } from "./starter.ts";

export interface StartsOptions extends RunOptions {
  /** Libraries that make a first query; default all that race. */
  readonly contestants?: readonly string[];
  /** How often everybody is started; once more before, which does not count. Default 7. */
  readonly rounds?: number;
}

/** How long one program takes from its start. */
export interface StartStanding {
  readonly name: string;
  readonly task: string;
  readonly milliseconds: Summary;
  /** How many times as long as ours it takes: of the ratios within each round. */
  readonly ratio: Summary;
}

export type StartsReport = Findings<StartStanding>;

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
    const entries = [...starters, ...queries.starters].map((starter) => ({ starter, laps: [] as number[] }));
    for (let round = 0; round <= rounds; round++) {
      log(`round ${round} of ${rounds}`);
      await inTurn(entries, round, signal, async ({ starter, laps }) => {
        const took = await timeOf(starter);
        if (round > 0) laps.push(took);
      });
    }
    const missing = new Map([...leftOut, ...queries.leftOut].map((one) => [one.name, one]));
    return { standings: standings(entries), leftOut: [...missing.values()] };
  } finally {
    await server.stop({ mode: "immediate" });
  }
}

interface Entry {
  readonly starter: Starter;
  readonly laps: readonly number[];
}

function standings(entries: readonly Entry[]): StartStanding[] {
  return entries.map(({ starter: { name, task }, laps }) => {
    const ours = entries.find(({ starter }) => starter.task === task && starter.name === "ours")!;
    const ratio = summarize(laps.map((took, round) => took / ours.laps[round]!));
    return { name, task, milliseconds: summarize(laps), ratio };
  });
}

/** The report as text for people. */
export function renderStarts({ standings, leftOut }: StartsReport): string {
  const tables = [...new Set(standings.map((one) => one.task))].map((task) => ({
    title: task,
    columns: ["ms", "× ours"],
    rows: standings
      .filter((one) => one.task === task)
      .toSorted((a, b) => a.milliseconds.median - b.milliseconds.median)
      .map(({ name, milliseconds, ratio }) => [
        name,
        spread(milliseconds, 0),
        ...(name === "ours" ? [] : [spread(ratio, 2)]),
      ]),
  }));
  return renderTables(tables, leftOut);
}
