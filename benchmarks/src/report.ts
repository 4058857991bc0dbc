import { cpus, release, totalmem } from "node:os";
import { SEMANTICS, type Semantics, type WorkName } from "./client.ts";
import type { RaceOptions, RaceResult, Series } from "./race.ts";
import type { LeftOut } from "./racers/racer.ts";
import { type Summary, summarize } from "./statistics.ts";
import { WORKS } from "./works/index.ts";

/** One contestant at one work, over all rounds. */
export interface Standing extends Omit<Series, "laps"> {
  readonly perSecond: Summary;
  /** Microseconds of CPU per operation, where known. */
  readonly clientCpu: Summary | null;
  readonly serverCpu: Summary | null;
  /** How many operations of ours, with the same semantics, were done in the time of one: the ratio within each round. */
  readonly oursTimes: Summary | null;
  /** Operations per second, by round. */
  readonly rounds: readonly number[];
}

/** What `--json` prints. */
export interface Report {
  readonly date: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly system: string;
    readonly node: string;
    readonly postgres: string;
  };
  readonly rounds: number;
  readonly seconds: number;
  readonly standings: readonly Standing[];
  readonly leftOut: readonly LeftOut[];
}

export function report({ server, series, leftOut }: RaceResult, { rounds, seconds }: RaceOptions): Report {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString(),
    machine: {
      cpu: cpu?.model ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${process.platform} ${release()}`,
      node: process.version,
      postgres: server,
    },
    rounds,
    seconds,
    standings: series.map((one) => standing(one, series)),
    leftOut,
  };
}

function standing({ laps, ...about }: Series, all: readonly Series[]): Standing {
  const ours = all.find(
    ({ name, work, concurrency, semantics }) =>
      name === "ours" && work === about.work && concurrency === about.concurrency && semantics === about.semantics,
  );
  const known = (values: readonly (number | undefined)[]): Summary | null => {
    const numbers = values.filter((value) => value !== undefined);
    return numbers.length === 0 ? null : summarize(numbers);
  };
  return {
    ...about,
    perSecond: summarize(laps.map(({ perSecond }) => perSecond)),
    clientCpu: known(laps.map(({ clientCpu }) => clientCpu)),
    serverCpu: known(laps.map(({ serverCpu }) => serverCpu)),
    oursTimes: known(laps.map(({ perSecond }, round) => ours && ours.laps[round]!.perSecond / perSecond)),
    rounds: laps.map(({ perSecond }) => perSecond),
  };
}

const EXPLAINED: Readonly<Record<Semantics, string>> = {
  transaction: "one transaction per request",
  autocommit: "as their users usually call it: autocommit",
};

/** The report as text for people. */
export function render({ machine, rounds, seconds, standings, leftOut }: Report): string {
  const { cpu, cores, memoryGiB, system, node, postgres } = machine;
  const lines = [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}; Node ${node}, PostgreSQL ${postgres}`,
    `${rounds} rounds of ${seconds} s; medians, in brackets the quartiles`,
  ];
  for (const { work, concurrency } of heats(standings)) {
    const heat = standings.filter((one) => one.work === work && one.concurrency === concurrency);
    lines.push("", `${work}, ${concurrency} concurrent: ${WORKS[work].title}`, ...table(heat));
  }
  for (const { name, reason } of leftOut) lines.push("", `${name} was left out: ${reason}`);
  return lines.join("\n");
}

function heats(standings: readonly Standing[]): { work: WorkName; concurrency: number }[] {
  const all = standings.map(({ work, concurrency }) => ({ work, concurrency }));
  return all.filter((one, i) => i === all.findIndex((o) => o.work === one.work && o.concurrency === one.concurrency));
}

/** Fastest first; under a heading each where a work has both semantics. */
function table(heat: readonly Standing[]): string[] {
  const groups = SEMANTICS.map((semantics) => heat.filter((one) => one.semantics === semantics)).filter(
    (group) => group.length > 0,
  );
  const rows: Cells[] = [["", "per second", "", "client µs", "server µs", "ours is", ""]];
  for (const group of groups) {
    if (groups.length > 1) rows.push([EXPLAINED[group[0]!.semantics], "", "", "", "", "", ""]);
    rows.push(...group.toSorted((a, b) => b.perSecond.median - a.perSecond.median).map(cells));
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ")}`.trimEnd(),
  );
}

type Cells = readonly [string, string, string, string, string, string, string];

function cells({ name, version, perSecond, clientCpu, serverCpu, oursTimes }: Standing): Cells {
  return [
    `  ${name} ${version}`,
    ...spread(perSecond, rate),
    clientCpu === null ? "" : clientCpu.median.toFixed(1),
    serverCpu === null ? "" : serverCpu.median.toFixed(1),
    ...(oursTimes === null || name === "ours" ? (["", ""] as const) : spread(oursTimes, times)),
  ];
}

function spread({ median, lower, upper }: Summary, write: (value: number) => string): [string, string] {
  return [write(median), `(${write(lower)} – ${write(upper)})`];
}

function times(value: number): string {
  return `${value.toFixed(2)}×`;
}

/** Whole, or with three digits where that says more. */
function rate(value: number): string {
  return value < 100 ? value.toPrecision(3) : Math.round(value).toLocaleString("en");
}
