import type { DataConnection } from "./data.ts";
import type { Name } from "./identifier.ts";
import type { Operations } from "./operations.ts";

/** A statement and its parameters, ready to be sent. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Data that a step destroys. Consent to it is given for each object. */
export interface Loss {
  /** What the consent names: `users`, `users.nickname`, `billing.orders.total`; for a value of an enum `mood.sad`. */
  readonly object: string;
  /** The table whose rows decide whether anything is lost, as the operation named it; undefined: it is not one table's. */
  readonly table?: Name;
  /** The column whose values are lost, so that a row without one there loses nothing; undefined: the whole row is. */
  readonly column?: string;
  /** A change of that column's type: the one that the column has when it is run decides whether anything is lost. */
  readonly change?: { readonly to: string; readonly using?: string | undefined };
  /** By the operation's `was` nothing is lost: it is asked about only where the column turns out to be another one. */
  readonly unlikely?: true;
  /** After the object's name: "drops the table", "changes its type from integer to smallint". */
  readonly reason: string;
}

/** How a step that PostgreSQL refuses in a transaction is found and mended when a run was killed in it. */
export type Recovery =
  /** An invalid index may be left. `text` makes the same index, not concurrently, under another name and on another table. */
  | {
      readonly kind: "createIndex";
      /** That of the table; undefined: the one that the search path finds first. */
      readonly schema?: string;
      readonly index: string;
      /** As SQL, quoted. */
      readonly table: string;
      /** Makes the statement for these names. */
      readonly text: (index: string, table: string) => string;
    }
  /** An invalid index may be left. `text` drops it where it is there. */
  | { readonly kind: "dropIndex"; readonly text: string }
  /** The partition may be left half detached; `finalize` ends that. `table` and `partition` are SQL, quoted. */
  | {
      readonly kind: "detachPartition";
      readonly table: string;
      readonly partition: string;
      readonly finalize: string;
    }
  /** Invalid indexes whose names end in `_ccnew` or `_ccold` may be left on what `name` says, SQL and quoted. */
  | { readonly kind: "reindex"; readonly target: "index" | "table" | "schema"; readonly name: string }
  /** Running it again does no harm. */
  | { readonly kind: "repeat" };

interface CommonStep {
  /** The method that recorded it: `createIndex`. */
  readonly operation: string;
  /** For people: `createIndex ix_users_email`. */
  readonly title: string;
  readonly losses: readonly Loss[];
  /** Records what takes it back; undefined: nothing does without being told more. */
  readonly reverse: ((op: Operations) => void) | undefined;
}

/** One statement. */
export interface SqlStep extends CommonStep {
  readonly kind: "sql";
  readonly statement: Statement;
  /** Undefined: it can run in a transaction. */
  readonly recovery: Recovery | undefined;
}

/** A change of data that a program makes. */
export interface DataStep extends CommonStep {
  readonly kind: "data";
  /** Makes the change. */
  readonly run: (db: DataConnection) => Promise<void>;
}

/** What one operation has recorded; an operation that needs several statements records several steps. */
export type RecordedStep = SqlStep | DataStep;
