import { parseArgs } from "node:util";
import { SIZES } from "./check/index.ts";
import type { WorkName } from "./client.ts";
import { CONNECTIONS } from "./database.ts";
import { NAMES } from "./race.ts";
import { WARM_UP } from "./warm-up.ts";
import { WORK_NAMES, WORKS } from "./works/index.ts";

/** What can be asked for instead of a race, and the options that each takes. */
const INSTEAD = {
  profile: [],
  types: [],
  check: ["tables", "rounds"],
  latency: ["rounds", "seconds"],
  start: [],
  replicas: [],
} as const satisfies Record<string, readonly string[]>;

/** The options that a race takes. */
const RACING: readonly string[] = ["only", "against", "concurrency", "rounds", "seconds"];

/** What the command line asks for. */
export interface Words {
  /** What is asked for instead of a race. */
  readonly instead: keyof typeof INSTEAD | undefined;
  readonly works: readonly WorkName[];
  readonly contestants: readonly string[];
  readonly concurrency: readonly number[];
  readonly tables: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  readonly json: boolean;
  readonly help: boolean;
}

/** The words cannot be understood; the message says which and what would do. */
export class WrongWords extends Error {}

export const HELP = `Races @hypertroq/database against its peers, all in one run on one throw-away PostgreSQL.

npm run bench -- [options]

Before anything is timed, everybody does ${WARM_UP.operations.toLocaleString("en")} operations of each work, for ${WARM_UP.seconds} seconds at least and ${WARM_UP.most} at most.

  --only NAMES         works, separated by commas; default all:
${WORK_NAMES.map((name) => `                         ${name.padEnd(14)}${WORKS[name].title}`).join("\n")}
  --against NAMES      contestants beside ours; default all:
                         ${NAMES.slice(1).join(", ")}
  --concurrency LIST   requests under way at a time, 1 to ${CONNECTIONS}; default 1,${CONNECTIONS}
  --rounds N           how often everybody is timed, default 7; with --check and --latency 5
  --seconds N          how long each time, default 1; with --latency 2; pgbench knows whole seconds only
  --json               print JSON (npm run --silent bench -- --json keeps npm's own lines out)
  --profile            instead of a race: CPU per layer of ours
  --types              instead of a race: what the compiler needs to check 50 and 200 models with their queries
  --check              instead of a race: how long tools take to compare 10, 100 and 1,000 tables with models
    --tables LIST      so many tables instead
  --latency            instead of a race: how long requests wait that come at a fixed rate
  --start              instead of a race: commands and first queries, from the start of their process
  --replicas           instead of a race: read-only sessions with 0, 1 and 2 streaming replicas
  --help               this text

Progress goes to standard error. Exit codes: 0 done, 1 it failed, 2 the words were wrong, 130 interrupted.`;

/** @throws {WrongWords} */
export function parseWords(args: readonly string[]): Words {
  const { json, help, profile, types, check, latency, start, replicas, ...options } = optionsOf(args);
  const asked = Object.entries({ profile, types, check, latency, start, replicas }).filter(([, isAsked]) => isAsked);
  const [instead, other] = asked.map(([name]) => name as keyof typeof INSTEAD);
  const taken: readonly string[] = instead === undefined ? RACING : INSTEAD[instead];
  const refused = other ?? Object.keys(options).find((option) => !taken.includes(option));
  if (refused !== undefined) {
    const which = instead === undefined ? "A race" : `--${instead} is no race: it`;
    throw new WrongWords(`${which} takes no --${refused}.`);
  }
  const { only, against, concurrency = `1,${CONNECTIONS}`, tables = SIZES.join(), rounds, seconds } = options;
  return {
    instead,
    works: only === undefined ? WORK_NAMES : (known("--only", list(only), WORK_NAMES) as WorkName[]),
    contestants: against === undefined ? NAMES : ["ours", ...known("--against", list(against), NAMES.slice(1))],
    concurrency: list(concurrency).map((word) => wholeNumber("--concurrency", word, CONNECTIONS)),
    tables: list(tables).map((word) => wholeNumber("--tables", word, 10_000)),
    rounds: wholeNumber("--rounds", rounds ?? (instead === undefined ? "7" : "5"), 1000),
    seconds: positive("--seconds", seconds ?? (instead === undefined ? "1" : "2")),
    json,
    help,
  };
}

function optionsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        against: { type: "string" },
        concurrency: { type: "string" },
        tables: { type: "string" },
        rounds: { type: "string" },
        seconds: { type: "string" },
        json: { type: "boolean", default: false },
        profile: { type: "boolean", default: false },
        types: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        latency: { type: "boolean", default: false },
        start: { type: "boolean", default: false },
        replicas: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new WrongWords((error as Error).message);
  }
}

/** The words of a list, each once. */
function list(words: string): string[] {
  return [...new Set(words.split(",").map((word) => word.trim()))];
}

function known(option: string, words: readonly string[], names: readonly string[]): string[] {
  const wrong = words.find((word) => !names.includes(word));
  if (wrong === undefined) return [...words];
  throw new WrongWords(`${option} does not know "${wrong}". It takes, separated by commas: ${names.join(", ")}.`);
}

function wholeNumber(option: string, word: string, most: number): number {
  const number = Number(word);
  if (/^\d+$/.test(word) && number >= 1 && number <= most) return number;
  throw new WrongWords(`${option} takes whole numbers from 1 to ${most}, not "${word}".`);
}

function positive(option: string, word: string): number {
  const number = Number(word);
  if (/^\d*\.?\d+$/.test(word) && number > 0 && number <= 3600) return number;
  throw new WrongWords(`${option} takes a number of seconds above 0, 3600 at most, not "${word}".`);
}
