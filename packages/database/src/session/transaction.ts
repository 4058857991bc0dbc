import type { Flown, Result, Step } from "../connection/flight.ts";
import { encodeParameters } from "../connection/parameters.ts";
import { setConfig } from "../connection/set-config.ts";
import {
  CommitOutcomeUnknown,
  ConnectionLost,
  DefinitionError,
  InFailedTransaction,
  type TrackedTransaction,
  TransactionEnded,
  TransactionRolledBack,
} from "../errors.ts";
import { POSITION, tokenIn } from "../replicas/position.ts";
import { MOST_SECONDS } from "../seconds.ts";
import { type Borrowed, firstFlight, type Lender } from "./autocommit.ts";
import { INCARNATION } from "./commit-outcome.ts";
import type { ObservedTransaction } from "./observers.ts";

/** PostgreSQL, "Transaction Isolation". */
export type Isolation = "read committed" | "repeatable read" | "serializable";
const ISOLATIONS: readonly unknown[] = ["read committed", "repeatable read", "serializable"] satisfies Isolation[];

/** The kind of a transaction. */
export interface TransactionOptions {
  /**
   * A transaction in which the server refuses every write. Default false. Where there are replicas, reads that need no
   * transaction go to one of them; see `SessionOptions.replica`.
   */
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

/** A statement that waits to be sent. Nobody waits for the answer of the layer's own: BEGIN, settings, savepoints. */
interface Pending {
  readonly step: Step;
  readonly caller?: { resolve(result: Result): void; reject(reason: unknown): void };
}

/** Before a commit: whether it will be one of something. */
const HAS_WRITTEN: Step = { text: "select pg_current_xact_id_if_assigned() is not null", values: [] };

const TRACK: Step = { text: `select pg_current_xact_id_if_assigned()::text, ${INCARNATION}`, values: [] };

/**
 * A transaction on a borrowed connection. BEGIN, settings and savepoints stand in the queue like everything else, and
 * travel with the statement that comes after them; statements that are given while others are in the air travel together.
 * Each flight is one round trip.
 */
export class Transaction {
  readonly #lender: Lender;
  readonly #options: TransactionOptions;
  readonly #signal: AbortSignal | undefined;
  #lease: Borrowed | undefined;
  #queue: Pending[];
  /** Settles when nothing is in the air and nobody waits. */
  #flying: Promise<void> | undefined;
  #tracked: TrackedTransaction | undefined;
  /** Tells those who want to know how it ended. */
  #ended: ((outcome: ObservedTransaction["outcome"]) => void) | undefined;
  /** Why nothing can be run any more: no connection could be had, or the transaction is not open any more. */
  #end: { readonly reason: unknown } | undefined;

  /**
   * Sends nothing yet.
   *
   * @param signal aborting it cancels what is in the air.
   * @throws {DefinitionError} when an option cannot be used.
   */
  constructor(lender: Lender, options: TransactionOptions, signal: AbortSignal | undefined) {
    this.#lender = lender;
    this.#options = options;
    this.#signal = signal;
    this.#queue = opening(options).map((step) => ({ step }));
  }

