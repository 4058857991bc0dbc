import { randomBytes } from "node:crypto";
import { lstatSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fallbackRoot } from "./account.ts";
import { DataDirectory } from "./data-directory.ts";
import { Ownership } from "./ownership.ts";
import { Postmaster } from "./postmaster.ts";
import { runningPostmaster } from "./postmaster-file.ts";
import { identify, isAlive } from "./process-identity.ts";

/** The name says whose it is before anything is in it, so that one left by a killed process is known as such at any point. */
export function newName(): string {
  const { pid, startedAt } = identify(process.pid)!;
  return `hypertroq-postgres-${pid}-${startedAt}-${randomBytes(6).toString("hex")}`;
}

/**
 * Ends the throw-away servers of processes that were killed, and removes their directories. Touches only directories that
 * bear our name, belong to our user, and whose process is gone. What can't be removed is left to the next time.
 */
export async function sweep(pgCtl: string): Promise<void> {
  for (const parent of [tmpdir(), fallbackRoot]) {
    for (const name of list(parent)) {
      const match = /^hypertroq-postgres-(\d+)-(\w+)-[0-9a-f]{12}$/.exec(name);
      if (!match || isAlive({ pid: Number(match[1]), startedAt: match[2]! })) continue;
      try {
        await remove(join(parent, name), pgCtl);
      } catch {
        // Another process sweeps it at this moment, or it is not ours to remove.
      }
    }
  }
}

async function remove(path: string, pgCtl: string): Promise<void> {
  const stat = lstatSync(path);
  // Anybody can put a directory of that name into the temporary directory; only root can into the fallback directory.
  const foreign = process.getuid !== undefined && stat.uid !== process.getuid() && dirname(path) !== fallbackRoot;
  if (!stat.isDirectory() || foreign) return;
  const directory = new DataDirectory(path);
  const ownership = await Ownership.take(directory);
  const running = runningPostmaster(path);
  if (running) await Postmaster.adopt(directory, pgCtl, running).stop("immediate");
  ownership.release();
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

function list(parent: string): string[] {
  try {
    return readdirSync(parent);
  } catch {
    return [];
  }
}
