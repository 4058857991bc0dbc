import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import pg from "pg";
import { type Findings, type RunOptions, renderTables, spread } from "../findings.ts";
import type { LeftOut } from "../racers/racer.ts";
import { inTurn } from "../rounds.ts";
import { type Summary, summarize } from "../statistics.ts";
import { COMPARERS, type Comparer, type Subject } from "./comparer.ts";
import { tableName, tablesSql } from "./tables.ts";

/** How many tables there are, one number after another, where nothing else is asked for. */
export const SIZES: readonly number[] = [10, 100, 1000];

/** Milliseconds that a comparison may take; who takes longer is given up. */
const LIMIT = 300_000;

/** Milliseconds of comparing after which a tool is timed no more, once it has been. */
const PATIENCE = 20_000;

export interface CheckOptions extends RunOptions {
  /** How many tables there are, one number after another. */
  readonly sizes: readonly number[];
  /** How often everybody is timed, after a first time that counts apart. */
  readonly rounds: number;
  /** Milliseconds that a comparison may take. Default 5 minutes. */
  readonly limit?: number;
}

/** What one of those who compare takes for tables that are as its models say. */
export interface CheckStanding {
  readonly name: string;
  readonly tables: number;
  /** Milliseconds from the start of its process to its first answer: what a command takes. */
  readonly first: number | null;
  /** Milliseconds of a comparison in a process that has made some before; null where it was given up. */
  readonly milliseconds: Summary | null;
  /** How many times as long as ours it takes: of the ratios within each round. */
  readonly ratio: Summary | null;
}

export interface CheckReport extends Findings<CheckStanding> {
  /** Milliseconds after which one was given up. */
  readonly limit: number;
}

/**
 * How long it takes to find that a database is as the models say. Everybody has to find a column that has been added, and
 * nothing once it is dropped: who looks at less is faster.
 *
 * @throws when somebody finds something else.
 */
export async function compareChecks(options: CheckOptions): Promise<CheckReport> {
  const { sizes, limit = LIMIT } = options;
  const server = await EmbeddedPostgres.start();
  try {
    const standings: CheckStanding[] = [];
    const leftOut = new Map<string, LeftOut>();
    for (const tables of sizes) {
      const url = await server.createDatabase(`tables_${tables}`);
      const found = await compareSize({ url, tables }, { ...options, limit });
      standings.push(...found.standings);
      for (const one of found.leftOut) leftOut.set(one.name, one);
    }
    return { limit, standings, leftOut: [...leftOut.values()] };
  } finally {
    await server.stop();
  }
}

/** One that compares, and what it took. */
interface Contender {
  readonly comparer: Comparer;
  first: number | null;
  readonly laps: number[];
  isGivenUp: boolean;
}

async function compareSize(
  subject: Subject,
  { rounds, limit, log, signal }: CheckOptions & { readonly limit: number },
): Promise<Findings<CheckStanding>> {
  const client = new pg.Client({ connectionString: subject.url });
  await client.connect();
  const contenders: Contender[] = [];
  const leftOut: LeftOut[] = [];
  const compare = async (contender: Contender, expected: number): Promise<number | undefined> => {
    if (contender.isGivenUp) return undefined;
    const took = await timeOf(contender.comparer, limit, expected);
    contender.isGivenUp = took === undefined;
    if (contender.isGivenUp) log(`${subject.tables} tables: ${contender.comparer.name} is given up`);
    return took;
  };
  try {
    await client.query(tablesSql(subject.tables));
    await client.query("vacuum analyze");
    for (const [name, start] of Object.entries(COMPARERS)) {
      signal?.throwIfAborted();
      log(`${subject.tables} tables: ${name} starts`);
      const begun = performance.now();
      const comparer = await start(subject);
      if ("reason" in comparer) {
        leftOut.push(comparer);
        continue;
      }
      const contender: Contender = { comparer, first: null, laps: [], isGivenUp: false };
      contenders.push(contender);
      if ((await compare(contender, 0)) !== undefined) contender.first = performance.now() - begun;
    }
    await client.query(`alter table ${tableName(0)} add column surplus integer`);
    await inTurn(contenders, 0, signal, async (contender) => void (await compare(contender, 1)));
    await client.query(`alter table ${tableName(0)} drop column surplus`);

    for (let round = 0; round < rounds; round++) {
      log(`${subject.tables} tables: round ${round + 1} of ${rounds}`);
      await inTurn(contenders, round, signal, async (contender) => {
        const spent = contender.laps.reduce((sum, took) => sum + took, 0);
        const took = spent < PATIENCE ? await compare(contender, 0) : undefined;
        if (took !== undefined) contender.laps.push(took);
      });
    }
    return { standings: contenders.map((one) => standing(one, subject.tables, contenders[0]!)), leftOut };
  } finally {
    for (const { comparer } of contenders) await comparer.close();
    await client.end();
  }
}

function standing({ comparer, first, laps, isGivenUp }: Contender, tables: number, ours: Contender): CheckStanding {
  const summary = (values: readonly number[]): Summary | null =>
    isGivenUp || values.length === 0 ? null : summarize(values);
  const ratios = laps.flatMap((took, round) => (round < ours.laps.length ? took / ours.laps[round]! : []));
  return { name: comparer.name, tables, first, milliseconds: summary(laps), ratio: summary(ratios) };
}

/** @returns undefined when it takes too long. @throws when it finds something else than it should. */
async function timeOf(comparer: Comparer, limit: number, expected: number): Promise<number | undefined> {
  const comparison = await comparer.compare(limit);
  if (comparison === undefined || comparison.differences === expected) return comparison?.milliseconds;
  throw new Error(`${comparer.name} found ${comparison.differences} differences instead of ${expected}.`);
}

/** The report as text for people. */
export function renderChecks({ limit, standings, leftOut }: CheckReport): string {
  const time = (milliseconds: number | undefined): string =>
    milliseconds === undefined ? `more than ${limit}` : milliseconds.toFixed(0);
  const tables = [...new Set(standings.map((one) => one.tables))].map((tables) => ({
    title: `${tables} tables that are as the models say`,
    columns: ["first ms", "ms", "× ours"],
    rows: standings
      .filter((one) => one.tables === tables)
      .map(({ name, first, milliseconds, ratio }) => [
        name,
        time(first ?? undefined),
        time(milliseconds?.median),
        ...(name === "ours" || ratio === null ? [] : [spread(ratio, 2)]),
      ]),
  }));
  return renderTables(tables, leftOut);
}
