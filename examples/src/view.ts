import {
  belongsTo,
  bigint,
  count,
  type Executor,
  max,
  select,
  timestamptz,
  uuid,
  View,
  varchar,
} from "@hypertroq/database";
import { Order } from "./order.ts";
import { User } from "./users-route.ts";

/** Who has ordered, how often and when last: a query under a name, that is read like a table. */
export class Customer extends View.define({
  id: uuid().primaryKey(), // what tells its rows apart
  email: varchar(255),
  orders: bigint(),
  lastAt: timestamptz(),
}) {
  static override readonly query = () =>
    select({ id: User.c.id, email: User.c.email, orders: count(Order.c.id), lastAt: max(Order.c.createdAt) })
      .from(User)
      .join(Order, Order.c.userId.eq(User.c.id))
      .groupBy(User.c.id);

  static readonly user = belongsTo(
    () => User,
    () => Customer.c.id,
  );
}

/**
 * Those with several orders, the most faithful first.
 *
 * ```sql
 * select "customers"."id", "customers"."email", "customers"."orders", "customers"."last_at"
 * from "customers"
 * where "customers"."orders" > $1
 * order by "customers"."orders" desc, "customers"."last_at" desc
 * ```
 */
export async function regulars(db: Executor): Promise<readonly Customer[]> {
  const { orders, lastAt } = Customer.c;
  return await db.all(select(Customer).where(orders.gt(1n)).orderBy(orders.desc(), lastAt.desc()));
}
