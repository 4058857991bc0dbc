import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  array,
  arrayAgg,
  BaseModel,
  bigint,
  caseWhen,
  char,
  count,
  customType,
  DatabaseManager,
  dateTrunc,
  del,
  errors,
  hasMany,
  hasOne,
  insert,
  integer,
  jsonb,
  Model,
  numeric,
  optional,
  pgEnum,
  type Session,
  SoftDeleteModel,
  select,
  sql,
  sum,
  text,
  timestamptz,
  update,
  uuid,
} from "../../src/index.ts";
import { plans } from "../../src/query/plan.ts";
import { createEnum, createModels } from "../integration/create-table.ts";

const mood = pgEnum("mood", ["good", "bad"]);
const money = () => customType<number>({ type: "numeric(12,2)", encode: String, decode: Number });

/** Its key is a moment, of which JavaScript holds only the milliseconds. */
class Moment extends Model.define({ at: timestamptz().primaryKey() }) {
  static readonly readings = hasMany(
    () => Reading,
    () => Reading.c.momentAt,
  );
}
class Reading extends Model.define({
  id: integer().primaryKey(),
  momentAt: timestamptz().references(() => Moment.c.at),
}) {}

/** Maps to a table that is called as lists of keys once were. */
class Key extends Model.define({ id: integer().primaryKey(), k1: integer().nullable(), position: integer() }) {
  static readonly subs = hasMany(
    () => Key,
    () => Key.c.k1,
  );
}

class Person extends BaseModel.define({ name: text() }) {
  static readonly badge = hasOne(
    () => Badge,
    () => Badge.c.personId,
  );
  static readonly badges = hasMany(
    () => Badge,
    () => Badge.c.personId,
  );
}
class Badge extends SoftDeleteModel.define({ personId: uuid().unique(), note: text() }) {}
class Other extends BaseModel.define({ name: text() }) {}

class Kit extends Model.define({
  id: integer().primaryKey().identity("by default"),
  code: char(3).nullable(),
  short: customType<string>({ type: "character(3)" }).nullable(),
  mood: mood().nullable(),
  price: money().nullable(),
  words: array(text()).nullable(),
  doc: jsonb<unknown>().nullable(),
  big: bigint().nullable(),
  bigs: array(bigint()).nullable(),
  at: timestamptz().nullable(),
  total: numeric(8, 2).nullable(),
}) {}
class Counted extends BaseModel.define({ n: integer(), m: integer().default(0), revision: bigint().version() }) {}

let database: TestDatabase;
let manager: DatabaseManager;
const run = <T>(work: (db: Session) => Promise<T>): Promise<T> => manager.session(work);

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(createEnum({ name: "mood", schema: undefined, values: mood.values }));
  await createModels(database, [Moment, Reading, Key, Person, Badge, Other, Kit, Counted]);
  manager = new DatabaseManager({ url: database.url, poolSize: 3 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});
beforeEach(() => database.query("truncate moments, readings, keys, persons, badges, others, kits, counteds"));

describe("include", () => {
  it("finds rows by keys that JavaScript cannot hold", async () => {
    await database.query(`insert into moments values ('2026-01-01 00:00:00.123456+00'), ('2026-01-01 00:00:00.123457+00');
      insert into readings values (1, '2026-01-01 00:00:00.123456+00'), (2, '2026-01-01 00:00:00.123457+00')`);
    const moments = await manager.all(select(Moment).include({ readings: Moment.readings }).orderBy(Moment.c.at));
    expect(moments.map(({ readings }) => readings.map(({ id }) => id))).toEqual([[1], [2]]);
  });

  it("does not take a table for its list of keys", async () => {
    await manager.execute(
      insert(Key, [
        { id: 1, k1: null, position: 1 },
        { id: 2, k1: 1, position: 2 },
        { id: 3, k1: 1, position: 3 },
      ]),
    );
    const keys = await manager.all(
      select(Key)
        .include({ subs: Key.subs.orderBy(Key.c.id).limit(5) })
        .orderBy(Key.c.id),
    );
    expect(keys.map(({ subs }) => subs.map(({ id }) => id))).toEqual([[2, 3], [], []]);
  });

  it("leaves out a soft-deleted row that points here", async () => {
    await run(async (db) => {
      const ada = await db.add(new Person({ name: "Ada" }));
      const old = await db.add(new Badge({ personId: ada.id, note: "old" }));
      await old.softDelete(db);
      await db.add(new Badge({ personId: ada.id, note: "new" }));
    });
    const [ada] = await manager.all(select(Person).include({ badge: Person.badge, badges: Person.badges }));
    expect(ada!.badge?.note).toBe("new");
    expect(ada!.badges).toHaveLength(1);
  });

  it("takes relations of the model alone, nested ones too", () => {
    expect(() => select(Other).include({ badges: Person.badges })).toThrow("is no relation of the model of others");
    expect(() => select(Key).include({ subs: Key.subs.include({ badges: Person.badges }) })).toThrow(
      "is no relation of the model of keys",
    );
    expect(() => select(Key).include({ subs: Key.subs.include({ position: Key.subs }) })).toThrow("has that already");
  });
});

