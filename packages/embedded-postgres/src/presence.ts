import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";

/** `owner`: answers for the data directory. `user`: relies on the server. `closing`: is about to stop it if nobody does. */
export type Role = "owner" | "user" | "closing";

/**
 * That a process is here, and as what: an empty file `ROLE-PID-START-NONCE` in the control directory. It holds for as long
 * as that process lives: it needs no heartbeat, can't be half-written, and one left by a killed process is void by itself.
 * All synchronous, so that what must happen close together does.
 */
export class Presence {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  static enter(control: string, role: Role): Presence {
    mkdirSync(control, { recursive: true, mode: 0o700 });
    const { pid, startedAt } = identify(process.pid)!;
    const file = join(control, `${role}-${pid}-${startedAt}-${randomBytes(6).toString("hex")}`);
    writeFileSync(file, "", { flag: "wx", mode: 0o600 });
    return new Presence(file);
  }

  /** The live processes that are here in a role, by the name of their file. Removes the files of dead ones. */
  static list(control: string, role: Role): Map<string, ProcessIdentity> {
    const live = new Map<string, ProcessIdentity>();
    for (const name of entries(control)) {
      const match = /^(\w+)-(\d+)-(\w+)-[0-9a-f]{12}$/.exec(name);
      if (match?.[1] !== role) continue;
      const identity = { pid: Number(match[2]), startedAt: match[3]! };
      if (isAlive(identity)) live.set(name, identity);
      else rmSync(join(control, name), { force: true });
    }
    return live;
  }

  /** The others in a role. */
  others(control: string, role: Role): Map<string, ProcessIdentity> {
    const live = Presence.list(control, role);
    live.delete(this.name);
    return live;
  }

  get name(): string {
    return basename(this.#file);
  }

  leave(): void {
    rmSync(this.#file, { force: true });
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
