import { fileURLToPath } from "node:url";
import type { Semantics } from "../client.ts";
import { startChild } from "./child.ts";
import type { Course, Racer } from "./racer.ts";

const WORKER = fileURLToPath(new URL("../../dist/worker.js", import.meta.url));

/** A contestant that runs on Node, so that its heap, its compiled code and its CPU time are its own. */
export function startNode(name: string, semantics: Semantics, course: Course): Promise<Racer> {
  return startChild(name, semantics, [process.execPath, WORKER, name, semantics], course);
}
