import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL } from "../../../../test/sample.ts";
import {
  belongsTo,
  boolean,
  DatabaseManager,
  type Filter,
  hasMany,
  integer,
  Model,
  manyToMany,
  type OrderBy,
  repository,
  type Session,
  SoftDeleteMixin,
  text,
  timestamptz,
} from "../../src/index.ts";
import { createModels } from "../integration/create-table.ts";
import { holds, type Oracle, type OracleRelation, type Row, sorted } from "./filter-oracle.ts";

class Person extends Model.with(SoftDeleteMixin).define({
  id: integer().primaryKey(),
  name: text().nullable().collate("C"),
  rank: integer().nullable(),
  level: integer(),
  born: timestamptz().nullable(),
  isHere: boolean(),
  bossId: integer().nullable(),
}) {
  static readonly boss = belongsTo(
    () => Person,
    () => Person.c.bossId,
  );
  static readonly team = hasMany(
    () => Person,
    () => Person.c.bossId,
  );
  static readonly pets = hasMany(
    () => Pet,
    () => Pet.c.ownerId,
  );
  static readonly groups = manyToMany(() => Group, { from: () => Member.c.personId, to: () => Member.c.groupId });
}
class Pet extends Model.with(SoftDeleteMixin).define({
  id: integer().primaryKey(),
  ownerId: integer(),
  name: text().nullable().collate("C"),
  rank: integer().nullable(),
}) {
  static readonly owner = belongsTo(
    () => Person,
    () => Pet.c.ownerId,
  );
}
class Group extends Model.define({ id: integer().primaryKey(), name: text().nullable(), rank: integer().nullable() }) {
  static readonly members = manyToMany(() => Person, { from: () => Member.c.groupId, to: () => Member.c.personId });
}
class Member extends Model.define({ personId: integer().primaryKey(), groupId: integer().primaryKey() }) {}

const people = repository(Person);
let database: TestDatabase;
let manager: DatabaseManager;
const run = <T>(work: (db: Session) => Promise<T>): Promise<T> => manager.session(work);

beforeAll(async () => {
  database = await createTestDatabase();
  await createModels(database, [Person, Pet, Group, Member]);
  manager = new DatabaseManager({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});

// ---- rows: few values, so that there are ties, duplicates and NULLs ------------------------------------------------------

const name = fc.constantFrom("", "a", "A", "ab", "a%", "b_", "B", "\\");
const rank = fc.integer({ min: -1, max: 2 });
const born = fc.integer({ min: 0, max: 3 }).map((day) => new Date(Date.UTC(2000, 0, 1 + day)));
const PEOPLE = 14;
const personId = fc.integer({ min: 1, max: PEOPLE });
const isDeleted = fc.constantFrom(false, false, false, true);

const person = fc.record({
  name: fc.option(name),
  rank: fc.option(rank),
  level: fc.integer({ min: 0, max: 1 }),
  born: fc.option(born),
  isHere: fc.boolean(),
  bossId: fc.option(personId),
  isDeleted,
});
const pet = fc.record({ ownerId: personId, name: fc.option(name), rank: fc.option(rank), isDeleted });
const group = fc.record({ name: fc.option(name), rank: fc.option(rank) });
const member = fc.record({ personId, groupId: fc.integer({ min: 1, max: 3 }) });

const world = fc.record({
  people: fc.array(person, { maxLength: PEOPLE, size: "max" }),
  pets: fc.array(pet, { maxLength: 12, size: "max" }),
  groups: fc.array(group, { minLength: 3, maxLength: 3 }),
  members: fc.uniqueArray(member, { maxLength: 8, selector: (each) => `${each.personId} ${each.groupId}` }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

// ---- filters ------------------------------------------------------------------------------------------------------------

type AnyFilter = Readonly<Record<string, unknown>>;

const comparisons = (value: fc.Arbitrary<unknown>, isText = false): fc.Arbitrary<unknown> =>
  fc.oneof(
    value,
    fc.constant(null),
    ...["eq", "ne"].map((operator) => fc.option(value).map((operand) => ({ [operator]: operand }))),
    fc.tuple(fc.constantFrom("lt", "lte", "gt", "gte"), value).map(([operator, operand]) => ({ [operator]: operand })),
    fc
      .tuple(fc.constantFrom("in", "notIn"), fc.array(value, { maxLength: 3 }))
      .map(([operator, list]) => ({ [operator]: list })),
    fc.tuple(value, value).map((ends) => ({ between: ends })),
    fc.tuple(value, value).map(([gte, lt]) => ({ gte, lt })),
    fc.boolean().map((isNull) => ({ isNull })),
    value.map((eq) => ({ not: { eq } })),
    ...(isText
      ? [
          fc
            .tuple(fc.constantFrom("like", "ilike"), fc.constantFrom("%", "a%", "A_", "_", "%\\%", "\\\\", "b\\_", ""))
            .map(([operator, like]) => ({ [operator]: like })),
        ]
      : []),
  );

/** A filter of one or two of these properties. */
const some = (properties: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<AnyFilter> =>
  fc
    .shuffledSubarray(Object.keys(properties), { minLength: 1, maxLength: Math.min(2, Object.keys(properties).length) })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, properties[name]!]))));

const junctions = (filter: fc.Arbitrary<AnyFilter>): fc.Arbitrary<AnyFilter>[] => [
  fc.array(filter, { minLength: 1, maxLength: 2 }).map((and) => ({ and })),
  fc.array(filter, { minLength: 1, maxLength: 2 }).map((or) => ({ or })),
  filter.map((not) => ({ not })),
];
const many = (filter: fc.Arbitrary<AnyFilter>): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.constantFrom({ some: {} }, { none: {} }),
    fc.tuple(fc.constantFrom("some", "none", "every"), filter).map(([quantifier, each]) => ({ [quantifier]: each })),
  );

