import type { Fragment } from "../query/writer.ts";
import type { IndexKey, NamedColumn } from "./index-definition.ts";

/** When a constraint is checked that may be checked at the end of the transaction (PostgreSQL, "SET CONSTRAINTS"). */
export type Deferrable = "initially immediate" | "initially deferred";

/** What becomes of rows whose target is deleted or gets another key (PostgreSQL, "Foreign Keys"). */
export type ReferenceAction = "no action" | "restrict" | "cascade" | "set null" | "set default";

/** Options of {@link unique}. */
export interface UniqueOptions {
  /** Default: `uq_<table>_<column>_…`. */
  readonly name?: string | undefined;
  /** Whether two NULLs are the same. Default: false. */
  readonly nullsNotDistinct?: boolean | undefined;
  /** Default: it is checked at once and cannot be deferred. */
  readonly deferrable?: Deferrable | undefined;
  /**
   * On a model with soft delete: whether deleted rows keep their values taken. False, the default, makes it a unique
   * index over living rows, which no foreign key can refer to and which cannot be deferred.
   */
  readonly includeDeleted?: boolean | undefined;
}

/** Options of a reference to another table. */
export interface ReferenceOptions {
  /** Default: `fk_<table>_<column>_…_<target>`. */
  readonly name?: string | undefined;
  /** Default: no action, which refuses to delete a row that is referred to. */
  readonly onDelete?: ReferenceAction | undefined;
  /** Default: no action. */
  readonly onUpdate?: ReferenceAction | undefined;
  /** Default: it is checked at the end of each statement and cannot be deferred. */
  readonly deferrable?: Deferrable | undefined;
}

/** What {@link unique} returns. */
export interface UniqueDefinition extends UniqueOptions {
  readonly kind: "unique";
  /** Those that are unique together. */
  readonly columns: () => readonly NamedColumn[];
}

/** What {@link check} returns. */
export interface CheckDefinition {
  readonly kind: "check";
  /** What comes after `ck_<table>_` in the constraint's name. */
  readonly name: string;
  /** Its whole name, in place of that. */
  readonly fullName?: string | undefined;
  /** What must not be false. */
  readonly expression: () => Fragment;
}

/** What {@link foreignKey} returns. */
export interface ForeignKeyDefinition extends ReferenceOptions {
  readonly kind: "foreign key";
  /** Those that refer. */
  readonly columns: () => readonly NamedColumn[];
  /** Those that are referred to. */
  readonly target: () => readonly NamedColumn[];
}

/** What an exclusion constraint compares, and with which operator: `{ on: Stay.c.period, with: "&&" }`. */
export interface ExclusionKey extends Omit<IndexKey, "order" | "nulls"> {
  readonly with: string;
}

/** Options of {@link exclude}. */
export interface ExclusionOptions {
  /** The access method of its index. Default: gist. */
  readonly method?: string | undefined;
  /** Only rows for which this is true exclude each other. */
  readonly where?: (() => Fragment) | undefined;
  /** Default: it is checked at once and cannot be deferred. */
  readonly deferrable?: Deferrable | undefined;
}

/** What {@link exclude} returns. */
export interface ExclusionDefinition extends ExclusionOptions {
  readonly kind: "exclusion";
  /** Its whole name. */
  readonly name: string;
  /** What is compared, and by which operators. */
  readonly keys: () => readonly ExclusionKey[];
}

/** A constraint of a table, as a model's `static constraints` declare it. */
export type ConstraintDefinition = UniqueDefinition | CheckDefinition | ForeignKeyDefinition | ExclusionDefinition;

/** No two rows have the same values in these columns: `unique(() => [Seat.c.row, Seat.c.number])`. */
export function unique(columns: () => readonly NamedColumn[], options: UniqueOptions = {}): UniqueDefinition {
  return { kind: "unique", columns, ...options };
}

/**
 * Holds for every row, named `ck_<table>_<name>`: `` check("period", () => sql`${Stay.c.from} < ${Stay.c.to}`) ``, or by the
 * whole name that is given.
 */
export function check(
  name: string,
  expression: () => Fragment,
  { name: fullName }: { readonly name?: string | undefined } = {},
): CheckDefinition {
  return { kind: "check", name, fullName, expression };
}

/**
 * No two rows compare as true by all of these (PostgreSQL, "Exclusion Constraints"):
 *
 * ```ts
 * exclude("no_overlap", () => [{ on: Stay.c.room, with: "=" }, { on: Stay.c.period, with: "&&" }])
 * ```
 */
export function exclude(
  name: string,
  keys: () => readonly ExclusionKey[],
  options: ExclusionOptions = {},
): ExclusionDefinition {
  return { kind: "exclusion", name, keys, ...options };
}

/** A foreign key of several columns: `foreignKey(() => [Line.c.a, Line.c.b], () => [Order.c.a, Order.c.b])`. */
export function foreignKey(
  columns: () => readonly NamedColumn[],
  target: () => readonly NamedColumn[],
  options: ReferenceOptions = {},
): ForeignKeyDefinition {
  return { kind: "foreign key", columns, target, ...options };
}