  /** Runs a statement after those given before. @throws like `Pool.checkout` and `Connection.query`. */
  run(step: Step): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ step, caller: { resolve, reject } });
      this.#flying ??= this.#fly();
    });
  }

  /** The same with several, which leave together. */
  runAll(steps: readonly Step[]): readonly Promise<Result>[] {
    const answers = steps.map(
      (step) => new Promise<Result>((resolve, reject) => this.#queue.push({ step, caller: { resolve, reject } })),
    );
    this.#flying ??= this.#fly();
    return answers;
  }

  /** Waits until everything given so far was answered. */
  async settled(): Promise<void> {
    while (this.#flying !== undefined) await this.#flying;
  }

  /** Opens a savepoint, with the next statement. */
  savepoint(name: string): void {
    this.#queue.push({ step: plain(`savepoint ${name}`) });
  }

  /** Releases the savepoint, with the next statement. @throws {TransactionRolledBack} when a statement in it failed. */
  async release(name: string): Promise<void> {
    await this.settled();
    if (this.#takeBack(name)) return;
    if (this.#lease?.connection.isFailed) throw new TransactionRolledBack();
    this.#queue.push({ step: plain(`release savepoint ${name}`) });
  }

  /** Rolls everything since the savepoint back. Where that fails, all of the transaction is. */
  async rollbackTo(name: string): Promise<void> {
    await this.settled();
    if (this.#takeBack(name) || this.#lease === undefined) return;
    this.#queue = []; // releases and savepoints inside of it, which were never sent
    // Not cancelled by the session's signal: an abort is a reason to roll back, not against it.
    const steps = [plain(`rollback to savepoint ${name}`), plain(`release savepoint ${name}`)];
    await this.#lender.observers.fly(this.#lease.connection, steps);
  }

  /**
   * Commits and gives the connection back.
   *
   * @returns a token of the place in the server's log before which it was committed; undefined when nothing was written, or
   *   nobody asks for it.
   * @throws what `Pool.checkout` threw, when that was the reason why nothing could be done. @throws {TransactionEnded}
   * @throws {TransactionRolledBack} when a statement had failed and its error was swallowed: PostgreSQL answers such a
   *   COMMIT with ROLLBACK and no error. @throws {CommitOutcomeUnknown} when the connection died before the answer.
   */
  async commit(): Promise<string | undefined> {
    await this.settled();
    const lease = this.#lease;
    if (this.#end !== undefined) {
      await lease?.release();
      this.#ended?.("rolled back");
      throw this.#end.reason;
    }
    if (lease === undefined) return undefined;
    const isTold = this.#lender.tellsPositions && !this.#options.readOnly && !lease.connection.isFailed;
    const before = [...this.#queue.map(({ step }) => step), ...(isTold ? [HAS_WRITTEN] : [])];
    const steps = [...before, plain("commit"), ...(isTold ? [POSITION] : [])];
    const { results, failure } = await this.#lender.observers.fly(lease.connection, steps);
    await lease.release();
    const committed = results[before.length];
    this.#ended?.(outcomeOf(committed, failure));
    if (committed !== undefined) {
      if (committed.command === "ROLLBACK") throw new TransactionRolledBack();
      return isTold && results[before.length - 1]!.rows[0]![0] === true
        ? tokenIn(results[before.length + 1])
        : undefined;
    }
    if (!(failure instanceof ConnectionLost) || failure.wasSent === false) throw failure;
    if (this.#options.readOnly) return undefined; // nothing was at stake
    throw new CommitOutcomeUnknown(
      "The connection was lost while the transaction was being committed. Look at the data before doing it again.",
      { cause: failure, transaction: this.#tracked },
    );
  }

  /** Rolls back and gives the connection back. Never throws. */
  async rollback(): Promise<void> {
    await this.settled();
    const isOpen = this.#lease?.connection.inTransaction;
    const released = this.#lease?.release();
    if (released !== undefined) await (isOpen ? this.#lender.observers.trip([plain("rollback")], released) : released);
    this.#ended?.("rolled back");
  }

  /** Never rejects: what fails, fails for the statements concerned. */
  async #fly(): Promise<void> {
    const isFirst = this.#lease === undefined;
    if (isFirst) await this.#borrow(); // by then everything that is given at the same time stands in the queue
    for (let batch = this.#next(), first = isFirst; batch.length > 0; batch = this.#next(), first = false) {
      try {
        this.#settle(batch, await this.#send(batch, first));
      } catch (error) {
        for (const { caller } of batch) caller?.reject(error);
      }
    }
    this.#flying = undefined;
  }

  async #borrow(): Promise<void> {
    if (this.#end !== undefined) return;
    try {
      this.#lease = await this.#lender.pool.checkout(this.#signal);
      this.#ended = this.#lender.observers.watchTransaction(this);
    } catch (reason) {
      this.#end = { reason };
    }
  }

  /** What is sent next: everything up to the last statement that somebody waits for. */
  #next(): readonly Pending[] {
    return this.#queue.splice(0, this.#queue.findLastIndex(({ caller }) => caller !== undefined) + 1);
  }

  async #send(batch: readonly Pending[], isFirst: boolean): Promise<Flown> {
    if (this.#end !== undefined) throw this.#end.reason;
    const lease = this.#lease!;
    const steps = batch.map(({ step }) => step);
    if (this.#options.trackOutcome && this.#tracked === undefined) steps.push(TRACK);
    return isFirst
      ? await firstFlight(this.#lender, lease, steps, false, this.#signal)
      : await this.#lender.observers.fly(lease.connection, steps, this.#signal);
  }

  #settle(batch: readonly Pending[], { results, failure }: Flown): void {
    const { isLost, inTransaction } = this.#lease!.connection;
    if (!isLost && !inTransaction) this.#end = { reason: new TransactionEnded({ cause: failure }) };
    let isSkipped = false;
    for (const [i, { caller }] of batch.entries()) {
      const result = results[i];
      if (result?.refusal !== undefined) caller?.reject(result.refusal);
      else if (result !== undefined) caller?.resolve(result);
      else if (isSkipped && !isLost) caller?.reject(new InFailedTransaction(SKIPPED, { sqlState: "25P02" }));
      else caller?.reject(failure);
      // What the failure is about is the first without an answer, or, when that is the layer's own, whatever came of it.
      isSkipped ||= result === undefined && caller !== undefined;
    }
    const [transactionId, incarnation] = results[batch.length]?.rows[0] ?? [];
    if (typeof transactionId === "string") this.#tracked = { transactionId, incarnation: incarnation as string };
  }

  /** Whether the savepoint was never sent, and now never will be. */
  #takeBack(name: string): boolean {
    const place = this.#queue.findIndex(({ step }) => step.text === `savepoint ${name}`);
    if (place === -1) return false;
    this.#queue.length = place;
    return true;
  }
}

function outcomeOf(committed: Result | undefined, failure: unknown): ObservedTransaction["outcome"] {
  if (committed !== undefined) return committed.command === "ROLLBACK" ? "rolled back" : "committed";
  return failure instanceof ConnectionLost && failure.wasSent !== false ? "unknown" : "rolled back";
}

const SKIPPED = "Not run: a statement before it in the transaction failed.";

function plain(text: string): Step {
  return { text, values: [] };
}

/** What comes before the first statement. @throws {DefinitionError} naming the option. */
function opening(options: TransactionOptions): readonly Step[] {
  const { isolation, readOnly, deferrable, statementTimeout, lockTimeout, context = {} } = options;
  if (isolation !== undefined && !ISOLATIONS.includes(isolation)) {
    throw new DefinitionError(`A session's isolation is one of ${ISOLATIONS.join(", ")}.`);
  }
  const modes = [
    ...(isolation === undefined ? [] : [`isolation level ${isolation}`]),
    ...(readOnly ? ["read only"] : []),
    ...(deferrable ? ["deferrable"] : []),
  ];
  for (const [name, value] of Object.entries(context)) {
    if (typeof value !== "string") throw new DefinitionError(`The session's context ${name} must be text.`);
  }
  return [
    plain(`begin ${modes.join(", ")}`.trimEnd()),
    ...limit("statement_timeout", statementTimeout),
    ...limit("lock_timeout", lockTimeout),
    ...Object.entries(context).map(([name, value]) => setting(name, value)),
  ];
}

function limit(name: string, seconds: number | undefined): readonly Step[] {
  if (seconds === undefined) return [];
  if (typeof seconds !== "number" || !(seconds >= 0) || seconds > MOST_SECONDS) {
    throw new DefinitionError(`A session's ${name} is a number of seconds from 0 to ${MOST_SECONDS}.`);
  }
  return [setting(name, `${Math.ceil(seconds * 1000)}`)];
}

function setting(name: string, value: string): Step {
  return { text: `select ${setConfig(name, "$1", "true")}`, values: encodeParameters([value]) };
}
