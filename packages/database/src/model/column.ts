import type { AnyColumn } from "../query/row-types.ts";
import { type Fragment, isFragment } from "../query/sql.ts";

/** Where a column's value comes from when an INSERT does not give one. */
export type ColumnDefault =
  /** A constant: the database's default, and the client's for new instances. */
  | { readonly kind: "value"; readonly value: unknown }
  /** An SQL expression: the database's default. */
  | { readonly kind: "sql"; readonly sql: Fragment }
  /** Made by the client just before the insert; the table has no default. */
  | { readonly kind: "client"; readonly make: () => unknown };

export interface ColumnIndex {
  readonly unique: boolean;
}

/** Everything that is known of a column but its name. */
export interface ColumnSpec {
  /** As PostgreSQL writes it: `varchar(255)`, `timestamptz`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
  readonly hidden: boolean;
  readonly default: ColumnDefault | undefined;
  readonly onUpdate: Fragment | undefined;
  readonly index: ColumnIndex | undefined;
  readonly references: (() => unknown) | undefined;
  /** Whether true in this column means that the row is soft deleted. */
  readonly marksDeleted: boolean;
  /**
   * What the driver is given for a value of this column; null and undefined never get here. What it throws says what is
   * wrong with the value.
   */
  readonly encode: (value: unknown) => unknown;
}

const asIs = (value: unknown): unknown => value;

/**
 * A column definition. Immutable: every method returns a new one. NOT NULL unless `nullable()`.
 *
 * `S` is what a SELECT yields, `I` what an INSERT takes (`undefined` in it makes it optional), and `H` is true when the
 * column is hidden.
 */
export class Column<S, I = S, H extends boolean = false> implements AnyColumn {
  declare readonly $select: S;
  declare readonly $insert: I;
  declare readonly $hidden: H;
  readonly spec: ColumnSpec;

  constructor(spec: Pick<ColumnSpec, "type"> & Partial<ColumnSpec>) {
    this.spec = {
      nullable: false,
      primaryKey: false,
      hidden: false,
      default: undefined,
      onUpdate: undefined,
      index: undefined,
      references: undefined,
      marksDeleted: false,
      encode: asIs,
      ...spec,
    };
  }

  nullable(): Column<S | null, I | null | undefined, H> {
    return this.#with({ nullable: true });
  }

  primaryKey(): Column<S, I, H> {
    return this.#with({ primaryKey: true });
  }

  /** Left out of `toDict()`, JSON and `inspect`, and so of logs. */
  hidden(): Column<S, I, true> {
    return this.#with({ hidden: true });
  }

  /**
   * The value of rows that are inserted without one: a constant, an SQL expression (`` sql`now()` ``), or a function
   * that the client calls before each insert.
   */
  default(value: S | Fragment | (() => S)): Column<S, I | undefined, H> {
    if (isFragment(value)) return this.#with({ default: { kind: "sql", sql: value } });
    if (typeof value === "function") return this.#with({ default: { kind: "client", make: value as () => S } });
    return this.#with({ default: { kind: "value", value } });
  }

  /** Written by every UPDATE of the layer that does not set the column itself. */
  onUpdate(sql: Fragment): Column<S, I, H> {
    return this.#with({ onUpdate: sql });
  }

  /** An index of this column alone, named `ix_<table>_<column>`. */
  index(options: { readonly unique?: boolean } = {}): Column<S, I, H> {
    return this.#with({ index: { unique: options.unique ?? false } });
  }

  /**
   * A foreign key: `uuid().references(() => User.c.id)`. The arrow is called once all models exist; types of both sides
   * are compared by `defineSchema`.
   */
  // biome-ignore lint/suspicious/noExplicitAny: any narrower return type makes self-references circular (TS2506).
  references(target: () => any): Column<S, I, H> {
    return this.#with({ references: target });
  }

  #with<S2, I2, H2 extends boolean>(change: Partial<ColumnSpec>): Column<S2, I2, H2> {
    return new Column<S2, I2, H2>({ ...this.spec, ...change });
  }
}
