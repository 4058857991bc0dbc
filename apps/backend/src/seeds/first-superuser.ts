import { randomBytes } from "node:crypto";
import { select } from "@hypertroq/database";
import { defineSeed, type Seed } from "@hypertroq/database/seeding";
import { User } from "../models/user.ts";
import type { PasswordHasher } from "../passwords.ts";

/**
 * Somebody who administers HypertroQ, where nobody does yet: FIRST_SUPERUSER_EMAIL, with a password that is made here, told
 * once, and kept nowhere.
 */
export function firstSuperuser(hasher: PasswordHasher): Seed {
  return defineSeed(User, {
    name: "first-superuser",
    kind: "reference",
    on: ["email"],
    async rows({ db, note }) {
      if (await db.exists(select(User).where(User.c.isSuperuser))) return [];
      const email = process.env["FIRST_SUPERUSER_EMAIL"]?.trim();
      if (!email?.includes("@")) {
        note("There is no superuser yet. Set FIRST_SUPERUSER_EMAIL and seed again.");
        return [];
      }
      if (await db.exists(select(User).where(User.c.email.eq(email)))) {
        note(`${email} is there already and no superuser; the seed makes nobody one.`);
        return [];
      }
      const password = randomBytes(18).toString("base64url");
      note(`The superuser ${email} has the password ${password}, which is shown this once.`);
      return [{ email, hashedPassword: await hasher.hash(password), isSuperuser: true }];
    },
  });
}
