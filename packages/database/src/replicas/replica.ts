import { AsyncResource } from "node:async_hooks";
import type { ConnectOptions } from "../connection/connect.ts";
import type { Lease } from "../connection/pool/lease.ts";
import type { Pool } from "../connection/pool/pool.ts";
import type { PoolStatus } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { formatHost } from "../url.ts";
import { lsnOf, type Position } from "./position.ts";
import { Probe } from "./probe.ts";
import { reasonOf } from "./reason.ts";
import type { Trail } from "./trail.ts";

/**
 * Whether reads go to a host: `up`; `lagging` it is further behind than it may be; `down` it did not answer; `primary` it
 * is no replica now, as after it was promoted; `foreign` it is a copy of another database cluster; `unknown` it was not
 * looked at yet.
 */
export type ReplicaState = "up" | "lagging" | "down" | "primary" | "foreign" | "unknown";

/** A replica at one moment. */
export interface ReplicaStatus {
  /** `host:port`, as REPLICA_URLS names it. */
  readonly host: string;
  readonly state: ReplicaState;
  /** Why it is down. */
  readonly reason: string | undefined;
  /** Seconds that it was behind at the last look; Infinity: longer than it may be, or unknown how long. Undefined: not known. */
  readonly lag: number | undefined;
  readonly pool: PoolStatus;
  /** Connections lent to sessions so far: one for each read by itself, one for each transaction. */
  readonly reads: number;
  /** Reads that went on to the primary, because it was gone, had not come far enough, or refused them. */
  readonly fallbacks: number;
}

/** Milliseconds between two looks; after a failure the double of the last pause, up to the longest. */
const PERIOD = 1000;
const LONGEST = 15_000;

/**
 * What a replica says of itself. The timeline is the newest that it is known to follow: what it receives, where its user may
 * see that (pg_monitor), else what its control file says, which is later.
 */
const LOOK = `select pg_is_in_recovery(), pg_last_wal_replay_lsn()::text,
  (select system_identifier::text from pg_control_system()),
  greatest((select received_tli from pg_stat_wal_receiver),
    (select min_recovery_end_timeline from pg_control_recovery()), (select timeline_id from pg_control_checkpoint()))`;

const REPLAYED = "select pg_last_wal_replay_lsn()::text";

/** What looks know beyond the replica. */
export interface Surroundings {
  readonly trail: Trail;
  /** Of the primary's cluster; undefined until it is known. */
  readonly system: string | undefined;
  /** Seconds that a replica may be behind. */
  readonly maxLag: number;
  readonly logger: Logger;
}

/** One replica: its pool, and what is known of it. */
export class Replica {
  readonly pool: Pool;
  readonly host: string;
  readonly #probe: Probe;
  readonly #context = new AsyncResource("Replica");
  readonly #surroundings: Surroundings;
  #state: ReplicaState = "unknown";
  #reason: string | undefined;
  #lag: number | undefined;
  #reached: Position = { timeline: 0, lsn: 0n };
  #pause = PERIOD;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  /** It has failed somebody since the last look. */
  #isSuspect = false;
  #isClosed = false;
  reads = 0;
  fallbacks = 0;
  /** Those who wait for an answer of it: called when it is down. */
  readonly #waiting = new Set<() => void>();

  constructor(target: ConnectOptions, pool: Pool, surroundings: Surroundings) {
    this.host = target.hosts.map(formatHost).join(",");
    this.pool = pool;
    this.#probe = new Probe({ ...target, targetSessionAttrs: "any", applicationName: "hypertroq replica look" });
    this.#surroundings = surroundings;
  }

  /** Whether reads may go there. */
  get isUp(): boolean {
    return this.#state === "up" && !this.#isSuspect && this.#probe.isConnected;
  }

