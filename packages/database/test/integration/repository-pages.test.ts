import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  BaseModel,
  DatabaseManager,
  errors,
  integer,
  Model,
  numeric,
  type OrderBy,
  type Page,
  type PageRequest,
  pgEnum,
  repository,
  type Session,
  text,
} from "../../src/index.ts";
import { encodeCursor } from "../../src/repository/cursor.ts";
import { createEnum, createModels } from "./create-table.ts";

const grade = pgEnum("grade", ["poor", "good", "best"]);
class Item extends BaseModel.define({
  name: text(),
  title: text().collate("C"),
  rank: integer(),
  note: text().nullable(),
  price: numeric().nullable(),
  grade: grade().nullable(),
  secret: text().default("x").hidden(),
}) {}
class Cell extends Model.define({ x: integer().primaryKey(), y: integer().primaryKey(), content: text() }) {}
const items = repository(Item);
const cells = repository(Cell);

let database: TestDatabase;
let manager: DatabaseManager;
const run = <T>(work: (db: Session) => Promise<T>): Promise<T> => manager.session(work);
type Request = Omit<PageRequest<Item, typeof Item>, "after" | "before" | "include">;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(createEnum({ name: "grade", schema: undefined, values: grade.values }));
  await createModels(database, [Item, Cell]);
  manager = new DatabaseManager({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});
beforeEach(() => database.query("truncate items, cells"));

async function forward(request: Request): Promise<Page<Item>[]> {
  const pages: Page<Item>[] = [];
  let after: string | null = null;
  do {
    const page: Page<Item> = await run((db) => items.page(db, { ...request, ...(after !== null && { after }) }));
    pages.push(page);
    after = page.nextCursor;
    if (pages.length > 1_000) throw new Error("The pages have no end.");
  } while (after !== null);
  return pages;
}

/** The pages before the last one, in the order of the list. */
async function backward(request: Request, last: Page<Item>): Promise<Page<Item>[]> {
  const pages: Page<Item>[] = [last];
  for (let before = last.previousCursor; before !== null; before = pages[0]!.previousCursor) {
    const cursor = before;
    if (pages.length > 1_000) throw new Error("The pages have no end.");
    pages.unshift(await run((db) => items.page(db, { ...request, before: cursor })));
  }
  return pages;
}

const idsOf = (pages: readonly Page<Item>[]): string[] => pages.flatMap((page) => page.items.map(({ id }) => id));

/** Rows with ties and NULLs in every column that can have them, and texts that collations put in orders of their own. */
async function fill(): Promise<void> {
  await database.query(`
    insert into items (id, created_at, name, title, rank, note, price, grade)
    select gen_random_uuid(), timestamptz '2026-01-01' + (i % 5) * interval '1 microsecond', word, word, i % 3,
      case when i % 4 > 0 then word end,
      case when i % 3 > 0 then (i % 7)::numeric + (i % 2) * 1e-20 end,
      case when i % 5 > 0 then (enum_range(null::grade))[i % 3 + 1] end
    from unnest(array['a', 'B', 'b', 'A', 'é', 'e', 'Z', '_a', ' a', '', 'aa', 'a b', 'ß', 'ss', 'ö', 'Ö', '1', '10', '2', 'ä'])
      with ordinality as words (word, i)`);
}

