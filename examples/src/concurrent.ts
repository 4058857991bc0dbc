import { type Session, select } from "@hypertroq/database";
import { Order } from "./order.ts";
import { Product } from "./product.ts";
import { User } from "./users-route.ts";

/**
 * What a dashboard shows, by three queries at the same time. Plain reads like these borrow a connection each, as long as the
 * session has not opened its transaction; inside of one they travel on its connection, together where they can.
 */
export async function dashboard(db: Session) {
  const [users, orders, dearest] = await Promise.all([
    db.count(select(User).where(User.c.isActive.eq(true))),
    db.count(select(Order)),
    db.first(select(Product).orderBy(Product.c.price.desc())),
  ]);
  return { users, orders, dearest: dearest?.name };
}
