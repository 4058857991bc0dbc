import type { ColumnDefinition } from "../operations/column-clause.ts";
import type { ConstraintDefinition } from "../operations/constraint-clause.ts";
import type { Name } from "../operations/identifier.ts";
import type { IndexDefinition } from "../operations/index-clause.ts";

/*
 * What a database holds, as the system catalogs say it and in the words of the operations that would make it. Expressions
 * and types are as PostgreSQL writes them with an empty search path, so that the same thing is the same text in any
 * database. Names of tables say no schema where it is the default one.
 */

export interface Catalog {
  /** Where a name without a schema leads. */
  readonly defaultSchema: string;
  /** Those that were looked at and are there. */
  readonly schemas: readonly string[];
  /** In the order in which they were made, as are the tables. */
  readonly enums: readonly CatalogEnum[];
  readonly tables: readonly CatalogTable[];
  /** What models cannot describe and what therefore is left as it is: `view active_users`. */
  readonly leftAlone: readonly string[];
  /** What would stand in the way of a change, because it depends on what is changed. */
  readonly dependents: readonly Dependent[];
  /** Types that a column's type becomes by itself, `integer > bigint`, as pg_cast has them. */
  readonly casts: ReadonlySet<string>;
}

export interface CatalogEnum {
  readonly name: Name;
  /** As SQL, with its schema: how expressions refer to it. */
  readonly type: string;
  readonly values: readonly string[];
}

export interface CatalogTable {
  readonly name: Name;
  readonly comment: string | undefined;
  readonly unlogged: boolean;
  /** Storage parameters. */
  readonly with: Readonly<Record<string, string | number>> | undefined;
  /** In their order. */
  readonly columns: readonly CatalogColumn[];
  readonly constraints: readonly CatalogConstraint[];
  /** Those that belong to no constraint. */
  readonly indexes: readonly CatalogIndex[];
  /** What makes it another kind of table than models describe, and nothing that autogenerate could change: `partitions`. */
  readonly kind: readonly string[];
  /** What else of it models cannot describe, so that it could not be brought back: `row level security`. */
  readonly beyond: readonly string[];
}

export interface CatalogColumn {
  readonly name: string;
  readonly definition: ColumnDefinition;
  /** The type without its length. */
  readonly base: string;
  /** The enum that the type is, or its elements are: {@link CatalogEnum.type}. */
  readonly enum: string | undefined;
  /** Of a generated column: the columns that it is computed from. */
  readonly from: readonly string[];
}

export interface CatalogConstraint {
  readonly name: string;
  readonly definition: ConstraintDefinition;
  /** As PostgreSQL says it; with the definition, what tells whether two are the same. */
  readonly text: string;
  readonly columns: readonly string[];
}

export interface CatalogIndex {
  readonly name: Name;
  readonly definition: IndexDefinition;
  readonly text: string;
  /** Also those of expressions and of the predicate. */
  readonly columns: readonly string[];
  /** Not where CREATE INDEX CONCURRENTLY was broken off. */
  readonly isValid: boolean;
}

/** Something that models cannot describe, and what it needs. */
export interface Dependent {
  /** As PostgreSQL describes it: `view public.active_users`. */
  readonly what: string;
  /** The table; or the enum, by its {@link CatalogEnum.type}. */
  readonly on: Name;
  /** Undefined: the whole of it. */
  readonly column: string | undefined;
}
