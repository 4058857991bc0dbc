import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inBenchmarks, whyNot } from "../contestants/peers.ts";
import { findPython } from "../racers/python.ts";
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
  /** Undefined when it takes longer than so many milliseconds: then its process is ended. */
  compare(limit: number): Promise<Comparison | undefined>;
  close(): Promise<void>;
}

export interface Subject {
  readonly url: string;
  /** How many; see `tables.ts`. */
  readonly tables: number;
}

const ALEMBIC = inBenchmarks("python/alembic_compare.py");

/** Everybody who takes part, ours first. */
export const COMPARERS: Readonly<Record<string, (subject: Subject) => Promise<Comparer | LeftOut>>> = {
  ours: (subject) => startNode("ours", "dist/check/ours.js", subject),
  alembic: (subject) => startAlembic("alembic", [], subject),
  "alembic-thorough": (subject) => startAlembic("alembic-thorough", ["thorough"], subject),
  typeorm: (subject) => startNode("typeorm", "dist/check/typeorm.js", subject),
  "drizzle-kit": (subject) => startNode("drizzle-kit", "peers/dist/check-drizzle-kit.js", subject),
  "mikro-orm": (subject) => startNode("mikro-orm", "peers/dist/check-mikro-orm.js", subject),
};

async function startNode(name: string, path: string, subject: Subject): Promise<Comparer | LeftOut> {
  const reason = whyNot(path);
  if (reason !== undefined) return { name, reason };
  return start(name, [process.execPath, ...process.execArgv, inBenchmarks(path)], subject);
}

async function startAlembic(name: string, words: readonly string[], subject: Subject): Promise<Comparer | LeftOut> {
  const python = await findPython("alembic", "psycopg2");
  if (python !== undefined) return start(name, [python, ALEMBIC, ...words], subject);
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
    compare: async (limit) => {
      let isOver = false;
      const end = setTimeout(() => {
        isOver = true;
        child.kill("SIGKILL");
      }, limit);
      child.stdin.write("compare\n");
      const { value, done } = await lines.next();
      clearTimeout(end);
      if (isOver) return undefined;
      if (done) throw new Error(`The process of ${name} ended with ${(await ended)[0]}.`);
      return JSON.parse(value) as Comparison;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
