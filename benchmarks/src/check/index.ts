import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import pg from "pg";
import type { LeftOut } from "../racers/racer.ts";
import { type Summary, summarize } from "../statistics.ts";
import { COMPARERS, type Comparer, type Subject } from "./comparer.ts";
import { tableName, tablesSql } from "./tables.ts";

/** How many tables there are, one number after another. */
const SIZES = [10, 100, 1000] as const;

/** How often everybody is timed, after a first time that counts apart. */
const ROUNDS = 5;

export interface CheckOptions {
  readonly sizes?: readonly number[];
  readonly rounds?: number;
  readonly log: (line: string) => void;
  /** Ends it after the comparison under way. */
  readonly signal?: AbortSignal;
}

/** What one of those who compare takes for tables that are as its models say. */
export interface CheckStanding {
  readonly name: string;
  readonly tables: number;
  /** Milliseconds from the start of its process to its first answer: what a command takes. */
  readonly first: number;
  /** Milliseconds of a comparison in a process that has made some before. */
  readonly milliseconds: Summary;
  /** How many times as long as ours it takes: of the ratios within each round. */
  readonly ratio: Summary;
}

export interface CheckReport {
  readonly standings: readonly CheckStanding[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * How long it takes to find that a database is as the models say. Everybody has to find a column that has been added, and
 * nothing once it is dropped: who looks at less is faster.
 *
 * @throws when somebody finds something else.
 */
export async function compareChecks(options: CheckOptions): Promise<CheckReport> {
  const { sizes = SIZES } = options;
  const server = await EmbeddedPostgres.start();
  try {
    const standings: CheckStanding[] = [];
    const leftOut = new Map<string, LeftOut>();
    for (const tables of sizes) {
      const database = `tables_${tables}`;
      await server.createDatabase(database);
      const url = new URL(server.url);
      url.pathname = database;
      const found = await compareSize({ url: url.href, tables }, options);
      standings.push(...found.standings);
      for (const one of found.leftOut) leftOut.set(one.name, one);
    }
    return { standings, leftOut: [...leftOut.values()] };
  } finally {
    await server.stop();
  }
}

async function compareSize(subject: Subject, { rounds = ROUNDS, log, signal }: CheckOptions): Promise<CheckReport> {
  const client = new pg.Client({ connectionString: subject.url });
  await client.connect();
  const comparers: Comparer[] = [];
  try {
    await client.query(tablesSql(subject.tables));
    await client.query("vacuum analyze");
    const leftOut: LeftOut[] = [];
    const first = new Map<Comparer, number>();
    for (const [name, start] of Object.entries(COMPARERS)) {
      signal?.throwIfAborted();
      log(`${subject.tables} tables: ${name} starts`);
      const begun = performance.now();
      const comparer = await start(subject);
      if ("reason" in comparer) {
        leftOut.push(comparer);
        continue;
      }
      comparers.push(comparer);
      await expectDifferences(comparer, 0);
      first.set(comparer, performance.now() - begun);
    }
    await client.query(`alter table ${tableName(0)} add column surplus integer`);
    for (const comparer of comparers) await expectDifferences(comparer, 1);
    await client.query(`alter table ${tableName(0)} drop column surplus`);

    const laps: number[][] = [];
    for (let round = 0; round < rounds; round++) {
      log(`${subject.tables} tables: round ${round + 1} of ${rounds}`);
      const lap: number[] = [];
      for (const comparer of comparers) {
        signal?.throwIfAborted();
        lap.push(await expectDifferences(comparer, 0));
      }
      laps.push(lap);
    }
    const standings = comparers.map((comparer, place) => ({
      name: comparer.name,
      tables: subject.tables,
      first: first.get(comparer)!,
      milliseconds: summarize(laps.map((lap) => lap[place]!)),
      ratio: summarize(laps.map((lap) => lap[place]! / lap[0]!)),
    }));
    return { standings, leftOut };
  } finally {
    for (const comparer of comparers) await comparer.close();
    await client.end();
  }
}

async function expectDifferences(comparer: Comparer, expected: number): Promise<number> {
  const { milliseconds, differences } = await comparer.compare();
  if (differences === expected) return milliseconds;
  throw new Error(`${comparer.name} found ${differences} differences instead of ${expected}.`);
}

/** The report as text for people. */
export function renderChecks({ standings, leftOut }: CheckReport): string {
  const lines: string[] = [];
  for (const tables of new Set(standings.map((one) => one.tables))) {
    lines.push(`${tables} tables that are as the models say`, row("", "first ms", "ms", "× ours"));
    for (const { name, first, milliseconds, ratio } of standings.filter((one) => one.tables === tables)) {
      const times = `${ratio.median.toFixed(2)} (${ratio.lower.toFixed(2)} – ${ratio.upper.toFixed(2)})`;
      lines.push(row(name, first.toFixed(0), milliseconds.median.toFixed(0), name === "ours" ? "" : times));
    }
    lines.push("");
  }
  for (const { name, reason } of leftOut) lines.push(`${name} was left out: ${reason}`, "");
  return lines.join("\n").trimEnd();
}

function row(name: string, ...figures: readonly string[]): string {
  return `  ${name.padEnd(18)}${figures.map((figure) => figure.padStart(22)).join("")}`.trimEnd();
}
