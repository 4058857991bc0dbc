import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { identify, type ProcessIdentity } from "./process-identity.ts";

/** A postmaster that runs on some data directory. */
export interface PostmasterInfo extends ProcessIdentity {
  readonly port: number;
  readonly status: "starting" | "ready" | "stopping";
}

/**
 * The postmaster that runs on a data directory, read from its `postmaster.pid` (Database File Layout: pid, data directory,
 * start time, port, socket directory, address, shared memory, and, once there is one, a status). The file outlives a
 * postmaster that was killed, so what it says counts only when that pid is a postmaster *of this directory*: on Linux a
 * program named postgres that works in it, on macOS one with the directory on its command line; on Windows any live process
 * passes. Changes nothing.
 */
export function runningPostmaster(dataDir: string): PostmasterInfo | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  // PostgreSQL writes a negative pid for a standalone backend (postgres --single), which no one can connect to.
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port) || port <= 0) return undefined;
  const identity = identify(pid);
  if (identity === undefined || !isPostmasterOf(pid, dataDir)) return undefined;
  const status = lines[7]?.trim();
  return {
    ...identity,
    port,
    status: status === "ready" || status === "standby" ? "ready" : status === "stopping" ? "stopping" : "starting",
  };
}

function isPostmasterOf(pid: number, dataDir: string): boolean {
  try {
    if (process.platform === "linux") {
      const program = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
      return program === "postgres" && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
    }
    if (process.platform === "win32") return true;
    const command = execFileSync("ps", ["-ww", "-p", String(pid), "-o", "command="], { encoding: "utf8" });
    return command.includes("postgres") && command.includes(dataDir);
  } catch {
    return false;
  }
}
