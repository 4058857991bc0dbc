import { randomBytes } from "node:crypto";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RevisionsBusy } from "../errors/files.ts";
import { RevisionNotWritten } from "../errors.ts";

/** Milliseconds that others may keep us waiting, and after which a claim of another machine's process counts as left behind. */
const PATIENCE = 30_000;

/** `.4711.host.3f1c0de4a9b2.claim`: hidden, so that no one takes it for a revision. */
const CLAIM = /^\.(\d+)\.(.*)\.[0-9a-f]{12}\.claim$/;

/**
 * Runs `work` while no other process writes revisions of this directory, so that of two at once the second follows the
 * first instead of making a second head.
 *
 * Each lays a claim, a hidden file, and looks for others only then: who sees none has the turn, and who sees one takes
 * its own back and tries again after a while. Of two whose claims overlap at least the later sees the other. A claim that
 * a killed process has left is removed by the next.
 *
 * @throws {RevisionsBusy} when the others do not end. @throws {RevisionNotWritten} when no file can be made.
 */
export async function inTurn<T>(directory: string, work: () => Promise<T>, patience = PATIENCE): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    const name = `.${process.pid}.${hostname()}.${randomBytes(6).toString("hex")}.claim`;
    const claim = join(directory, name);
    try {
      await writeFile(claim, "", { flag: "wx" });
    } catch (error) {
      throw new RevisionNotWritten(claim, String((error as NodeJS.ErrnoException).code));
    }
    let others: readonly string[];
    try {
      others = await othersIn(directory, name);
      if (others.length === 0) return await work();
    } finally {
      await rm(claim, { force: true });
    }
    if (Date.now() > deadline) throw new RevisionsBusy(directory, others);
    // Drawn anew each time, so that two that met do not meet again.
    await sleep(20 + Math.random() * 100);
  }
}

/** The processes that have a claim there, besides our own; claims without a process are removed. */
async function othersIn(directory: string, own: string): Promise<readonly string[]> {
  const others: string[] = [];
  for (const name of await readdir(directory)) {
    const [, id, host] = CLAIM.exec(name) ?? [];
    if (id === undefined || name === own) continue;
    const claim = join(directory, name);
    if (host === hostname() ? isAlive(Number(id)) : await isRecent(claim)) others.push(`${id} on ${host}`);
    else await rm(claim, { force: true });
  }
  return others;
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it is there, and somebody else's
  }
}

async function isRecent(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs < PATIENCE;
}
