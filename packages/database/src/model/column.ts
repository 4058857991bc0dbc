import { DefinitionError } from "../errors.ts";
import type { Expression } from "../query/expression.ts";
import type { AnyColumn } from "../query/row-types.ts";
import { type Fragment, isFragment } from "../query/writer.ts";
import type { ReferenceOptions, UniqueOptions } from "./constraints.ts";
import type { EnumDefinition } from "./enum.ts";
import type { IndexOptions, KeyOptions } from "./index-definition.ts";
import type { SequenceCounting } from "./sequence.ts";

/** Where a column's value comes from when an INSERT does not give one. */
export type ColumnDefault =
  /** A constant: the database's default, and the client's for new instances. */
  | { readonly kind: "value"; readonly value: unknown }
  /** An SQL expression: the database's default. */
  | { readonly kind: "sql"; readonly sql: Fragment }
  /** Made by the client just before the insert; the table has no default. */
  | {
      readonly kind: "client";
      /** Makes one value. */
      readonly make: () => unknown;
    };

/**
 * An expression in the definition of a column: SQL, or a function that is given the column and called once all models
 * exist, so that it can name others: `(price) => price.times(Order.c.count)`.
 */
// biome-ignore lint/suspicious/noExplicitAny: any narrower return type makes a model that names itself circular (TS2506).
export type ColumnExpression<S> = Fragment | ((column: Expression<S>) => any);

/** An index of one column. */
export interface ColumnIndex extends Omit<IndexOptions, "where">, KeyOptions {
  /** Only rows for which this is true are indexed. */
  readonly where?: ColumnExpression<unknown> | undefined;
}

/** A condition that every row holds. */
export interface ColumnCheck {
  /** What comes after `ck_<table>_`; undefined: the column's name. */
  readonly name: string | undefined;
  readonly expression: ColumnExpression<unknown>;
}

/** How an identity counts; its type is the column's. */
export type IdentityCounting = Omit<SequenceCounting, "type">;

/** A foreign key of one column. */
export interface ColumnReference extends ReferenceOptions {
  /** Called once all models exist; returns a model's column. */
  readonly target: () => unknown;
}

/** Everything that is known of a column but its name. */
export interface ColumnSpec {
  /** As PostgreSQL's format_type() writes it: `character varying(255)`, `timestamp with time zone`, `text[]`. */
  readonly type: string;
  /** Its name in the database; undefined: the property's in snake_case. */
  readonly name: string | undefined;
  /**
   * Whether the connection knows this type, and its arrays, by their OIDs. Values of other types, those of extensions and
   * enums, reach `decode` as text.
   */
  readonly isBuiltIn: boolean;
  /** The enum that values are of. */
  readonly enum: EnumDefinition | undefined;
  /** Of an array: its elements, which may be arrays themselves. */
  readonly element: ColumnSpec | undefined;
  readonly nullable: boolean;
  /** Several columns of a table that say so are its primary key together. */
  readonly primaryKey: boolean;
  /** That of the whole key; undefined: `<table>_pkey`. */
  readonly keyName: string | undefined;
  readonly hidden: boolean;
  readonly default: ColumnDefault | undefined;
  /** Written by every UPDATE of the layer that does not set the column itself. */
  readonly onUpdate: Fragment | undefined;
  /** The column's values are numbers that the table itself counts. Never written when "always". */
  readonly identity: "always" | "by default" | undefined;
  /** How it counts; undefined: 1, 2, 3 … */
  readonly counting: IdentityCounting | undefined;
  /** The expression that PostgreSQL computes and stores. Never written. */
  readonly generated: ColumnExpression<unknown> | undefined;
  readonly index: ColumnIndex | undefined;
  readonly unique: UniqueOptions | undefined;
  readonly checks: readonly ColumnCheck[];
  readonly references: ColumnReference | undefined;
  /** By name, as pg_collation has it; undefined: that of the type. */
  readonly collation: string | undefined;
  readonly comment: string | undefined;
  /** Whether it counts by a sequence of its own, `<table>_<column>_seq` (PostgreSQL, "Serial Types"). */
  readonly isSerial: boolean;
  /** Where long values are kept (PostgreSQL, "TOAST"); undefined: as the type has it. */
  readonly storage: "plain" | "external" | "extended" | "main" | undefined;
  readonly compression: "pglz" | "lz4" | undefined;
  /** Whether true in this column means that the row is soft deleted. */
  readonly marksDeleted: boolean;
  /** Whether the column counts the changes of its row, so that a change of a row that somebody else changed is refused. */
  readonly isVersion: boolean;
  /**
   * What the driver is given for a value of this column; null and undefined never get here. What it throws says what is
   * wrong with the value, without repeating it.
   */
  readonly encode: (value: unknown) => unknown;
  /** The value, of what the connection made of the wire's text; null never gets here. Undefined: as it is. */
  readonly decode: ((value: unknown) => unknown) | undefined;
}

