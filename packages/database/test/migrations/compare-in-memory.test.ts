import { expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { sample } from "../../../../test/sample.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { compareInMemory, compareInScratch } from "../../src/migrations/autogenerate/compare-models.ts";
import { CASES } from "./autogenerate-cases.ts";
import { createModels, schemaOf } from "./create-models.ts";

test.each(sample(CASES, 4))("$name", async ({ before, after, sql, existing }) => {
  await using database = await createTestDatabase();
  await createModels(database, before, sql);
  if (existing !== undefined) await database.query(existing);
  const options = { connect: connectOptions({ url: database.url }), schema: schemaOf(after) };
  const quick = await compareInMemory(options);
  expect(sorted(quick!)).toEqual(sorted(await compareInScratch(options)));
});

function sorted<Differences extends { readonly detected: readonly string[] }>(differences: Differences): Differences {
  return { ...differences, detected: [...differences.detected].sort() };
}
