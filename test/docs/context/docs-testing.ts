import { select } from "@hypertroq/database";
import { manager, User } from "./all.ts";

export declare const key: string;
export declare function prepare(url: string): Promise<void>;

/** Two statements in one transaction: each travels by itself, and so does COMMIT. */
export async function listOrders(): Promise<void> {
  await manager.session(
    async (db) => {
      await db.all(select(User));
      await db.all(select(User));
    },
    { isolation: "repeatable read" },
  );
}
