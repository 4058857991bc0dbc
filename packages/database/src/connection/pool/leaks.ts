import { applicationStack } from "../../application-stack.ts";
import type { Logger } from "../../logger.ts";
import type { PooledLease } from "./lease.ts";
import type { LinkedList } from "./linked-list.ts";
import type { Poolable } from "./poolable.ts";

/** Where `called` was called from: the application's lines of the stack. */
export function stackOf(called: (...args: never[]) => unknown): string {
  return applicationStack(called).join("\n");
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
