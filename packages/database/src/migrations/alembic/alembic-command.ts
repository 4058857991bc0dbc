import { spawn } from "node:child_process";
import { basename, dirname } from "node:path";
import { MigrationInterrupted } from "../errors.ts";

/** How long one run of Alembic may take, and how much it may write. */
const PATIENCE = 120_000;
const MOST_OUTPUT = 64 * 1024 * 1024;

/** How Alembic may be called, the first that is there. */
const PROGRAMS: readonly (readonly [program: string, ...words: string[]])[] = [
  ["alembic"],
  ["python3", "-m", "alembic"],
];

export interface AlembicRun {
  /** Why it failed, in one line; undefined when it went well. */
  readonly problem: string | undefined;
  /** What it wrote to standard output, also where it failed. */
  readonly output: string;
}

/** Runs the project's Alembic, in the directory of its `alembic.ini`, without a shell and without input. */
export class AlembicCommand {
  readonly #iniFile: string;
  readonly #program: readonly [string, ...string[]];
  readonly #signal: AbortSignal | undefined;

  private constructor(iniFile: string, program: readonly [string, ...string[]], signal: AbortSignal | undefined) {
    this.#iniFile = iniFile;
    this.#program = program;
    this.#signal = signal;
  }

  /** @returns the command, with what `alembic heads` said; undefined where no Alembic is installed. */
  static async find(
    iniFile: string,
    signal?: AbortSignal,
  ): Promise<{ readonly command: AlembicCommand; readonly heads: AlembicRun } | undefined> {
    for (const program of PROGRAMS) {
      const command = new AlembicCommand(iniFile, program, signal);
      const heads = await command.run("heads");
      if (heads !== undefined) return { command, heads };
    }
    return undefined;
  }

  /**
   * @returns undefined where the program is not there.
   * @throws {MigrationInterrupted} when the signal is aborted; Alembic is ended.
   */
  async run(...words: readonly string[]): Promise<AlembicRun | undefined> {
    throwIfAborted(this.#signal);
    const [program, ...before] = this.#program;
    const { code, stdout, stderr, stopped } = await finish(
      program,
      [...before, "-c", this.#iniFile, ...words],
      dirname(this.#iniFile),
      this.#signal,
    );
    throwIfAborted(this.#signal);
    if (code === "ENOENT" || code === "EACCES" || code === 127) return undefined;
    if (/No module named '?alembic'?$/m.test(stderr) && !stderr.includes("Traceback")) return undefined;
    let output: string;
    try {
      output = new TextDecoder("utf-8", { fatal: true }).decode(stdout);
    } catch {
      return { problem: "what Alembic wrote is not UTF-8", output: "" };
    }
    if (stopped !== undefined) return { problem: stopped, output };
    return { problem: code === 0 ? undefined : problemIn(stderr, output), output };
  }
}

/** @throws {MigrationInterrupted} */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new MigrationInterrupted([]);
}

interface Finished {
  readonly code: number | string | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
  /** Why it was ended before it ended itself. */
  readonly stopped: string | undefined;
}

function finish(
  program: string,
  words: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<Finished> {
  // Nothing of ours is left in the project: neither compiled files, nor output that waits in a buffer of a killed run.
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1", PYTHONIOENCODING: "utf-8" };
  const child = spawn(program, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  return new Promise((resolve) => {
    const stdout: Buffer[] = [];
    let [stderr, size, stopped] = ["", 0, undefined as string | undefined];
    const stop = (reason: string): void => {
      stopped ??= reason;
      child.kill("SIGKILL");
      // A process that it has started may hold the pipes open; nobody waits for that one.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const abort = (): void => stop("it was interrupted");
    const timer = setTimeout(() => stop(`Alembic did not end within ${PATIENCE / 1000} s and was stopped`), PATIENCE);
    signal?.addEventListener("abort", abort, { once: true });
    const end = (code: number | string | null): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      resolve({ code, stdout: Buffer.concat(stdout), stderr, stopped });
    };
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_OUTPUT) stop(`Alembic wrote more than ${MOST_OUTPUT / 1024 / 1024} MiB and was stopped`);
      else stdout.push(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-65_536); // what went wrong is said last
    });
    child.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    child.on("close", (code) => end(code));
  });
}

const LONGEST_PROBLEM = 300;

/**
 * What Python said last, with the place in the project's own files; of Alembic's own errors the line that begins with
 * FAILED. Passwords in URLs are taken out.
 */
function problemIn(stderr: string, stdout: string): string {
  const lines = stderr.split("\n").filter((line) => /^\S/.test(line) && !/^(?:INFO|DEBUG|WARNI?N?G?)\b/.test(line));
  const failed = [...stdout.split("\n"), ...lines].findLast((line) => line.includes("FAILED:"));
  const said = (failed ?? lines.at(-1) ?? "Alembic failed without a word").trim();
  const frames = [...stderr.matchAll(/^ +File "([^"<]+)", line (\d+)/gm)].filter(
    ([, file = ""]) => !/[\\/](?:site|dist)-packages[\\/]|[\\/]lib[\\/]python\d|[\\/]bin[\\/]/.test(file),
  );
  const [, file, line] = frames.at(-1) ?? [];
  const place = file === undefined || failed !== undefined ? "" : ` (${basename(file)} line ${line})`;
  return `${said.replace(/:\/\/[^@\s/]*@/g, "://***@").slice(0, LONGEST_PROBLEM)}${place}`;
}
