import type { IdentityCounting } from "./column.ts";
import type { Deferrable, ReferenceAction } from "./constraints.ts";
import type { EnumDefinition } from "./enum.ts";
import type { RowSecurity, TablePolicy } from "./policy.ts";
import type { TableTrigger } from "./trigger.ts";

/*
 * A table as data: what CREATE TABLE, CREATE INDEX and COMMENT say, and what the system catalogs hold of it. Names are not
 * quoted; expressions are SQL. Nothing is left to a default that could be said.
 */

export interface TableDefinition {
  readonly name: string;
  /** Undefined: the one that the search path finds first. */
  readonly schema: string | undefined;
  readonly comment: string | undefined;
  /** In the order of the model. */
  readonly columns: readonly ColumnDefinition[];
  readonly primaryKey: PrimaryKeyDefinition | undefined;
  readonly uniques: readonly UniqueConstraint[];
  readonly checks: readonly CheckConstraint[];
  readonly foreignKeys: readonly ForeignKeyConstraint[];
  readonly exclusions: readonly ExclusionConstraint[];
  /** Those that belong to no constraint. */
  readonly indexes: readonly TableIndex[];
  readonly triggers: readonly TableTrigger[];
  readonly policies: readonly TablePolicy[];
  readonly rowSecurity: RowSecurity;
  /** `range ("at")`; undefined: it has no partitions. */
  readonly partitionBy: string | undefined;
}

export interface ColumnDefinition {
  readonly name: string;
  /** As format_type() writes it; names of enums are always quoted. */
  readonly type: string;
  /** The enum that the type, or that of an array's elements, is. */
  readonly enum: EnumDefinition | undefined;
  readonly nullable: boolean;
  readonly default: string | undefined;
  readonly identity: "always" | "by default" | undefined;
  /** How the identity counts; undefined: 1, 2, 3 … */
  readonly counting: IdentityCounting | undefined;
  /** The expression of a stored generated column. */
  readonly generated: string | undefined;
  /** Undefined: that of the type. */
  readonly collation: string | undefined;
  readonly comment: string | undefined;
  /** `serial` makes its sequence and its default. */
  readonly isSerial: boolean;
  /** Undefined: as the type and the server have it. */
  readonly storage: "plain" | "external" | "extended" | "main" | undefined;
  readonly compression: "pglz" | "lz4" | undefined;
}

export interface PrimaryKeyDefinition {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface UniqueConstraint {
  readonly name: string;
  readonly columns: readonly string[];
  readonly nullsNotDistinct: boolean;
  /** Undefined: not deferrable. */
  readonly deferrable: Deferrable | undefined;
}

export interface CheckConstraint {
  readonly name: string;
  readonly expression: string;
}

export interface ExclusionConstraint {
  readonly name: string;
  readonly method: string;
  readonly elements: readonly (TableIndexKey & { readonly operator: string })[];
  readonly where: string | undefined;
  /** Undefined: not deferrable. */
  readonly deferrable: Deferrable | undefined;
}

export interface ForeignKeyConstraint {
  readonly name: string;
  readonly columns: readonly string[];
  readonly target: { readonly schema: string | undefined; readonly table: string; readonly columns: readonly string[] };
  readonly onDelete: ReferenceAction;
  readonly onUpdate: ReferenceAction;
  /** Undefined: not deferrable. */
  readonly deferrable: Deferrable | undefined;
}

export interface TableIndex {
  readonly name: string;
  readonly unique: boolean;
  readonly method: string;
  readonly keys: readonly TableIndexKey[];
  readonly include: readonly string[];
  /** The predicate of a partial index. */
  readonly where: string | undefined;
  readonly nullsNotDistinct: boolean;
  /** Storage parameters, as text. */
  readonly with: Readonly<Record<string, string>>;
}

export interface TableIndexKey {
  /** A column's name, or an expression. */
  readonly on: { readonly column: string } | { readonly expression: string };
  readonly order: "asc" | "desc";
  readonly nulls: "first" | "last";
  /** Undefined: the default one of the type and method. */
  readonly opclass: string | undefined;
  /** Undefined: that of the column or expression. */
  readonly collation: string | undefined;
}
