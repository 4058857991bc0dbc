import { type DatabaseManager, select } from "@hypertroq/database";
import { type Seed, seed } from "@hypertroq/database/seeding";
import { User } from "../models/user.ts";
import { PasswordHasher } from "../passwords.ts";
import { firstSuperuser } from "./first-superuser.ts";
import { people } from "./people.ts";

/** What `hypertroq seed` stores. */
export function seeds(hasher = new PasswordHasher()): readonly Seed[] {
  return [firstSuperuser(hasher), people(hasher)];
}

/**
 * Fills an empty users table with a few people to develop with; leaves any other alone, whatever became of them.
 *
 * @returns how many were added.
 */
export async function seedWhenEmpty(manager: DatabaseManager, hasher = new PasswordHasher()): Promise<number> {
  if (await manager.exists(select(User))) return 0;
  const report = await seed(manager, [people(hasher)], { environment: "development" });
  return report.seeds[0]!.added;
}