/** A filter of people; with a depth left, also through relations and the ways of putting filters together. */
function personFilter(depth: number): fc.Arbitrary<AnyFilter> {
  const columns = some({
    id: comparisons(personId),
    name: comparisons(name, true),
    rank: comparisons(rank),
    level: comparisons(fc.integer({ min: 0, max: 1 })),
    born: comparisons(born),
    isHere: fc.boolean(),
  });
  if (depth === 0) return columns;
  const inner = personFilter(depth - 1);
  const petFilter = fc.oneof(
    some({ name: comparisons(name, true), rank: comparisons(rank) }),
    some({ owner: inner, rank: comparisons(rank) }),
  );
  const groupFilter = fc.oneof(
    some({ name: comparisons(name, true), rank: comparisons(rank) }),
    some({ members: many(inner) }),
  );
  return fc.oneof(
    columns,
    ...junctions(inner),
    some({
      boss: fc.option(inner),
      team: many(inner),
      pets: many(petFilter),
      groups: many(groupFilter),
      rank: comparisons(rank),
    }),
  );
}

// ---- orders -------------------------------------------------------------------------------------------------------------

const SORTABLE = ["id", "name", "rank", "level", "born", "isHere", "bossId"] as const;
const orderBy = fc.uniqueArray(
  fc.tuple(fc.constantFrom(...SORTABLE), fc.constantFrom("asc" as const, "desc" as const)),
  {
    maxLength: 4,
    selector: ([column]) => column,
  },
);

// ---- the same, computed -------------------------------------------------------------------------------------------------

const relation = (table: string, isMany: boolean, belongs: (row: Row, other: Row) => boolean): OracleRelation => ({
  table,
  isMany,
  related: (row, rows) => rows.filter((other) => belongs(row, other)),
});

function oracleOf({ people, pets, groups, members }: World): Oracle {
  const numbered = (rows: readonly object[]): Row[] => rows.map((row, i) => ({ ...(row as Row), id: i + 1 }));
  const isMember = (personId: unknown, groupId: unknown): boolean =>
    members.some((each) => each.personId === personId && each.groupId === groupId);
  return {
    people: {
      rows: numbered(people),
      relations: {
        boss: relation("people", false, (row, other) => other["id"] === row["bossId"]),
        team: relation("people", true, (row, other) => other["bossId"] === row["id"]),
        pets: relation("pets", true, (row, other) => other["ownerId"] === row["id"]),
        groups: relation("groups", true, (row, other) => isMember(row["id"], other["id"])),
      },
    },
    pets: {
      rows: numbered(pets),
      relations: { owner: relation("people", false, (row, other) => other["id"] === row["ownerId"]) },
    },
    groups: {
      rows: numbered(groups),
      relations: { members: relation("people", true, (row, other) => isMember(other["id"], row["id"])) },
    },
  };
}

