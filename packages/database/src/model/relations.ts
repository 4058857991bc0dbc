import type { Expression } from "../query/expression.ts";
import { type KeyArrow, ToMany, ToOne } from "../query/relation.ts";
import type { Mapped } from "../query/table.ts";

/** The columns at the other end of a relation's key, where that is not the primary key. */
export interface RelationOptions {
  readonly references?: KeyArrow | undefined;
}

/**
 * The row that a foreign key of this model points to: `static readonly customer = belongsTo(() => Customer, () =>
 * Order.c.customerId)`. It may be missing, and is typed so, when the key is nullable. With a key of several columns, an array
 * of them in the order of the other end.
 */
export function belongsTo<M, E extends Expression<unknown>, C>(
  target: () => Mapped<M> & C,
  key: () => E | readonly E[],
  options: RelationOptions = {},
): ToOne<null extends E["$type"] ? M | null : M, C> {
  return new ToOne({ kind: "belongs to", target, key, references: options.references, through: undefined });
}

/** The one row whose foreign key points here: `hasOne(() => Profile, () => Profile.c.userId)`. It may be missing. */
export function hasOne<M, C>(
  target: () => Mapped<M> & C,
  key: KeyArrow,
  options: RelationOptions = {},
): ToOne<M | null, C> {
  return new ToOne({ kind: "has one", target, key, references: options.references, through: undefined });
}

/** All rows whose foreign key points here: `hasMany(() => Order, () => Order.c.customerId)`. */
export function hasMany<M, C>(target: () => Mapped<M> & C, key: KeyArrow, options: RelationOptions = {}): ToMany<M, C> {
  return new ToMany({ kind: "has many", target, key, references: options.references, through: undefined });
}

/**
 * All rows that a table between joins with this one.
 *
 * ```ts
 * static readonly tags = manyToMany(() => Tag, { from: () => PostTag.c.postId, to: () => PostTag.c.tagId });
 * ```
 *
 * @param through columns of the table between: `from` points here, `to` to the target.
 */
export function manyToMany<M, C>(
  target: () => Mapped<M> & C,
  through: { readonly from: KeyArrow; readonly to: KeyArrow },
  options: RelationOptions = {},
): ToMany<M, C> {
  return new ToMany({ kind: "many to many", target, key: undefined, references: options.references, through });
}
