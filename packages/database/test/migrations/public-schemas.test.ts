import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connectOptions } from "../../src/connection/options.ts";
import type { Schema } from "../../src/index.ts";
import { compareInMemory, compareInScratch } from "../../src/migrations/autogenerate/compare-models.ts";
import { type DiffStep, diff, pullToFile } from "../../src/migrations/index.ts";
import { fingerprint } from "./fingerprint.ts";
import { complaintsOf } from "./model-files.ts";
import { missing, publicSchemas, sqlOf } from "./public-schemas.ts";

/** Inside the repository, so that the files find the package. */
let directory: string;
beforeAll(async () => {
  const cache = fileURLToPath(new URL("../../../../node_modules/.cache", import.meta.url));
  await mkdir(cache, { recursive: true });
  directory = await mkdtemp(join(cache, "public-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test.for(publicSchemas)("$name", { timeout: 600_000 }, async (one, context) => {
  const absent = missing(one);
  if (absent.length > 0 && !process.env["CI"]) context.skip(`.ci/public-schemas has not fetched ${absent.join(", ")}`);
  await using database = await createTestDatabase();
  await database.query(sqlOf(one));

  const connect = connectOptions({ url: database.url });
  const file = join(directory, `${one.name}.ts`);
  const { unsupported } = await pullToFile({ connect, file });
  expect(unsupported.filter((sentence) => !one.beyond?.test(sentence))).toEqual([]);
  const { schema } = (await import(/* @vite-ignore */ file)) as { readonly schema: Schema };
  const quick = await compareInMemory({ connect, schema });
  expect(quick?.detected).toEqual([]);
  expect(await compareInScratch({ connect, schema })).toEqual(quick);
  expect(await complaintsOf([file])).toBe("");

  await using other = await createTestDatabase();
  const [nothing, all] = [await fingerprint(other.url), await fingerprint(database.url)];
  const { up, down, unsupported: unproven } = await diff({ from: { sql: "" }, to: { url: database.url } });
  expect(unproven).toEqual([]);
  await apply(other, up);
  expect(await fingerprint(other.url)).toEqual(all);
  expect((await diff({ from: { url: other.url }, to: { url: database.url } })).up).toEqual([]);
  await apply(other, down);
  expect(await fingerprint(other.url)).toEqual(nothing);
});

async function apply({ url }: TestDatabase, steps: readonly DiffStep[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const { sql } of steps)
      await client.query(sql).catch((error: Error) => expect.fail(`${error.message}: ${sql}`));
  } finally {
    await client.end();
  }
}
