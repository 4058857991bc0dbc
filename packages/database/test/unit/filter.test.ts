import { describe, expect, it } from "vitest";
import {
  array,
  belongsTo,
  boolean,
  customType,
  errors,
  hasMany,
  integer,
  jsonb,
  Model,
  manyToMany,
  pgEnum,
  SoftDeleteMixin,
  select,
  text,
  timestamptz,
} from "../../src/index.ts";
import { tableOf } from "../../src/query/table.ts";
import { filterConditions } from "../../src/repository/filter.ts";

const mood = pgEnum("mood", ["sad", "happy"]);
const point = () => customType<{ x: number; y: number }>({ type: "point", encode: ({ x, y }) => `(${x},${y})` });
const bare = () => customType<string>({ type: "ltree" });

class Person extends Model.define({
  id: integer().primaryKey(),
  name: text(),
  bossId: integer().nullable(),
  born: timestamptz().nullable(),
  secret: text().hidden(),
  notes: jsonb<unknown>().nullable(),
  words: array(text()),
  mood: mood(),
  place: point(),
  path: bare(),
  isHere: boolean(),
}) {
  static override readonly table = "people";
  static readonly boss = belongsTo(
    () => Person,
    () => Person.c.bossId,
  );
  static readonly team = hasMany(
    () => Person,
    () => Person.c.bossId,
  );
  static readonly pets = manyToMany(() => Pet, { from: () => Owner.c.personId, to: () => Owner.c.petId });
  static readonly oldest = hasMany(
    () => Person,
    () => Person.c.bossId,
  ).limit(1);
  static readonly happyTeam = hasMany(
    () => Person,
    () => Person.c.bossId,
  ).where(Person.c.mood.eq("happy"));
}
class Pet extends Model.with(SoftDeleteMixin).define({ id: integer().primaryKey(), name: text() }) {}
class Owner extends Model.define({ personId: integer().primaryKey(), petId: integer().primaryKey() }) {}
/** The names of tables in subqueries begin with another letter than it. */
class Relative extends Model.define({ id: integer().primaryKey(), ofId: integer() }) {
  static override readonly table = "r1";
  static readonly of = belongsTo(
    () => Relative,
    () => Relative.c.ofId,
  );
}

const statement = (filter: unknown, model: typeof Person | typeof Relative = Person) =>
  select<object>(model as never)
    .where(...filterConditions(tableOf(model as never), filter))
    .compile();
const where = (filter: unknown, model?: typeof Relative): string =>
  statement(filter, model)
    .text.replace(/^.*? where /, "")
    .replaceAll('"people".', "");
const refused = (filter: unknown): string => {
  let message = "";
  expect(() => {
    try {
      filterConditions(tableOf(Person), filter);
    } catch (error) {
      message = (error as Error).message;
      throw error;
    }
  }).toThrow(errors.DefinitionError);
  return message;
};

