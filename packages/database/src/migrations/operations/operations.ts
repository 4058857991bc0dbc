/** A column of a new table, or a new column of a table. */
export interface ColumnDefinition {
  /** The type in SQL: `varchar(255)`, `timestamptz`, `integer[]`. */
  readonly type: string;
  /** Whether it may be NULL; default false. */
  readonly nullable?: boolean;
  /** The default in SQL: `now()`, `true`, `'draft'`. */
  readonly default?: string;
}

export interface TableDefinition {
  /** In the order they shall have. */
  readonly columns: Readonly<Record<string, ColumnDefinition>>;
  /** Columns of the primary key; PostgreSQL names it `<table>_pkey`. */
  readonly primaryKey?: readonly string[];
}

/** What shall be different about a column; what is absent stays. */
export interface ColumnChanges {
  readonly type?: string;
  /** How old values become new ones, in SQL, where a change of type needs saying. */
  readonly using?: string;
  readonly nullable?: boolean;
  /** The new default in SQL; null takes the default away. */
  readonly default?: string | null;
}

export interface IndexOptions {
  readonly unique?: boolean;
  /** The access method; PostgreSQL's default is btree. */
  readonly method?: string;
  /** Condition, in SQL, of a partial index. */
  readonly where?: string;
}

export type ReferentialAction = "no action" | "restrict" | "cascade" | "set null" | "set default";

export interface ForeignKeyOptions {
  readonly onDelete?: ReferentialAction;
  readonly onUpdate?: ReferentialAction;
}

/**
 * What `upgrade(op)` and `downgrade(op)` record; nothing runs before the function has returned. Then the operations run
 * in order, in one transaction with the version row.
 *
 * A table's name may be `schema.table`. Names are quoted, so they mean exactly what they say, capital letters included.
 * Types, defaults, conditions and expressions are SQL and go to the server as they are.
 */
export interface Operations {
  createTable(name: string, table: TableDefinition): void;
  dropTable(name: string): void;
  addColumn(table: string, name: string, column: ColumnDefinition): void;
  dropColumn(table: string, name: string): void;
  alterColumn(table: string, name: string, changes: ColumnChanges): void;
  createIndex(name: string, table: string, columns: readonly string[], options?: IndexOptions): void;
  /** `name` may be `schema.index`. */
  dropIndex(name: string): void;
  createUniqueConstraint(name: string, table: string, columns: readonly string[]): void;
  createCheckConstraint(name: string, table: string, condition: string): void;
  createForeignKey(
    name: string,
    table: string,
    columns: readonly string[],
    referencedTable: string,
    referencedColumns: readonly string[],
    options?: ForeignKeyOptions,
  ): void;
  dropConstraint(name: string, table: string): void;
  /**
   * One statement of SQL. Interpolated values become parameters (`$1`), which statements on data accept and statements
   * that define objects do not.
   */
  sql(text: TemplateStringsArray, ...values: readonly unknown[]): void;
}
