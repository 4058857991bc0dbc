import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DataDirectory } from "./data-directory.ts";
import { DataDirectoryInUse } from "./errors.ts";
import { runningPostmaster } from "./postmaster-file.ts";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";

/**
 * Which process answers for a data directory: it alone may start, stop or delete what is there. (PostgreSQL itself sees to
 * it that two servers never run on one directory; it can't say who should stop the one that runs.)
 *
 * An owner is a file named after its process: `owner-PID-START-NONCE`. It holds for as long as that process lives, so it
 * needs no heartbeat, can't be half-written, and one left by a killed process is void by itself. To take ownership, write
 * your file, then look: whoever sees no other live one owns the directory. Of two that come at the same moment at least one
 * sees the other; both may, and then both step back and try again after a random while. Someone who is still there the next
 * time is an owner, not a contender.
 */
export class Ownership {
  readonly #directory: DataDirectory;
  readonly #name: string;

  private constructor(directory: DataDirectory, name: string) {
    this.#directory = directory;
    this.#name = name;
  }

  /**
   * @throws DataDirectoryInUse when a live process has it, which may be this one.
   */
  static async take(directory: DataDirectory): Promise<Ownership> {
    let seen: string[] = [];
    for (;;) {
      const [name, others] = claim(directory.control);
      if (others.length === 0) return new Ownership(directory, name);
      const settled = others.find((other) => seen.includes(other));
      if (settled !== undefined) {
        throw new DataDirectoryInUse(directory.path, parse(settled)!.pid, runningPostmaster(directory.path));
      }
      seen = others;
      await sleep(5 + Math.random() * 45);
    }
  }

  /** The live owner, if any. */
  static current(directory: DataDirectory): ProcessIdentity | undefined {
    return liveOwners(directory.control)
      .map((name) => parse(name)!)
      .at(0);
  }

  release(): void {
    rmSync(join(this.#directory.control, this.#name), { force: true });
  }

  /** Deletes the data directory and, as the last thing, the ownership of it. */
  deleteDirectory(): void {
    this.#directory.delete(this.#name);
    this.release();
    for (const path of [this.#directory.control, this.#directory.path]) {
      try {
        rmdirSync(path);
      } catch {
        // A mount point, or somebody already starts anew here: an empty directory may stay.
      }
    }
  }
}

/** Synchronous from the first to the last line, so that contenders are in here for as short as can be. */
function claim(control: string): [name: string, others: string[]] {
  mkdirSync(control, { recursive: true, mode: 0o700 });
  const self = identify(process.pid)!;
  const name = `owner-${self.pid}-${self.startedAt}-${randomBytes(6).toString("hex")}`;
  writeFileSync(join(control, name), "", { flag: "wx", mode: 0o600 });
  const others = liveOwners(control).filter((other) => other !== name);
  if (others.length > 0) rmSync(join(control, name), { force: true });
  return [name, others];
}

/** Names of the live owners' files; those of the dead are removed on the way. */
function liveOwners(control: string): string[] {
  let names: string[];
  try {
    names = readdirSync(control);
  } catch {
    return [];
  }
  return names.filter((name) => {
    const identity = parse(name);
    if (identity === undefined) return false;
    if (isAlive(identity)) return true;
    rmSync(join(control, name), { force: true });
    return false;
  });
}

function parse(name: string): ProcessIdentity | undefined {
  const match = /^owner-(\d+)-(\w+)-[0-9a-f]+$/.exec(name);
  return match ? { pid: Number(match[1]), startedAt: match[2]! } : undefined;
}