describe("a filter is written as", () => {
  it.each([
    [{ name: "a" }, `"name" = $1`],
    [{ bossId: null }, `"boss_id" is null`],
    [{ bossId: { eq: null } }, `"boss_id" is null`],
    [{ bossId: { ne: null } }, `"boss_id" is not null`],
    [{ bossId: { isNull: true } }, `"boss_id" is null`],
    [{ bossId: { isNull: false } }, `"boss_id" is not null`],
    [{ id: { eq: 1 } }, `"id" = $1`],
    [{ id: { gte: 1, lt: 5 } }, `"id" >= $1 and "id" < $2`],
    [{ id: { gt: 1 }, name: { ne: "x", lte: "y" } }, `"id" > $1 and ("name" <> $2 and "name" <= $3)`],
    [{ id: { in: [1, 2] } }, `"id" = any($1)`],
    [{ id: { notIn: [] } }, `"id" <> all($1)`],
    [{ id: { between: [1, 2] } }, `"id" between $1 and $2`],
    [{ name: { like: "a%" } }, `"name" like $1`],
    [{ name: { ilike: "a%" } }, `"name" ilike $1`],
    [{ name: { not: { like: "a%" } } }, `not ("name" like $1)`],
    [{ and: [{ id: 1 }, { name: "a" }] }, `"id" = $1 and "name" = $2`],
    [{ or: [{ id: 1 }, { name: "a", id: 2 }] }, `"id" = $1 or ("name" = $2 and "id" = $3)`],
    [{ not: { id: 1, name: "a" } }, `not ("id" = $1 and "name" = $2)`],
    [{ words: { eq: ["a"] } }, `"words" = $1`],
    [{ notes: { eq: { a: { eq: 1 } } } }, `"notes" = $1`],
    [{ place: { eq: { x: 1, y: 2 } } }, `"place" = $1`],
  ])("%j", (filter, sql) => {
    expect(where(filter)).toBe(sql);
  });

  it("a subquery for a relation, in which the table has another name", () => {
    expect(where({ boss: { name: "a" } })).toBe(
      `exists (select "r1"."id" as "found" from "people" as "r1" where "r1"."id" = "boss_id" and "r1"."name" = $1)`,
    );
    expect(where({ boss: null })).toBe(
      `not (exists (select "r1"."id" as "found" from "people" as "r1" where "r1"."id" = "boss_id"))`,
    );
    expect(where({ team: { some: { team: { none: {} } } } })).toBe(
      `exists (select "r1"."boss_id" as "found" from "people" as "r1" where "r1"."boss_id" = "id" and ` +
        `(not (exists (select "r2"."boss_id" as "found" from "people" as "r2" where "r2"."boss_id" = "r1"."id"))))`,
    );
    expect(where({ team: { every: { bossId: { gt: 1 } } } })).toBe(
      `not (exists (select "r1"."boss_id" as "found" from "people" as "r1" where "r1"."boss_id" = "id" and ` +
        `(("r1"."boss_id" > $1) is not true)))`,
    );
    expect(where({ of: { of: null } }, Relative)).toContain(`from "r1" as "q1" where "q1"."id" = "r1"."of_id"`);
  });

  it("a subquery through a table between, without what is soft deleted", () => {
    expect(where({ pets: { some: { name: "Rex" } } })).toBe(
      `exists (select "r1"."id" as "found" from "pets" as "r1" join "owners" as "r2" on "r2"."pet_id" = "r1"."id" ` +
        `where not "r1"."is_deleted" and "r2"."person_id" = "id" and "r1"."name" = $1)`,
    );
  });

  it("a subquery of those rows that the relation itself is about", () => {
    expect(where({ happyTeam: { some: {} } })).toMatch(
      /^exists \(select "r1"."boss_id" as "found" from \(select .* from "people" where "mood" = \$1\) as "r1" where "r1"."boss_id" = "id"\)$/,
    );
  });

  it("nothing when it is empty", () => {
    expect(filterConditions(tableOf(Person), {})).toEqual([]);
    expect(filterConditions(tableOf(Person), JSON.parse("{}"))).toEqual([]);
  });
});

it("sends values as its columns do, and never as text of the statement", () => {
  const born = new Date(0);
  const { values, text } = statement({ name: "'; drop table people; --", born, notes: { in: [{ a: 1 }, "x"] } });
  expect(values).toEqual(["'; drop table people; --", born, ['{"a":1}', '"x"']]);
  expect(text).not.toContain("drop");
});

it("reads do not become impure by a filter: they need no transaction", () => {
  const { reads } = statement({
    or: [{ id: { in: [1], between: [1, 2] } }, { not: { name: { ilike: "a" } } }],
    boss: { team: { every: { id: 1 } } },
    pets: { none: {} },
  });
  expect(reads?.map(({ table }) => table).sort()).toEqual(['"owners"', '"people"', '"pets"']);
});

