import { DatabaseManager, SoftDeleteModel, select, text } from "@hypertroq/database";

/** A model whose rows are marked as deleted instead of being deleted. */
export class Order extends SoftDeleteModel.define({ note: text() }) {}

/** How many orders a plain select sees: before, while one is soft deleted, and after it is restored. */
export async function orders(url: string): Promise<readonly number[]> {
  const manager = new DatabaseManager({ url });
  try {
    return await manager.session(async (db) => {
      const order = await db.add(new Order({ note: "two plates" }));
      const before = await db.count(select(Order));
      await order.softDelete(db);
      const deleted = await db.count(select(Order));
      await order.restore(db);
      return [before, deleted, await db.count(select(Order))];
    });
  } finally {
    await manager.close();
  }
}
