import type { Connection } from "../connection/connection.ts";
import type { Flown, Step } from "../connection/flight.ts";
import { DatabaseError } from "../errors.ts";
import type { Logger } from "../logger.ts";

/** A statement of the application's that was answered, or failed. */
export interface ObservedStatement {
  /** Its text, whose values are parameters; they are not told. */
  readonly text: string;
  /** From when it was given to when it was answered; what it waited for is part of it: a connection, those before it. */
  readonly milliseconds: number;
  /** Rows returned or changed; 0 when it failed. */
  readonly rows: number;
  /** The code of the error that it failed with (docs/errors.md), or the name of one that is not this library's. */
  readonly errorCode: string | undefined;
}

/** What sessions sent together, and got the answers to together. */
export interface ObservedRoundTrip {
  /** The layer's own among them: BEGIN, settings, savepoints, COMMIT, ROLLBACK, and questions about tables. */
  readonly texts: readonly string[];
  readonly milliseconds: number;
}

/** Who wants to know what is sent to the database. A failure in one is logged. */
export interface Observer {
  statement?(statement: ObservedStatement): void;
  roundTrip?(roundTrip: ObservedRoundTrip): void;
}

/** Who listens to a manager and its sessions. As long as it is nobody, nothing is measured. */
export class Observers {
  readonly #logger: Logger;
  #entries: readonly { readonly observer: Observer }[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Returns what ends it. */
  add(observer: Observer): () => void {
    const entry = { observer };
    this.#entries = [...this.#entries, entry];
    return () => {
      this.#entries = this.#entries.filter((each) => each !== entry);
    };
  }

  /** Begins to watch a statement; undefined when nobody listens. */
  watch(text: string): Watched | undefined {
    if (this.#entries.length === 0) return undefined;
    const start = performance.now();
    const end = (rows: number, errorCode: string | undefined): void => {
      this.#tell("statement", { text, milliseconds: performance.now() - start, rows, errorCode });
    };
    return { succeeded: ({ rowCount }) => end(rowCount, undefined), failed: (error) => end(0, codeOf(error)) };
  }

  /** Sends statements like `Connection.fly`. */
  fly(connection: Pick<Connection, "fly">, steps: readonly Step[], signal?: AbortSignal): Promise<Flown> {
    return this.trip(steps, connection.fly(steps, signal));
  }

  /** A round trip that these statements make and that is under way. */
  trip<T>(steps: readonly Step[], underWay: Promise<T>): Promise<T> {
    return this.#entries.length === 0 ? underWay : this.#timed(steps, underWay);
  }

  async #timed<T>(steps: readonly Step[], underWay: Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await underWay;
    } finally {
      this.#tell("roundTrip", { texts: steps.map(({ text }) => text), milliseconds: performance.now() - start });
    }
  }

  #tell<Name extends keyof Observer>(name: Name, event: Parameters<NonNullable<Observer[Name]>>[0]): void {
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
export interface Watched {
  succeeded(result: { readonly rowCount: number }): void;
  failed(error: unknown): void;
}

function codeOf(error: unknown): string {
  if (error instanceof DatabaseError) return error.code;
  return error instanceof Error ? error.name : "Error";
}
