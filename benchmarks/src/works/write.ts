import assert from "node:assert/strict";
import { anyTransfer, type Database } from "../database.ts";
import { camelCased, type Work } from "./work.ts";

export const write: Work<"write"> = {
  name: "write",
  title: "one row inserted and returned",
  input: () => anyTransfer().entry,
  async check(once, database, scale) {
    const entry = this.input(scale);
    await assertStored(await once(entry), database);
  },
};

/** The one entry there is now is the one that was returned. */
export async function assertStored(returned: unknown, database: Database): Promise<void> {
  const { id, accountId, amount, createdAt } = camelCased(returned);
  const rows = await database.rows("select id, account_id, amount, created_at from entries");
  assert.deepEqual([{ id, accountId, amount, createdAt: new Date(String(createdAt)) }], rows.map(camelCased));
}