describe("a page", () => {
  const orders: readonly OrderBy<Item>[] = [
    [],
    ["id", "desc"],
    ["name", "asc"],
    ["title", "desc"],
    ["createdAt", "desc"],
    ["note", "asc"],
    ["note", "desc"],
    ["price", "asc"],
    ["price", "desc"],
    ["grade", "asc"],
    ["grade", "desc"],
    [
      ["rank", "asc"],
      ["createdAt", "desc"],
    ],
    [
      ["rank", "desc"],
      ["note", "asc"],
      ["price", "desc"],
    ],
    [
      ["note", "desc"],
      ["grade", "asc"],
      ["id", "desc"],
    ],
    [
      ["grade", "asc"],
      ["price", "asc"],
      ["name", "asc"],
    ],
    [
      ["grade", "desc"],
      ["price", "desc"],
      ["note", "desc"],
      ["createdAt", "asc"],
    ],
  ];
  it.each(orders.map((order) => [JSON.stringify(order), order] as const))(
    "of every row once, in PostgreSQL's own order, forward and back: %s",
    async (_, orderBy) => {
      await fill();
      const pairs = (typeof orderBy[0] === "string" ? [orderBy] : orderBy) as readonly (readonly [string, string])[];
      const direction = pairs.at(-1)?.[1] ?? "asc";
      const sql = [...pairs, ["id", direction] as const]
        .map(([name, way]) => `${name.replace("createdAt", "created_at")} ${way}`)
        .join(", ");
      const rows = await database.query<{ id: string }>(`select id from items order by ${sql}`);
      const expected = rows.map(({ id }) => id);
      for (const limit of [1, 7, 100]) {
        const pages = await forward({ orderBy, limit });
        expect(idsOf(pages)).toEqual(expected);
        expect(pages.map(({ items }) => items.length).slice(0, -1)).toEqual(pages.slice(1).map(() => limit));
        const back = await backward({ orderBy, limit }, pages.at(-1)!);
        expect(idsOf(back)).toEqual(expected);
      }
    },
  );

  it("tells rows apart by microseconds, which a Date does not hold", async () => {
    for (let i = 0; i < 10; i++) {
      await database.query(
        `insert into items (id, name, title, rank, created_at) values (gen_random_uuid(), '${i}', '', 0, '2026-01-01 00:00:00.00000${i}+00')`,
      );
    }
    const pages = await forward({ orderBy: ["createdAt", "desc"], limit: 3 });
    expect(pages.map((page) => page.items.map(({ name }) => name).join(""))).toEqual(["987", "654", "321", "0"]);
  });

  it("has cursors where there is a page to lead to", async () => {
    await fill();
    const request: Request = { orderBy: ["rank", "asc"], limit: 10 };
    const [first, second, ...others] = await forward(request);
    expect(others).toEqual([]);
    expect([first!.previousCursor, second!.nextCursor]).toEqual([null, null]);
    const back = await run((db) => items.page(db, { ...request, before: second!.previousCursor! }));
    expect(back.items).toEqual(first!.items);
    expect(back.previousCursor).toBeNull();
    const again = await run((db) => items.page(db, { ...request, after: back.nextCursor! }));
    expect(again.items).toEqual(second!.items);
    const none = await run((db) => items.page(db, { limit: 5, where: { rank: 99 } }));
    expect(none).toEqual({ items: [], nextCursor: null, previousCursor: null });
  });

  it("leads back to what there is when its own rows are gone", async () => {
    await fill();
    const request: Request = { orderBy: ["rank", "asc"], limit: 10 };
    const [first, second] = await forward(request);
    await database.query("delete from items where id = any($1)", [second!.items.map(({ id }) => id)]);
    const empty = await run((db) => items.page(db, { ...request, after: first!.nextCursor! }));
    expect(empty).toMatchObject({ items: [], nextCursor: null });
    const back = await run((db) => items.page(db, { ...request, before: empty.previousCursor! }));
    expect(back).toEqual({ items: first!.items, nextCursor: null, previousCursor: null });

    const [, last] = await forward({ ...request, limit: 5 });
    await database.query("delete from items where id = any($1)", [first!.items.slice(0, 5).map(({ id }) => id)]);
    const start = await run((db) => items.page(db, { ...request, limit: 5, before: last!.previousCursor! }));
    expect(start).toMatchObject({ items: [], previousCursor: null });
    const on = await run((db) => items.page(db, { ...request, limit: 5, after: start.nextCursor! }));
    expect(on).toEqual({ items: last!.items, nextCursor: null, previousCursor: null });
    await database.query("truncate items");
    const nothing = await run((db) => items.page(db, { ...request, before: empty.previousCursor! }));
    expect(nothing).toEqual({ items: [], nextCursor: null, previousCursor: null });
    const elsewhere = run((db) => items.page(db, { limit: 5, before: empty.previousCursor! }));
    await expect(elsewhere).rejects.toBeInstanceOf(errors.InvalidCursor);
  });

  it("has what the filter matches, and a key of several columns", async () => {
    await fill();
    const found = await forward({ where: { rank: { ne: 1 }, note: null }, orderBy: ["price", "desc"], limit: 2 });
    const rows = await database.query<{ id: string }>(
      "select id from items where rank <> 1 and note is null order by price desc, id desc",
    );
    expect(idsOf(found)).toEqual(rows.map(({ id }) => id));

    await run((db) =>
      cells.createMany(
        db,
        Array.from({ length: 12 }, (_, i) => ({ x: i % 3, y: Math.floor(i / 3), content: i % 2 === 0 ? "a" : "b" })),
      ),
    );
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: Page<Cell> = await run((db) =>
        cells.page(db, {
          orderBy: [
            ["content", "desc"],
            ["y", "asc"],
          ],
          limit: 5,
          ...(after !== null && { after }),
        }),
      );
      seen.push(...page.items.map(({ content, x, y }) => `${content}${y}${x}`));
      after = page.nextCursor;
    } while (after !== null);
    expect(seen).toEqual(["b01", "b10", "b12", "b21", "b30", "b32", "a00", "a02", "a11", "a20", "a22", "a31"]);
  });

  it("without a cursor, or with null for one, is the first", async () => {
    await fill();
    const [first] = await forward({ orderBy: ["rank", "asc"], limit: 4 });
    for (const cursors of [{}, { after: null }, { before: null }, { after: undefined, before: null }]) {
      expect(await run((db) => items.page(db, { orderBy: ["rank", "asc"], limit: 4, ...cursors }))).toEqual(first);
    }
  });

  it("is refused when its limit or order makes no sense", async () => {
    for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 10_001, "5", undefined, null, 5n]) {
      await expect(run((db) => items.page(db, { limit } as never))).rejects.toBeInstanceOf(errors.DefinitionError);
    }
    for (const orderBy of [["secret", "asc"], ["nope", "asc"], ["name", "ASC"], "name", [["name"]], { name: "asc" }]) {
      const page = run((db) => items.page(db, { limit: 1, orderBy } as never));
      await expect(page).rejects.toBeInstanceOf(errors.DefinitionError);
    }
    const both = run((db) => items.page(db, { limit: 1, after: "x", before: "y" }));
    await expect(both).rejects.toBeInstanceOf(errors.DefinitionError);
  });
});

