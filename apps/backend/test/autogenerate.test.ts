import { connectOptions } from "@hypertroq/database";
import { compareModels, Migrator } from "@hypertroq/database/migrations";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../../test/database.ts";
import { migrationsDirectory } from "../src/config.ts";
import { schema } from "../src/models/index.ts";

test("the revisions make what the models describe", async () => {
  await using database = await createTestDatabase();
  const connect = connectOptions({ url: database.url });
  await new Migrator({ connect, directory: migrationsDirectory }).upgrade();
  expect(await compareModels({ connect, schema })).toEqual({ detected: [], leftAlone: [] });
});
