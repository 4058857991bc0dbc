import assert from "node:assert/strict";
import { anyTransfer, type Database } from "../database.ts";
import type { Work } from "./work.ts";
import { assertStored } from "./write.ts";

export const five: Work<"five"> = {
  name: "five",
  title: "one transaction of five statements, each awaited: two reads, two updates, one insert",
  input: anyTransfer,
  async check(once, database, scale) {
    const transfer = this.input(scale);
    const before = await balances(database);
    await assertStored(await once(transfer), database);
    const { from, to, amount } = transfer;
    before[from]! -= amount;
    before[to]! += amount;
    assert.deepEqual(await balances(database), before);
    const written = "select xmin::text from accounts where id in ($1, $2) union select xmin::text from entries";
    assert.equal((await database.rows(written, [from, to])).length, 1, "one transaction wrote all rows");
  },
};

async function balances(database: Database): Promise<Record<number, number>> {
  const rows = await database.rows<{ id: number; balance: number }>("select id, balance from accounts order by id");
  return Object.fromEntries(rows.map(({ id, balance }) => [id, balance]));
}
