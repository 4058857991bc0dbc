import type { ColumnRef, Condition } from "./expression.ts";
import type { Source } from "./query.ts";
import { type Fragment, isFragment, type Writer } from "./sql.ts";

/** Where a class keeps its `Table`. A registered symbol, so that two copies of this package understand each other. */
export const TABLE: unique symbol = Symbol.for("@hypertroq/database.table") as never;

/** A column as queries need it. */
export interface TableColumn {
  /** The property that holds it on an instance. */
  readonly property: string;
  readonly ref: ColumnRef<unknown>;
  /** What the driver is given for a value. */
  encode(value: unknown): unknown;
  /** Written on every UPDATE that does not set the column itself. */
  readonly onUpdate: Fragment | undefined;
}

/** How queries see a model. The model room makes it; queries know no models. */
export interface Table<Row = unknown> {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  /** What a query of this table reads. */
  readonly sources: readonly Source[];
  /** The columns that identify a row; none on a model without a primary key. */
  readonly primaryKey: readonly TableColumn[];
  /** A row to insert, completed with the defaults that the client makes. */
  withDefaults(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** Makes an instance of a row whose values are in the order of `columns`, or writes them into the one given. */
  hydrate(row: readonly unknown[], instance?: Row): Row;
  /** What tells living rows from soft-deleted ones, on tables that keep deleted rows. */
  readonly isDeleted: ColumnRef<boolean> | undefined;
}

/** A class whose instances are rows of a table. */
export interface Mapped<Row> {
  new (...args: never): Row;
  readonly [TABLE]: Table<unknown>;
}

/** What can be assigned to a column in INSERT and UPDATE: a value, or an expression. */
export type Assignable<T> = { readonly [K in keyof T]: T[K] | Fragment };

export function tableOf<Row>(mapped: Mapped<Row>): Table<Row> {
  return mapped[TABLE] as Table<Row>;
}

/** `"a", "b", …` for INSERT's column list, or qualified for SELECT and RETURNING. */
export function columnList(table: Table): string {
  return table.columns.map((column) => column.ref.write()).join(", ");
}

/** Writes the right side of an assignment. */
export function writeValue(column: TableColumn, value: unknown, writer: Writer): string {
  return isFragment(value) ? value.write(writer) : writer.bind(column.encode(value));
}

export function writeWhere(conditions: readonly Condition[], writer: Writer): string {
  if (conditions.length === 0) return "";
  return ` where ${conditions.map((condition) => `(${condition.write(writer)})`).join(" and ")}`;
}
