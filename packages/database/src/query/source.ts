import { DefinitionError } from "../errors.ts";
import { checkName, quote } from "../identifier.ts";
import { Expression } from "./expression.ts";
import type { Query } from "./query.ts";
import type { ColumnsOf, Refs } from "./row-types.ts";
import { isMapped, type Mapped, type Table, type TableColumn, tableOf } from "./table.ts";
import type { Fragment, Writer } from "./writer.ts";

/** What stands in FROM and JOIN. `Row` is what selecting it whole yields, `C` its columns as expressions. */
export abstract class From<Row, C> {
  declare readonly $row: Row;
  /** Its name in the query, quoted. */
  abstract readonly name: string;
  /** Its columns. */
  readonly c: C;
  /** The table behind it, where it is one. */
  readonly table: Table | undefined;
  /** Whether its row may be missing, as in LEFT JOIN. */
  readonly isOptional: boolean;

  constructor(c: C, table: Table | undefined, isOptional: boolean) {
    this.c = c;
    this.table = table;
    this.isOptional = isOptional;
  }

  /** Writes it as FROM has it; for the layer's own use. */
  abstract write(writer: Writer): void;
  /** The same, whose row may be missing. */
  abstract asOptional(): From<Row, C>;
}

/** A source whose row may be missing; made by `optional`, and what `leftJoin` takes. */
export interface Optional<Row, C> extends From<Row, C> {
  readonly isOptional: true;
}

/** A model, an alias of one, or a query under a name. */
export type Joinable = Mapped<unknown> | From<unknown, unknown>;

/** The columns of what may be missing: all of them may be NULL. */
export type Nullable<C> = { readonly [K in keyof C]: C[K] extends Expression<infer T> ? Expression<T | null> : never };

/** A column of a source, as queries name it. */
export class ColumnRef<T> extends Expression<T> {
  readonly definition: TableColumn;
  /** The name of the table in the database. */
  readonly table: string;
  /** The name of the column in the database. */
  readonly column: string;
  /** What says which table it is of, schema and all. */
  readonly owner: Table;
  /** How the source is called in the query, quoted. */
  readonly prefix: string;
  /** Whether the source may be missing. */
  readonly isOptional: boolean;
  readonly #text: string;

  constructor(owner: Table, definition: TableColumn, prefix: string, isOptional = false) {
    super();
    this.prefix = prefix;
    this.isOptional = isOptional;
    this.owner = owner;
    this.definition = definition;
    this.table = owner.name;
    this.column = definition.name;
    this.#text = `${prefix}.${quote(definition.name)}`;
  }

  override encode(value: unknown): unknown {
    return this.definition.encode(value);
  }
  override get decode(): ((value: unknown) => unknown) | undefined {
    return this.definition.decode;
  }
  override write(writer: Writer): void {
    writer.text(this.#text);
  }
}

/** A table, under its own name or another. */
export class TableSource<Row, C> extends From<Row, C> {
  declare readonly table: Table;
  readonly name: string;
  /** What stands before its columns: the name, with the schema where that is not another one. */
  readonly prefix: string;
  /** All of its columns, qualified, as SELECT and RETURNING list them. */
  readonly columnList: string;
  readonly #alias: string | undefined;

  constructor(table: Table, alias?: string, isOptional = false) {
    const prefix = alias === undefined ? table.sql : quote(checkName(alias));
    super(refsOf(table, prefix, isOptional) as C, table, isOptional);
    this.name = alias === undefined ? quote(table.name) : prefix;
    this.prefix = prefix;
    this.columnList = table.columns.map(({ name }) => `${prefix}.${quote(name)}`).join(", ");
    this.#alias = alias;
  }

  override write(writer: Writer): void {
    const { table } = this;
    writer.reads(table.reads);
    writer.text(table.sql);
    if (this.#alias !== undefined) {
      writer.text(" as ");
      writer.text(this.name);
    }
  }

  override asOptional(): TableSource<Row, C> {
    return new TableSource(this.table, this.#alias, true);
  }
}

/** A query that is read from under a name. */
abstract class NamedQuery<Row, C> extends From<Row, C> {
  readonly name: string;
  protected readonly query: DerivedQuery;