describe("count and exists", () => {
  it("are of what the query yields", async () => {
    await manager.execute(insert(Other, [{ name: "a" }, { name: "b" }, { name: "c" }]));
    const number = select({ n: count() }).from(Other);
    expect(await manager.count(number)).toBe(1);
    expect(await manager.exists(number.where(Other.c.name.eq("z")))).toBe(true);
    expect(await manager.count(select({ n: sql`generate_series(1, 4)` }).from(Other))).toBe(12);
    expect(await manager.count(select({ name: Other.c.name, other: Other }).from(Other))).toBe(3);
  });
});

describe("left joins", () => {
  it("refuse a selection that says nothing of what may be missing", () => {
    const person = optional(Person);
    const of = (selection: object) => () =>
      select({ other: Other, ...selection })
        .from(Other)
        .leftJoin(person, person.c.name.eq(Other.c.name));
    expect(of({ person: Person })).toThrow("person can be null after this leftJoin()");
    expect(of({ name: Person.c.name })).toThrow(errors.DefinitionError);
    expect(of({ person, name: person.c.name })).not.toThrow();
  });
});

describe("values", () => {
  it("keep their decoder in arrays, sums, calculations and choices", async () => {
    await manager.execute(
      insert(Kit, [
        { mood: "good", price: 1.5 },
        { mood: "bad", price: 2 },
      ]),
    );
    const { mood: state, price, id } = Kit.c;
    expect(
      await manager.one(
        select({
          moods: arrayAgg(state).orderBy(id),
          prices: arrayAgg(price).orderBy(id),
          sum: sum(price),
        }).from(Kit),
      ),
    ).toEqual({ moods: ["good", "bad"], prices: [1.5, 2], sum: 3.5 });
    const query = select({
      twice: price.times(2),
      chosen: caseWhen(state.eq("good"), price).else(0),
      other: caseWhen(state.eq("good"), state).else("bad"),
      none: caseWhen(state.eq("good"), 1).else(null),
    });
    expect(await manager.all(query.from(Kit).orderBy(id))).toEqual([
      { twice: 3, chosen: 1.5, other: "good", none: 1 },
      { twice: 4, chosen: 0, other: "bad", none: null },
    ]);
    const size = plans.size;
    for (let i = 0; i < 10; i++)
      select({ moods: arrayAgg(state), prices: arrayAgg(price) })
        .from(Kit)
        .compile();
    expect(plans.size - size).toBeLessThan(20);
  });

  it("are one parameter where the same expression stands twice", async () => {
    await manager.execute(
      insert(Kit, [{ at: new Date("2026-01-15") }, { at: new Date("2026-01-20") }, { at: new Date("2026-02-01") }]),
    );
    const month = dateTrunc("month", Kit.c.at, "UTC");
    const query = select({ month, n: count() }).from(Kit).groupBy(month).orderBy(month);
    expect(query.compile().text).toBe(
      'select date_trunc($1::text, "kits"."at", $2::text) as "month", count(*) as "n" from "kits" ' +
        'group by date_trunc($1::text, "kits"."at", $2::text) order by date_trunc($1::text, "kits"."at", $2::text)',
    );
    expect(query.compile().values).toEqual(["month", "UTC"]);
    expect((await manager.all(query)).map(({ n }) => n)).toEqual([2, 1]);
  });

  it("of types with a length are stored whole, by lists and by COPY alike", async () => {
    await manager.execute(
      insert(Kit, [
        { code: "abc", short: "xyz" },
        { code: "abd", short: "xyw" },
      ]),
    );
    expect(await database.query("select code, short from kits order by code")).toEqual([
      { code: "abc", short: "xyz" },
      { code: "abd", short: "xyw" },
    ]);
    const pieces: Buffer[] = [];
    const found = select({ short: Kit.c.short }).from(Kit).where(Kit.c.code.eq("abc"));
    for await (const piece of manager.copyOut(found)) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe("xyz\n");
  });

  it("show in JSON whatever they are", async () => {
    const kit = await run((db) => db.add(new Kit({ big: 2n ** 60n, bigs: [1n, 2n] })));
    expect(JSON.parse(JSON.stringify(kit))).toMatchObject({ big: "1152921504606846976", bigs: ["1", "2"] });
  });

  it("of JSON's null are not NULL, and are left as they are", async () => {
    await database.query("insert into kits (doc) values ('null')");
    const kit = await manager.one(select(Kit));
    kit.code = "abc";
    await run((db) => db.save(kit));
    expect(await database.query("select doc::text from kits")).toEqual([{ doc: "null" }]);
  });
});

