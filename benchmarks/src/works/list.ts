import assert from "node:assert/strict";
import { random } from "../database.ts";
import { camelCased, time, type Work } from "./work.ts";

/** An id at random that leaves an eighth of all users behind it, more than the longest list takes. */
const anyId = (): string => random(0, 0xdf).toString(16).padStart(2, "0") + crypto.randomUUID().slice(2);

const list = <Name extends "list20" | "list500">(name: Name, limit: number): Work<Name> => ({
  name,
  title: `${limit} users as objects, by a key and in its order`,
  input: () => ({ after: anyId() }),
  async check(once, database, scale) {
    const { after } = this.input(scale);
    const returned = (await once({ after })) as readonly unknown[];
    const rows = await database.rows(`select * from users where id > $1 order by id limit ${limit}`, [after]);
    assert.equal(rows.length, limit);
    assert.deepEqual(returned.map(user), rows.map(user));
  },
});

/** All columns but the one that a library may keep to itself. */
function user(row: unknown): unknown {
  const { id, email, fullName, isActive, isSuperuser, createdAt, updatedAt } = camelCased(row);
  return { id, email, fullName, isActive, isSuperuser, createdAt: time(createdAt), updatedAt: time(updatedAt) };
}

export const list20 = list("list20", 20);
export const list500 = list("list500", 500);
