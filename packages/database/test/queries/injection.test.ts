import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL } from "../../../../test/sample.ts";
import {
  alias,
  array,
  cte,
  DatabaseManager,
  dateTrunc,
  errors,
  extract,
  insert,
  integer,
  jsonb,
  Model,
  now,
  searchQuery,
  searchVector,
  select,
  sql,
  text,
  update,
} from "../../src/index.ts";
import { createModels } from "../integration/create-table.ts";
import { hostileStrings, isStorable } from "./hostile.ts";

class Note extends Model.define({
  id: integer().primaryKey(),
  body: text(),
  words: array(text()).default([]),
  doc: jsonb<{ [key: string]: unknown }>().default({}),
}) {}

const COUNT = FULL ? 10_000 : 2_000;
const strings = hostileStrings(COUNT);
const storable = strings.filter(isStorable);
const unstorable = strings.filter((value) => !isStorable(value));

let database: TestDatabase;
let manager: DatabaseManager;

beforeAll(async () => {
  database = await createTestDatabase();
  await createModels(database, [Note]);
  manager = new DatabaseManager({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});
beforeEach(() => database.query("truncate notes"));

/** What the server has, told by another connection. */
const stored = async (): Promise<string[]> =>
  (await database.query<{ body: string }>("select body from notes order by id")).map(({ body }) => body);

/** Runs `work` with each of them, some at a time. */
async function each(values: readonly string[], work: (value: string, i: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < values.length; at += 100) {
    await Promise.all(values.slice(at, at + 100).map((value, i) => work(value, at + i)));
  }
}

describe(`${COUNT} hostile strings`, () => {
  it("are stored word for word, by lists, one by one, in arrays and in JSON", async () => {
    const rows = storable.map((body, id) => ({ id, body, words: [body, body], doc: { [body]: body } }));
    await manager.execute(insert(Note, rows));
    expect(await stored()).toEqual(storable);
    const read = await manager.all(select(Note).orderBy(Note.c.id));
    expect(read.map(({ body, words, doc }) => ({ body, words, doc }))).toEqual(
      storable.map((body) => ({ body, words: [body, body], doc: { [body]: body } })),
    );
    await database.query("truncate notes");
    await each(storable, async (body, id) => {
      await manager.one(insert(Note, { id, body }));
    });
    expect(await stored()).toEqual(storable);
  });

  it("are found again, and only they, by conditions of every kind", async () => {
    await manager.execute(
      insert(
        Note,
        storable.map((body, id) => ({ id, body, words: [body], doc: { [body]: 1, value: body } })),
      ),
    );
    const count = new Map<string, number>();
    for (const body of storable) count.set(body, (count.get(body) ?? 0) + 1);
    const sample = storable.filter((_, i) => i < 80 || i % 25 === 0);
    await each(sample, async (body) => {
      const expected = count.get(body);
      const { c } = Note;
      const withValue = c.doc.at("value").eq(body);
      for (const condition of [
        c.body.eq(body),
        c.body.in([body]),
        c.words.has(body),
        c.words.contains([body]),
        withValue,
      ]) {
        expect(await manager.count(select(Note).where(condition))).toBe(expected);
      }
      expect(await manager.count(select(Note).where(sql<boolean>`${c.body} = ${body}`))).toBe(expected);
      expect(await manager.count(select(Note).where(c.doc.hasKey(body)))).toBeGreaterThanOrEqual(expected!);
      expect(
        await manager.first(
          select({ v: c.doc.at(body) })
            .from(Note)
            .where(c.body.eq(body)),
        ),
      ).toEqual({
        v: body === "value" ? body : 1,
      });
    });
  });

  it("are patterns, with no more power than LIKE gives them", async () => {
    await manager.execute(insert(Note, [{ id: 1, body: "plain" }]));
    await each(storable.slice(0, 2_000), async (pattern) => {
      const found = await manager.count(select(Note).where(Note.c.body.like(pattern))).catch((error: unknown) => {
        expect(error).toMatchObject({ sqlState: "22025" }); // it ends in a backslash
        return 0;
      });
      expect(found).toBe(/^[%_]*$/.test(pattern) && pattern.includes("%") ? 1 : 0);
    });
    expect(await stored()).toEqual(["plain"]);
  });

  it("are set, and come back by RETURNING", async () => {
    await manager.execute(insert(Note, { id: 1, body: "" }));
    await each(storable.slice(0, 1_000), async (body) => {
      const query = update(Note).set({ body }).where(Note.c.id.eq(1)).returning({ body: Note.c.body });
      expect(await manager.all(query)).toEqual([{ body }]);
    });
  });

  it("are refused where PostgreSQL cannot hold them, without their text", async () => {
    expect(unstorable.length).toBeGreaterThan(100);
    await each(unstorable, async (body, id) => {
      const failing = manager.execute(insert(Note, { id, body }));
      await expect(failing).rejects.toBeInstanceOf(errors.DefinitionError);
      await expect(failing).rejects.toThrow(/U\+0000|surrogate/);
    });
    expect(await stored()).toEqual([]);
  });
});

describe("as identifiers they", () => {
  const names = [...new Set(storable)].filter((name) => name !== "" && Buffer.byteLength(name) <= 63);

  it("are quoted, whatever they are", async () => {
    expect(names.length).toBeGreaterThan(COUNT / 2);
    for (let at = 0; at < names.length; at += 1_000) {
      const part = names.slice(at, at + 1_000);
      const columns = part.map((name, i) => sql`${i}::int as ${sql.id(name)}`);
      const [row] = await manager.all(sql<Record<string, number>>`select ${sql.join(columns)}`);
      expect(Object.entries(row!).toSorted()).toEqual(part.map((name, i) => [name, i]).toSorted());
      const selection = Object.fromEntries(part.map((name, i) => [name, sql<number>`${i}::int`]));
      const named = await manager.one(select(selection));
      expect(Object.entries(named).toSorted()).toEqual(part.map((name, i) => [name, i]).toSorted());
    }
  });

  it("name aliases, derived tables and common table expressions", async () => {
    await manager.execute(insert(Note, { id: 1, body: "one" }));
    await each(names.slice(0, 1_000), async (name) => {
      const notes = alias(Note, name);
      expect(await manager.all(select({ body: notes.c.body }).from(notes))).toEqual([{ body: "one" }]);
      const derived = select({ [name]: Note.c.body })
        .from(Note)
        .as(name);
      expect(await manager.all(select({ body: derived.c[name]! }).from(derived))).toEqual([{ body: "one" }]);
      const common = cte(name, select({ [name]: Note.c.body }).from(Note));
      expect(await manager.all(select({ body: common.c[name]! }).with(common).from(common))).toEqual([{ body: "one" }]);
    });
  });

  it("are refused when PostgreSQL would change them", () => {
    for (const name of ["", "x".repeat(64), "a\0b", "é".repeat(32)]) {
      expect(() => sql.id(name)).toThrow(errors.DefinitionError);
      expect(() => alias(Note, name)).toThrow(errors.DefinitionError);
      expect(() => select({ [name]: Note.c.body })).toThrow(errors.DefinitionError);
      expect(() => select(Note).as(name)).toThrow(errors.DefinitionError);
      expect(() => cte(name, select(Note))).toThrow(errors.DefinitionError);
    }
  });

  it("name tables and columns of models, and stay strings in the code that is generated for them", async () => {
    const usable = names.filter((name) => !(name in Model.prototype) && !/[A-Z]/.test(name)).slice(0, 400);
    const columns = Object.fromEntries(usable.map((name) => [name, text()]));
    class Odd extends Model.define(columns) {
      static override readonly table = `'"; drop table notes; --`;
    }
    await createModels(database, [Odd]);
    const values = Object.fromEntries(usable.map((name) => [name, `<${name}>`]));
    await manager.execute(insert(Odd, values as never));
    const [row] = await manager.all(select(Odd));
    expect(row!.toDict()).toEqual(values);
    expect(await stored()).toEqual([]);
  });
});

describe("as words of the language they", () => {
  it("are parameters, or refused", async () => {
    await each(strings.slice(0, 1_000), async (word) => {
      expect(() => extract(word as never, now())).toThrow(errors.DefinitionError);
      expect(() => select(Note).lock(word as never)).toThrow(errors.DefinitionError);
      for (const expression of [
        dateTrunc(word, now()),
        dateTrunc("day", now(), word),
        searchVector(word, Note.c.body),
        searchQuery(word, "x"),
      ]) {
        const query = select({ value: expression }).from(Note);
        expect(query.compile().text).not.toContain("drop");
        await manager.all(query).catch((error: unknown) => expect(error).toBeInstanceOf(errors.DatabaseError));
      }
      const search = select({ ok: sql<boolean>`to_tsvector('english', 'x') @@ ${searchQuery("english", word)}` });
      if (isStorable(word)) expect(await manager.all(search)).toHaveLength(1);
    });
    expect(await stored()).toEqual([]);
  });
});
