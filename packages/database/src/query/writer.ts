/** What a query writes itself to: the calls are its shape, whatever becomes of them. See `plan.ts`. */
export interface Writer {
  /** SQL text. Together with the others it makes the statement, and it is part of the shape. */
  text(sql: string): void;
  /**
   * A parameter. Only that there is one is part of the shape.
   *
   * @param origin what the value belongs to: when it is written a second time it is the same parameter, so that an
   *   expression in GROUP BY is the one in the select list.
   */
  value(value: unknown, origin?: object): void;
  /** Something besides the text that decides what rows become: part of the shape. */
  key(identity: unknown): void;
  /** A table that is read; see `Statement.reads`. */
  reads(source: Source): void;
  /** What follows may run anybody's code, or write. */
  impure(): void;
}

/** A table and the columns of it that are read. One object per table: what is known of it is kept by identity. */
export interface Source {
  /** As SQL names it, quoted. */
  readonly table: string;
  readonly columns: readonly string[];
}

/** Marks fragments. Other values, a Buffer for one, have a method `write` too. */
export const FRAGMENT: unique symbol = Symbol.for("@hypertroq/database.fragment") as never;

/** A piece of SQL that knows how to write itself. */
export interface Fragment {
  readonly [FRAGMENT]: true;
  /** Writes its SQL; for the layer's own use. */
  write(writer: Writer): void;
}

export function isFragment(value: unknown): value is Fragment {
  return typeof value === "object" && value !== null && FRAGMENT in value;
}

/** Writes the items one after another, with `separator` between them. */
export function writeList<T>(writer: Writer, items: readonly T[], separator: string, write: (item: T) => void): void {
  for (let i = 0; i < items.length; i++) {
    if (i > 0) writer.text(separator);
    write(items[i]!);
  }
}
