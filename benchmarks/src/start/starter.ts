import { spawn } from "node:child_process";

/** A program that is timed from its start. */
export interface Starter {
  readonly name: string;
  /** What it is compared with: programs that do the same. */
  readonly task: string;
  readonly command: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it has to print. */
  readonly prints?: RegExp;
  /** Whether it has done its work when it first prints, and not when it ends. */
  readonly untilPrinted?: boolean;
}

/**
 * Milliseconds from the start of a process to its end, or to the first line it prints.
 *
 * @throws when it fails, or prints something else than it should.
 */
export async function timeOf({ name, task, command, cwd, env, prints, untilPrinted }: Starter): Promise<number> {
  const [program, ...words] = command;
  const start = performance.now();
  const child = spawn(program, words, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  let printed: number | undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    printed ??= performance.now();
    output += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const { code, ended } = await new Promise<{ code: number | null; ended: number }>((resolve, reject) => {
    let ended = 0;
    child.once("error", reject);
    child.once("exit", () => {
      ended = performance.now();
    });
    child.once("close", (code) => resolve({ code, ended }));
  });
  // Some print to standard error what others print to standard output.
  if (code === 0 && (prints === undefined || prints.test(output + errors))) {
    return (untilPrinted ? printed! : ended) - start;
  }
  throw new Error(`${name}, ${task}, ended with ${code}: ${errors.slice(-2000)}${output.slice(-2000)}`);
}