const PLAIN: Omit<ColumnSpec, "type"> = {
  name: undefined,
  isBuiltIn: true,
  enum: undefined,
  element: undefined,
  nullable: false,
  primaryKey: false,
  keyName: undefined,
  hidden: false,
  default: undefined,
  onUpdate: undefined,
  identity: undefined,
  counting: undefined,
  generated: undefined,
  index: undefined,
  unique: undefined,
  checks: [],
  references: undefined,
  collation: undefined,
  comment: undefined,
  isSerial: false,
  storage: undefined,
  compression: undefined,
  marksDeleted: false,
  isVersion: false,
  encode: (value) => value,
  decode: undefined,
};

const WHOLE_NUMBERS = ["smallint", "integer", "bigint"];

/**
 * A column definition. Immutable: every method returns a new one. NOT NULL unless `nullable()`.
 *
 * `S` is what a SELECT yields, `I` what an INSERT takes (`undefined` in it makes it optional, and alone means that the
 * column is never written), `H` is true when the column is hidden, and `K` when it is part of the primary key.
 */
export class Column<S, I = S, H extends boolean = false, K extends boolean = false> implements AnyColumn {
  declare readonly $select: S;
  declare readonly $insert: I;
  declare readonly $hidden: H;
  declare readonly $key: K;
  readonly spec: ColumnSpec;

  /** @throws {DefinitionError} when parts of it contradict each other, as do `generated` and `default`. */
  constructor(spec: Pick<ColumnSpec, "type"> & Partial<ColumnSpec>) {
    this.spec = { ...PLAIN, ...spec };
    assertConsistent(this.spec);
  }

  /** May be NULL, which is null in JavaScript. */
  nullable(this: Column<S, undefined, H, K>): Column<S | null, undefined, H, K>;
  nullable(): Column<S | null, I | null | undefined, H, K>;
  nullable(): unknown {
    return this.#with({ nullable: true });
  }

  /**
   * Part of the primary key: the whole of it, or together with other columns in the order of the model. The key is called
   * `<table>_pkey`, unless one of its columns says otherwise.
   */
  primaryKey({ name }: { readonly name?: string } = {}): Column<S, I, H, true> {
    return this.#with({ primaryKey: true, keyName: name });
  }

  /** Left out of `toDict()`, JSON and `inspect`, and so of logs. */
  hidden(): Column<S, I, true, K> {
    return this.#with({ hidden: true });
  }

  /**
   * The value of rows that are inserted without one: a constant, an SQL expression (`` sql`now()` ``), or a function
   * that the client calls before each insert.
   */
  default(value: S | Fragment | (() => S)): Column<S, I | undefined, H, K> {
    if (isFragment(value)) return this.#with({ default: { kind: "sql", sql: value } });
    if (typeof value === "function") return this.#with({ default: { kind: "client", make: value as () => S } });
    return this.#with({ default: { kind: "value", value } });
  }

  /** Written by every UPDATE of the layer that does not set the column itself. */
  onUpdate(sql: Fragment): Column<S, I, H, K> {
    return this.#with({ onUpdate: sql });
  }

  /**
   * Numbers that the table counts itself (PostgreSQL, "Identity Columns"). "always": nothing else can be inserted; "by
   * default": what an INSERT gives goes first. `{ start: 1000 }` says how they are counted.
   */
  identity(kind: "always", counting?: IdentityCounting): Column<S, undefined, H, K>;
  identity(kind: "by default", counting?: IdentityCounting): Column<S, I | undefined, H, K>;
  identity(kind: "always" | "by default", counting?: IdentityCounting): unknown {
    return this.#with({ identity: kind, counting });
  }

