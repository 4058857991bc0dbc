/** What is known of the database in which a statement runs. What is absent is not known. */
export interface Surroundings {
  /** By name as {@link tableKey} writes it. Of one that is not here nothing is known. */
  readonly tables?: Readonly<Record<string, KnownTable>> | undefined;
  /** All domains there are, and whether they check anything. */
  readonly domains?: Readonly<Record<string, KnownDomain>> | undefined;
  /** The names of all functions that are volatile. */
  readonly volatile?: ReadonlySet<string> | undefined;
  /** The setting TimeZone. */
  readonly timeZone?: string | undefined;
}

/** A table, a view, a materialized view or a sequence. */
export interface KnownTable {
  readonly kind: "table" | "partitioned" | "view" | "materialized view" | "sequence";
  /** The same revision has made it, so that nobody else uses it. */
  readonly isNew: boolean;
  readonly columns: Readonly<Record<string, KnownColumn>>;
  readonly indexes: Readonly<Record<string, KnownIndex>>;
  readonly constraints: Readonly<Record<string, KnownConstraint>>;
  /** Its partitions, or the tables that inherit from it. */
  readonly children: readonly string[];
  /** Of a partitioned table, as `pg_get_partkeydef` writes it: `RANGE (created_at)`. */
  readonly partitionKey?: string | undefined;
  /** The partition that takes what no other does. */
  readonly defaultPartition?: string | undefined;
  /** The tables whose foreign keys refer to it, and to which of its columns. */
  readonly referencedBy: readonly { readonly table: string; readonly columns: readonly string[] }[];
  /** What a view is made of. */
  readonly reads: readonly string[];
}

export interface KnownColumn {
  /** As `format_type` writes it. */
  readonly type: string;
  readonly isNotNull: boolean;
  readonly isIdentity?: boolean | undefined;
}

export interface KnownIndex {
  /** All columns that it mentions, in expressions and its predicate too. */
  readonly columns: readonly string[];
  /** Columns that are keys, in order, as far as they are plain columns. */
  readonly keys: readonly string[];
  /** It has neither expressions nor a predicate. */
  readonly isPlain: boolean;
}

export interface KnownConstraint {
  readonly kind: "check" | "foreign key" | "unique" | "primary key" | "exclusion";
  readonly isValid: boolean;
  readonly columns: readonly string[];
  /** Of a check, in SQL. */
  readonly expression?: string | undefined;
  /** The table that a foreign key refers to. */
  readonly references?: string | undefined;
}

export interface KnownDomain {
  readonly type: string;
  readonly isChecked: boolean;
  /** Tables that have a column of it. */
  readonly tables: readonly string[];
}

/** A table of which only this is to be said. */
export function knownTable(said: Partial<KnownTable>): KnownTable {
  return {
    kind: "table",
    isNew: false,
    columns: {},
    indexes: {},
    constraints: {},
    children: [],
    referencedBy: [],
    reads: [],
    ...said,
  };
}

/** How a table is called here: `users`, `audit.users`; `public.users` is `users`. */
export function tableKey(parts: readonly string[]): string {
  return (parts.length > 1 && parts[0] === "public" ? parts.slice(1) : parts).join(".");
}
