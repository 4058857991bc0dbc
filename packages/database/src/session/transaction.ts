import type { Flown, Result, Step } from "../connection/flight.ts";
import type { Lease } from "../connection/pool/lease.ts";
import {
  CommitOutcomeUnknown,
  ConnectionLost,
  InFailedTransaction,
  type TrackedTransaction,
  TransactionRolledBack,
} from "../errors.ts";
import { firstFlight, type Lender } from "./autocommit.ts";
import { INCARNATION } from "./commit-outcome.ts";

/** PostgreSQL, "Transaction Isolation". */
export type Isolation = "read committed" | "repeatable read" | "serializable";

export interface TransactionOptions {
  /** A transaction in which the server refuses every write. Default false. */
  readonly readOnly?: boolean | undefined;
  /** Default: the server's, which is read committed unless somebody changed it. */
  readonly isolation?: Isolation | undefined;
  /** With `serializable` and `readOnly`: waits for a snapshot that cannot fail (PostgreSQL, SET TRANSACTION). */
  readonly deferrable?: boolean | undefined;
  /** Seconds after which the server cancels a statement of this transaction; fractions count, 0 never. */
  readonly statementTimeout?: number | undefined;
  /** Seconds after which a statement of this transaction gives up waiting for a lock; 0 never. */
  readonly lockTimeout?: number | undefined;
  /**
   * Settings for this transaction only, by `set_config(…, true)`: what row security policies read by `current_setting`,
   * for example `{ "app.user_id": id }`.
   */
  readonly context?: Readonly<Record<string, string>> | undefined;
  /**
   * Asks for the transaction's id along with its first write, which lets `DatabaseManager.resolveCommit` tell later how a
   * commit ended whose answer was lost. No further round trip. Default false; `DatabaseManager.retry` does it.
   */
  readonly trackOutcome?: boolean | undefined;
}

interface Pending {
  readonly step: Step;
  resolve(result: Result): void;
  reject(reason: unknown): void;
}

const TRACK: Step = { text: `select pg_current_xact_id_if_assigned()::text, ${INCARNATION}`, values: [] };

/**
 * A transaction on a borrowed connection. BEGIN, settings and savepoints travel with the statement that comes after them,
 * and statements that are given while others are in the air travel together: each flight is one round trip.
 */
export class Transaction {
  readonly #lender: Lender;
  readonly #options: TransactionOptions;
  readonly #signal: AbortSignal | undefined;
  #lease: Lease | undefined;
  /** To be sent before the next statement. */
  readonly #before: Step[];
  readonly #waiting: Pending[] = [];
  /** Settles when nothing is in the air and nothing waits. */
  #flying: Promise<void> | undefined;
  #tracked: TrackedTransaction | undefined;
  /** Why no connection could be had; the transaction never began. */
  #refusal: { readonly error: unknown } | undefined;

  /** Sends nothing yet. @param signal aborting it cancels what is in the air. */
  constructor(lender: Lender, options: TransactionOptions, signal: AbortSignal | undefined) {
    this.#lender = lender;
    this.#options = options;
    this.#signal = signal;
    this.#before = opening(options);
  }

