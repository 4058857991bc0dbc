import type { ColumnDefinition } from "../operations/column-clause.ts";
import type { ConstraintDefinition } from "../operations/constraint-clause.ts";
import type { DomainDefinition } from "../operations/domain.ts";
import type { Name } from "../operations/identifier.ts";
import type { IndexDefinition } from "../operations/index-clause.ts";
import type { PolicyDefinition } from "../operations/policy.ts";
import type { FunctionDefinition } from "../operations/routine.ts";
import type { SequenceDefinition } from "../operations/sequence.ts";
import type { Signature } from "../operations/signature.ts";
import type { StatisticsDefinition } from "../operations/statistics.ts";
import type { TriggerDefinition } from "../operations/trigger.ts";
import type { Attribute, RangeDefinition } from "../operations/type.ts";
import type { ViewDefinition } from "../operations/view.ts";

/*
 * What a database holds, as the system catalogs say it and in the words of the operations that would make it: plain data,
 * the same for two databases that hold the same. Expressions and types are as PostgreSQL writes them with an empty search
 * path, so that the same thing is the same text in any database. Names, and the types of columns, say no schema where it
 * is the default one and PostgreSQL has nothing else of that name; keys always do.
 */

/**
 * Identifies an object among all of a database, with its schema and quoted as in SQL: `table public.users`,
 * `column public.users.email`, `constraint public.users.users_pkey`, `index public.ix_users_email`,
 * `trigger public.users.touch`, `policy public.users.own`, `rule public.users.log`, `view public.active`, `sequence public.n`,
 * `type public.mood` (enums, domains, composite and range types), `function public.touch()`, `procedure public.p(integer)`,
 * `statistics public.s`, `collation public.de`, `schema audit`, `extension citext`, `event trigger "log DDL"`.
 * Materialized views are views here, aggregates functions.
 */
export type Key = string;

export interface Catalog {
  /** Where a name without a schema leads. */
  readonly defaultSchema: string;
  /** Who has looked; what is made without another word belongs to this role. */
  readonly role: string;
  /** Those that were looked at and are there. This list and the others are in the order in which things were made. */
  readonly schemas: readonly CatalogSchema[];
  readonly extensions: readonly CatalogExtension[];
  readonly enums: readonly CatalogEnum[];
  readonly domains: readonly CatalogDomain[];
  readonly compositeTypes: readonly CatalogCompositeType[];
  readonly rangeTypes: readonly CatalogRangeType[];
  /** All but those of identity columns. */
  readonly sequences: readonly CatalogSequence[];
  readonly tables: readonly CatalogTable[];
  readonly views: readonly CatalogView[];
  readonly routines: readonly CatalogRoutine[];
  readonly statistics: readonly CatalogStatistics[];
  /** What no operation but `op.sql` makes. */
  readonly others: readonly CatalogOther[];
}

export interface CatalogObject {
  readonly key: Key;
  /** What it depends on by pg_depend, as far as that is in the catalog itself; not its schema, nor what it is a part of. */
  readonly needs: readonly Key[];
  readonly comment?: string;
}

/** What has an owner, and privileges. */
export interface CatalogOwned extends CatalogObject {
  readonly owner: string;
  /** Absent: those that such an object has by itself (PostgreSQL, "Privileges"). */
  readonly privileges?: Privileges;
}

/** How the privileges differ from those that such an object has by itself. */
export interface Privileges {
  readonly granted: readonly Grant[];
  /** Privileges of PUBLIC or of the owner that were taken away. */
  readonly revoked: readonly Grant[];
}

export interface Grant {
  /** A role's name, or `public`. */
  readonly role: string;
  /** `select`, `usage`, sorted. */
  readonly privileges: readonly string[];
  readonly grantable?: true;
}

export interface CatalogSchema extends CatalogOwned {
  readonly name: string;
}

export interface CatalogExtension extends CatalogObject {
  readonly name: string;
  readonly schema: string;
  readonly version: string;
}

export interface CatalogType extends CatalogOwned {
  readonly name: Name;
  /** As format_type() writes it, with its schema: how expressions and columns refer to it. */
  readonly type: string;
}

export interface CatalogEnum extends CatalogType {
  readonly values: readonly string[];
}

export interface CatalogDomain extends CatalogType {
  readonly definition: DomainDefinition;
  /** Conditions that rows need not hold yet. */
  readonly notValid: readonly string[];
  /** Of its conditions, by their names. */
  readonly comments?: Readonly<Record<string, string>>;
}

export interface CatalogCompositeType extends CatalogType {
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Of its attributes, by their names. */
  readonly comments?: Readonly<Record<string, string>>;
}

export interface CatalogRangeType extends CatalogType {
  readonly definition: RangeDefinition;
}

export interface CatalogSequence extends CatalogOwned {
  readonly name: Name;
  readonly definition: SequenceDefinition;
  /** The column that it goes with, `column public.users.id`; the column may need it in turn, by its default. */
  readonly ownedBy?: Key;
  /** Whether `serial` would make the same for that column. */
  readonly isSerial?: true;
}

