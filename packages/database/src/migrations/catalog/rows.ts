/*
 * What the queries answer.
 */

export interface TableRow {
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: "r" | "p" | "f";
  readonly with: readonly string[] | null;
  readonly unlogged: boolean;
  readonly comment: string | null;
  readonly inherits: boolean;
  readonly typed: boolean;
  readonly security: boolean;
}

export interface SequenceRow {
  /** a: the column's by OWNED BY, i: of an identity. */
  readonly kind: "a" | "i";
  readonly name: string;
  readonly type: "smallint" | "integer" | "bigint";
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cache: string;
  readonly cycle: boolean;
}

export interface ColumnRow {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly base: string;
  readonly nullable: boolean;
  readonly expression: string | null;
  readonly identity: "" | "a" | "d";
  readonly generated: "" | "s";
  readonly collation: readonly [schema: string, name: string] | null;
  readonly comment: string | null;
  readonly enum: string | null;
  readonly from: readonly string[];
  readonly sequence: SequenceRow | null;
}

export interface KeyRow {
  readonly column: string | null;
  readonly expression: string | null;
  readonly opclass: readonly [schema: string, name: string, options: readonly string[] | null] | null;
  readonly collation: readonly [schema: string, name: string] | null;
  readonly desc: boolean;
  readonly nullsFirst: boolean;
  readonly operator: string | null;
}

export interface IndexFacts {
  readonly unique: boolean;
  readonly method: string;
  readonly where: string | null;
  readonly nullsNotDistinct: boolean;
  readonly with: readonly string[] | null;
  readonly valid: boolean;
  readonly columns: readonly string[];
  readonly include: readonly string[];
  readonly keys: readonly KeyRow[];
}

export interface IndexRow {
  readonly table: string;
  readonly schema: string;
  readonly name: string;
  readonly text: string;
  readonly index: IndexFacts;
}

export interface ConstraintRow {
  readonly table: string;
  readonly name: string;
  /** p, u, c, x, f; t is a constraint trigger. */
  readonly kind: "p" | "u" | "c" | "x" | "f" | "t";
  readonly text: string;
  readonly columns: readonly string[];
  readonly expression: string | null;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly valid: boolean;
  readonly noInherit: boolean;
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly match: string;
  readonly onDeleteColumns: readonly string[];
  readonly target: readonly [schema: string, name: string] | null;
  readonly targetColumns: readonly string[];
  readonly index: IndexFacts | null;
}

export interface EnumRow {
  readonly schema: string;
  readonly name: string;
  readonly type: string;
  /** The name in SQL that leads to it where its schema is the first of the search path; null: to another type. */
  readonly bare: string | null;
  readonly values: readonly string[];
}

export interface DependentRow {
  readonly what: string;
  readonly on: readonly [schema: string, name: string] | null;
  readonly column: string | null;
  readonly enum: string | null;
}
