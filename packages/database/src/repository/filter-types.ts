import type { Multirange, Range } from "../connection/range.ts";
import type { Relation } from "../query/relation.ts";
import type { ColumnsOf, VisibleOf } from "../query/row-types.ts";

/** Values that stand for themselves in a filter; arrays and objects, of JSON for one, are compared by `{ eq: … }`. */
export type SingleValue = string | number | bigint | boolean | Date | Uint8Array | Range<unknown> | Multirange<unknown>;

/**
 * Comparisons of a column whose values are `S`; of several all have to hold. As in SQL, NULL is neither equal to a value
 * nor different from it: it is matched by `isNull: true` and `eq: null` alone, and a row with it is not among those of `ne`
 * and `notIn`.
 */
export interface Comparisons<S> {
  /** null: IS NULL. */
  readonly eq?: S;
  /** null: IS NOT NULL. */
  readonly ne?: S;
  readonly lt?: NonNullable<S>;
  readonly lte?: NonNullable<S>;
  readonly gt?: NonNullable<S>;
  readonly gte?: NonNullable<S>;
  /** One parameter however many values; an empty list matches nothing. */
  readonly in?: readonly NonNullable<S>[];
  /** An empty list matches every row, those with NULL too. */
  readonly notIn?: readonly NonNullable<S>[];
  /** Both ends belong to it. */
  readonly between?: readonly [low: NonNullable<S>, high: NonNullable<S>];
  readonly isNull?: boolean;
  /** These do not hold. */
  readonly not?: Operators<S>;
}

/** The same for text. */
export interface TextComparisons<S> extends Comparisons<S> {
  /** `%` is any text, `_` any character, a backslash takes the next one as it is (PostgreSQL, "LIKE"). */
  readonly like?: string;
  /** `like` without regard to case. */
  readonly ilike?: string;
}

/** The comparisons that a filter of a column of this type takes. */
export type Operators<S> = [S] extends [string | null] ? TextComparisons<S> : Comparisons<S>;

type ColumnFilters<V> = {
  readonly [K in keyof V]?: Extract<V[K], SingleValue | null> | Operators<V[K]>;
};

/** Conditions on the rows that a relation leads to. Rows that are soft deleted are none of them. */
export interface ManyFilter<F> {
  /** At least one of them matches; `{}` matches any. */
  readonly some?: F;
  /** None of them matches; `none: {}`: there are none. */
  readonly none?: F;
  /** All of them match, or there are none. */
  readonly every?: F;
}

type RelatedFilter<T, C> = T extends readonly (infer R)[]
  ? ManyFilter<Filter<R, C>>
  : T extends null
    ? null
    : Filter<T, C>;

type RelationFilters<M> = {
  readonly [K in keyof M as M[K] extends { readonly $relation: unknown } ? K : never]?: M[K] extends Relation<
    infer T,
    infer C
  >
    ? RelatedFilter<T, C>
    : never;
};

interface Junctions<F> {
  /** All of these hold. */
  readonly and?: readonly F[];
  /** At least one of these holds. */
  readonly or?: readonly F[];
  /** This does not hold. As in SQL, what is neither true nor false because of a NULL does not match either. */
  readonly not?: F;
}

/**
 * Which rows: by column a value (null is IS NULL) or comparisons, by relation a filter of the rows at its other end, and
 * `and`, `or` and `not`. All of it has to hold; `{}` matches every row. Hidden columns cannot be asked for, because the
 * answers would tell them bit by bit.
 *
 * ```ts
 * { status: "paid", total: { gte: "100.00" }, customer: { email: { ilike: "%@example.com" } }, lines: { none: { count: 0 } } }
 * ```
 *
 * `M` is the model's class, whose static relations can be named: `Filter<Order, typeof Order>`.
 */
export type Filter<Row, M = unknown> = ColumnFilters<VisibleOf<ColumnsOf<Row>>> &
  RelationFilters<M> &
  Junctions<Filter<Row, M>>;
