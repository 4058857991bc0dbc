import assert from "node:assert/strict";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  array,
  BaseModel,
  bigint,
  bytea,
  customType,
  DatabaseManager,
  double,
  errors,
  insert,
  int4range,
  integer,
  jsonb,
  Model,
  mixin,
  numeric,
  pgEnum,
  Range,
  type Session,
  SoftDeleteModel,
  select,
  sql,
  text,
  timestamptz,
  tstzrange,
  update,
} from "../../src/index.ts";
import { createEnum, createModels } from "./create-table.ts";

const grade = pgEnum("grade", ["a", "b"]);
const point = () =>
  customType<{ x: number; y: number }>({
    type: "point",
    encode: ({ x, y }) => `(${x},${y})`,
    decode: (value) => {
      const [x, y] = value.slice(1, -1).split(",").map(Number);
      return { x: x!, y: y! };
    },
  });

/** One column for every way in which values are kept and compared. */
class Thing extends BaseModel.define({
  word: text(),
  whole: integer().nullable(),
  big: bigint().nullable(),
  real: double().nullable(),
  exact: numeric(8, 3).nullable(),
  at: timestamptz().nullable(),
  doc: jsonb<{ list: unknown[] } | string | number>().nullable(),
  words: array(text()).nullable(),
  grades: array(grade()).nullable(),
  bytes: bytea().nullable(),
  span: int4range().nullable(),
  period: tstzrange().nullable(),
  spot: point().nullable(),
  secret: text().hidden().default("s3cret"),
}) {}

class Account extends SoftDeleteModel.define({ owner: text(), revision: integer().version() }) {}

/** Its key is a moment, of which JavaScript holds only the milliseconds. */
class Reading extends Model.define({
  sensor: integer().primaryKey(),
  at: timestamptz().primaryKey(),
  value: double(),
}) {}

const events: string[] = [];
const Slugged = mixin(
  { slug: text().default(""), title: text() },
  {},
  {
    beforeInsert: (row) => {
      events.push("slug");
      row.slug = row.title.toLowerCase().replaceAll(" ", "-");
    },
    beforeUpdate: (row) => {
      row.slug = row.title.toLowerCase().replaceAll(" ", "-");
    },
  },
);
class Post extends SoftDeleteModel.with(Slugged).define({ views: integer().default(0) }) {
  static readonly hooks = {
    beforeInsert: () => void events.push("before insert"),
    afterInsert: (post: Post) => void events.push(`after insert ${post.slug}`),
    beforeUpdate: () => void events.push("before update"),
    afterUpdate: () => void events.push("after update"),
    beforeDelete: async (post: Post, db: { execute(query: unknown): unknown }) => {
      events.push("before delete");
      if (post.views > 100) throw new Error("too popular");
      await db.execute(update(Account).set({ owner: "deleter" }));
    },
    afterDelete: () => void events.push("after delete"),
  };
}

let database: TestDatabase;
let manager: DatabaseManager;
const run = <T>(work: (db: Session) => Promise<T>): Promise<T> => manager.session(work);

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(createEnum({ name: "grade", schema: undefined, values: grade.values }));
  await createModels(database, [Thing, Account, Reading, Post]);
  manager = new DatabaseManager({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});
beforeEach(async () => {
  events.length = 0;
  await database.query("truncate things, accounts, readings, posts");
});

const FULL = {
  word: "w",
  whole: 1,
  big: 2n ** 60n,
  real: Number.NaN,
  exact: "1.500",
  at: new Date("2026-01-01T00:00:00.123Z"),
  doc: { list: [1, { a: null }] },
  words: ["a", "b"],
  grades: ["a" as const],
  bytes: Buffer.from("xyz"),
  span: new Range(1, 5),
  period: new Range(new Date(0), new Date(1000)),
  spot: { x: 1, y: 2.5 },
};

