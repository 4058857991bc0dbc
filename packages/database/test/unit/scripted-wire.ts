import { getEventListeners } from "node:events";
import type { Lease } from "../../src/connection/pool/lease.ts";
import type { PoolOptions } from "../../src/connection/pool/options.ts";
import { Pool } from "../../src/connection/pool/pool.ts";
import type { Poolable } from "../../src/connection/pool/poolable.ts";
import { ConnectionFailed } from "../../src/errors.ts";
import { silentLogger } from "../../src/logger.ts";

/** A promise and what settles it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function deferred<T>(): Deferred<T> {
  let [resolve, reject]: [(value: T) => void, (reason: unknown) => void] = [() => {}, () => {}];
  const promise = new Promise<T>((onResolve, onReject) => {
    [resolve, reject] = [onResolve, onReject];
  });
  return { promise, resolve, reject };
}

/** A connection without a server: what it answers, and whether it lives, the test says. */
export class ScriptedConnection implements Poolable {
  readonly openedAt = Date.now();
  isLost = false;
  hasNewRole = false;
  isClosed = false;
  inTransaction = false;
  isBusy = false;
  /** Statements that have not been answered. */
  readonly unanswered: { readonly text: string; readonly answer: Deferred<void> }[] = [];
  pulses = 0;
  readonly #onIdle: (() => void)[] = [];

  async whenIdle(): Promise<void> {
    if (this.isBusy && !this.isLost) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  becomeIdle(): void {
    this.isBusy = false;
    for (const run of this.#onIdle.splice(0)) run();
  }

  query(text: string): Promise<void> {
    const answer = deferred<void>();
    if (this.isLost) answer.reject(new Error("lost"));
    else this.unanswered.push({ text, answer });
    return answer.promise;
  }

  /** Answers the first statement. */
  answer(): void {
    const { text, answer } = this.unanswered.shift()!;
    if (text !== "select 1") this.inTransaction = false;
    answer.resolve();
  }

  lose(): void {
    this.isLost = true;
    for (const { answer } of this.unanswered.splice(0)) answer.reject(new Error("lost"));
    this.becomeIdle();
  }

  checkPulse(): void {
    this.pulses += 1;
  }

  cancel(): void {
    this.becomeIdle();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.lose();
  }

  destroy(): void {
    this.isClosed = true;
    this.lose();
  }
}

/** Options of a pool with a scripted wire that opens at once; a test overrides what it is about. */
export const OPTIONS: PoolOptions<ScriptedConnection> = {
  size: 2,
  maxOverflow: 0,
  timeout: 30,
  recycle: -1,
  lifo: true,
  resetOnReturn: "rollback",
  minIdle: 0,
  idleTimeout: 0,
  keepalive: 0,
  maxConnecting: 4,
  connectRetry: 5,
  leakThreshold: 0,
  patience: 30,
  hooks: {},
  logger: silentLogger,
  open: async () => new ScriptedConnection(),
};

export type ScriptedLease = Lease<ScriptedConnection>;

export function scriptedPool(options: Partial<PoolOptions<ScriptedConnection>> = {}): Pool<ScriptedConnection> {
  return new Pool({ ...OPTIONS, ...options });
}

/** What connecting fails with. */
export function refusal(isTransient: boolean): ConnectionFailed {
  const reason = isTransient ? "nothing listens there" : "the password is wrong";
  return new ConnectionFailed(`Cannot connect: ${reason}.`, { host: "localhost", port: 5432, reason, isTransient });
}

export function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

/** Lets everything that does not wait for time happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await undefined;
}