async function store(oracle: Oracle, { members }: World): Promise<void> {
  await database.query("truncate persons, pets, groups, members");
  const dated = (rows: readonly Row[]): never =>
    rows.map((row) => ({ ...row, deletedAt: row["isDeleted"] === true ? new Date(0) : null })) as never;
  await run(async (db) => {
    await people.createMany(db, dated(oracle["people"]!.rows));
    await repository(Pet).createMany(db, dated(oracle["pets"]!.rows));
    await repository(Group).createMany(db, oracle["groups"]!.rows as never);
    await repository(Member).createMany(db, members);
  });
}

class RollBack extends Error {}

it("filters, orders and pages mean what plain TypeScript makes of the same rows (property)", {
  timeout: 3_600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(
        fc.record({
          filter: fc.oneof(fc.constant({}), ...[0, 1, 1, 2].map(personFilter)),
          orderBy,
          limit: fc.integer({ min: 1, max: 5 }),
          withDeleted: fc.boolean(),
        }),
        { minLength: 8, maxLength: 8 },
      ),
      async (given, requests) => {
        const oracle = oracleOf(given);
        await store(oracle, given);
        for (const { filter, orderBy, limit, withDeleted } of requests) {
          const where = filter as Filter<Person, typeof Person>;
          const order = orderBy as OrderBy<Person>;
          const seen = withDeleted ? everythingLives(oracle) : oracle;
          const rows = seen["people"]!.rows.filter((row) => withDeleted || row["isDeleted"] !== true);
          const last = orderBy.at(-1)?.[1] ?? "asc";
          const expected = sorted(
            rows.filter((row) => holds(seen, "people", row, filter) === true),
            [...orderBy, ["id", last]],
          ).map((row) => row["id"]);

          expect(await forward({ where, orderBy: order, limit, withDeleted })).toEqual(expected);
          expect(await backward({ where, orderBy: order, limit, withDeleted })).toEqual(expected);
          const found = await run((db) => people.find(db, where, { orderBy: order, withDeleted }));
          expect(found.map(({ id }) => id).sort()).toEqual([...expected].sort());
          expect(await run((db) => people.count(db, where, { withDeleted }))).toBe(expected.length);
          expect(await run((db) => people.exists(db, where, { withDeleted }))).toBe(expected.length > 0);
          const changed = run(async (db) => {
            const updated = await people.updateMany(
              db,
              Object.keys(filter).length === 0 ? "all" : where,
              { level: 0 },
              { withDeleted },
            );
            throw new RollBack(String(updated));
          });
          await expect(changed).rejects.toThrow(new RollBack(String(expected.length)));
        }
      },
    ),
    { numRuns: FULL ? 500 : 25 },
  );
});

/** To whom deleted rows are shown, for them none is deleted. */
function everythingLives(oracle: Oracle): Oracle {
  return Object.fromEntries(
    Object.entries(oracle).map(([table, { rows, relations }]) => [
      table,
      { rows: rows.map((row) => ({ ...row, isDeleted: false })), relations },
    ]),
  );
}

type Request = Parameters<typeof people.page>[1];

async function forward(request: Request): Promise<number[]> {
  const ids: number[] = [];
  let after: string | null = null;
  do {
    const cursor: { after?: string } = after === null ? {} : { after };
    const page = await run((db) => people.page(db, { ...request, ...cursor }));
    ids.push(...page.items.map(({ id }) => id));
    if (ids.length > PEOPLE) break; // the pages have no end
    after = page.nextCursor;
  } while (after !== null);
  return ids;
}

/** From the last page back to the first; the last one is found by the opposite order. */
async function backward(request: Request): Promise<number[]> {
  let last = await run((db) => people.page(db, { ...request, limit: 100 }));
  const ids = last.items.slice(-1).map(({ id }) => id);
  if (last.items.length < 2) return ids;
  const one = await run((db) => people.page(db, { ...request, limit: last.items.length - 1 }));
  last = await run((db) => people.page(db, { ...request, after: one.nextCursor! }));
  for (let before = last.previousCursor; before !== null; ) {
    const cursor = before;
    const page = await run((db) => people.page(db, { ...request, before: cursor }));
    ids.unshift(...page.items.map(({ id }) => id));
    if (ids.length > PEOPLE) break;
    before = page.previousCursor;
  }
  return ids;
}
