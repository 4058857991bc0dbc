import { type Executor, type Page, repository } from "@hypertroq/database";
import { User } from "./users-route.ts";

const users = repository(User);

/**
 * A page of active users, newest first. `after` is the `nextCursor` of the page before: it says where that page ended, by
 * the values of its last row, so that users who register meanwhile shift nothing, and the database never counts rows off.
 */
export async function newestUsers(db: Executor, after?: string): Promise<Page<User>> {
  return await users.page(db, { where: { isActive: true }, orderBy: ["createdAt", "desc"], limit: 20, after });
}
