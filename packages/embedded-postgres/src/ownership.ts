import { rmdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { DataDirectory } from "./data-directory.ts";
import { DataDirectoryInUse } from "./errors.ts";
import { runningPostmaster } from "./postmaster-file.ts";
import { Presence } from "./presence.ts";

/**
 * Which process answers for a data directory: it alone may start, stop or delete what is there. (PostgreSQL itself sees to
 * it that two servers never run on one directory; it can't say who should stop the one that runs.)
 *
 * To take ownership, enter as an owner, then look: whoever sees no other owns the directory. Of two that come at the same
 * moment at least one sees the other; both may, and then both step back and try again after a random while. Someone who is
 * still there the next time is an owner, not a contender.
 */
export class Ownership {
  readonly #directory: DataDirectory;
  readonly #presence: Presence;

  private constructor(directory: DataDirectory, presence: Presence) {
    this.#directory = directory;
    this.#presence = presence;
  }

  /** @throws DataDirectoryInUse when a live process has it, which may be this one. */
  static async take(directory: DataDirectory): Promise<Ownership> {
    let seen = new Map<string, unknown>();
    for (;;) {
      const presence = Presence.enter(directory.control, "owner");
      const others = presence.others(directory.control, "owner");
      if (others.size === 0) return new Ownership(directory, presence);
      presence.leave();
      for (const [name, { pid }] of others) {
        if (seen.has(name)) throw new DataDirectoryInUse(directory.path, pid, runningPostmaster(directory.path));
      }
      seen = others;
      await sleep(5 + Math.random() * 45);
    }
  }

  /** The pid of the live owner, if any. */
  static current(directory: DataDirectory): number | undefined {
    return [...Presence.list(directory.control, "owner").values()][0]?.pid;
  }

  release(): void {
    this.#presence.leave();
  }

  /** Deletes the data directory and, as the last thing, the ownership of it. */
  deleteDirectory(): void {
    this.#directory.delete(this.#presence.name);
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