describe("refuses", () => {
  it("names that are no columns or relations, also those that every object has", () => {
    for (const name of [
      "nope",
      "boss_id",
      "__proto__",
      "constructor",
      "toString",
      "caller",
      "arguments",
      "prototype",
      "c",
    ]) {
      expect(refused(JSON.parse(`{${JSON.stringify(name)}: 1}`))).toContain(JSON.stringify(name));
    }
    expect(refused({ ["x".repeat(1000)]: 1 }).length).toBeLessThan(150);
  });

  it("comparisons that do not exist", () => {
    for (const operators of ["nope", "EQ", "__proto__", "constructor", "gt ", "$gt"]) {
      refused({ name: JSON.parse(`{${JSON.stringify(operators)}: "a"}`) });
    }
    refused({ team: { any: {} } });
    refused({ team: { some: {}, nope: {} } });
  });

  it("what would match everything by accident", () => {
    for (const filter of [
      undefined,
      null,
      [],
      "x",
      1,
      { name: undefined },
      { name: {} },
      { name: { eq: undefined } },
      { name: { eq: "a", ne: undefined } },
      { and: [] },
      { or: [] },
      { and: [{}] },
      { or: [{ id: 1 }, {}] },
      { not: {} },
      { and: { id: 1 } },
      { boss: {} },
      { boss: undefined },
      { team: {} },
      { team: null },
      { team: { every: {} } },
      { team: { some: undefined } },
      { team: { name: "a" } },
    ]) {
      refused(filter);
    }
  });

  it("hidden columns, also at the other end of a relation", () => {
    for (const wanted of ["a", null, { like: "a%" }, { isNull: true }]) {
      refused({ secret: wanted });
      refused({ boss: { secret: wanted } });
    }
  });

  it("values that the column does not take", () => {
    for (const filter of [
      { name: 1 },
      { name: { eq: { a: 1 } } },
      { name: ["a"] },
      { name: { in: "a" } },
      { name: { in: ["a", null] } },
      { name: { in: ["a", ["b"]] } },
      { name: { in: { 0: "a" } } },
      { name: { lt: null } },
      { id: "1" },
      { id: { between: [1] } },
      { id: { between: [1, null] } },
      { id: { between: [1, 2, 3] } },
      { id: { isNull: "false" } },
      { id: { like: "1%" } },
      { mood: { like: "s%" } },
      { words: { ilike: "s%" } },
      { name: { like: 1 } },
      { name: { not: "a" } },
      { born: "2026-01-01" },
      { born: new Date(Number.NaN) },
      { words: ["a"] },
      { notes: { a: 1 } },
      { notes: [1] },
      { path: { eq: { a: 1 } } },
      { path: { eq: ["a"] } },
      { isHere: "true" },
      { name: Symbol("a") },
      { name: () => "a" },
      { name: select(Person) },
      { name: Person.c.name },
      { name: { eq: Person.c.name } },
      { name: new Map() },
    ]) {
      refused(filter);
    }
  });

  it("a relation with a limit, in which rows are not found by what they are", () => {
    refused({ oldest: { some: {} } });
  });

  it("filters that keep the server planning for long", () => {
    const some = (count: number): unknown => ({ or: Array.from({ length: count }, () => ({ boss: { id: 1 } })) });
    expect(filterConditions(tableOf(Person), some(64))).toHaveLength(1);
    expect(refused(some(65))).toContain("64 tables");
    expect(refused(some(10_000))).toContain("64 tables");
    refused({ or: Array.from({ length: 33 }, () => ({ pets: { some: { id: 1 } } })) });
  });

  it("filters nested 10,000 deep, in whichever way", () => {
    const nested = (open: string, inner: string, close: string): unknown =>
      JSON.parse(open.repeat(10_000) + inner + close.repeat(10_000));
    for (const filter of [
      nested('{"not":', '{"id":1}', "}"),
      nested('{"and":[', '{"id":1}', "]}"),
      nested('{"or":[{"id":1},', '{"id":1}', "]}"),
      nested('{"boss":', '{"id":1}', "}"),
      nested('{"team":{"some":', '{"id":1}', "}}"),
      { id: nested('{"not":', '{"eq":1}', "}") },
    ]) {
      expect(refused(filter)).toContain("nested");
    }
    // A value of JSON: how deep one may be is for Node to say, and newer ones take any.
    try {
      where({ notes: { eq: nested("[", "", "]") } });
    } catch (error) {
      expect(error).toBeInstanceOf(errors.DefinitionError);
    }
  });
});
