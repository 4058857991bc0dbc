import { type Executor, select, sql } from "@hypertroq/database";
import { Product } from "./product.ts";

/**
 * The two dearest products of each category. The builder has no window functions: SQL by hand is one column of its
 * selection, with the type that is said, and what is around it stays as it was.
 *
 * ```sql
 * select "ranked"."category" as "category", "ranked"."name" as "name", "ranked"."place" as "place"
 * from (
 *   select "products"."category" as "category", "products"."name" as "name",
 *     rank() over (partition by "products"."category" order by "products"."price" desc) as "place"
 *   from "products"
 * ) as "ranked"
 * where "ranked"."place" <= $1
 * order by "ranked"."category", "ranked"."place"
 * ```
 */
export async function dearestOfEach(db: Executor) {
  const { category, name, price } = Product.c;
  const place = sql<bigint>`rank() over (partition by ${category} order by ${price} desc)`;
  const ranked = select({ category, name, place }).from(Product).as("ranked");
  return await db.all(
    select({ category: ranked.c.category, name: ranked.c.name, place: ranked.c.place })
      .from(ranked)
      .where(ranked.c.place.lte(2n))
      .orderBy(ranked.c.category, ranked.c.place),
  );
}