  /** Runs a statement after those given before. @throws like `Pool.checkout` and `Connection.query`. */
  run(step: Step): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ step, resolve, reject });
      this.#flying ??= this.#fly();
    });
  }

  /** Opens a savepoint, with the next statement. */
  savepoint(name: string): void {
    this.#before.push(plain(`savepoint ${name}`));
  }

  /** Waits for what was given so far, and releases the savepoint, with the next statement. */
  async release(name: string): Promise<void> {
    await this.#flying;
    if (this.#takeBack(name)) return;
    if (this.#lease?.connection.isFailed) throw new TransactionRolledBack();
    this.#before.push(plain(`release savepoint ${name}`));
  }

  /** Waits for what was given so far, and rolls it back to the savepoint. Where it fails, all of it is rolled back. */
  async rollbackTo(name: string): Promise<void> {
    await this.#flying;
    // Not cancelled by the session's signal: an abort is a reason to roll back, not against it.
    if (this.#takeBack(name) || this.#lease === undefined) return;
    this.#before.length = 0; // savepoints inside this one that were never sent
    await this.#lease.connection.fly([plain(`rollback to savepoint ${name}`), plain(`release savepoint ${name}`)]);
  }

  /**
   * Commits and gives the connection back.
   *
   * @throws what `Pool.checkout` threw, when that was the reason why nothing could be done.
   * @throws {TransactionRolledBack} when a statement had failed and its error was swallowed: PostgreSQL answers such a
   *   COMMIT with ROLLBACK and no error. @throws {CommitOutcomeUnknown} when the connection died before the answer.
   */
  async commit(): Promise<void> {
    await this.#flying;
    if (this.#refusal !== undefined) throw this.#refusal.error;
    const lease = this.#lease;
    if (lease === undefined) return;
    const { results, failure } = await lease.connection.fly([...this.#before, plain("commit")]);
    await lease.release();
    if (failure === undefined) {
      if (results.at(-1)?.command === "ROLLBACK") throw new TransactionRolledBack();
      return;
    }
    if (!(failure instanceof ConnectionLost) || failure.wasSent === false) throw failure;
    if (this.#options.readOnly) return; // nothing was at stake
    throw new CommitOutcomeUnknown(
      "The connection was lost while the transaction was being committed. Look at the data before doing it again.",
      { cause: failure, transaction: this.#tracked },
    );
  }

  /** Rolls back and gives the connection back. Never throws. */
  async rollback(): Promise<void> {
    await this.#flying;
    await this.#lease?.release();
  }

  /** Never rejects: what fails, fails for the statements concerned. */
  async #fly(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        this.#settle(batch, await this.#send(batch));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#flying = undefined;
  }

  async #send(batch: readonly Pending[]): Promise<Flown & { readonly skip: number }> {
    if (this.#refusal !== undefined) throw this.#refusal.error;
    const isFirst = this.#lease === undefined;
    this.#lease ??= await this.#lender.pool.checkout(this.#signal).catch((error: unknown) => {
      this.#refusal = { error };
      throw error;
    });
    const skip = this.#before.length;
    const steps = [...this.#before, ...batch.map(({ step }) => step)];
    if (this.#options.trackOutcome && this.#tracked === undefined) steps.push(TRACK);
    const flown = isFirst
      ? await firstFlight(this.#lender, this.#lease, steps, false, this.#signal)
      : await this.#lease.connection.fly(steps, this.#signal);
    this.#before.length = 0;
    return { ...flown, skip };
  }

  #settle(batch: readonly Pending[], { results, failure, skip }: Flown & { readonly skip: number }): void {
    for (const [i, { resolve, reject }] of batch.entries()) {
      const result = results[skip + i];
      if (result !== undefined) resolve(result);
      else if (skip + i === results.length || results.length < skip || failure instanceof ConnectionLost)
        reject(failure);
      else
        reject(
          new InFailedTransaction("Not run: a statement before it in the transaction failed.", { sqlState: "25P02" }),
        );
    }
    const [transactionId, incarnation] = results[skip + batch.length]?.rows[0] ?? [];
    if (typeof transactionId === "string") this.#tracked = { transactionId, incarnation: incarnation as string };
  }

  /** Whether the savepoint was never sent, and now never will be. */
  #takeBack(name: string): boolean {
    const place = this.#before.findIndex(({ text }) => text === `savepoint ${name}`);
    if (place === -1) return false;
    this.#before.length = place;
    return true;
  }
}

function plain(text: string): Step {
  return { text, values: [] };
}

function opening({
  isolation,
  readOnly,
  deferrable,
  statementTimeout,
  lockTimeout,
  context,
}: TransactionOptions): Step[] {
  const modes = [
    ...(isolation === undefined ? [] : [`isolation level ${isolation}`]),
    ...(readOnly ? ["read only"] : []),
    ...(deferrable ? ["deferrable"] : []),
  ];
  const settings = Object.entries({
    ...(statementTimeout === undefined ? {} : { statement_timeout: `${Math.ceil(statementTimeout * 1000)}` }),
    ...(lockTimeout === undefined ? {} : { lock_timeout: `${Math.ceil(lockTimeout * 1000)}` }),
    ...context,
  });
  return [plain(`begin ${modes.join(", ")}`.trimEnd()), ...settings.map(setting)];
}

function setting([name, value]: readonly [string, string]): Step {
  return { text: "select set_config($1, $2, true)", values: [name, value] };
}
