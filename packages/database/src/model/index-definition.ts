import type { Table } from "../query/table.ts";
import type { Fragment } from "../query/writer.ts";

/** A column of a table by its name; every `Model.c.column` is one. */
export interface NamedColumn {
  readonly owner: Table;
  readonly column: string;
}

/** What can be said of one key of an index besides what it indexes (PostgreSQL, "CREATE INDEX"). */
export interface KeyOptions {
  /** Default: asc. Only methods that sort know an order: btree. */
  readonly order?: "asc" | "desc" | undefined;
  /** Default: last when ascending, first when descending. */
  readonly nulls?: "first" | "last" | undefined;
  /** An operator class by name, `jsonb_path_ops`; default: the type's own for the method. */
  readonly opclass?: string | undefined;
  /** A collation by name, `C`; default: the column's. */
  readonly collation?: string | undefined;
}

/** A key of an index: a column or an expression, with options. */
export interface IndexKey extends KeyOptions {
  readonly on: NamedColumn | Fragment;
}

/** What can be said of an index besides its keys. */
export interface IndexOptions {
  /** Default: `ix_<table>_<column>_…`. An index on an expression has no default. */
  readonly name?: string | undefined;
  /** Default: false. */
  readonly unique?: boolean | undefined;
  /** btree, the default, hash, gin, gist, spgist, brin, or one that an extension brings. */
  readonly method?: string | undefined;
  /** Only rows for which this is true are indexed. */
  readonly where?: (() => Fragment) | undefined;
  /** Columns stored beside the keys, so that a query of them needs the index alone. */
  readonly include?: (() => readonly NamedColumn[]) | undefined;
  /** Whether a unique index takes two NULLs for the same. Default: false. */
  readonly nullsNotDistinct?: boolean | undefined;
  /** Storage parameters: `{ fillfactor: 70 }`. */
  readonly with?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** An index over one or more columns or expressions of a model, as it was declared. */
export interface IndexDefinition extends IndexOptions {
  /** What it is over, in order. */
  readonly keys: () => readonly IndexKey[];
}

/** What `index` takes for one key: a column, an expression, or either with options. */
export type IndexTarget = NamedColumn | Fragment | IndexKey;

/**
 * Declares an index in a model's `static indexes`. The arrows are called once the class exists.
 *
 * ```ts
 * index(() => User.c.id)
 * index(() => [Order.c.customerId, { on: Order.c.createdAt, order: "desc" }], { where: () => sql`not is_deleted` })
 * index(() => sql`lower(${User.c.email})`, { name: "ix_users_lower_email", unique: true })
 * index(() => ({ on: Doc.c.content, opclass: "jsonb_path_ops" }), { method: "gin" })
 * ```
 */
export function index(keys: () => IndexTarget | readonly IndexTarget[], options: IndexOptions = {}): IndexDefinition {
  return { ...options, keys: () => [keys()].flat().map((target) => ("on" in target ? target : { on: target })) };
}
