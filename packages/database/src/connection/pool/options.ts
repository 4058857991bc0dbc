import type { Logger } from "../../logger.ts";
import type { PoolHooks } from "./hooks.ts";
import type { Poolable } from "./poolable.ts";

/** What ends an open transaction when its connection is returned; "none" leaves it open for the next owner. */
export type ResetOnReturn = "rollback" | "commit" | "none";

/** How many connections a pool may have. */
export interface PoolLimits {
  /** Most connections kept when idle; 0: no limit to anything. SQLAlchemy's `pool_size`. */
  readonly size: number;
  /** Connections beyond `size` while they are needed; -1: no limit. SQLAlchemy's `max_overflow`. */
  readonly maxOverflow: number;
}

/** What a pool is made from; see `DatabaseOptions` for what each option means. Durations are in seconds. */
export interface PoolOptions<C extends Poolable> extends PoolLimits {
  readonly timeout: number;
  readonly recycle: number;
  readonly lifo: boolean;
  readonly resetOnReturn: ResetOnReturn;
  readonly minIdle: number;
  readonly idleTimeout: number;
  readonly keepalive: number;
  readonly maxConnecting: number;
  readonly connectRetry: number;
  readonly leakThreshold: number;
  /** How long a reset, a keepalive or what is still running at a return may take before its connection counts as dead. */
  readonly patience: number;
  readonly hooks: PoolHooks<C>;
  readonly logger: Logger;
  /** Makes a connection. The signal is aborted when the pool closes and will wait no longer. */
  open(signal: AbortSignal): Promise<C>;
}
