import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Place } from "./account.ts";
import type { DataDirectory } from "./data-directory.ts";
import { environment } from "./initdb.ts";
import { runningPostmaster } from "./postmaster-file.ts";
import { identify, isAlive, type ProcessIdentity, waitUntilGoneSync } from "./process-identity.ts";
import { tail } from "./server-log.ts";

/** How a server went away, asked for or not. */
export interface Exit {
  /** Exit code; null when a signal ended it, or when the server was adopted: the code of another's child can't be read. */
  readonly code: number | null;
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | null;
  /** The last lines of its log that say why, without statements and their values. */
  readonly log: string;
}

/** Server Shutdown: fast rolls back what runs and writes a checkpoint; immediate means recovery at the next start. */
export type StopMode = "fast" | "immediate";

const signals = { fast: "SIGINT", immediate: "SIGQUIT" } as const;

/** PostgreSQL's main process, whether our child or taken over. */
export class Postmaster {
  readonly dataDir: string;
  readonly pgCtl: string;
  readonly exited: Promise<Exit>;
  readonly #identity: ProcessIdentity;
  /** What keeps the process alive until `exited` resolves, when it is told to. */
  readonly #watch: { ref(): unknown };

  private constructor(
    dataDir: string,
    pgCtl: string,
    identity: ProcessIdentity,
    exited: Promise<Exit>,
    watch: { ref(): unknown },
  ) {
    this.dataDir = dataDir;
    this.pgCtl = pgCtl;
    this.#identity = identity;
    this.exited = exited;
    this.#watch = watch;
  }

  /**
   * Starts a server. It has a session of its own, so that a signal to our process group (Ctrl-C) does not stop it while we
   * still need it, and writes to a file, so that it survives us.
   */
  static async spawn(
    directory: DataDirectory,
    place: Place,
    args: readonly string[],
    libraries?: string,
  ): Promise<Postmaster> {
    const log = directory.openLog();
    const offset = statSync(directory.logFile).size;
    try {
      const [file, commandLine] = place.account.command(place.binaries.postgres, args);
      const { uid, gid } = place.account;
      const child = spawn(file, commandLine, {
        cwd: directory.path,
        detached: true,
        stdio: ["ignore", log, log],
        env: environment(libraries),
        ...(uid !== undefined && { uid, gid: gid! }),
      });
      const exited = new Promise<Exit>((resolve) => {
        child.once("exit", (code, signal) => resolve({ code, signal, log: tail(directory.logFile, offset) }));
      });
      await new Promise<void>((resolve, reject) => {
        child.once("spawn", resolve).once("error", reject);
      });
      // Keeps no process alive: a program that forgets to stop its server still ends, and stops it at exit.
      child.unref();
      const identity = identify(child.pid!) ?? { pid: child.pid!, startedAt: "gone" };
      return new Postmaster(directory.path, place.binaries.pgCtl, identity, exited, child);
    } finally {
      closeSync(log);
    }
  }

  /** Takes over a server that runs already. */
  static adopt(directory: DataDirectory, pgCtl: string, identity: ProcessIdentity): Postmaster {
    let report: (exit: Exit) => void;
    const exited = new Promise<Exit>((resolve) => {
      report = resolve;
    });
    const timer = setInterval(() => {
      if (isAlive(identity)) return;
      clearInterval(timer);
      report({ code: null, signal: null, log: tail(directory.logFile, 0) });
    }, 50).unref();
    return new Postmaster(directory.path, pgCtl, identity, exited, timer);
  }

  get pid(): number {
    return this.#identity.pid;
  }

  get alive(): boolean {
    return isAlive(this.#identity);
  }

  /**
   * Waits until it takes connections. The status line in postmaster.pid says so: nothing has to be guessed or retried.
   *
   * @returns false when it went away instead.
   * @throws the signal's reason.
   */
  async ready(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      signal.throwIfAborted();
      if (!this.alive) return false;
      const info = runningPostmaster(this.dataDir);
      if (info?.pid === this.pid && info.status === "ready") return true;
      await sleep(5);
    }
  }

  /** Stops it and waits until it is gone. A fast stop that has not ended after 30 s becomes an immediate one. */
  async stop(mode: StopMode): Promise<void> {
    this.#signal(mode);
    const patience = Date.now() + 30_000;
    let current = mode;
    while (this.alive) {
      if (current === "fast" && Date.now() > patience) {
        current = "immediate";
        this.#signal(current);
      }
      await sleep(5);
    }
    await this.gone();
  }

  /** `exited`, waited for: keeps this process alive until the end of the other is known. */
  gone(): Promise<Exit> {
    this.#watch.ref();
    return this.exited;
  }

  /** The same for a process that is about to exit: blocks, at most 5 s. */
  stopSync(mode: StopMode): void {
    this.#signal(mode);
    waitUntilGoneSync(this.#identity, 5000);
  }

  #signal(mode: StopMode): void {
    if (!this.alive) return;
    if (process.platform === "win32") {
      // Windows has no signals; PostgreSQL listens on a pipe that pg_ctl knows.
      execFileSync(this.pgCtl, ["stop", "--no-wait", "-D", this.dataDir, "-m", mode], { stdio: "ignore" });
      return;
    }
    try {
      process.kill(this.pid, signals[mode]);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** Keeps the log of the run before, so that two files bound what a long life writes. */
export function rotateLog(directory: DataDirectory): void {
  if (existsSync(directory.logFile)) renameSync(directory.logFile, join(directory.control, "postgres.previous.log"));
}

/**
 * Removes the postmaster.pid of a server that no longer runs. PostgreSQL does so itself when the pid is free, but takes a
 * reused one for a live server, and refuses a half-written file. That nobody serves the directory is known by then, and
 * should backends have outlived their postmaster, PostgreSQL still notices them by their shared memory.
 */
export function removeStalePidFile(directory: DataDirectory): void {
  rmSync(join(directory.path, "postmaster.pid"), { force: true });
}
