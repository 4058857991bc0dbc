import type { ColumnRef } from "./source.ts";

/**
 * How a model's column definitions become the types of its rows. One phantom property carries the column map; everything
 * else is derived from it, which keeps hovers readable.
 */
export declare const COLUMNS: unique symbol;

/**
 * A column definition as the type system sees it. Deliberately without type parameters: as the argument of `define`, a
 * generic `Column<any, any>` would be the contextual type of `text<T>()` and infer `any` for it.
 */
export interface AnyColumn {
  /** What a SELECT yields. */
  readonly $select: unknown;
  /** What an INSERT takes; `undefined` among it makes it optional. */
  readonly $insert: unknown;
  /** `true` leaves it out of `toDict`, JSON and `inspect`. */
  readonly $hidden: boolean;
  /** `true`: part of the primary key. */
  readonly $key: boolean;
}
/** The columns of a model or a selection, by property. */
export type Columns = { readonly [property: string]: AnyColumn };

export type Simplify<T> = { [K in keyof T]: T[K] } & {};
/** The columns of the model that a row is of. */
export type ColumnsOf<Row> = Row extends { readonly [COLUMNS]: infer C } ? C : never;

/** A row as it is read, hidden columns included. */
export type SelectOf<C> = { -readonly [K in keyof C]: C[K] extends { readonly $select: infer S } ? S : never };
export type VisibleOf<C> = {
  [K in keyof C as C[K] extends { readonly $hidden: true } ? never : K]: C[K] extends { readonly $select: infer S }
    ? S
    : never;
};
type OptionalKeys<C> = {
  [K in keyof C]: C[K] extends { readonly $insert: infer I } ? (undefined extends I ? K : never) : never;
}[keyof C];
/** What an insert takes: columns without a default must be given. */
export type InsertOf<C> = Simplify<
  { [K in Exclude<keyof C, OptionalKeys<C>>]: C[K] extends { readonly $insert: infer I } ? I : never } & {
    [K in OptionalKeys<C>]?: C[K] extends { readonly $insert: infer I } ? Exclude<I, undefined> : never;
  }
>;

/** The columns of a model as expressions: `User.c.email`. */
export type Refs<C> = {
  readonly [K in keyof C]: C[K] extends { readonly $select: infer S } ? ColumnRef<S> : never;
};

export type UpdateOf<C> = {
  [K in keyof C]?: C[K] extends { readonly $insert: infer I } ? Exclude<I, undefined> | undefined : never;
};

/** A row as plain data. */
export type Selected<Row> = Simplify<SelectOf<ColumnsOf<Row>>>;
/** What a new row is made from; columns that are nullable or have a default may be left out. */
export type Inserted<Row> = InsertOf<ColumnsOf<Row>>;
/** What can be changed in a row. */
export type Updated<Row> = UpdateOf<ColumnsOf<Row>>;
/** A row without its hidden columns. */
export type Dict<Row> = Simplify<VisibleOf<ColumnsOf<Row>>>;
export type ColumnName<Row> = keyof ColumnsOf<Row> & string;

type KeyColumns<C> = { [K in keyof C]: C[K] extends { readonly $key: true } ? K : never }[keyof C];
type KeyOf<C, K extends keyof C> = { readonly [P in K]: C[P] extends { readonly $select: infer S } ? S : never };
type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never;
/** What identifies a row: the value of its primary key, or of one with several columns, an object of them. */
export type Key<Row> =
  IsUnion<KeyColumns<ColumnsOf<Row>>> extends true
    ? KeyOf<ColumnsOf<Row>, KeyColumns<ColumnsOf<Row>>>
    : KeyOf<ColumnsOf<Row>, KeyColumns<ColumnsOf<Row>>>[KeyColumns<ColumnsOf<Row>>];
