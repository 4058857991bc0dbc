import { randomBytes } from "node:crypto";
import { type DatabaseManager, insert, select } from "@hypertroq/database";
import { User } from "../models/user.ts";
import type { PasswordHasher } from "../passwords.ts";

const PEOPLE = [
  { fullName: "Mira Lindqvist", email: "mira.lindqvist@example.com", isSuperuser: true },
  { fullName: "Tomás Carvalho", email: "tomas.carvalho@example.com" },
  { fullName: "Aiko Tanabe", email: "aiko.tanabe@example.com" },
  { fullName: "Zeynep Aydın", email: "zeynep.aydin@example.com", isActive: false },
  { fullName: null, email: "newcomer@example.com" },
];

/**
 * Fills an empty users table with a few people to develop with; leaves any other alone. Nobody can log in as one of
 * them: their password is random and thrown away. PATCH sets another.
 *
 * @returns how many were added.
 */
export async function seedDevelopmentUsers(manager: DatabaseManager, hasher: PasswordHasher): Promise<number> {
  return await manager.session(async (db) => {
    // Of two processes that start together, the second waits here and finds the table filled.
    await db.sql`lock table users in share row exclusive mode`;
    if (await db.exists(select(User))) return 0;
    const hashedPassword = await hasher.hash(randomBytes(32).toString("base64url"));
    return await db.execute(
      insert(
        User,
        PEOPLE.map((person) => ({ ...person, hashedPassword })),
      ),
    );
  });
}
