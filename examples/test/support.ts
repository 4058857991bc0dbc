import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DatabaseManager } from "@hypertroq/database";
import { type ClonedDatabase, cloneDatabase, defineFactory } from "@hypertroq/database/testing";
import { inject } from "vitest";
import { Order } from "../src/order.ts";
import { Product } from "../src/product.ts";
import { User } from "../src/users-route.ts";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8");

/** A database with the examples' tables: a copy of one that is made once for all test files. */
export async function exampleDatabase(): Promise<ClonedDatabase> {
  const schema = read("schema.sql");
  const prepare = async (url: string): Promise<void> => {
    const manager = new DatabaseManager({ url });
    for (const statement of schema.split(/;\s*$/m))
      if (statement.trim() !== "") await manager.sql([statement] as never);
    await manager.close();
  };
  return await cloneDatabase({ url: inject("serverUrl"), key: schema, prepare });
}

export const users = defineFactory(User, (n) => ({ email: `user${n}@example.com`, hashedPassword: "-" }));
export const products = defineFactory(Product, (n) => ({ name: `Product ${n}`, category: "gear", price: n }));
export const orders = defineFactory(Order, (n) => ({ userId: users, note: `Order ${n}` }));

/** The SQL that an example shows in its comments, a statement per block. */
export function shownSql(example: string): string[] {
  return [...read(`src/${example}.ts`).matchAll(/```sql\n(.*?)```/gs)].map(([, block]) =>
    oneLine(block!.replaceAll(/^ \* ?/gm, "")),
  );
}

/** A statement on one line, however it is broken. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("( ", "(").replaceAll(" )", ")").trim();
}
