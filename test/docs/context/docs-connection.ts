import type { TestDatabase } from "../../database.ts";

export async function prepare(database: TestDatabase): Promise<void> {
  await database.query("create table log (line text)");
}
