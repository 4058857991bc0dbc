import { fileURLToPath } from "node:url";
import type { Logger } from "../../logger.ts";
import type { PooledLease } from "./lease.ts";
import type { LinkedList } from "./linked-list.ts";
import type { Poolable } from "./poolable.ts";

/** Where this library lies, whose own frames tell nobody anything. */
const OWN = new URL("../../", import.meta.url).href;
const FRAMES = 50;

/** Where `called` was called from: the lines of a stack, without it and without this library's. */
export function stackOf(called: (...args: never[]) => unknown): string {
  const trace: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  Error.captureStackTrace(trace, called);
  Error.stackTraceLimit = stackTraceLimit;
  const lines = (trace.stack ?? "").split("\n").slice(1);
  return lines.filter((line) => !line.includes(OWN) && !line.includes(fileURLToPath(OWN))).join("\n");
}

/** Warns, once for each, of connections lent for longer than `threshold` seconds. Returns how many are new. */
export function reportLeaks<C extends Poolable>(
  lent: LinkedList<PooledLease<C>>,
  threshold: number,
  logger: Logger,
): number {
  const now = performance.now();
  let found = 0;
  for (const lease of lent) {
    const seconds = (now - lease.since) / 1000;
    if (seconds < threshold) break; // those that follow were lent later
    if (lease.isLeakReported) continue;
    lease.isLeakReported = true;
    found += 1;
    logger.warn(
      { seconds: Math.round(seconds * 10) / 10, stack: lease.site },
      "a connection has been held for long; is it returned at all? It was checked out here",
    );
  }
  return found;
}
