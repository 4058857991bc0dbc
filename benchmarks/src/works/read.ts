import assert from "node:assert/strict";
import { anyUser, emailOf } from "../database.ts";
import { camelCased, type Work } from "./work.ts";

export const read: Work<"read"> = {
  name: "read",
  title: "one user by e-mail address, a unique key",
  input: () => ({ email: emailOf(anyUser()) }),
  async check(once, database, scale) {
    const { email } = this.input(scale);
    const { id, fullName, isActive, createdAt } = camelCased(await once({ email }));
    const [row] = await database.rows("select id, full_name, is_active, created_at from users where email = $1", [
      email,
    ]);
    assert.deepEqual({ id, fullName, isActive, createdAt: new Date(String(createdAt)) }, camelCased(row));
  },
};
