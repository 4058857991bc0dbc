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

/** Milliseconds that a comparison may take; who takes longer is given up. */
const LIMIT = 60_000;

/** Milliseconds of comparing after which a tool is timed no more, once it has been. */
const PATIENCE = 20_000;

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
      for (const one of found.leftOut) leftOut.set(one.name + one.reason, one);
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
      if ((await timeOf(comparer, 0)) === undefined) {
        const tables = subject.tables.toLocaleString("en");
        leftOut.push({ name, reason: `it had not compared ${tables} tables after ${LIMIT / 1000} s` });
        await comparer.close();
        continue;
      }
      comparers.push(comparer);
      first.set(comparer, performance.now() - begun);
    }
    await client.query(`alter table ${tableName(0)} add column surplus integer`);
    for (const comparer of comparers) await timeOf(comparer, 1);
    await client.query(`alter table ${tableName(0)} drop column surplus`);

    const laps = comparers.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      log(`${subject.tables} tables: round ${round + 1} of ${rounds}`);
      for (const [place, comparer] of comparers.entries()) {
        signal?.throwIfAborted();
        const lap = laps[place]!;
        if (lap.reduce((sum, took) => sum + took, 0) < PATIENCE) lap.push((await timeOf(comparer, 0)) ?? LIMIT);
      }
    }
    const standings = comparers.map((comparer, place) => ({
      name: comparer.name,
      tables: subject.tables,
      first: first.get(comparer)!,
      milliseconds: summarize(laps[place]!),
      ratio: summarize(laps[place]!.map((took, round) => took / laps[0]![round]!)),
    }));
    return { standings, leftOut };
  } finally {
    for (const comparer of comparers) await comparer.close();
    await client.end();
  }
}

/** @returns undefined when it takes too long. @throws when it finds something else than it should. */
async function timeOf(comparer: Comparer, expected: number): Promise<number | undefined> {
  const comparison = await comparer.compare(LIMIT);
  if (comparison === undefined || comparison.differences === expected) return comparison?.milliseconds;
  throw new Error(`${comparer.name} found ${comparison.differences} differences instead of ${expected}.`);
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
