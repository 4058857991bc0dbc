import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL } from "../../../../test/sample.ts";
import { DatabaseManager, errors, hasMany, integer, Model, type Page, repository, text } from "../../src/index.ts";
import { encodeCursor } from "../../src/repository/cursor.ts";
import { hostileStrings, isStorable } from "../queries/hostile.ts";
import { createModels } from "./create-table.ts";

class Word extends Model.define({ id: integer().primaryKey(), body: text(), fromId: integer().nullable() }) {
  static readonly derived = hasMany(
    () => Word,
    () => Word.c.fromId,
  );
}
const words = repository(Word);

const COUNT = FULL ? 10_000 : 3_000;
const strings = hostileStrings(COUNT, 7);
const storable = strings.filter(isStorable);
const unstorable = strings.filter((value) => !isStorable(value));
/** Of the strings, those that are names of the model's columns. */
const isName = (value: string): boolean => ["id", "body", "fromId"].includes(value);

let database: TestDatabase;
let manager: DatabaseManager;

beforeAll(async () => {
  database = await createTestDatabase();
  await createModels(database, [Word]);
  manager = new DatabaseManager({ url: database.url, poolSize: 2 });
  await words.createMany(
    manager,
    storable.map((body, id) => ({ id, body })),
  );
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});

/** Runs `work` with each of them, some at a time. */
async function each(values: readonly string[], work: (value: string, i: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < values.length; at += 100) {
    await Promise.all(values.slice(at, at + 100).map((value, i) => work(value, at + i)));
  }
}

/** Fails unless it is refused with such an error. (`expect(…).rejects` costs more than all the rest.) */
async function refused(
  work: Promise<unknown>,
  as: new (...args: never) => Error = errors.DefinitionError,
): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof as)) throw new Error("It was not refused, or with another error.", { cause: error });
}

describe(`${COUNT} hostile strings`, () => {
  it("as values are stored word for word, or refused", async () => {
    const rows = await database.query<{ body: string }>("select body from words order by id");
    expect(rows.map(({ body }) => body)).toEqual(storable);
    const stored = await words.upsert(
      manager,
      storable.map((body, id) => ({ id, body: `${body}!` })),
      { on: ["id"] },
    );
    expect(stored.map(({ body }) => body)).toEqual(storable.map((body) => `${body}!`));
    await words.upsert(
      manager,
      storable.map((body, id) => ({ id, body })),
      { on: ["id"] },
    );
    expect(unstorable.length).toBeGreaterThan(100);
    await each(unstorable, async (body, i) => {
      await refused(words.create(manager, { id: COUNT + i, body }));
      await refused(
        words.createMany(manager, [
          { id: COUNT + i, body },
          { id: -i, body: "" },
        ]),
      );
      await refused(words.update(manager, 1, { body }));
      await refused(words.count(manager, { body: { in: ["a", body] } }));
    });
    expect(await words.count(manager, {})).toBe(storable.length);
  });

  it("as values of filters match what is equal to them", async () => {
    const counts = new Map<string, number>();
    for (const body of storable) counts.set(body, (counts.get(body) ?? 0) + 1);
    await each(storable.slice(0, FULL ? COUNT : 150), async (body) => {
      const expected = counts.get(body)!;
      expect(await words.count(manager, { body })).toBe(expected);
      expect(await words.count(manager, { body: { in: [body], notIn: [`${body}?`] } })).toBe(expected);
      expect(await words.count(manager, { or: [{ body: { between: [body, body] } }, { id: -1 }] })).toBe(expected);
      expect(await words.exists(manager, { derived: { some: { body } } })).toBe(false);
      // What LIKE takes for itself, a backslash takes away from it.
      const like = body.replace(/[\\%_]/g, "\\$&");
      expect(await words.count(manager, { body: { like } })).toBe(expected);
    });
    await each(unstorable, async (body) => {
      await refused(words.count(manager, { body }));
      await refused(words.count(manager, { body: { ilike: body } }));
    });
  });

  it("as names of columns, comparisons, relations and options are refused", async () => {
    for (const name of strings) {
      const value = "x" as never;
      if (!isName(name)) {
        await refused(words.find(manager, { [name]: value }));
        await refused(words.deleteMany(manager, { id: 1, [name]: value }));
        await refused(words.find(manager, {}, { orderBy: [name, "asc"] as never }));
        await refused(
          words.page(manager, {
            limit: 1,
            orderBy: [
              ["id", "asc"],
              [name, "desc"],
            ] as never,
          }),
        );
        await refused(words.update(manager, 1, { [name]: value }));
        await refused(words.create(manager, { id: -1, body: "", [name]: value } as never));
        await refused(words.upsert(manager, { id: 1, body: "" }, { on: [name as never] }));
      }
      await refused(words.find(manager, { body: { [name]: value } }));
      await refused(words.find(manager, { body: JSON.parse(`{${JSON.stringify(name)}: {}}`) as never }));
      await refused(words.find(manager, { derived: { [name]: {} } }));
      await refused(words.page(manager, { limit: 1, orderBy: ["id", name as never] }));
      await refused(words.page(manager, { limit: 1, [name]: value }));
      await refused(words.updateMany(manager, name as never, { body: "" }));
    }
    expect(await words.count(manager, {})).toBe(storable.length);
  });

  it("as cursors are refused", async () => {
    for (const cursor of strings) {
      await refused(words.page(manager, { limit: 1, after: cursor }), errors.InvalidCursor);
      await refused(words.page(manager, { limit: 1, before: cursor }), errors.InvalidCursor);
      const encoded = Buffer.from(cursor).toString("base64url");
      await refused(words.page(manager, { limit: 1, after: encoded }), errors.InvalidCursor);
    }
  });

  it("in forged cursors are places in the list, or refused", async () => {
    const list = JSON.stringify(['"words"', ["body", "asc"], ["id", "asc"]]);
    const page = (keys: readonly string[]): Promise<Page<Word>> =>
      words.page(manager, { orderBy: ["body", "asc"], limit: 1, after: encodeCursor(list, keys) });
    const next = async (body: string): Promise<number | undefined> =>
      (
        await manager.sql<{
          id: number;
        }>`select id from words where (body, id) > (${body}, 5) order by body, id limit 1`
      )[0]?.id;
    await each(storable.slice(0, FULL ? COUNT : 150), async (body) => {
      expect((await page([body, "5"])).items[0]?.id).toBe(await next(body));
      if (Number.isInteger(Number(body)) && body.trim() !== "") await page(["", body]);
      else await refused(page(["", body]), errors.InvalidCursor);
    });
    await each(unstorable, async (body) => {
      await refused(page([body, "5"]), errors.InvalidCursor);
    });
  });

  it("as sort keys are paged through in the database's own order", async () => {
    for (const direction of ["asc", "desc"] as const) {
      const rows = await database.query<{ id: number }>(
        `select id from words order by body ${direction}, id ${direction}`,
      );
      const seen: number[] = [];
      let after: string | null = null;
      do {
        const cursor: { after?: string } = after === null ? {} : { after };
        const page = await words.page(manager, { orderBy: ["body", direction], limit: 333, ...cursor });
        seen.push(...page.items.map(({ id }) => id));
        after = page.nextCursor;
      } while (after !== null);
      expect(seen).toEqual(rows.map(({ id }) => id));
    }
  });
});
