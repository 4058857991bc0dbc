import type { Field, RowReader, RowShape } from "./row-reader.ts";

/** A statement that the server has parsed, and what its rows look like. */
export interface Prepared {
  /** Empty: it is forgotten with the next one that has no name. */
  readonly name: string;
  readonly text: string;
  /** Undefined until the server has described them. */
  columns: readonly string[] | undefined;
  fields: readonly Field[];
  /** Reads the rows of the shape that was asked for last. */
  reader: RowReader | undefined;
  shape: RowShape | undefined;
  /** When it was last used, counted in uses of the cache. */
  usedAt: number;
}

/**
 * Characters of the longest text that is kept. Longer ones are as good as never repeated (generated lists of rows or ids),
 * and hundreds of them would fill the memory at both ends of each connection; next to sending them, parsing costs little.
 */
const LONGEST = 16 * 1024;

/**
 * The statements that one connection has prepared at the server, by their text: the least recently used makes room, and
 * is closed at the server with the next flight.
 *
 * A capacity of 0 prepares nothing that outlives its flight, as PgBouncer before 1.21 wants it in transaction mode.
 */
export class StatementCache {
  readonly #capacity: number;
  readonly #byText = new Map<string, Prepared>();
  #uses = 0;
  #names = 0;
  /** Names that the server may forget. */
  #closed: string[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The statement, if the server knows it. */
  get(text: string): Prepared | undefined {
    const prepared = this.#byText.get(text);
    if (prepared !== undefined) prepared.usedAt = ++this.#uses;
    return prepared;
  }

  /** Makes a statement that the caller is about to have parsed. @param once it is not worth keeping. */
  add(text: string, once = false): Prepared {
    const isKept = this.#capacity > 0 && text.length <= LONGEST && !once;
    const name = isKept ? `s${++this.#names}` : "";
    const prepared: Prepared = {
      name,
      text,
      columns: undefined,
      fields: [],
      reader: undefined,
      shape: undefined,
      usedAt: ++this.#uses,
    };
    if (isKept) {
      if (this.#byText.size >= this.#capacity) this.#evict();
      this.#byText.set(text, prepared);
    }
    return prepared;
  }

  /** Drops a statement. @param exists whether the server may know it, and is to be told. */
  forget(prepared: Prepared, exists: boolean): void {
    if (this.#byText.get(prepared.text) === prepared) this.#byText.delete(prepared.text);
    if (exists && prepared.name !== "") this.#closed.push(prepared.name);
  }

  forgetAll(): void {
    for (const prepared of this.#byText.values()) this.forget(prepared, true);
  }

  /** The names to close with the next flight. */
  takeClosed(): readonly string[] {
    if (this.#closed.length === 0) return NONE;
    return this.#closed.splice(0);
  }

  /** A search, but only when a statement is new to a full cache; a hit costs one assignment. */
  #evict(): void {
    let oldest: Prepared | undefined;
    for (const prepared of this.#byText.values()) {
      if (oldest === undefined || prepared.usedAt < oldest.usedAt) oldest = prepared;
    }
    if (oldest !== undefined) this.forget(oldest, true);
  }
}

const NONE: readonly string[] = [];

/** Takes on what the server says of a statement's columns. */
export function describe(prepared: Prepared, fields: readonly Field[]): void {
  prepared.columns = fields.map((field) => field.name);
  prepared.fields = fields;
  prepared.shape = undefined;
}

/** What reads the statement's rows into this shape. */
export function readerFor(prepared: Prepared, shape: RowShape): RowReader {
  if (prepared.shape !== shape || prepared.reader === undefined) {
    prepared.reader = shape.reader(prepared.fields);
    prepared.shape = shape;
  }
  return prepared.reader;
}