describe("a cursor", () => {
  const orderBy = ["rank", "asc"] as const;
  const cursor = async (): Promise<string> => {
    await fill();
    return (await run((db) => items.page(db, { orderBy, limit: 1 }))).nextCursor!;
  };
  const refused = async (request: Omit<PageRequest<Item>, "limit">): Promise<void> => {
    const page = run((db) => items.page(db, { ...request, limit: 1 }));
    await expect(page).rejects.toBeInstanceOf(errors.InvalidCursor);
  };

  it("holds no value of a hidden column, and nothing but the keys", async () => {
    const content = JSON.parse(Buffer.from(await cursor(), "base64url").toString()) as unknown[];
    expect(content).toHaveLength(4);
    expect(content[2]).toBe("0");
  });

  it("of another order or another table is refused", async () => {
    const after = await cursor();
    await refused({ after, orderBy: ["rank", "desc"] });
    await refused({
      before: after,
      orderBy: [
        ["rank", "asc"],
        ["id", "desc"],
      ],
    });
    await refused({ after });
    const foreign = run((db) => cells.page(db, { after, limit: 1 }));
    await expect(foreign).rejects.toBeInstanceOf(errors.InvalidCursor);
  });

  it("that is damaged is refused", async () => {
    const after = await cursor();
    for (const damaged of [after.slice(1), after.slice(0, -1), `${after}A`, after.toLowerCase(), ` ${after}`, ""]) {
      await refused({ after: damaged, orderBy });
    }
    await refused({ before: ["x"] as never, orderBy });
  });

  it("that is forged, checksum and all, is another place in the list or refused", async () => {
    await cursor();
    const list = JSON.stringify(['"items"', ["rank", "asc"], ["id", "asc"]]);
    const id = "00000000-0000-0000-0000-000000000000";
    for (const keys of [
      ["1"],
      ["x", id],
      ["1", "no uuid"],
      ["1", id, "3"],
      ["99999999999", id],
      ["1\0", id],
      [null, id],
      ["1", null],
    ]) {
      await refused({ after: encodeCursor(list, keys), orderBy });
    }
    const place = await run((db) => items.page(db, { orderBy, limit: 1, after: encodeCursor(list, ["2", id]) }));
    expect(place.items[0]!.rank).toBe(2);
  });

  it("does not take the blame for a value of the filter", async () => {
    const filter = run((db) => items.page(db, { where: { rank: 1.5 }, limit: 1 }));
    await expect(filter).rejects.toBeInstanceOf(errors.DataError);
  });
});