  status(): ReplicaStatus {
    const { host, reads, fallbacks } = this;
    const state = this.#state === "up" && !this.isUp ? "down" : this.#state;
    const reason = state === "down" ? (this.#reason ?? "Its connection was closed.") : undefined;
    return { host, state, reason, lag: this.#lag, pool: this.pool.status(), reads, fallbacks };
  }

  /**
   * Whether what was committed before this position can be read there. Asked on the connection that is to read, unless it
   * is known.
   */
  async hasReached({ timeline, lsn }: Position, connection: Lease["connection"]): Promise<boolean> {
    if (this.#reached.timeline < timeline) return false;
    if (this.#reached.lsn >= lsn) return true;
    const { rows } = await connection.query(REPLAYED);
    this.#advance(lsnOf(rows[0]![0] as string));
    return this.#reached.lsn >= lsn;
  }

  /** It failed somebody: nobody new is sent there until it was looked at, which is at once. */
  failed(error: unknown): void {
    this.#isSuspect = true;
    this.#forget();
    this.#reason = reasonOf(error);
    this.#lookIn(0);
  }

  /** What the work comes to; undefined as soon as the replica is down. */
  async unlessDown<T>(work: Promise<T>): Promise<T | undefined> {
    if (this.#state === "down") {
      work.catch(() => {});
      return undefined;
    }
    return await new Promise((resolve, reject) => {
      const giveUp = (): void => resolve(undefined);
      this.#waiting.add(giveUp);
      work.then(resolve, reject).finally(() => this.#waiting.delete(giveUp));
    });
  }

  /** Looks at it, now and from now on. Never rejects. */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      this.#lookIn(this.#pause * (1 - Math.random() / 10));
    });
    await this.#looking;
  }

  async close(timeout: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await Promise.all([this.#probe.close(), this.#looking, this.pool.close(timeout)]);
  }

  async #look(): Promise<void> {
    try {
      const [inRecovery, replayed, system, timeline] = await this.#probe.ask(LOOK);
      this.#pause = PERIOD;
      this.#isSuspect = false;
      const { trail, system: own, maxLag } = this.#surroundings;
      if (own !== undefined && system !== own) this.#fall("foreign");
      else if (inRecovery !== true || typeof replayed !== "string") this.#fall("primary");
      else {
        this.#reached = { timeline: Number(timeline), lsn: this.#reached.lsn };
        this.#advance(lsnOf(replayed));
        this.#lag = trail.lagOf(this.#reached.lsn, performance.now());
        this.#become((this.#lag ?? 0) > maxLag ? "lagging" : "up");
      }
    } catch (error) {
      if (this.#isClosed) return;
      this.#pause = this.#state === "down" ? Math.min(this.#pause * 2, LONGEST) : PERIOD;
      this.#fall("down", error);
    }
  }

  #advance(lsn: bigint): void {
    if (lsn > this.#reached.lsn) this.#reached = { ...this.#reached, lsn };
  }

  /** What was known of it holds no more: a replica that starts again may be behind where it was. */
  #forget(): void {
    this.#reached = { timeline: 0, lsn: 0n };
    this.#lag = undefined;
  }

  #fall(state: "down" | "primary" | "foreign", error?: unknown): void {
    this.#forget();
    if (state !== "down" && state !== this.#state) this.pool.invalidate();
    this.#reason = reasonOf(error);
    this.#become(state);
    for (const giveUp of this.#waiting) giveUp();
  }

  #become(state: ReplicaState): void {
    if (state === this.#state) return;
    const { logger } = this.#surroundings;
    const facts = { replica: this.host, state, was: this.#state, lag: this.#lag, reason: this.#reason };
    if (state === "up") logger.info(facts, "reads go to a replica");
    else logger.warn(facts, "no reads go to a replica");
    this.#state = state;
  }

  #lookIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    // Not in the context of whoever it failed, which the connection would keep alive.
    this.#context.runInAsyncScope(() => {
      this.#timer = setTimeout(() => void this.look(), milliseconds).unref();
    });
  }
}
