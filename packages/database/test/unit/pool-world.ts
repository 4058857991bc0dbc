import { expect, vi } from "vitest";
import type { PoolOptions } from "../../src/connection/pool/options.ts";
import type { Pool } from "../../src/connection/pool/pool.ts";
import {
  type Deferred,
  deferred,
  listeners,
  refusal,
  ScriptedConnection,
  type ScriptedLease,
  scriptedPool,
  settle,
} from "./scripted-wire.ts";

/** Somebody who asked for a connection. */
interface Caller {
  readonly number: number;
  readonly controller: AbortController;
  isWaiting: boolean;
}

/** A connect under way. */
interface Attempt {
  readonly made: Deferred<ScriptedConnection>;
  readonly step: number;
  isInvalidated: boolean;
}

/** What a step of a schedule does, to whichever of its objects the number points at. */
export const STEPS = [
  ...Array<"acquire">(7).fill("acquire"),
  "release",
  "release",
  "releaseDirty",
  "releaseBusy",
  "releaseAgain",
  "answer",
  "becomeIdle",
  "abort",
  ...Array<"connect">(7).fill("connect"),
  "failConnect",
  "refuseConnect",
  "lose",
  "renew",
  "abortRenewal",
  "releaseRenewing",
  "invalidate",
  "invalidateLease",
  "detach",
  "resize",
  "warmUp",
  "wait",
  "waitLong",
  "close",
] as const;
export type StepName = (typeof STEPS)[number];

/**
 * A pool, its callers and its wire, all in the hands of a schedule; it keeps its own account of what the pool must do.
 * Time is virtual.
 */
export class PoolWorld {
  readonly #options: Partial<PoolOptions<ScriptedConnection>>;
  readonly #pool: Pool<ScriptedConnection>;
  readonly #callers: Caller[] = [];
  readonly #held: ScriptedLease[] = [];
  readonly #returning = new Set<ScriptedLease>();
  readonly #renewing = new Map<ScriptedLease, AbortController>();
  readonly #past: ScriptedLease[] = [];
  readonly #detached = new Set<ScriptedConnection>();
  readonly #connections: ScriptedConnection[] = [];
  readonly #bornIn = new Map<ScriptedConnection, number>();
  readonly #invalidated = new Set<ScriptedConnection>();
  readonly #used = new Set<ScriptedConnection>();
  readonly #signals: AbortSignal[] = [];
  /** Who must have been refused by the end of the step. */
  #refused: (() => boolean) | undefined;
  #warming = 0;
  #attempts: Attempt[] = [];
  #step = 0;
  /** The last step in which the pool made older connections suspect. */
  #suspectStep = -1;
  #invalidations = 0;
  #pausedUntil = 0;
  #limit: number;
  /** The most connections there may be; above the limit only while a shrunk pool's lent ones come back. */
  #allowed: number;
  #isClosed = false;
  #closing: Promise<void> | undefined;
  #violation: unknown;

  constructor(options: Partial<PoolOptions<ScriptedConnection>>) {
    this.#options = options;
    this.#limit = this.#allowed = limitOf(options.size!, options.maxOverflow!);
    this.#pool = scriptedPool({
      ...options,
      open: (signal) => {
        const attempt = { made: deferred<ScriptedConnection>(), step: this.#step, isInvalidated: false };
        this.#attempts.push(attempt);
        signal.addEventListener("abort", () => this.#finish(attempt, () => attempt.made.reject(signal.reason)));
        return attempt.made.promise;
      },
    });
  }

  async run(step: StepName, number: number): Promise<void> {
    this.#step += 1;
    await this[step](number);
    await settle();
    this.#check();
  }

