import { errors, getDb } from "@hypertroq/database";
import { Problem } from "../http/problem.ts";
import { problems, refTo } from "../http/schemas.ts";
import type { App } from "../http/type-provider.ts";
import { type User, users } from "../models/user.ts";
import type { PasswordHasher } from "../passwords.ts";
import {
  DEFAULT_LIMIT,
  NEW_USER_SCHEMA,
  toUserBody,
  USER_CHANGES_SCHEMA,
  USER_ID_SCHEMA,
  USER_LIST_SCHEMA,
  USER_PAGE_SCHEMA,
  USER_SCHEMA,
} from "./user-schemas.ts";

const tags = ["users"];
const always = problems(400, 429, 500, 503);
const withBody = problems(413, 415, 422);

/**
 * `/api/v1/users`. Passwords are hashed before a handler's first statement: a session borrows its connection with that,
 * and a hash takes long enough to starve a pool.
 */
export async function userRoutes(app: App, { hasher }: { readonly hasher: PasswordHasher }): Promise<void> {
  app.addSchema(USER_SCHEMA);
  app.addSchema(USER_PAGE_SCHEMA);

  app.get(
    "/api/v1/users",
    {
      schema: {
        tags,
        operationId: "listUsers",
        summary: "List users",
        description: "Users by id, a page at a time. Users who are added meanwhile neither shift nor repeat any.",
        querystring: USER_LIST_SCHEMA,
        response: { 200: refTo(USER_PAGE_SCHEMA), ...always, ...problems(422) },
      },
    },
    async ({ query: { limit = DEFAULT_LIMIT, after } }) => {
      const page = await users.page(getDb(), { limit, after }).catch(refuseCursor);
      return { items: page.items.map(toUserBody), next_cursor: page.nextCursor };
    },
  );

  app.post(
    "/api/v1/users",
    {
      schema: {
        tags,
        operationId: "createUser",
        summary: "Add a user",
        body: NEW_USER_SCHEMA,
        response: {
          201: {
            ...refTo(USER_SCHEMA),
            headers: { location: { type: "string", description: "Path of the new user." } },
          },
          ...always,
          ...withBody,
          ...problems(409),
        },
      },
    },
    async ({ body }, reply) => {
      const hashedPassword = await hasher.hash(body.password);
      const user = await users
        .create(getDb(), { email: body.email, hashedPassword, fullName: body.full_name ?? null })
        .catch(refuseTakenEmail);
      return reply.code(201).header("location", `/api/v1/users/${user.id}`).send(toUserBody(user));
    },
  );

  app.get(
    "/api/v1/users/:id",
    {
      schema: {
        tags,
        operationId: "getUser",
        summary: "Read a user",
        params: USER_ID_SCHEMA,
        response: { 200: refTo(USER_SCHEMA), ...always, ...problems(404, 422) },
      },
    },
    async ({ params: { id } }) => toUserBody(found(await users.get(getDb(), id))),
  );

  app.patch(
    "/api/v1/users/:id",
    {
      schema: {
        tags,
        operationId: "changeUser",
        summary: "Change a user",
        description: "Changes what is given and leaves the rest; `full_name: null` takes the name away.",
        params: USER_ID_SCHEMA,
        body: USER_CHANGES_SCHEMA,
        response: { 200: refTo(USER_SCHEMA), ...always, ...withBody, ...problems(404, 409) },
      },
    },
    async ({ params: { id }, body }) => {
      const hashedPassword = body.password === undefined ? undefined : await hasher.hash(body.password);
      const db = getDb();
      const user = found(await users.get(db, id));
      if (body.email !== undefined) user.email = body.email;
      if (hashedPassword !== undefined) user.hashedPassword = hashedPassword;
      if (body.full_name !== undefined) user.fullName = body.full_name;
      if (body.is_active !== undefined) user.isActive = body.is_active;
      return toUserBody(await db.save(user).catch(refuseGone).catch(refuseTakenEmail));
    },
  );

  app.delete(
    "/api/v1/users/:id",
    {
      schema: {
        tags,
        operationId: "deleteUser",
        summary: "Delete a user",
        params: USER_ID_SCHEMA,
        response: { 204: { type: "null", description: "The user is gone." }, ...always, ...problems(404, 422) },
      },
    },
    async ({ params: { id } }, reply) => {
      if (!(await users.delete(getDb(), id))) found(undefined);
      return reply.code(204).send(null);
    },
  );
}

function found(user: User | undefined): User {
  if (user === undefined) throw new Problem(404, "There is no user with this id.");
  return user;
}

/** Somebody else deleted the row between our reading and our writing it. */
function refuseGone(error: unknown): never {
  if (error instanceof errors.NotFound) found(undefined);
  throw error;
}

function refuseTakenEmail(error: unknown): never {
  if (error instanceof errors.UniqueViolation && error.constraint === "ix_users_email") {
    throw new Problem(409, "Another user has this e-mail address.", {
      kind: "email-taken",
      errors: [{ pointer: "/email", detail: "belongs to another user" }],
    });
  }
  throw error;
}

function refuseCursor(error: unknown): never {
  if (error instanceof errors.InvalidCursor) {
    throw new Problem(422, "The list cannot go on from there; start again without `after`.", {
      kind: "invalid-input",
      errors: [{ parameter: "after", detail: "is not a cursor that this list has handed out" }],
    });
  }
  throw error;
}