describe("what was changed", () => {
  const load = async (values: object = FULL): Promise<Thing> => {
    const { id } = await run((db) => db.add(new Thing({ ...FULL, ...values })));
    return await run((db) => db.one(select(Thing).where(Thing.c.id.eq(id))));
  };
  /** The columns that saving it writes. */
  const written = async (thing: Thing): Promise<string[]> => {
    const texts: string[] = [];
    const logger = { debug: ({ sql }: { sql: string }) => texts.push(sql), info() {}, warn() {}, error() {} };
    const spy = new DatabaseManager({ url: database.url, poolSize: 1, echo: true, logger: logger as never });
    await spy.session((db) => db.save(thing));
    await spy.close();
    const [, assignments] = /^update "things" set (.*) where /.exec(texts.at(-1) ?? "") ?? [];
    return [...(assignments ?? "").matchAll(/"(\w+)" = \$/g)].map(([, name]) => name!);
  };

  it("is nothing in a row that was read, stored, saved or refreshed", async () => {
    const thing = await load();
    expect(await written(thing)).toEqual([]);
    thing.word = "x";
    expect(await written(thing)).toEqual(["word"]);
    expect(await written(thing)).toEqual([]);
    await run((db) => db.refresh(thing));
    expect(await written(thing)).toEqual([]);
    expect(
      await written(await load(Object.fromEntries(Object.keys(FULL).map((key) => [key, key === "word" ? "w" : null])))),
    ).toEqual([]);
  });

  it("is what has another value, set anew or changed in place", async () => {
    const changes: [string, (thing: Thing) => void][] = [
      ["whole", (thing) => (thing.whole = 2)],
      ["whole", (thing) => (thing.whole = null)],
      ["big", (thing) => (thing.big = 2n)],
      ["real", (thing) => (thing.real = -0)],
      ["exact", (thing) => (thing.exact = "1.6")],
      ["at", (thing) => thing.at!.setUTCHours(5)],
      ["at", (thing) => (thing.at = new Date(0))],
      ["doc", (thing) => (thing.doc as { list: unknown[] }).list.push(2)],
      ["doc", (thing) => (thing.doc = "text")],
      ["doc", (thing) => (thing.doc = 5)],
      ["words", (thing) => thing.words!.push("c")],
      ["words", (thing) => (thing.words = [])],
      ["grades", (thing) => thing.grades!.push("b")],
      ["bytes", (thing) => thing.bytes!.writeUInt8(0)],
      ["span", (thing) => (thing.span = new Range(1, 6))],
      ["period", (thing) => (thing.period = Range.empty())],
      ["spot", (thing) => (thing.spot!.x = 9)],
      ["secret", (thing) => (thing.secret = "other")],
    ];
    for (const [column, change] of changes) {
      const thing = await load();
      change(thing);
      expect(await written(thing), column).toEqual([column]);
      const stored = await run((db) => db.one(select(Thing).where(Thing.c.id.eq(thing.id))));
      expect(stored.toDict()).toEqual(thing.toDict());
    }
  });

  it("is not what is set to an equal value", async () => {
    const thing = await load();
    Object.assign(thing, structuredClone({ ...FULL, span: null, period: null, bytes: null }));
    thing.span = new Range(1, 5);
    thing.period = new Range(new Date(0), new Date(1000));
    thing.bytes = Buffer.from("xyz");
    thing.secret = undefined as never;
    expect(await written(thing)).toEqual([]);
  });
});

describe("what the database said of an instance", () => {
  it("is nobody's to see, and no copy has it", async () => {
    const thing = await run((db) => db.add(new Thing(FULL)));
    const names = ["id", "createdAt", "updatedAt", ...Object.keys(FULL), "secret"];
    expect(Reflect.ownKeys(thing).toSorted()).toEqual(names.toSorted());
    expect(inspect(thing, { showHidden: true })).not.toContain("s3cret");
    expect(JSON.stringify(thing, (_, value) => (typeof value === "bigint" ? `${value}` : value))).not.toContain(
      "s3cret",
    );
    const copy = new Thing({ ...thing, id: undefined as never });
    await expect(run((db) => db.save(copy))).rejects.toThrow("is not stored");
    expect(await run((db) => db.add(copy))).toMatchObject({ word: "w" });
  });

  it("makes it equal to the one that was stored, prototype and all", async () => {
    const made = await run((db) => db.add(new Thing(FULL)));
    const loaded = await run((db) => db.one(select(Thing)));
    assert.deepStrictEqual(loaded, made);
    expect(Object.getPrototypeOf(loaded)).toBe(Thing.prototype);
  });
});

describe("constructors", () => {
  it("refuse what is no column", () => {
    expect(() => new Thing({ ...FULL, nope: 1 } as never)).toThrow("has no column nope");
    expect(() => new Thing(JSON.parse('{"word":"w","__proto__":{"x":1}}'))).toThrow("has no column __proto__");
  });
});

