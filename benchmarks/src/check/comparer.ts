import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PYTHONS } from "../racers/python.ts";
import type { LeftOut } from "../racers/racer.ts";

/** What a child answers to every line that it is sent. */
export interface Comparison {
  readonly milliseconds: number;
  /** How many it found. */
  readonly differences: number;
}

/** Compares models with a database, in a process of its own. */
export interface Comparer {
  readonly name: string;
  compare(): Promise<Comparison>;
  close(): Promise<void>;
}

export interface Subject {
  readonly url: string;
  /** How many; see `tables.ts`. */
  readonly tables: number;
}

const OURS = fileURLToPath(new URL("../../dist/check/ours.js", import.meta.url));
const ALEMBIC = fileURLToPath(new URL("../../python/alembic_compare.py", import.meta.url));

/** Everybody who takes part, ours first. */
export const COMPARERS: Readonly<Record<string, (subject: Subject) => Promise<Comparer | LeftOut>>> = {
  ours: async (subject) => start("ours", [process.execPath, ...process.execArgv, OURS], subject),
  alembic: (subject) => startAlembic("alembic", [], subject),
  "alembic-thorough": (subject) => startAlembic("alembic-thorough", ["thorough"], subject),
};

async function startAlembic(name: string, words: readonly string[], subject: Subject): Promise<Comparer | LeftOut> {
  for (const python of PYTHONS) {
    try {
      await promisify(execFile)(python, ["-c", "import alembic, psycopg2"]);
    } catch {
      continue;
    }
    return start(name, [python, ALEMBIC, ...words], subject);
  }
  return { name, reason: "Python lacks Alembic or psycopg2: apt-get install alembic python3-psycopg2" };
}

function start(name: string, [command, ...words]: readonly [string, ...string[]], subject: Subject): Comparer {
  const child = spawn(command, words, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, BENCHMARK_URL: subject.url, BENCHMARK_TABLES: `${subject.tables}` },
  });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on("error", () => {}); // a child that is gone has closed its output too
  return {
    name,
    compare: async () => {
      child.stdin.write("compare\n");
      const { value, done } = await lines.next();
      if (done) throw new Error(`The process of ${name} ended with ${(await ended)[0]}.`);
      return JSON.parse(value) as Comparison;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
