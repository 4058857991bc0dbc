import type { Connection } from "../connection.ts";

/**
 * What an application adds to a connection's way through the pool: SQLAlchemy's pool events. What a hook returns is
 * awaited before the connection goes on, for `connectTimeout` at most, except by `checkin`, `invalidate` and `close`, which
 * cannot wait.
 *
 * | hook         | when                                                             | when it throws                   |
 * |--------------|------------------------------------------------------------------|----------------------------------|
 * | `connect`    | once, right after opening, before any other                      | closed; the caller gets the error |
 * | `checkout`   | each time before it is lent, and again for one that `renew` made | closed; the caller gets the error |
 * | `reset`      | each time it is returned, before the pool's own reset            | closed; the error is logged      |
 * | `checkin`    | each time it is returned, after the reset, if it is kept         | closed; the error is logged      |
 * | `invalidate` | when it was found dead or marked for replacement, before `close` | logged                           |
 * | `close`      | before it is closed; not for one that was detached               | logged                           |
 */
export interface PoolHooks<C = Connection> {
  /** Once, right after opening. */
  connect?(connection: C): void | Promise<void>;
  /** Each time before it is lent. */
  checkout?(connection: C): void | Promise<void>;
  /** Each time it is returned, before the pool's own reset. */
  reset?(connection: C): void | Promise<void>;
  /** Each time it is returned and kept, after the reset. */
  checkin?(connection: C): void;
  /** When it was found dead or marked for replacement. */
  invalidate?(connection: C): void;
  /** Before it is closed. */
  close?(connection: C): void;
}

const NAMES: readonly string[] = ["connect", "checkout", "reset", "checkin", "invalidate", "close"];

/** What is wrong with hooks that came from a caller without types, a sentence each. */
export function hookProblems(hooks: unknown): readonly string[] {
  if (typeof hooks !== "object" || hooks === null) return ["hooks must be an object of functions by name"];
  return Object.entries(hooks).flatMap(([name, hook]) => {
    if (!NAMES.includes(name)) return [`hooks.${name} is no hook; there are ${NAMES.join(", ")}`];
    return hook === undefined || typeof hook === "function" ? [] : [`hooks.${name} must be a function`];
  });
}
