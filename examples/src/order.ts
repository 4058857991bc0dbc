import { type Executor, SoftDeleteModel, select, text, uuid } from "@hypertroq/database";
import { User } from "./users-route.ts";

/** A model whose rows are marked as deleted instead of being deleted. */
export class Order extends SoftDeleteModel.define({
  userId: uuid().references(() => User.c.id),
  note: text(),
}) {}

/**
 * Orders that are not deleted; nothing has to be said for that.
 *
 * ```sql
 * select "orders"."note" as "note" from "orders" where not "orders"."is_deleted" order by "orders"."note"
 * ```
 */
export async function livingNotes(db: Executor): Promise<string[]> {
  return (await db.all(select({ note: Order.c.note }).from(Order).orderBy(Order.c.note))).map(({ note }) => note);
}

/** Deletes an order softly, and takes that back. Returns what `livingNotes` says after each. */
export async function deleteAndRestore(order: Order, db: Executor): Promise<readonly string[][]> {
  await order.softDelete(db);
  const without = await livingNotes(db);
  await order.restore(db);
  return [without, await livingNotes(db)];
}

/** Deleted ones only; `withDeleted()` is both. */
export async function deletedOrders(db: Executor): Promise<Order[]> {
  return await db.all(select(Order).onlyDeleted());
}
