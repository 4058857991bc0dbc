import { channel } from "node:diagnostics_channel";
import type { Connection } from "../connection/connection.ts";
import type { Flown, Step } from "../connection/flight.ts";
import { DatabaseError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { SlowQueries, SlowQuery } from "./slow-queries.ts";

/** A statement of the application's that was answered, or failed. */
export interface ObservedStatement {
  /** Its text, whose values are parameters; they are not told. */
  readonly text: string;
  /** When it was given, in milliseconds by `performance.now()`. */
  readonly start: number;
  /** From when it was given to when it was answered; what it waited for is part of it: a connection, those before it. */
  readonly milliseconds: number;
  /** Rows returned or changed; 0 when it failed. */
  readonly rows: number;
  /** The code of the error that it failed with (docs/errors), or the name of one that is not this library's. */
  readonly errorCode: string | undefined;
  /** SQLSTATE, when the server refused it. */
  readonly sqlState: string | undefined;
  /** The same object for all statements of one session; undefined for the manager's own. */
  readonly session: object | undefined;
  /** The same object for all statements of one transaction; undefined outside of one. */
  readonly transaction: object | undefined;
}

/** What sessions sent together, and got the answers to together. */
export interface ObservedRoundTrip {
  /** The layer's own among them: BEGIN, settings, savepoints, COMMIT, ROLLBACK, and questions about tables. */
  readonly texts: readonly string[];
  readonly milliseconds: number;
}

/** A transaction of a session's that is over. */
export interface ObservedTransaction {
  /** What its statements name. */
  readonly transaction: object;
  /** When it got its connection, in milliseconds by `performance.now()`. */
  readonly start: number;
  /** How long it had its connection. */
  readonly milliseconds: number;
  /** `unknown`: the answer to the commit was lost. */
  readonly outcome: "committed" | "rolled back" | "unknown";
}

/** Who wants to know what is sent to the database. A failure in one is logged. */
export interface Observer {
  /** A statement of the application, when its answer is there. */
  statement?(statement: ObservedStatement): void;
  /** What travelled to the server together. */
  roundTrip?(roundTrip: ObservedRoundTrip): void;
  /** A transaction, when it has ended. */
  transaction?(transaction: ObservedTransaction): void;
  /** A statement that took `slowQueryMs` or more; told when its plan is known, or when there will be none. */
  slowQuery?(query: SlowQuery): void;
}

type Told = keyof Observer;

/**
 * Where the same is published for whoever listens by `node:diagnostics_channel`, of all managers of the process. Nothing
 * is measured for a channel that nobody subscribes to.
 */
const CHANNELS = {
  statement: channel("hypertroq:statement"),
  roundTrip: channel("hypertroq:round-trip"),
  transaction: channel("hypertroq:transaction"),
  slowQuery: channel("hypertroq:slow-query"),
} as const satisfies Record<Told, unknown>;

/** Who listens to a manager and its sessions. What nobody listens to is not measured. */
export class Observers {
  readonly #logger: Logger;
  readonly #slow: SlowQueries | undefined;
  #entries: readonly { readonly observer: Observer }[] = [];
  /** What the observers want to hear. */
  #wanted: Readonly<Record<Told, boolean>> = {
    statement: false,
    roundTrip: false,
    transaction: false,
    slowQuery: false,
  };

  /** @param slow what finds the slow ones; undefined: nobody is told of any. */
  constructor(logger: Logger, slow?: SlowQueries) {
    this.#logger = logger;
    this.#slow = slow;
  }

  /** Returns what ends it. */
  add(observer: Observer): () => void {
    const entry = { observer };
    this.#setEntries([...this.#entries, entry]);
    return () => this.#setEntries(this.#entries.filter((each) => each !== entry));
  }

  /**
   * Begins to watch a statement; undefined when nobody listens.
   *
   * @param transaction the one it runs in.
   */
  watch(text: string, session?: object, transaction?: object): Watched | undefined {
    const wantsStatements = this.#wants("statement");
    if (!wantsStatements && (this.#slow === undefined || !this.#wants("slowQuery"))) return undefined;
    return new Watched(this, text, session, transaction);
  }

  /** For `Watched`. */
  answered(watched: Watched, rows: number, error: unknown): void {
    const milliseconds = performance.now() - watched.start;
    const isSlow = this.#slow !== undefined && milliseconds >= this.#slow.threshold && this.#wants("slowQuery");
    const wantsStatement = this.#wants("statement");
    if (!isSlow && !wantsStatement) return;
    const { text, start, session, transaction } = watched;
    const errorCode = error === undefined ? undefined : codeOf(error);
    const sqlState = (error as { readonly sqlState?: string } | undefined)?.sqlState;
    const statement = { text, start, milliseconds, rows, errorCode, sqlState, session, transaction };
    if (wantsStatement) this.#tell("statement", statement);
    if (isSlow) this.#slow?.note(statement, (query) => this.#tell("slowQuery", query));
  }

  /** Begins to watch a transaction that has its connection; undefined when nobody listens. */
  watchTransaction(transaction: object): ((outcome: ObservedTransaction["outcome"]) => void) | undefined {
    if (!this.#wants("transaction")) return undefined;
    const start = performance.now();
    return (outcome) => {
      this.#tell("transaction", { transaction, start, milliseconds: performance.now() - start, outcome });
    };
  }

  /** Sends statements like `Connection.fly`. */
  fly(connection: Pick<Connection, "fly">, steps: readonly Step[], signal?: AbortSignal): Promise<Flown> {
    return this.trip(steps, connection.fly(steps, signal));
  }

  /** A round trip that these statements make and that is under way. */
  trip<T>(steps: readonly Step[], underWay: Promise<T>): Promise<T> {
    return this.#wants("roundTrip") ? this.#timed(steps, underWay) : underWay;
  }

  async #timed<T>(steps: readonly Step[], underWay: Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await underWay;
    } finally {
      this.#tell("roundTrip", { texts: steps.map(({ text }) => text), milliseconds: performance.now() - start });
    }
  }

  #wants(name: Told): boolean {
    return this.#wanted[name] || CHANNELS[name].hasSubscribers;
  }

  #setEntries(entries: readonly { readonly observer: Observer }[]): void {
    this.#entries = entries;
    const wants = (name: Told): boolean => entries.some(({ observer }) => observer[name] !== undefined);
    this.#wanted = {
      statement: wants("statement"),
      roundTrip: wants("roundTrip"),
      transaction: wants("transaction"),
      slowQuery: wants("slowQuery"),
    };
  }

  #tell<Name extends Told>(name: Name, event: Parameters<NonNullable<Observer[Name]>>[0]): void {
    if (CHANNELS[name].hasSubscribers) CHANNELS[name].publish(event);
    for (const { observer } of this.#entries) {
      try {
        observer[name]?.(event as never);
      } catch (error) {
        this.#logger.error({ err: error }, "an observer failed");
      }
    }
  }
}

/** A statement that somebody wants to know about. */
export class Watched {
  readonly start = performance.now();
  readonly text: string;
  readonly session: object | undefined;
  readonly transaction: object | undefined;
  readonly #observers: Observers;

  constructor(observers: Observers, text: string, session: object | undefined, transaction: object | undefined) {
    this.#observers = observers;
    this.text = text;
    this.session = session;
    this.transaction = transaction;
  }

  succeeded({ rowCount }: { readonly rowCount: number }): void {
    this.#observers.answered(this, rowCount, undefined);
  }

  failed(error: unknown): void {
    this.#observers.answered(this, 0, error ?? new Error());
  }
}

function codeOf(error: unknown): string {
  if (error instanceof DatabaseError) return error.code;
  return error instanceof Error ? error.name : "Error";
}
