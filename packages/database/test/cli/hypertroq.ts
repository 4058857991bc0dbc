import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The program as npm links it; it runs what the build made. */
const PROGRAM = fileURLToPath(new URL("../../bin/hypertroq.js", import.meta.url));

export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** What it has written to standard error so far. */
  stderr(): string;
  readonly finished: Promise<Finished>;
}

export interface RunOptions {
  readonly cwd: string;
  /** Added to PATH and HOME, which is all else it gets: a variable of the test run's would decide the result. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `hypertroq` with no terminal. */
export function start(words: readonly string[], { cwd, env = {} }: RunOptions): Running {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { process: child, stderr: () => stderr, finished };
}

/** Runs `hypertroq` to its end. */
export function hypertroq(words: readonly string[], options: RunOptions): Promise<Finished> {
  return start(words, options).finished;
}
