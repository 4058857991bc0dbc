import { type Executor, type Query, select, sql } from "@hypertroq/database";
import { Order } from "./order.ts";
import { User } from "./users-route.ts";

/**
 * Active users without orders. Queries of the builder are operands: each comes in parentheses, with its parameters, and the
 * soft-deleted orders are left out as ever. The rows are of the operands' type.
 *
 * ```sql
 * (select "users"."id" as "id", "users"."email" as "email" from "users" where "users"."is_active" = $1)
 * except
 * (select "users"."id" as "id", "users"."email" as "email" from "users"
 *   join "orders" on "orders"."user_id" = "users"."id" and not "orders"."is_deleted")
 * order by email
 * ```
 */
export async function usersWithoutOrders(db: Executor) {
  const users = select({ id: User.c.id, email: User.c.email }).from(User);
  const active = users.where(User.c.isActive.eq(true));
  const ordering = users.join(Order, Order.c.userId.eq(User.c.id));
  return await db.all(sql<RowOf<typeof users>>`${active} except ${ordering} order by email`);
}

/** What a query yields. */
type RowOf<Q> = Q extends Query<infer Row> ? Row : never;