  /** @param name quoted. */
  constructor(name: string, query: DerivedQuery, isOptional = false) {
    super(query.refs(name) as C, undefined, isOptional);
    this.name = name;
    this.query = query;
  }
}

/** A query where it is read from: `(select …) as "name"`. */
export class Derived<Row, C> extends NamedQuery<Row, C> {
  override write(writer: Writer): void {
    this.query.write(writer);
    writer.text(" as ");
    writer.text(this.name);
  }

  override asOptional(): Derived<Row, C> {
    return new Derived(this.name, this.query, true);
  }
}

/** A query that stands in WITH; where it is read from it is only its name. */
export class Cte<Row, C> extends NamedQuery<Row, C> {
  /** Writes it as WITH has it; for the layer's own use. */
  writeDefinition(writer: Writer): void {
    writer.text(this.name);
    writer.text(" as ");
    this.query.write(writer);
  }

  override write(writer: Writer): void {
    writer.text(this.name);
  }

  override asOptional(): Cte<Row, C> {
    return new Cte(this.name, this.query, true);
  }
}

/** A query for WITH: `const recent = cte("recent", select({ … }))`, then `select({ … }).with(recent).from(recent)`. */
export function cte<Row>(name: string, query: Query<Row> & DerivedQuery): Cte<Row, DerivedColumns<Row>> {
  return new Cte(quote(checkName(name)), query);
}

/** What is read of a query under a name, as expressions. */
export type DerivedColumns<Row> = [ColumnsOf<Row>] extends [never]
  ? { readonly [K in keyof Row]: Expression<Row[K]> }
  : Refs<ColumnsOf<Row>>;

/** A query that others can read from. */
export interface DerivedQuery extends Query<unknown>, Fragment {
  /** Writes it in parentheses. */
  write(writer: Writer): void;
  /** Its columns, by the name of what is read from it. */
  refs(prefix: string): Readonly<Record<string, Expression<unknown>>>;
}

/** A column of a query under a name. */
export class DerivedRef<T> extends Expression<T> {
  readonly #text: string;
  readonly #inner: Expression<T>;

  constructor(prefix: string, name: string, inner: Expression<T>) {
    super();
    this.#text = `${prefix}.${quote(name)}`;
    this.#inner = inner;
  }

  override encode(value: unknown): unknown {
    return this.#inner.encode(value);
  }
  override get decode(): ((value: unknown) => unknown) | undefined {
    return this.#inner.decode;
  }
  override write(writer: Writer): void {
    writer.text(this.#text);
  }
}

const sources = new WeakMap<Table, TableSource<unknown, unknown>>();

/** The source that a model is, or the source itself. @throws {DefinitionError} when it is none. */
export function sourceOf(joinable: Joinable): From<unknown, unknown> {
  if (isMapped(joinable)) return baseSource(tableOf(joinable));
  if (joinable instanceof From) return joinable;
  throw new DefinitionError("FROM and JOIN take a model, alias(model, name), or query.as(name).");
}

/** A table under its own name. */
export function baseSource<Row>(table: Table<Row>): TableSource<Row, Readonly<Record<string, ColumnRef<unknown>>>> {
  let source = sources.get(table);
  if (source === undefined) {
    source = new TableSource(table);
    sources.set(table, source);
  }
  return source as TableSource<Row, Readonly<Record<string, ColumnRef<unknown>>>>;
}

/** A model under another name, for joining a table with itself: `const boss = alias(User, "boss")`, then `boss.c.email`. */
export function alias<Row>(model: Mapped<Row>, name: string): From<Row, Refs<ColumnsOf<Row>>> {
  return new TableSource(tableOf(model), name);
}

/**
 * A source whose row may be missing, for `leftJoin`: what is selected of it, whole or by column, can be null.
 *
 * ```ts
 * const customer = optional(Customer);
 * select({ order: Order, email: customer.c.email }).from(Order).leftJoin(customer, customer.c.id.eq(Order.c.customerId));
 * ```
 */
export function optional<Row, C>(source: From<Row, C>): Optional<Row | null, Nullable<C>>;
export function optional<Row>(model: Mapped<Row>): Optional<Row | null, Nullable<Refs<ColumnsOf<Row>>>>;
export function optional(source: Joinable): unknown {
  return sourceOf(source).asOptional();
}

/** A table's columns by property, under a name. */
export function refsOf(table: Table, prefix: string, isOptional = false): Readonly<Record<string, ColumnRef<unknown>>> {
  return Object.fromEntries(
    table.columns.map((column) => [column.property, new ColumnRef(table, column, prefix, isOptional)]),
  );
}
