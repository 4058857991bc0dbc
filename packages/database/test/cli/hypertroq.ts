import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The program as npm links it; it runs what the build made. */
export const PROGRAM = fileURLToPath(new URL("../../bin/hypertroq.js", import.meta.url));

export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** Waits until it has written this to standard error; fails when it ends without. */
  said(text: string): Promise<void>;
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
  const said = async (text: string): Promise<void> => {
    while (!stderr.includes(text)) {
      if (child.exitCode !== null) throw new Error(`It never said "${text}", but: ${stderr}`);
      await sleep(5);
    }
  };
  return { process: child, said, finished };
}

/** Runs `hypertroq` to its end. */
export function hypertroq(words: readonly string[], options: RunOptions): Promise<Finished> {
  return start(words, options).finished;
}

/**
 * Runs `hypertroq` several times in a process that the worker keeps for all its test files; for what does not depend on how
 * a process starts or ends. A module is imported once in it: an app's configuration must not change after its first run.
 */
export function hypertroqEach(
  runs: readonly (readonly string[])[],
  { cwd, env = {} }: RunOptions,
): Promise<readonly Finished[]> {
  const { PATH = "", HOME = "" } = process.env;
  const answer = last.then(() => ask({ runs, cwd, env: { PATH, HOME, ...env } }));
  last = answer.catch(() => {});
  return answer;
}

/** As {@link hypertroqEach}, once. */
export async function hypertroqWarm(words: readonly string[], options: RunOptions): Promise<Finished> {
  return (await hypertroqEach([words], options))[0]!;
}

let last: Promise<unknown> = Promise.resolve();
let kept: ChildProcess | undefined;

function ask(question: object): Promise<readonly Finished[]> {
  kept ??= keep();
  const child = kept;
  return new Promise((resolve, reject) => {
    const ended = (): void => {
      kept = undefined;
      reject(new Error("The process ended in the middle of a run."));
    };
    child.once("exit", ended).once("message", (finished) => {
      child.off("exit", ended);
      resolve(finished as readonly Finished[]);
    });
    child.send(question);
  });
}

/** It ends with the worker, whose end it does not keep off. */
function keep(): ChildProcess {
  const script = fileURLToPath(new URL("each.mjs", import.meta.url));
  const child = spawn(process.execPath, [script], { cwd: "/", stdio: ["ignore", "ignore", "inherit", "ipc"] });
  child.unref();
  child.channel?.unref();
  return child;
}
