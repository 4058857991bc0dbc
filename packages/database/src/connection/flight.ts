import type { Socket } from "node:net";
import pg from "pg";
import { ConnectionLost, type DatabaseError, ResultTooLarge, StalePlan, UnreadableValue } from "../errors.ts";
import type { CopyIn } from "./copy-in.ts";
import type { CopyOut } from "./copy-out.ts";
import { Departure } from "./departure.ts";
import type { Part } from "./frontend.ts";
import type { Parameter } from "./parameters.ts";
import { ARRAYS, type Field, type RowReader, type RowShape, unreadableColumn } from "./row-reader.ts";
import { fromDriver } from "./server-error.ts";
import { describe, type Prepared, readerFor, type StatementCache } from "./statements.ts";

/** One statement of a flight. */
export interface Step {
  readonly text: string;
  /** As `encodeParameters` makes them. */
  readonly values: readonly Parameter[];
  /** What its rows become. Default: arrays of values in the order of the columns. */
  readonly shape?: RowShape | undefined;
  /** Where a COPY FROM STDIN gets its data from, or a COPY TO STDOUT has them put. Such a statement is not kept prepared. */
  readonly copy?: CopyIn | CopyOut | undefined;
  /** It is not to be kept prepared: its text, or what it returns, is another one each time. */
  readonly once?: boolean | undefined;
  /** Somebody wrote it by hand, so that it may be one that does not hold behind a pooler. */
  readonly byHand?: boolean | undefined;
  /** The layer's own, which changes nothing: its answer does not count as one of the flight. */
  readonly isSilent?: boolean | undefined;
}

/** What a statement answered. `Row` is what its step's shape makes of a row; arrays unless it says otherwise. */
export interface Result<Row = readonly unknown[]> {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Rows returned, inserted, updated or deleted. */
  readonly rowCount: number;
  /** The command tag's first word: SELECT, INSERT, COMMIT, ROLLBACK … */
  readonly command: string;
  /** Why the rows cannot be used, although the server did what it was asked. */
  readonly refusal?: DatabaseError;
}

/** How a flight ended. */
export interface Flown {
  /** Of the steps that completed, in order. Without a transaction around them they count for nothing if it failed. */
  readonly results: readonly Result[];
  /** What ended the flight early; the steps after the one that failed were not executed. */
  readonly failure: DatabaseError | undefined;
  /**
   * Whether a row or the completion of a statement came. What comes before them says only that the server has read the
   * flight: it is flushed when a server process is ended, too.
   */
  readonly answered: boolean;
}

/** The part of the driver's connection that a flight uses. */
export interface Wire {
  readonly stream: Pick<Socket, "writable" | "write" | "pause" | "resume">;
  sendCopyFail(reason: string): void;
  sync(): void;
}

/** How much a flight may answer. */
export interface Limit {
  /** Infinity: anything. */
  readonly bytes: number;
  /** Called once, to have the statement cancelled. */
  onExceeded(): void;
}

/**
 * Several statements before one Sync: one write, one round trip (PostgreSQL, "Extended Query", "Pipelining"). Outside a
 * transaction they are one: all of them or none. When one fails, the server skips the rest up to the Sync.
 *
 * A submittable of the driver's, which calls it with the messages that come back. It ends when the server is ready for
 * the next one, never earlier, so that the transaction status that is known then is the true one.
 */
export class Flight implements pg.Submittable {
  readonly #steps: readonly Step[];
  readonly #statements: StatementCache;
  readonly #limit: Limit;
  readonly #settle: (flown: Flown) => void;
  readonly #prepared: Prepared[] = [];
  #departure: Departure | undefined;
  /** Which of them this flight has parsed, by position; undefined when none. */
  #parsed: Set<number> | undefined;
  readonly #results: Result[] = [];
  #rows: unknown[] = [];
  /** Of the statement whose rows are coming. */
  #reader: RowReader | undefined;
  #error: unknown;
  #bytes = 0;
  /** Why the rows that came cannot be used, although the server did what it was asked. */
  #refusal: DatabaseError | undefined;
  #isSettled = false;
  /** Whether a row or a completion came. */
  #isAnswered = false;

  constructor(steps: readonly Step[], statements: StatementCache, limit: Limit, settle: (flown: Flown) => void) {
    this.#steps = steps;
    this.#statements = statements;
    this.#limit = limit;
    this.#settle = settle;
  }

