import { type Executor, sql } from "@hypertroq/database";
import { Product } from "./product.ts";

/** What a supplier's price list says; without a price the product is not sold any more. */
export interface ListedProduct {
  readonly name: string;
  readonly category: string;
  readonly price: number | null;
}

/**
 * Brings products in line with a price list in one statement, which inserts, updates and deletes (PostgreSQL, MERGE).
 * Returns how many rows it touched. The list travels as one array for each column, however long it is.
 *
 * ```sql
 * merge into "products"
 * using unnest($1::text[], $2::text[], $3::float8[]) as list (name, category, price) on "products"."name" = list.name
 * when matched and list.price is null then delete
 * when matched and list.price <> "products"."price" then update set "price" = list.price, "updated_at" = now()
 * when not matched and list.price is not null then insert ("id", "name", "category", "price")
 *   values (gen_random_uuid(), list.name, list.category, list.price)
 * ```
 */
export async function mergePrices(db: Executor, list: readonly ListedProduct[]): Promise<number> {
  const { id, name, category, price, updatedAt } = Product.c;
  const column = ({ column }: { readonly column: string }) => sql.id(column); // the name alone, as SET and INSERT want it
  const names = list.map((product) => product.name);
  const categories = list.map((product) => product.category);
  const prices = list.map((product) => product.price);
  return await db.execute(sql`
    merge into ${Product}
    using unnest(${names}::text[], ${categories}::text[], ${prices}::float8[]) as list (name, category, price) on ${name} = list.name
    when matched and list.price is null then delete
    when matched and list.price <> ${price} then update set ${column(price)} = list.price, ${column(updatedAt)} = now()
    when not matched and list.price is not null then insert (${sql.join([id, name, category, price].map(column))})
      values (gen_random_uuid(), list.name, list.category, list.price)`);
}
