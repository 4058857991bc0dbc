import { count, type Executor, select } from "@hypertroq/database";
import { Order } from "./order.ts";
import { User } from "./users-route.ts";

/**
 * Only what is needed, as plain objects typed by what is selected: here `{ email: string; orders: number }`.
 *
 * ```sql
 * select "users"."email" as "email", count("orders"."id") as "orders"
 * from "users"
 * join "orders" on "orders"."user_id" = "users"."id" and not "orders"."is_deleted"
 * group by "users"."email"
 * order by "users"."email"
 * ```
 */
export async function ordersByEmail(db: Executor) {
  return await db.all(
    select({ email: User.c.email, orders: count(Order.c.id) })
      .from(User)
      .join(Order, Order.c.userId.eq(User.c.id))
      .groupBy(User.c.email)
      .orderBy(User.c.email),
  );
}
