import {
  BaseModel,
  boolean,
  type DatabaseManager,
  errors,
  getDb,
  repository,
  select,
  varchar,
} from "@hypertroq/database";
import { database } from "@hypertroq/database/fastify";
import Fastify, { type FastifyInstance } from "fastify";

export class User extends BaseModel.define({
  email: varchar(255).unique(),
  hashedPassword: varchar(255).hidden(), // never in an answer
  fullName: varchar(255).nullable(),
  isActive: boolean().default(true),
}) {}

const users = repository(User);

/**
 * An API whose every request is one session: committed before the answer is sent, rolled back on an error. `getDb()` is that
 * session, wherever it is called from.
 *
 * `GET /users` sends
 *
 * ```sql
 * select "users"."id", "users"."created_at", "users"."updated_at", "users"."email", "users"."hashed_password",
 *   "users"."full_name", "users"."is_active"
 * from "users"
 * order by "users"."email"
 * ```
 */
export async function usersApi(manager: DatabaseManager): Promise<FastifyInstance> {
  const app = Fastify();
  await app.register(database, { manager });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof errors.NotFound) return reply.status(404).send({ error: error.message });
    throw error;
  });

  app.get("/users", async () => getDb().all(select(User).orderBy(User.c.email)));

  app.post<{ Params: { id: string } }>("/users/:id/deactivate", async ({ params }) => {
    const db = getDb();
    const user = await users.getOrThrow(db, params.id);
    user.isActive = false;
    return await db.save(user); // writes is_active, and updated_at
  });

  return app;
}