  /** Computed by PostgreSQL from other columns of the row, and stored; never written. */
  generated(expression: ColumnExpression<S>): Column<S, undefined, H, K> {
    return this.#with({ generated: expression as ColumnExpression<unknown> });
  }

  /** No two rows have the same value: `uq_<table>_<column>`. On a model with soft delete: no two living ones. */
  unique(options: UniqueOptions = {}): Column<S, I, H, K> {
    return this.#with({ unique: options });
  }

  /** An index of this column alone, named `ix_<table>_<column>`. */
  index(options: ColumnIndex = {}): Column<S, I, H, K> {
    return this.#with({ index: options });
  }

  /**
   * A condition that holds for every row, named `ck_<table>_<column>`, or `ck_<table>_<name>`:
   * `` integer().check((age) => sql`${age} >= 0`) ``.
   */
  check(expression: ColumnExpression<S>): Column<S, I, H, K>;
  check(name: string, expression: ColumnExpression<S>): Column<S, I, H, K>;
  check(...given: [ColumnExpression<S>] | [string, ColumnExpression<S>]): Column<S, I, H, K> {
    const [name, expression] = given.length === 1 ? [undefined, given[0]] : given;
    return this.#with({
      checks: [...this.spec.checks, { name, expression: expression as ColumnExpression<unknown> }],
    });
  }

  /**
   * A foreign key: `uuid().references(() => User.c.id, { onDelete: "cascade" })`. The arrow is called once all models
   * exist; types of both sides are compared by `defineSchema`.
   */
  // biome-ignore lint/suspicious/noExplicitAny: any narrower return type makes self-references circular (TS2506).
  references(target: () => any, options: ReferenceOptions = {}): Column<S, I, H, K> {
    return this.#with({ references: { ...options, target } });
  }

  /** Sorts and compares by this collation, given by its name: `collate("C")`, `collate("de-x-icu")`. */
  collate(name: string): Column<S, I, H, K> {
    return this.#with({ collation: name });
  }

  /** Its name in the database, where that is not the property's in snake_case. */
  named(name: string): Column<S, I, H, K> {
    return this.#with({ name });
  }

  /** Where long values are kept, and how compressed (PostgreSQL, "TOAST"). Default: as the type and the server have it. */
  stored(options: Pick<Partial<ColumnSpec>, "storage" | "compression">): Column<S, I, H, K> {
    return this.#with(options);
  }

  /** Kept by the database, where other tools show it. */
  comment(text: string): Column<S, I, H, K> {
    return this.#with({ comment: text });
  }

  /**
   * Counts the changes of a row, from 1: saving or deleting an instance whose row somebody else has changed since it was
   * read is refused. For whole numbers.
   */
  version(): Column<S, I | undefined, H, K> {
    const first = this.spec.type === "bigint" ? 1n : 1;
    return this.#with({ isVersion: true, default: this.spec.default ?? { kind: "value", value: first } });
  }

  #with<S2, I2, H2 extends boolean, K2 extends boolean>(change: Partial<ColumnSpec>): Column<S2, I2, H2, K2> {
    return new Column<S2, I2, H2, K2>({ ...this.spec, ...change });
  }
}

/** What PostgreSQL would refuse, said where it was written. */
function assertConsistent(spec: ColumnSpec): void {
  const sources = [
    spec.default !== undefined && "default()",
    spec.identity !== undefined && "identity()",
    spec.isSerial && "serial()",
    spec.generated !== undefined && "generated()",
  ].filter((source) => source !== false);
  if (sources.length > 1) throw new DefinitionError(`A column cannot have ${sources.join(" and ")}. Keep one of them.`);
  if (spec.generated !== undefined && spec.onUpdate !== undefined) {
    throw new DefinitionError("A column with generated() is never written. Leave onUpdate() out.");
  }
  if (spec.nullable && (spec.primaryKey || spec.identity !== undefined)) {
    const cause = spec.primaryKey ? "primaryKey()" : "identity()";
    throw new DefinitionError(`A column with ${cause} is never NULL. Leave nullable() out.`);
  }
  if ((spec.identity !== undefined || spec.isVersion) && !WHOLE_NUMBERS.includes(spec.type)) {
    const method = spec.isVersion ? "version()" : "identity()";
    throw new DefinitionError(`${method} is for ${WHOLE_NUMBERS.join(", ")}, not for ${spec.type}.`);
  }
}
