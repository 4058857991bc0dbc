import type { Database } from "./database.ts";

export async function prepare(database: Database): Promise<void> {
  await database.query("create table log (line text)");
}
