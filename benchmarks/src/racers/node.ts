import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Semantics } from "../client.ts";
import { PEERS } from "../contestants/index.ts";
import { startChild } from "./child.ts";
import type { Course, LeftOut, Racer } from "./racer.ts";

const WORKER = fileURLToPath(new URL("../../dist/worker.js", import.meta.url));

/** Why a library of `PEERS` is missing. */
export const NOT_INSTALLED = "it is not installed: npm ci --prefix benchmarks/peers";

/**
 * A contestant that runs on Node, in a process of its own, so that its heap, its compiled code and its CPU time are too.
 * It is started with the flags this process was started with, `--cpu-prof` for one.
 */
export async function startNode(name: string, semantics: Semantics, course: Course): Promise<Racer | LeftOut> {
  if (name in PEERS && !existsSync(PEERS[name]!)) return { name, reason: NOT_INSTALLED };
  return await startChild(name, semantics, [process.execPath, ...process.execArgv, WORKER, name, semantics], course);
}
