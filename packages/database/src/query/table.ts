import { DefinitionError } from "../errors.ts";
import type { Fragment, Source as ReadSource } from "./writer.ts";

/** Where a class keeps its `Table`. A registered symbol, so that two copies of this package understand each other. */
export const TABLE: unique symbol = Symbol.for("@hypertroq/database.table") as never;

/** A column as queries need it. One object per column of a model. */
export interface TableColumn {
  /** The property that holds it on an instance. */
  readonly property: string;
  readonly name: string;
  /** As SQL writes it, with length and precision. */
  readonly type: string;
  /** What the driver is given for a value, null included. @throws {DefinitionError} without the value. */
  encode(value: unknown): unknown;
  /** What becomes of a value that the connection has read; undefined: it stays as it is. NULL never gets here. */
  readonly decode: ((value: unknown) => unknown) | undefined;
  /** Written on every UPDATE that does not set the column itself. */
  readonly onUpdate: Fragment | undefined;
  /** The database makes its values: it is never written. */
  readonly isGenerated: boolean;
  /** Whether an INSERT that leaves it out stores NULL, and nothing else. */
  readonly isNullByDefault: boolean;
  /** Whether rows are found by it, so that the wire's own text of its values has to be kept: a Date has no microseconds. */
  readonly isKey: boolean;
  /** Whether lists of its values are sent as text: arrays, and types of which only their text is known. */
  readonly isSentAsText: boolean;
  /** By name, where the column does not go by its type's. */
  readonly collation: string | undefined;
}

/** How queries see a model. The model room makes it; queries know no models. */
export interface Table<Row = unknown> {
  readonly name: string;
  /** The name as SQL writes it: quoted, with the schema where there is one. */
  readonly sql: string;
  readonly columns: readonly TableColumn[];
  /** Whether rows can be written: not those of a view. */
  readonly isWritable: boolean;
  readonly byProperty: ReadonlyMap<string, TableColumn>;
  /** What a query of this table reads. */
  readonly reads: ReadSource;
  /** The columns that identify a row; none on a model without a primary key. */
  readonly primaryKey: readonly TableColumn[];
  /** What tells living rows from soft-deleted ones, on tables that keep deleted rows. */
  readonly isDeleted: TableColumn | undefined;
  /** Counted up by every UPDATE. */
  readonly version: TableColumn | undefined;
  /** What instances inherit from. */
  readonly prototype: object;
  /**
   * Takes note of what the database said of an instance: values that cannot change in place, and the wire's text of the
   * others, in the order of the columns. Returns the instance.
   */
  stamp(instance: Row, row: StoredRow): Row;
  /** What was noted of an instance; undefined of one that is not stored. */
  storedRow(instance: object): StoredRow | undefined;
  /** Whether the model has this relation among its static members. */
  hasRelation(definition: object): boolean;
  /** Gives an instance what was loaded of a relation. */
  relate(instance: Row, name: string, value: unknown): void;
  /** A row to insert, completed with the defaults that the client makes. */
  withDefaults(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

/** See `Table.stamp`. */
export interface StoredRow {
  /** Of a Date, its milliseconds; of what can be changed in place, the wire's text, which `parse` reads. */
  readonly values: readonly unknown[];
  /** By position; undefined where the value itself is kept. */
  readonly parse: readonly (((text: string) => unknown) | undefined)[];
}

/** A table whose rows can be written. */
export interface WritableTable<Row = unknown> extends Table<Row> {
  readonly isWritable: true;
}

/** A class whose instances are rows of a table or a view. */
export interface Mapped<Row> {
  new (...args: never): Row;
  readonly [TABLE]: Table<unknown>;
}

/** A class whose instances are rows of a table, and can be written. */
export interface Writable<Row> extends Mapped<Row> {
  readonly [TABLE]: WritableTable<unknown>;
}

/** What can be assigned to a column in INSERT and UPDATE: a value, or an expression. */
export type Assignable<T> = { readonly [K in keyof T]: T[K] | Fragment };

export function tableOf<Row>(mapped: Mapped<Row>): Table<Row> {
  return mapped[TABLE] as Table<Row>;
}

export function isMapped(value: unknown): value is Mapped<unknown> {
  return typeof value === "function" && TABLE in value;
}

/** @throws {DefinitionError} when the table has no such column. */
export function columnOf(table: Table, property: string): TableColumn {
  const column = table.byProperty.get(property);
  if (column === undefined) {
    const names = [...table.byProperty.keys()].join(", ");
    throw new DefinitionError(`The model of ${table.name} has no column ${property}. It has ${names || "none"}.`);
  }
  return column;
}