  submit(connection: pg.Connection): Error | undefined {
    const wire = connection as unknown as Wire;
    if (!wire.stream.writable) return new NotSent();
    const closed = this.#statements.takeClosed();
    const parts = this.#steps.map(({ text, values, copy, once = copy !== undefined }, i): Part => {
      const known = once ? undefined : this.#statements.get(text);
      const prepared = known ?? this.#statements.add(text, once);
      this.#prepared.push(prepared);
      if (known !== undefined) return { name: known.name, parse: undefined, values, describe: false };
      this.#parsed ??= new Set();
      this.#parsed.add(i);
      return { name: prepared.name, parse: text, values, describe: true };
    });
    this.#departure = new Departure(wire, this.#steps, parts, closed, this.#limit);
    return undefined;
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    describe(this.#prepared[this.#results.length]!, fields);
  }

  /** A row's bytes, for the connection; see `MessageHandlers.row`. */
  row(bytes: Buffer, start: number, end: number): void {
    this.#isAnswered = true;
    this.#bytes += end - start;
    if (this.#bytes > this.#limit.bytes) {
      if (!(this.#refusal instanceof ResultTooLarge)) this.#limit.onExceeded();
      this.#rows = [];
      this.#refusal = new ResultTooLarge(this.#limit.bytes);
      return;
    }
    const at = this.#results.length;
    try {
      this.#reader ??= readerFor(this.#prepared[at]!, this.#steps[at]!.shape ?? ARRAYS);
      this.#rows.push(this.#reader(bytes, start));
    } catch (error) {
      this.#refusal ??= new UnreadableValue(unreadableColumn(this.#prepared[at]!.fields, bytes, start), error);
    }
  }

  handleCommandComplete({ text: tag }: { readonly text: string }): void {
    const space = tag.indexOf(" ");
    const command = space === -1 ? tag : tag.slice(0, space);
    this.#complete(command, space === -1 ? 0 : Number(tag.slice(tag.lastIndexOf(" ") + 1)) || 0);
  }

  handleEmptyQuery(): void {
    this.#complete("", 0);
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(): void {
    this.#isAnswered = true;
    this.#departure?.copyIn(this.#results.length);
  }

  /** Copied data, for the connection; see `MessageHandlers.copyData`. */
  copyData(bytes: Buffer, start: number, end: number): void {
    this.#isAnswered = true;
    this.#departure?.copyOut(this.#results.length, bytes, start, end);
  }

  /** See `Departure.abandon`. */
  abandonCopy(): void {
    this.#departure?.abandon();
  }

  /** See `Departure.hasCopied`. */
  get hasCopied(): boolean {
    return this.#departure?.hasCopied ?? false;
  }

  /** All parameters that are on their way. */
  get values(): readonly Parameter[] {
    return this.#steps.flatMap(({ values }) => values);
  }

  /** By the driver: the server refused a statement, and says when it is ready; or the connection is dead. */
  handleError(error: unknown): void {
    this.#error ??= error;
    if (!(error instanceof pg.DatabaseError)) {
      this.lost(error);
      return;
    }
    this.#departure?.failed();
  }

  /** The connection settles a flight: `ready` is called for it. */
  handleReadyForQuery(): void {}

  /** The server is ready for the next flight. */
  ready(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#departure?.stop();
    const results = this.#results;
    if (this.#error === undefined) {
      this.#settle({ results, failure: undefined, answered: true });
      return;
    }
    // All steps complete and an error all the same: the implicit commit at the Sync failed.
    const step = this.#steps[Math.min(results.length, this.#steps.length - 1)]!;
    const failure = fromDriver(this.#error, step.values);
    this.#forgetFrom(results.length, failure);
    this.#settle({ results, failure: this.#refusal ?? failure, answered: true });
  }

  /** The connection died. */
  lost(cause: unknown): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#departure?.stop();
    const error = this.#error ?? cause;
    const failure =
      error instanceof NotSent
        ? new ConnectionLost("The connection to the database was lost before the statement was sent.", {
            wasSent: false,
          })
        : fromDriver(error, []);
    this.#settle({
      results: this.#results,
      failure:
        failure instanceof ConnectionLost
          ? failure
          : new ConnectionLost(failure.message, { sqlState: (failure as { sqlState?: string }).sqlState }),
      answered: this.#isAnswered,
    });
  }

  #complete(command: string, rowCount: number): void {
    const at = this.#results.length;
    const prepared = this.#prepared[at]!;
    const { copy, isSilent } = this.#steps[at]!;
    this.#isAnswered = !isSilent || at > 0;
    if (copy !== undefined) this.#refusal ??= copy.refusal(command);
    prepared.columns ??= [];
    const { columns } = prepared;
    const rows = this.#rows as unknown[][];
    const result: Result = { columns, rows, rowCount, command };
    this.#results.push(this.#refusal === undefined ? result : { ...result, rows: [], refusal: this.#refusal });
    this.#rows = [];
    this.#reader = undefined;
    this.#refusal = undefined;
    this.#departure?.completed(at);
  }

  /**
   * Of what was to be parsed from the failed step on, the server knows the failed step's at most. And where one prepared
   * statement is stale, others are: after DEALLOCATE ALL all of them, after a change of a table those of this flight.
   */
  #forgetFrom(failed: number, failure: DatabaseError): void {
    const isStale = failure instanceof StalePlan;
    for (const [i, prepared] of this.#prepared.entries()) {
      if (this.#parsed?.has(i)) {
        if (i >= failed) this.#statements.forget(prepared, i === failed);
      } else if (isStale) {
        this.#statements.forget(prepared, true);
      }
    }
    if (isStale && failure.sqlState === "26000") this.#statements.forgetAll();
  }
}

/** The socket was closed when the flight was to leave. */
class NotSent extends Error {}