export interface CatalogTable extends CatalogOwned {
  readonly name: Name;
  /** A foreign table is here to be told of; no operation makes it. */
  readonly kind: "table" | "partitioned" | "foreign";
  readonly unlogged?: true;
  /** Storage parameters. */
  readonly with?: Readonly<Record<string, string | number>>;
  readonly tablespace?: string;
  /** `range (created_at)`. */
  readonly partitionBy?: string;
  readonly partitionOf?: { readonly table: Name; readonly bound: string };
  readonly inherits?: readonly Name[];
  /** The composite type that it is of; no operation makes it so. */
  readonly of?: string;
  readonly rowSecurity?: { readonly enabled: boolean; readonly forced: boolean };
  /** Absent: its primary key. */
  readonly replicaIdentity?: "full" | "nothing" | { readonly index: string };
  /** The index that CLUSTER ordered it by last. */
  readonly clusteredBy?: string;
  /** In their order. */
  readonly columns: readonly CatalogColumn[];
  /** Without those that come from a parent alone. */
  readonly constraints: readonly CatalogConstraint[];
  /** Those that belong to no constraint. */
  readonly indexes: readonly CatalogIndex[];
  /** Without those that come from a partitioned parent. */
  readonly triggers: readonly CatalogTrigger[];
  readonly policies: readonly CatalogPolicy[];
}

export interface CatalogColumn extends CatalogObject {
  readonly name: string;
  /**
   * Never `serial`, but `integer` with a default and a sequence that is owned by the column. Its comment is here, and
   * storage, compression and statistics where they are not those of the type.
   */
  readonly definition: ColumnDefinition;
  /** The type without its length. */
  readonly base: string;
  /** The enum, domain, composite or range type that the type is, or its elements are. */
  readonly userType?: Key;
  /** Of a generated column: the columns that it is computed from. */
  readonly from?: readonly string[];
  /** It comes from a parent; `local` if the table has it by its own definition too. */
  readonly inherited?: { readonly local: boolean };
  /** The sequence of an identity column, and its privileges. */
  readonly identitySequence?: Name;
  readonly identityPrivileges?: Privileges;
  readonly privileges?: Privileges;
}

export interface CatalogConstraint extends CatalogObject {
  readonly name: string;
  readonly definition: ConstraintDefinition;
  /** As PostgreSQL says it; with the definition, what tells whether two are the same. */
  readonly text: string;
  readonly columns: readonly string[];
  /** It comes from a parent as well. */
  readonly inherited?: true;
  /** The comment on the index that it has. */
  readonly indexComment?: string;
}

export interface CatalogIndex extends CatalogObject {
  readonly name: Name;
  readonly definition: IndexDefinition;
  readonly text: string;
  /** Also those of expressions and of the predicate. */
  readonly columns: readonly string[];
  /** Not where CREATE INDEX CONCURRENTLY was broken off. */
  readonly isValid: boolean;
  /** That of the partitioned table which it is a part of, `index public.ix_events_at`. */
  readonly attachedTo?: Key;
}

export interface CatalogTrigger extends CatalogObject {
  readonly name: string;
  readonly definition: TriggerDefinition;
  readonly text: string;
  /** Absent: in all sessions but those of a replica. */
  readonly fires?: "always" | "replica" | "never";
  /** Of a partitioned table: the partitions where it fires otherwise. */
  readonly partitions?: readonly { readonly table: Name; readonly fires?: "always" | "replica" | "never" }[];
}

export interface CatalogPolicy extends CatalogObject {
  readonly name: string;
  readonly definition: PolicyDefinition;
}

export interface CatalogView extends CatalogOwned {
  readonly name: Name;
  readonly materialized: boolean;
  readonly definition: ViewDefinition;
  readonly tablespace?: string;
  /** Of a materialized one: whether it has been filled. */
  readonly isPopulated: boolean;
  readonly columns: readonly CatalogViewColumn[];
  /** Those of a materialized view. */
  readonly indexes: readonly CatalogIndex[];
  readonly triggers: readonly CatalogTrigger[];
}

export interface CatalogViewColumn {
  readonly name: string;
  readonly type: string;
  readonly default?: string;
  readonly comment?: string;
  readonly privileges?: Privileges;
}

export interface CatalogRoutine extends CatalogOwned {
  readonly kind: "function" | "procedure";
  /** With names and defaults of its arguments. */
  readonly signature: Signature;
  readonly definition: FunctionDefinition;
  /** pg_get_functiondef(). */
  readonly text: string;
  /** Names, types and modes of its arguments and what it returns: what CREATE OR REPLACE cannot change. */
  readonly shape: string;
}

export interface CatalogStatistics extends CatalogOwned {
  readonly name: Name;
  readonly definition: StatisticsDefinition;
  /** How closely ANALYZE looks; absent: as `default_statistics_target` says. */
  readonly target?: number;
  readonly text: string;
}

/** A collation, an aggregate, a rule, an event trigger and the like. */
export interface CatalogOther extends CatalogObject {
  /** As PostgreSQL describes it: `collation public.de`. */
  readonly what: string;
  /** What makes it, in SQL, and drops it; absent: nobody here knows, so a difference cannot be dealt with. */
  readonly create?: string;
  readonly drop?: string;
  /** What is compared. */
  readonly text: string;
  /** The table of a rule. */
  readonly of?: Key;
}