describe("while others insert and delete", () => {
  const STABLE = 240;
  const request: Request = {
    orderBy: [
      ["grade", "desc"],
      ["rank", "asc"],
      ["note", "asc"],
    ],
    limit: 7,
  };

  /** Runs `work` over and over while another connection writes rows beside, and removes most of them again. */
  async function amongWrites(work: () => Promise<void>): Promise<void> {
    const writer = new DatabaseManager({ url: database.url, poolSize: 1 });
    let isDone = false;
    let rounds = 0;
    const write = async (): Promise<void> => {
      for (; !isDone; rounds++) {
        const made = await items.createMany(
          writer,
          Array.from({ length: 40 }, (_, i) => ({
            name: "passing",
            title: "",
            rank: (rounds * 7 + i) % 12,
            note: i % 3 === 0 ? null : `n${i % 5}`,
            grade: i % 4 === 0 ? null : grade.values[i % 3]!,
          })),
        );
        const gone = made.filter((_, i) => i % 8 !== rounds % 8).map(({ id }) => id);
        await items.deleteMany(writer, { id: { in: gone } });
      }
    };
    const writing = write();
    try {
      do await work();
      while (rounds < 20);
    } finally {
      isDone = true;
      await writing;
      await writer.close();
    }
  }

  beforeEach(async () => {
    await run((db) =>
      items.createMany(
        db,
        Array.from({ length: STABLE }, (_, i) => ({
          name: "staying",
          title: "",
          rank: i % 11,
          note: i % 3 === 0 ? null : `n${i % 4}`,
          grade: i % 5 === 0 ? null : grade.values[i % 3]!,
        })),
      ),
    );
  });

  it("pages neither skip nor repeat a row that is there throughout, in both directions", async () => {
    const expected = await database.query<{ id: string }>(
      "select id from items order by grade desc, rank asc, note asc, id asc",
    );
    const staying = (pages: readonly Page<Item>[]): string[] =>
      pages.flatMap((page) => page.items.filter(({ name }) => name === "staying").map(({ id }) => id));
    let met = 0;
    await amongWrites(async () => {
      const pages = await forward(request);
      expect(staying(pages)).toEqual(expected.map(({ id }) => id));
      met += idsOf(pages).length - STABLE;
      expect(new Set(idsOf(pages)).size).toBe(idsOf(pages).length);
      const back = await backward(request, pages.at(-1)!);
      met += idsOf(back).length - STABLE;
      expect(staying(back)).toEqual(expected.map(({ id }) => id));
    });
    expect(met).toBeGreaterThan(0);
  });

  it("a cursor leads on although its own row is gone", async () => {
    const first = await run((db) => items.page(db, request));
    const rest = await run((db) => items.page(db, { ...request, after: first.nextCursor! }));
    await items.deleteMany(manager, { id: { in: first.items.map(({ id }) => id) } });
    const again = await run((db) => items.page(db, { ...request, after: first.nextCursor! }));
    expect(again.items).toEqual(rest.items);
  });
});
