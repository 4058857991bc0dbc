import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { DataDirectory } from "./data-directory.ts";
import { INITDB_OPTIONS } from "./initdb.ts";
import type { Binaries } from "./platform.ts";
import { isLeftBehind, newName } from "./process-identity.ts";

/**
 * A cluster as initdb made it, and its password, for throw-away servers: to copy it takes a sixth of what initdb takes. It is
 * kept in `.cache/hypertroq` of the `node_modules` that the binaries are in. Those who share it have one password, and one
 * system identifier.
 */
export class KeptCluster {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Where it is for these binaries, kept or not; undefined when they are in no `node_modules`. */
  static of({ root, label }: Binaries): KeptCluster | undefined {
    let modules = root;
    while (basename(modules) !== "node_modules") {
      if (dirname(modules) === modules) return undefined;
      modules = dirname(modules);
    }
    const made = createHash("sha256").update(INITDB_OPTIONS.join(" ")).digest("hex").slice(0, 8);
    return new KeptCluster(join(modules, ".cache", "hypertroq", `${label}-${made}`));
  }

  /**
   * Makes a directory's cluster of it, if it can: not when none is kept, or by another user, or there is no room.
   *
   * @returns whether it has.
   */
  async copyTo(directory: DataDirectory): Promise<boolean> {
    const target = directory.newInitDirectory();
    try {
      if (statSync(this.#path).uid !== (process.getuid?.() ?? 0)) return false;
      const password = readFileSync(join(this.#path, "password"), "utf8");
      await copy(join(this.#path, "cluster"), target);
      directory.write("password", password);
      directory.adoptInit(target, false);
      return true;
    } catch {
      rmSync(target, { recursive: true, force: true });
      return false;
    }
  }

  /** Keeps a directory's cluster, which no server has run on yet, if it can. It appears whole or not at all. */
  async keep(directory: DataDirectory): Promise<void> {
    const parent = dirname(this.#path);
    const draft = join(parent, newName());
    try {
      mkdirSync(parent, { recursive: true });
      mkdirSync(draft, { mode: 0o700 });
      for (const entry of readdirSync(parent)) {
        if (isLeftBehind(entry)) rmSync(join(parent, entry), { recursive: true, force: true });
      }
      await copy(directory.path, join(draft, "cluster"));
      renameSync(join(draft, "cluster", "hypertroq", "password"), join(draft, "password"));
      rmSync(join(draft, "cluster", "hypertroq"), { recursive: true });
      renameSync(draft, this.#path);
    } catch {
      // A disk that is full or read-only, or another start that was quicker.
      rmSync(draft, { recursive: true, force: true });
    }
  }
}

/** By the system's program where there is one: Node's own copies need several times as long for a thousand files. */
async function copy(from: string, to: string): Promise<void> {
  if (process.platform === "win32") cpSync(from, to, { recursive: true });
  else await promisify(execFile)("cp", ["-Rp", from, to]);
}
