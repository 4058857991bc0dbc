import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { developmentServer } from "@hypertroq/embedded-postgres";
import { expect } from "vitest";

const backend = fileURLToPath(new URL("..", import.meta.url));
const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/** The built backend in a directory of its own, with data of its own, so that nobody's development data is touched. */
export class Installation implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "hypertroq-backend-"));
  readonly #programs: Program[] = [];
  static readonly #all = new Set<Installation>();

  /** Ends what tests that failed or timed out have left. */
  static async disposeAll(): Promise<void> {
    for (const installation of Installation.#all) await installation[Symbol.asyncDispose]();
  }

  constructor() {
    Installation.#all.add(this);
    for (const name of ["assets", "dist", "migrations", "package.json"]) {
      cpSync(join(backend, name), join(this.directory, name), { recursive: true });
    }
    symlinkSync(modules, join(this.directory, "node_modules"), "junction");
  }

  /** The embedded server's data. */
  get dataDir(): string {
    return join(this.directory, ".hypertroq/data");
  }

  /** The URL, with password, of the embedded server's database. */
  async databaseUrl(): Promise<string> {
    return (await developmentServer({ dataDir: this.dataDir, database: "hypertroq" }).status()).url!;
  }

  /** The process of the embedded server; undefined when none runs. */
  get postmaster(): number | undefined {
    const file = join(this.dataDir, "postmaster.pid");
    const pid = existsSync(file) ? Number(readFileSync(file, "utf8").split("\n", 1)[0]) : undefined;
    return pid !== undefined && isAlive(pid) ? pid : undefined;
  }

  run(env: Readonly<Record<string, string>> = {}, options: RunOptions = {}): Program {
    const program = new Program(this.directory, env, options);
    this.#programs.push(program);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Installation.#all.delete(this);
    for (const program of this.#programs) program.kill("SIGKILL", "group");
    await Promise.all(this.#programs.map((program) => program.exited));
    await developmentServer({ dataDir: this.dataDir, database: "hypertroq" }).stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

interface RunOptions {
  /** Default: node with the built program. */
  readonly command?: readonly [string, ...string[]];
  /** Below the installation. */
  readonly cwd?: string;
}

/** One run of the backend, in a process group of its own, as a terminal would start it. */
export class Program {
  stdout = "";
  stderr = "";
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;

  constructor(directory: string, env: Readonly<Record<string, string>>, options: RunOptions) {
    const [file, ...args] = options.command ?? [process.execPath, join(directory, "dist/main.js")];
    this.#child = spawn(file, args, {
      cwd: join(directory, options.cwd ?? "."),
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], HOME: directory, TMPDIR: tmpdir(), PORT: "0", ...env },
    });
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => resolve({ code, signal }));
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** To the process alone, or, as Ctrl-C does, to all of its group. */
  kill(signal: NodeJS.Signals, to: "process" | "group" = "process"): void {
    try {
      process.kill(to === "group" ? -this.pid : this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** Waits until it serves. @returns the URL it printed. */
  async serving(): Promise<string> {
    const ended = this.exited.then(() => true);
    for (;;) {
      const url = /^ {2}API +(http:\S+)\/api\/v1\/users$/m.exec(this.stdout)?.[1];
      if (url !== undefined) return url;
      if (await Promise.race([ended, new Promise<false>((resolve) => setTimeout(resolve, 20, false))])) {
        throw new Error(`The backend ended:\n${this.stdout}\n${this.stderr}`);
      }
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A child of nobody that waits to be reaped is dead all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Fails unless these processes are gone. */
export async function expectGone(...pids: readonly (number | undefined)[]): Promise<void> {
  const given = pids.map((pid) => pid ?? Number.NaN);
  expect(given.every(Number.isInteger)).toBe(true);
  await expect.poll(() => given.filter(isAlive), { timeout: 10_000 }).toEqual([]);
}
