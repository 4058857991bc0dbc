import { spawn } from "node:child_process";
import { PROGRAM, type RunOptions } from "./hypertroq.ts";

/**
 * What a pseudo terminal of 60 columns shows when these words are run on it, carriage returns included. `typed`: keys that are
 * pressed once a text is shown.
 */
export async function onTerminal(
  words: readonly string[],
  { cwd, env = {} }: RunOptions,
  typed: readonly (readonly [after: string, keys: string])[] = [],
): Promise<string> {
  const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
  const command = `stty cols 60 rows 30; ${[process.execPath, PROGRAM, ...words].map(quote).join(" ")}; echo "exit $?"`;
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd,
    env: { PATH, HOME, TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    stdio: [typed.length === 0 ? "ignore" : "pipe", "pipe", "pipe"],
  });
  let shown = "";
  const waiting = [...typed];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    const [next] = waiting;
    if (next === undefined || !shown.includes(next[0])) return;
    waiting.shift();
    child.stdin?.write(next[1]);
  });
  await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  return shown;
}