describe("a version", () => {
  it("counts in bigints, too, and is never set by hand", async () => {
    const one = await run((db) => db.add(new Counted({ n: 1 })));
    one.n = 2;
    await run((db) => db.save(one));
    expect(one.revision).toBe(2n);
    one.revision = 9n;
    await expect(run((db) => db.save(one))).rejects.toThrow("is never set");
    expect(() => update(Counted).set({ revision: 9n }).compile()).toThrow("is never set");
  });
});

describe("what is changed while it is being saved", () => {
  it("stays, and is saved next", async () => {
    const one = await run((db) => db.add(new Counted({ n: 1 })));
    await run(async (db) => {
      one.n = 2;
      const saving = db.save(one);
      one.m = 7;
      await saving;
      expect(one).toMatchObject({ n: 2, m: 7 });
      await db.save(one);
    });
    expect(await database.query("select n, m from counteds")).toEqual([{ n: 2, m: 7 }]);
  });
});

describe("one, of a change on the manager", () => {
  it("takes back what touched several rows", async () => {
    await manager.execute(insert(Other, [{ name: "a" }, { name: "b" }]));
    await expect(manager.one(del(Other))).rejects.toBeInstanceOf(errors.MultipleRows);
    await expect(manager.one(update(Other).set({ name: "x" }))).rejects.toBeInstanceOf(errors.MultipleRows);
    expect(await database.query("select name from others order by name")).toEqual([{ name: "a" }, { name: "b" }]);
    await manager.one(del(Other).where(Other.c.name.eq("a")));
    expect(await manager.count(select(Other))).toBe(1);
  });
});

describe("mistakes", () => {
  it("are told for what they are", async () => {
    for (const wrong of [undefined, true, { name: "x" }, null]) {
      expect(() => select(Other).where(wrong as never)).toThrow("A condition is an expression");
    }
    expect(() => Other.c.name.isDistinctFrom(undefined as never)).toThrow("compares with undefined");
    const one = await run((db) => db.add(new Other({ name: "x" })));
    await database.query("delete from others");
    await expect(run((db) => db.delete(one))).rejects.toThrow("This Other is not there any more");
  });

  it("in long lists of parts do not fill the memory", () => {
    const size = plans.size;
    const before = process.memoryUsage().heapUsed;
    const ids = Array.from({ length: 4_000 }, (_, i) => i);
    for (let n = 1; n <= 4_000; n += 4) {
      sql`select * from ${Other} where ${Other.c.id} in (${sql.join(ids.slice(0, n))})`.compile();
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
    expect(plans.size).toBeLessThan(Math.max(size, 100_000) + 10_000);
  });
});
