import { BaseModel, DatabaseManager, double, select, varchar } from "@hypertroq/database";

/** A model: id, created_at and updated_at come from BaseModel; the table is called products. */
export class Product extends BaseModel.define({
  name: varchar(255),
  price: double(),
}) {}

/** Stores two products in one transaction and reads the dearer one. */
export async function products(url: string): Promise<Product | undefined> {
  const manager = new DatabaseManager({ url });
  try {
    return await manager.session(async (db) => {
      await db.add(new Product({ name: "Barbell", price: 189 }));
      await db.add(new Product({ name: "Chalk", price: 9.5 }));
      return await db.first(select(Product).where(Product.c.price.gt(100)).orderBy(Product.c.price.desc()));
    });
  } finally {
    await manager.close();
  }
}
