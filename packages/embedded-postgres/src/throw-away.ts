import { lstatSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fallbackRoot } from "./account.ts";
import { DataDirectory } from "./data-directory.ts";
import { Ownership } from "./ownership.ts";
import { Postmaster } from "./postmaster.ts";
import { runningPostmaster } from "./postmaster-file.ts";
import { isLeftBehind } from "./process-identity.ts";

/**
 * Ends the throw-away servers of processes that were killed, and removes their directories and half-made copies. Touches only directories that
 * bear our name, belong to our user, and whose process is gone. What can't be removed is left to the next time.
 */
export async function sweep(pgCtl: string): Promise<void> {
  for (const parent of [tmpdir(), fallbackRoot]) {
    for (const name of list(parent)) {
      if (!isLeftBehind(name)) continue;
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
