import { BaseModel, double, type Executor, select, text, varchar } from "@hypertroq/database";

/** A model with a table name of its own. `id`, `created_at` and `updated_at` come from `BaseModel`. */
export class Product extends BaseModel.define({
  name: varchar(255).unique(),
  category: text(),
  price: double(),
}) {
  static override readonly table = "products"; // what it would be called anyway

  get isExpensive(): boolean {
    return this.price > 100;
  }
}

/**
 * The dearest product, as an instance of the class.
 *
 * ```sql
 * select "products"."id", "products"."created_at", "products"."updated_at", "products"."name", "products"."category",
 *   "products"."price"
 * from "products"
 * order by "products"."price" desc
 * limit 1
 * ```
 */
export async function dearest(db: Executor): Promise<Product | undefined> {
  return await db.first(select(Product).orderBy(Product.c.price.desc()));
}
