import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

/**
 * A process that can be told from a later one with the same pid. `startedAt` is opaque: on Linux the start time in clock
 * ticks since boot (proc(5), field 22 of /proc/PID/stat), on other Unixes what `ps -o lstart` prints, in milliseconds. On
 * Windows it is always "0": there a pid that was reused by a stranger is taken for its former holder.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** The identity of a running process, or undefined when there is none. A zombie runs no more. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const startedAt = process.platform === "linux" ? linuxStart(pid) : otherStart(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether that very process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/**
 * A new name that says whose it is before anything is in it: what bears it and was left by a killed process is known as such
 * at any point.
 */
export function newName(): string {
  const { pid, startedAt } = identify(process.pid)!;
  return `hypertroq-postgres-${pid}-${startedAt}-${randomBytes(6).toString("hex")}`;
}

/** Whether a file of that name was left by a process that is gone. */
export function isLeftBehind(name: string): boolean {
  const match = /^hypertroq-postgres-(\d+)-(\w+)-[0-9a-f]{12}$/.exec(name);
  return match !== null && !isAlive({ pid: Number(match[1]), startedAt: match[2]! });
}

/** Blocks the thread: only for a process that is about to exit and can wait in no other way. */
export function waitUntilGoneSync(identity: ProcessIdentity, milliseconds: number): boolean {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const end = Date.now() + milliseconds;
  while (isAlive(identity)) {
    if (Date.now() > end) return false;
    Atomics.wait(cell, 0, 0, 5);
  }
  return true;
}

function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const state = fields[0];
    return state === "Z" || state === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function otherStart(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return undefined;
  }
  if (process.platform === "win32") return "0";
  try {
    const printed = execFileSync("ps", ["-p", String(pid), "-o", "lstart="], {
      env: { LC_ALL: "C" },
      encoding: "utf8",
    });
    return String(Date.parse(printed.trim()));
  } catch {
    return undefined;
  }
}