describe("a version", () => {
  it("lets nobody overwrite what somebody else wrote", async () => {
    const account = await run((db) => db.add(new Account({ owner: "Ada", revision: 1 })));
    const other = await run((db) => db.one(select(Account)));
    other.owner = "Bo";
    await run((db) => db.save(other));
    expect(other.revision).toBe(2);
    account.owner = "Eve";
    const saving = run((db) => db.save(account));
    await expect(saving).rejects.toBeInstanceOf(errors.StaleRow);
    await expect(saving).rejects.toMatchObject({ code: "STALE_ROW", model: "Account" });
    await expect(run((db) => db.delete(account))).rejects.toBeInstanceOf(errors.StaleRow);
    await expect(run((db) => account.softDelete(db))).rejects.toBeInstanceOf(errors.StaleRow);
    expect(await database.query("select owner, revision, is_deleted from accounts")).toEqual([
      { owner: "Bo", revision: 2, is_deleted: false },
    ]);
    await run((db) => db.refresh(account));
    account.owner = "Eve";
    await run((db) => db.save(account));
    expect(account).toMatchObject({ owner: "Eve", revision: 3 });
    await run((db) => account.softDelete(db));
    await run((db) => account.restore(db));
    expect(account.revision).toBe(5);
    await run((db) => db.delete(account));
  });

  it("is counted up by every UPDATE of the layer", async () => {
    await run((db) => db.add(new Account({ owner: "Ada", revision: 1 })));
    expect(update(Account).set({ owner: "x" }).compile().text).toContain('"revision" = "accounts"."revision" + 1');
    await run((db) => db.execute(update(Account).set({ owner: "x" })));
    expect(await database.query("select revision from accounts")).toEqual([{ revision: 2 }]);
  });
});

it("finds a row by a key of which JavaScript holds only a part", async () => {
  await database.query(
    "insert into readings values (1, '2026-01-01 00:00:00.123456+00', 1), (1, '2026-01-01 00:00:00.123457+00', 2)",
  );
  const [first, second] = await run((db) => db.all(select(Reading).orderBy(Reading.c.value)));
  first!.value = 10;
  await run((db) => db.save(first!));
  await run((db) => db.delete(second!));
  expect(await database.query("select value from readings")).toEqual([{ value: 10 }]);
});

describe("hooks", () => {
  it("run around the writing of an instance, those of mixins first", async () => {
    const post = await run((db) => db.add(new Post({ title: "Hello World" })));
    expect(post.slug).toBe("hello-world");
    expect(events.splice(0)).toEqual(["slug", "before insert", "after insert hello-world"]);
    await run((db) => db.save(post));
    expect(events).toEqual([]);
    post.title = "Bye";
    await run((db) => db.save(post));
    expect(await database.query("select slug from posts")).toEqual([{ slug: "bye" }]);
    expect(events.splice(0)).toEqual(["before update", "after update"]);
    await run((db) => post.softDelete(db));
    await run((db) => post.restore(db));
    expect(events.splice(0)).toEqual(["before update", "after update", "before update", "after update"]);
    await run((db) => db.delete(post));
    expect(events).toEqual(["before delete", "after delete"]);
  });

  it("end the operation when they throw", async () => {
    const post = await run((db) => db.add(new Post({ title: "x", views: 101 })));
    await expect(run((db) => db.delete(post))).rejects.toThrow("too popular");
    expect(await database.query("select views from posts")).toEqual([{ views: 101 }]);
  });

  it("do not run for statements of many rows", async () => {
    await run((db) => db.execute(insert(Post, [{ title: "a" }, { title: "b" }])));
    await run((db) => db.execute(update(Post).set({ views: 1 })));
    expect(events).toEqual([]);
  });
});

describe("soft delete", () => {
  it("keeps both columns from telling different things", async () => {
    await run((db) => db.add(new Account({ owner: "Ada", revision: 1 })));
    const lie = run((db) => db.execute(update(Account).set({ isDeleted: true })));
    await expect(lie).rejects.toMatchObject({ constraint: "ck_accounts_soft_delete" });
    await run((db) => db.execute(update(Account).set({ isDeleted: true, deletedAt: sql`now()` })));
  });
});
