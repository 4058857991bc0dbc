import { fileURLToPath } from "node:url";
import type { Semantics } from "../client.ts";
import { leftOutOf } from "../contestants/peers.ts";
import { startChild } from "./child.ts";
import type { Course, LeftOut, Racer } from "./racer.ts";

const WORKER = fileURLToPath(new URL("../../dist/worker.js", import.meta.url));

/**
 * A contestant that runs on Node, in a process of its own, so that its heap, its compiled code and its CPU time are too.
 * It is started with the flags this process was started with, `--cpu-prof` for one.
 */
export async function startNode(name: string, semantics: Semantics, course: Course): Promise<Racer | LeftOut> {
  const [leftOut] = leftOutOf([name]);
  if (leftOut !== undefined) return leftOut;
  return await startChild(name, semantics, [process.execPath, ...process.execArgv, WORKER, name, semantics], course);
}
