import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import { catalogText } from "../../src/migrations/catalog/text.ts";
import { inline } from "../../src/migrations/operations/literal.ts";
import { record } from "../../src/migrations/operations/record.ts";
import { catalogOf, find, objectsOf, withConnection } from "./catalog-of.ts";
import { recreate } from "./catalog-recreate.ts";
import { CREATE_ROLES, SAMPLE } from "./catalog-sample.ts";
import { differingKeys } from "./differing-keys.ts";
import { fingerprint } from "./fingerprint.ts";

const [made, remade] = await Promise.all([createTestDatabase(), createTestDatabase()]);
beforeAll(async () => {
  await made.query(CREATE_ROLES);
  await made.query(SAMPLE);
});
afterAll(() => Promise.all([made.drop(), remade.drop()]));

test("the definitions are in the words of the operations, which make the same again in the order that needs gives", async () => {
  const catalog = await catalogOf(made);
  await withConnection(remade, async (connection) => {
    for (const step of record(recreate(catalog))) {
      if (step.kind === "sql") await connection.query(inline(step.statement));
    }
  });
  const again = await catalogOf(remade);
  for (const key of differingKeys(catalog, again)) expect(find(again, key), key).toEqual(find(catalog, key));
  expect(differingKeys(catalog, again)).toEqual([]);
  expect(await fingerprint(remade.url)).toEqual(await fingerprint(made.url));
});

test("every object has a key of its own, and all that is needed is there", async () => {
  const catalog = await catalogOf(made);
  const keys = objectsOf(catalog).map(({ key }) => key);
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  const needed = new Set(objectsOf(catalog).flatMap(({ needs }) => needs));
  expect([...needed].filter((key) => !keys.includes(key))).toEqual([]);
});

test("the text of a catalog is JSON, and the same when it is read again", async () => {
  const catalog = await catalogOf(made);
  const text = catalogText(catalog);
  expect(catalogText(await catalogOf(made))).toBe(text);
  const { sequences } = JSON.parse(text) as typeof catalog;
  expect(sequences.find(({ name }) => name === "huge")?.definition).toEqual({ start: "9007199254740993" });
});