  acquire(): void {
    const caller = { number: this.#callers.length, controller: new AbortController(), isWaiting: true };
    this.#callers.push(caller);
    this.#signals.push(caller.controller.signal);
    this.#pool.checkout(caller.controller.signal).then(
      (lease) => {
        caller.isWaiting = false;
        this.#observe(() => {
          const earlier = this.#callers.filter((other) => other.isWaiting && other.number < caller.number);
          expect(earlier, "those who came earlier are served earlier").toEqual([]);
          this.#meet(lease);
        });
      },
      () => {
        caller.isWaiting = false;
      },
    );
  }

  release(number: number): void {
    const lease = take(this.#held, number);
    if (lease === undefined) return;
    this.#past.push(lease);
    const done = lease.release();
    if (done === undefined) return;
    this.#returning.add(lease);
    void done.then(() => this.#returning.delete(lease));
  }

  releaseDirty(number: number): void {
    const lease = pick(this.#held, number);
    if (lease !== undefined) lease.connection.inTransaction = true;
    this.release(number);
  }

  releaseBusy(number: number): void {
    const lease = pick(this.#held, number);
    if (lease !== undefined) lease.connection.isBusy = true;
    this.release(number);
  }

  releaseAgain(number: number): void {
    pick(this.#past, number)?.release();
  }

  answer(number: number): void {
    pick(
      this.#connections.filter((connection) => connection.unanswered.length > 0),
      number,
    )?.answer();
  }

  becomeIdle(number: number): void {
    pick(
      this.#connections.filter((connection) => connection.isBusy),
      number,
    )?.becomeIdle();
  }

  abort(number: number): void {
    pick(
      this.#callers.filter((caller) => caller.isWaiting),
      number,
    )?.controller.abort();
  }

  connect(number: number): void {
    const attempt = pick(this.#attempts, number);
    if (attempt === undefined) return;
    const connection = new ScriptedConnection();
    this.#connections.push(connection);
    this.#bornIn.set(connection, attempt.step);
    if (attempt.isInvalidated) this.#invalidated.add(connection);
    this.#pausedUntil = 0;
    this.#finish(attempt, () => attempt.made.resolve(connection));
  }

  failConnect(number: number): void {
    const attempt = pick(this.#attempts, number);
    if (attempt === undefined) return;
    const [renewal] = this.#renewing.keys();
    const caller = this.#callers.find((one) => one.isWaiting);
    if (renewal !== undefined) this.#refused = () => !this.#renewing.has(renewal);
    else if (caller !== undefined) this.#refused = () => !caller.isWaiting;
    this.#finish(attempt, () => attempt.made.reject(refusal(false)));
  }

  refuseConnect(number: number): void {
    const attempt = pick(this.#attempts, number);
    if (attempt === undefined) return;
    this.#pausedUntil = performance.now() + 1000;
    this.#finish(attempt, () => attempt.made.reject(refusal(true)));
  }

  lose(number: number): void {
    pick(
      this.#connections.filter((connection) => !connection.isLost),
      number,
    )?.lose();
  }

  renew(number: number): void {
    const lease = take(this.#held, number);
    if (lease === undefined) return;
    lease.connection.lose();
    const controller = new AbortController();
    this.#signals.push(controller.signal);
    this.#renewing.set(lease, controller);
    lease.renew(controller.signal).then(
      () => {
        this.#renewing.delete(lease);
        this.#observe(() => {
          expect(this.#used.has(lease.connection), "a renewed connection has not been used before").toBe(false);
          this.#meet(lease);
        });
      },
      () => this.#renewing.delete(lease),
    );
  }

  abortRenewal(number: number): void {
    pick([...this.#renewing.values()], number)?.abort();
  }

  releaseRenewing(number: number): void {
    void pick([...this.#renewing.keys()], number)?.release();
  }

  invalidate(): void {
    this.#pool.invalidate();
    for (const connection of this.#connections) this.#invalidated.add(connection);
    for (const attempt of this.#attempts) attempt.isInvalidated = true;
  }

  invalidateLease(number: number): void {
    const lease = pick(this.#held, number);
    if (lease === undefined) return;
    lease.invalidate();
    this.#invalidated.add(lease.connection);
  }

  detach(number: number): void {
    const lease = take(this.#held, number);
    if (lease === undefined) return;
    this.#past.push(lease);
    this.#detached.add(lease.detach());
  }

  resize(number: number): void {
    const size = 1 + (number % 4);
    const maxOverflow = number % 3;
    this.#limit = limitOf(size, maxOverflow);
    this.#allowed = Math.max(this.#limit, Math.min(this.#allowed, this.#count()));
    this.#pool.resize({ size, maxOverflow });
  }

  warmUp(number: number): void {
    this.#warming += 1;
    const done = (): void => {
      this.#warming -= 1;
    };
    this.#pool.warmUp(number % 4).then(done, done);
  }

  async wait(): Promise<void> {
    vi.advanceTimersByTime(50);
  }

  async waitLong(number: number): Promise<void> {
    for (let part = 0; part < 3 + (number % 8); part++) {
      vi.advanceTimersByTime(500);
      await settle();
    }
  }

  close(number: number): void {
    if (this.#step < 30 || number % 5 > 0) return; // or most schedules would be of a closed pool
    this.#isClosed = true;
    this.#closing ??= this.#pool.close(1);
  }

  /** Lets all end well, and sees that nobody and nothing was forgotten. */
  async end(): Promise<void> {
    for (let round = 0; round < 60 && this.#isUnsettled; round++) {
      for (let left = this.#attempts.length; left > 0; left--) this.connect(0);
      for (let left = this.#held.length; left > 0; left--) this.release(0);
      for (const connection of this.#connections) {
        while (connection.unanswered.length > 0) connection.answer();
        connection.becomeIdle();
      }
      await settle();
      if (!this.#isUnsettled) break;
      vi.advanceTimersByTime(100); // a pause after a failed connect
      await settle();
      this.#check();
    }
    expect(this.#callers.filter((caller) => caller.isWaiting)).toEqual([]);
    expect(this.#warming, "warming up has come to an end").toBe(0);
    expect(this.#pool.status()).toMatchObject({ checkedOut: 0, waiting: 0 });
    let isClosed = false;
    void this.#pool.close(0.05).then(() => {
      isClosed = true;
    });
    for (let part = 0; part < 10 && !isClosed; part++) {
      await settle();
      vi.advanceTimersByTime(500);
    }
    await settle();
    expect(isClosed).toBe(true);
    expect(this.#pool.status()).toMatchObject({ checkedIn: 0, checkedOut: 0, overflow: 0, waiting: 0 });
    expect(this.#connections.filter((one) => !one.isClosed && !this.#detached.has(one))).toEqual([]);
    expect(this.#signals.reduce((sum, signal) => sum + listeners(signal), 0)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    const { closes, connects, detached } = this.#pool.counters();
    expect(Object.values(closes).reduce((sum, n) => sum + n, 0) + detached).toBe(connects);
  }

  get #isUnsettled(): boolean {
    const isBusy = this.#attempts.length + this.#held.length + this.#returning.size + this.#renewing.size > 0;
    if (this.#warming > 0) return true;
    return isBusy || this.#callers.some((caller) => caller.isWaiting);
  }

  #finish(attempt: Attempt, how: () => void): void {
    this.#attempts = this.#attempts.filter((other) => other !== attempt);
    how();
  }

  /** Keeps what is found wrong where nobody would catch it for the end of the step. */
  #observe(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.#violation ??= error;
    }
  }

  /** Somebody has been given a connection. */
  #meet(lease: ScriptedLease): void {
    const { connection } = lease;
    this.#held.push(lease);
    expect(lease.isFresh && this.#used.has(connection), "what is called fresh has not been used before").toBe(false);
    this.#used.add(connection);
    const owners = this.#held.filter((other) => other.connection === connection);
    expect(owners, "a connection has one owner").toEqual([lease]);
    expect(this.#invalidated.has(connection), "an invalidated connection is not lent").toBe(false);
    expect(this.#detached.has(connection), "a detached connection is not lent").toBe(false);
    expect(connection.isLost, "a dead connection is not lent").toBe(false);
    expect(connection.inTransaction, "a connection in a transaction is not lent").toBe(false);
    expect(connection.isBusy, "a busy connection is not lent").toBe(false);
  }

  /** Connections that exist at the server, that are being made, or that are to come for leases that have their places. */
  #count(): number {
    const alive = this.#connections.filter((one) => !one.isClosed && !this.#detached.has(one));
    return alive.length + Math.max(this.#attempts.length, this.#renewing.size);
  }

  #check(): void {
    if (this.#violation !== undefined) throw this.#violation;
    expect(this.#refused?.() ?? true, "who is first learns of a failure that does not pass").toBe(true);
    this.#refused = undefined;
    const { invalidations } = this.#pool.counters();
    if (invalidations !== this.#invalidations) this.#suspectStep = this.#step;
    this.#invalidations = invalidations;
    this.#allowed = Math.max(this.#limit, Math.min(this.#allowed, this.#count()));
    expect(this.#count(), "there are never more than the limit").toBeLessThanOrEqual(this.#allowed);

    const users = new Set([...this.#held, ...this.#returning].map((lease) => lease.connection));
    const owned = this.#connections.filter((one) => !one.isClosed && !this.#detached.has(one));
    const idle = owned.filter((one) => !users.has(one));
    const lent = this.#held.length + this.#returning.size;
    const occupied = idle.length + lent + this.#renewing.size;
    const open = occupied + Math.max(0, this.#attempts.length - this.#renewing.size);
    const keptIdle = idle.filter((one) => one.unanswered.length === 0);
    if (open > this.#limit) expect(keptIdle, "what is beyond the limit is closed, if it is idle").toEqual([]);
    expect(this.#attempts.length, "few are opened at the same time").toBeLessThanOrEqual(this.#options.maxConnecting!);
    const waiting = this.#callers.filter((caller) => caller.isWaiting).length;
    const { size: _, overflow: __, ...status } = this.#pool.status();
    expect(status).toEqual({
      checkedIn: idle.length,
      checkedOut: lent + this.#renewing.size,
      waiting,
    });
    this.#checkTimers(waiting + this.#renewing.size + this.#warming);
    if (this.#isClosed) expect(waiting + this.#renewing.size, "nobody waits for a closed pool").toBe(0);
    else if (waiting > 0) this.#checkNeed(idle, open, waiting);
  }

  /** When nothing is waited for, there are only those timers that keep no process alive: upkeep's and a pause's. */
  #checkTimers(waiting: number): void {
    const isAsking = this.#connections.some((one) => one.unanswered.length > 0) || this.#returning.size > 0;
    const isFilling = (this.#options.minIdle ?? 0) > 0;
    if (waiting > 0 || isAsking || isFilling || this.#isClosed) return;
    expect(vi.getTimerCount(), "nobody's timer is left").toBeLessThanOrEqual(
      performance.now() < this.#pausedUntil ? 2 : 1,
    );
  }

  /** Somebody waits: then there is nothing they could have been given, and all that may be done for them is. */
  #checkNeed(idle: readonly ScriptedConnection[], open: number, waiting: number): void {
    const { recycle = -1, maxConnecting = 4 } = this.#options;
    const fit = idle.filter(
      (one) =>
        !one.isLost &&
        !this.#invalidated.has(one) &&
        one.unanswered.length === 0 &&
        this.#bornIn.get(one)! > this.#suspectStep &&
        recycle === -1,
    );
    expect(fit, "nobody waits beside an idle connection").toEqual([]);
    const isPaused = performance.now() < this.#pausedUntil;
    if (isPaused || open >= this.#limit) return;
    expect(this.#attempts.length, "what can be opened for them is").toBeGreaterThanOrEqual(
      Math.min(maxConnecting, waiting + this.#renewing.size),
    );
  }
}

function limitOf(size: number, maxOverflow: number): number {
  return size === 0 || maxOverflow === -1 ? Number.POSITIVE_INFINITY : size + maxOverflow;
}

function pick<T>(from: readonly T[], number: number): T | undefined {
  return from[number % Math.max(1, from.length)];
}

function take<T>(from: T[], number: number): T | undefined {
  return from.splice(number % Math.max(1, from.length), 1)[0];
}
