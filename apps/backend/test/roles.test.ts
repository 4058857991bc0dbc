import { connectOptions } from "@hypertroq/database";
import { Migrator } from "@hypertroq/database/migrations";
import { applyRoles } from "@hypertroq/database/roles";
import { expect, it } from "vitest";
import { createTestDatabase } from "../../../test/database.ts";
import { migrationsDirectory } from "../src/config.ts";
import { newUser, startTestApp } from "./support.ts";

it("is migrated by the migrator, and serves as the application's role", async () => {
  await using database = await createTestDatabase();
  const { names, passwords } = await applyRoles({
    connect: connectOptions({ url: database.url }),
    config: { prefix: `backend_${database.name}` },
  });
  const as = (kind: string): string => {
    const name = names[kind]!;
    return Object.assign(new URL(database.url), { username: name, password: passwords[name] }).href;
  };
  await new Migrator({ connect: connectOptions({ url: as("migrator") }), directory: migrationsDirectory }).upgrade(
    "head",
  );
  {
    await using test = await startTestApp({ database: { ...database, url: as("app") }, migrate: false });
    const created = await test.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() });
    const { id } = created.json();
    const url = `/api/v1/users/${id}`;
    const answers = [
      created,
      await test.app.inject({ url: "/api/v1/users" }),
      await test.app.inject({ method: "PATCH", url, payload: { full_name: "Ada" } }),
      await test.app.inject({ method: "DELETE", url }),
      await test.app.inject({ url: "/health/ready" }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 200, 200, 204, 200]);
  }
  await database.drop();
  await using server = await createTestDatabase();
  for (const name of Object.values(names)) await server.query(`drop role ${name}`);
});
