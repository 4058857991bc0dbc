import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  BaseModel,
  DatabaseManager,
  errors,
  insert,
  integer,
  type PageRequest,
  repository,
  type Session,
  text,
} from "../../src/index.ts";
import { encodeCursor } from "../../src/repository/cursor.ts";

class Item extends BaseModel.define({ name: text(), rank: integer(), note: text().nullable() }) {}
const items = repository(Item);

let database: TestDatabase;
let manager: DatabaseManager;
const run = <T>(work: (db: Session) => Promise<T>): Promise<T> => manager.session(work);

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(
    "create table items (id uuid primary key, created_at timestamptz not null default now(), updated_at timestamptz not null default now(), name text not null, rank int not null, note text)",
  );
  manager = new DatabaseManager({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});
beforeEach(() => database.query("truncate items"));

async function pages(request: Omit<PageRequest<Item>, "after">): Promise<Item[][]> {
  const all: Item[][] = [];
  let after: string | null | undefined;
  do {
    const page = await run((db) => items.page(db, { ...request, after: after ?? undefined }));
    all.push([...page.items]);
    after = page.nextCursor;
  } while (after !== null);
  return all;
}

describe("page", () => {
  it("covers every row once, in order, whatever the ties (property)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom("asc" as const, "desc" as const),
        async (ranks, limit, direction) => {
          await database.query("truncate items");
          await run((db) =>
            db.execute(
              insert(
                Item,
                ranks.map((rank, i) => ({ name: `${i}`, rank })),
              ),
            ),
          );
          const seen = (await pages({ orderBy: ["rank", direction], limit })).flat();
          const rows = await database.query(`select id from items order by rank ${direction}, id ${direction}`);
          expect(seen.map(({ id }) => id)).toEqual(rows.map((row) => row["id"]));
        },
      ),
      { numRuns: process.env["HYPERTROQ_FULL"] ? 200 : 25 },
    );
  });

  it("tells rows apart by microseconds, which a Date does not hold", async () => {
    for (let i = 0; i < 10; i++) {
      await database.query(
        `insert into items (id, name, rank, created_at) values (gen_random_uuid(), '${i}', 0, '2026-01-01 00:00:00.00000${i}+00')`,
      );
    }
    const seen = await pages({ orderBy: ["createdAt", "desc"], limit: 3 });
    expect(seen.map((page) => page.map(({ name }) => name).join(""))).toEqual(["987", "654", "321", "0"]);
  });

  it("neither repeats nor skips a row when others are inserted meanwhile", async () => {
    await run((db) =>
      db.execute(
        insert(
          Item,
          [2, 4, 6, 8].map((rank) => ({ name: `${rank}`, rank })),
        ),
      ),
    );
    const first = await run((db) => items.page(db, { orderBy: ["rank", "asc"], limit: 2 }));
    await run((db) =>
      db.execute(
        insert(
          Item,
          [1, 5].map((rank) => ({ name: `${rank}`, rank })),
        ),
      ),
    );
    const second = await run((db) =>
      items.page(db, { orderBy: ["rank", "asc"], limit: 2, after: first.nextCursor ?? undefined }),
    );
    expect([...first.items, ...second.items].map(({ rank }) => rank)).toEqual([2, 4, 5, 6]);
  });

  it("refuses cursors that are damaged or of another list", async () => {
    await run((db) =>
      db.execute(
        insert(
          Item,
          [1, 2, 3].map((rank) => ({ name: "x", rank })),
        ),
      ),
    );
    const { nextCursor } = await run((db) => items.page(db, { orderBy: ["rank", "asc"], limit: 1 }));
    const foreign = run((db) => items.page(db, { orderBy: ["rank", "desc"], limit: 1, after: nextCursor! }));
    await expect(foreign).rejects.toBeInstanceOf(errors.InvalidCursor);
    const list = "items asc rank id";
    for (const keys of [["1"], ["1", "not a uuid"], ["x", "y"], ["1", "2", "3"]]) {
      const forged = run((db) =>
        items.page(db, { orderBy: ["rank", "asc"], limit: 1, after: encodeCursor(list, keys) }),
      );
      await expect(forged).rejects.toBeInstanceOf(errors.InvalidCursor);
    }
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 80 }), async (after) => {
        const page = run((db) => items.page(db, { orderBy: ["rank", "asc"], limit: 1, after }));
        await expect(page).rejects.toBeInstanceOf(errors.InvalidCursor);
      }),
      { numRuns: 50 },
    );
  });
});

describe("filters and keys", () => {
  beforeEach(async () => {
    await run((db) =>
      db.execute(
        insert(
          Item,
          [1, 2, 3, 4].map((rank) => ({ name: `n${rank}`, rank, note: rank > 2 ? "late" : null })),
        ),
      ),
    );
  });
  const ranks = async (where: Parameters<typeof items.find>[1]): Promise<number[]> =>
    (await run((db) => items.find(db, where))).map(({ rank }) => rank).sort();

  it("filter by values, null and comparisons together", async () => {
    expect(await ranks({})).toEqual([1, 2, 3, 4]);
    expect(await ranks({ name: "n2" })).toEqual([2]);
    expect(await ranks({ note: null })).toEqual([1, 2]);
    expect(await ranks({ note: { eq: null }, rank: { gt: 1 } })).toEqual([2]);
    expect(await ranks({ rank: { gte: 2, lt: 4 } })).toEqual([2, 3]);
    expect(await ranks({ rank: { in: [1, 4] }, note: "late" })).toEqual([4]);
    expect(await ranks({ rank: { notIn: [1, 4] } })).toEqual([2, 3]);
    expect(await ranks({ rank: { ne: 1, lte: 2 } })).toEqual([2]);
    expect(await run((db) => items.count(db, { note: "late" }))).toBe(2);
  });

  it("refuse what would match everything by accident", async () => {
    for (const where of [{ nope: 1 }, { name: { like: "x" } }, { name: {} }, { name: { eq: "n1", nope: 1 } }]) {
      await expect(ranks(where as never)).rejects.toBeInstanceOf(errors.DefinitionError);
    }
    expect(await ranks({ name: undefined, rank: { gt: undefined, lte: 1 } })).toEqual([1]);
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expect(run((db) => items.page(db, { limit }))).rejects.toBeInstanceOf(errors.DefinitionError);
    }
  });

  it("finds by key", async () => {
    const made = await run((db) => items.create(db, { name: "new", rank: 9 }));
    expect(await run((db) => items.getById(db, made.id))).toEqual(made);
    const unknown = "00000000-0000-7000-8000-000000000000";
    expect(await run((db) => items.findById(db, unknown))).toBeUndefined();
    await expect(run((db) => items.getById(db, unknown))).rejects.toBeInstanceOf(errors.NotFound);
  });
});
