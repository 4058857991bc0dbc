import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  BaseModel,
  customType,
  type DatabaseManager,
  type Executor,
  errors,
  type Filter,
  type Hooks,
  index,
  integer,
  Model,
  mixin,
  numeric,
  Repository,
  repository,
  type Session,
  SoftDeleteModel,
  select,
  sql,
  text,
} from "../../src/index.ts";
import { Customer, Line, Order, openShop, Product, type Shop, stock, Tag } from "../queries/shop.ts";
import { createModels } from "./create-table.ts";

/** What was called, with what the instance held. */
const called: string[] = [];
const note = (name: keyof Hooks<object>) => (instance: object) => {
  called.push(`${name} ${(instance as Note).body}`);
};
const Noted = mixin(
  { body: text() },
  {},
  {
    beforeInsert: note("beforeInsert"),
    afterInsert: note("afterInsert"),
    beforeUpdate: (instance: { body: string }) => {
      note("beforeUpdate")(instance);
      instance.body = instance.body.trim();
    },
    afterUpdate: note("afterUpdate"),
    beforeDelete: note("beforeDelete"),
    afterDelete: note("afterDelete"),
  },
);
class Note extends SoftDeleteModel.with(Noted).define({ stars: integer().default(0) }) {}
class Tally extends BaseModel.with(Noted).define({ count: integer().default(0), revision: integer().version() }) {}
class Account extends BaseModel.define({ owner: text(), balance: numeric(12, 2), revision: integer().version() }) {}
/** Unique among living rows by the first, among all by the second. */
class Seat extends SoftDeleteModel.define({
  row: integer(),
  place: integer(),
  label: text().unique({ includeDeleted: true }),
  guest: text().default("nobody"),
  visits: integer().default(1),
}) {
  static override readonly indexes = [
    index(() => [Seat.c.row, Seat.c.place], { unique: true, where: () => sql`not is_deleted` }),
  ];
}

class Orders extends Repository<Order, typeof Order> {
  constructor() {
    super(Order);
  }
  of(db: Executor, email: string): Promise<Order[]> {
    return this.find(db, { customer: { email } }, { orderBy: ["total", "asc"] });
  }
}

const customers = repository(Customer);
const orders = new Orders();
const lines = repository(Line);
const products = repository(Product);
const notes = repository(Note);
const tallies = repository(Tally);
const accounts = repository(Account);
const seats = repository(Seat);
const NOBODY = "00000000-0000-7000-8000-000000000000";

let shop: Shop;
let manager: DatabaseManager;
let ada: Customer;
const run = <T>(work: (db: Session) => Promise<T>): Promise<T> => manager.session(work);
const refused = (work: (db: Session) => Promise<unknown>): Promise<void> =>
  expect(run(work)).rejects.toBeInstanceOf(errors.DefinitionError);

beforeAll(async () => {
  shop = await openShop();
  ({ manager } = shop);
  await createModels(shop.database, [Note, Tally, Account, Seat]);
});
afterAll(() => shop.close());
beforeEach(async () => {
  ({ ada } = await stock(shop));
  await shop.database.query("truncate notes, accounts, seats");
  called.length = 0;
});

describe("reading", () => {
  it("gets a row by its key, with what is included", async () => {
    const found = await run((db) => customers.get(db, ada.id, { include: { referred: Customer.referred } }));
    expect(found).toBeInstanceOf(Customer);
    expect(found!.referred.map(({ name }) => name)).toEqual(["Bo"]);
    expect(await run((db) => customers.get(db, NOBODY))).toBeUndefined();
    expect((await run((db) => customers.getOrThrow(db, ada.id))).name).toBe("Ada");
    const missing = run((db) => customers.getOrThrow(db, NOBODY));
    await expect(missing).rejects.toThrow(errors.NotFound);
    await expect(missing).rejects.toThrow("There is no such Customer.");
  });

  it("gets a row by a key of several columns", async () => {
    const [order] = await run((db) => orders.find(db, { status: "shipped" }));
    const key = { position: 2, orderId: order!.id };
    expect(await run((db) => lines.get(db, key))).toMatchObject({ ...key, productId: 2, count: 10 });
    expect(await run((db) => lines.get(db, { ...key, position: 9 }))).toBeUndefined();
  });

  it("refuses what is no key, before anything is sent", async () => {
    for (const key of [undefined, null, {}, { id: ada.id }, { id: { ne: ada.id } }, [ada.id], 1, Customer.c.id]) {
      await refused((db) => customers.get(db, key as never));
      await refused((db) => customers.update(db, key as never, { name: "x" }));
      await refused((db) => customers.delete(db, key as never));
    }
    const id = NOBODY;
    for (const key of [
      id,
      { orderId: id },
      { orderId: id, position: undefined },
      { orderId: id, position: { gt: 0 } },
      { orderId: id, position: 1, count: 1 },
      JSON.parse(`{"orderId": "${id}", "__proto__": {"position": 1}}`),
    ]) {
      await refused((db) => lines.get(db, key as never));
      await refused((db) => lines.delete(db, key as never));
    }
    expect(await run((db) => lines.count(db, {}))).toBe(8);

    const path = customType<string>({ type: "text" }); // takes whatever the driver takes
    class Place extends Model.define({ path: path.primaryKey() }) {}
    await refused((db) => repository(Place).delete(db, { ne: "x" } as never));
  });

  it("finds rows in an order, as many as wanted, with what is included", async () => {
    const found = await run((db) =>
      orders.find(
        db,
        { customer: { name: "Ada" } },
        {
          orderBy: [
            ["status", "desc"],
            ["total", "desc"],
          ],
          limit: 2,
          include: { customer: Order.customer },
        },
      ),
    );
    expect(found.map(({ total, customer }) => [total, customer.name])).toEqual([
      ["30.00", "Ada"],
      ["20.00", "Ada"],
    ]);
    const first = await run((db) => orders.findOne(db, { status: "paid" }, { orderBy: ["total", "asc"] }));
    expect(first!.total).toBe("20.00");
    expect(await run((db) => orders.findOne(db, { total: "0.00" }))).toBeUndefined();
    expect((await run((db) => orders.of(db, "ada@example.com"))).map(({ total }) => total)).toEqual([
      "10.00",
      "20.00",
      "30.00",
    ]);
  });

  it("filters by what relations lead to", async () => {
    const names = async (where: Filter<Customer, typeof Customer>): Promise<string[]> =>
      (await run((db) => customers.find(db, where, { orderBy: ["name", "asc"] }))).map(({ name }) => name);
    expect(await names({ referrer: null })).toEqual(["Ada"]);
    expect(await names({ referrer: { email: "ada@example.com" } })).toEqual(["Bo"]);
    expect(await names({ referred: { some: { name: { like: "B%" } } } })).toEqual(["Ada"]);
    expect(await names({ referred: { none: {} } })).toEqual(["Bo"]);
    expect(await names({ profile: null })).toEqual(["Bo"]);
    expect(await names({ profile: { settings: { isNull: false } } })).toEqual(["Ada"]);
    expect(await names({ orders: { some: { status: "paid", total: "30.00" }, none: { status: "shipped" } } })).toEqual([
      "Ada",
    ]);
    // Of Ada's orders one has no date, which is after no other.
    expect(await names({ orders: { every: { placedAt: { gt: new Date(0) } } } })).toEqual(["Bo"]);
    expect(await names({ orders: { every: { total: { lt: "90.00" } } } })).toEqual(["Ada", "Bo"]);
    expect(await names({ referrer: { referrer: null, orders: { some: { lines: { some: { count: 3 } } } } } })).toEqual([
      "Bo",
    ]);
    const tagged = async (where: Filter<Product, typeof Product>): Promise<number[]> =>
      (await run((db) => products.find(db, where, { orderBy: ["id", "asc"] }))).map(({ id }) => id);
    expect(await tagged({ tags: { some: { word: "heavy" } } })).toEqual([1, 3]);
    expect(await tagged({ tags: { every: { word: "heavy" } } })).toEqual([1, 3]);
    expect(await tagged({ tags: { none: { products: { some: { name: "Rack" } } } } })).toEqual([2]);
  });

  it("sorts NULLs as PostgreSQL does by default", async () => {
    const sorted = async (direction: "asc" | "desc"): Promise<string[]> =>
      (await run((db) => orders.find(db, {}, { orderBy: ["placedAt", direction] }))).map(({ total }) => total);
    expect(await sorted("asc")).toEqual(["20.00", "30.00", "40.00", "10.00"]);
    expect(await sorted("desc")).toEqual(["10.00", "40.00", "30.00", "20.00"]);
  });

  it("counts, and tells whether there is any", async () => {
    expect(await run((db) => orders.count(db, {}))).toBe(4);
    expect(await run((db) => orders.count(db, { status: "paid" }))).toBe(2);
    expect(await run((db) => orders.exists(db, { total: { gt: "39.99" } }))).toBe(true);
    expect(await run((db) => orders.exists(db, { total: { gt: "40.00" } }))).toBe(false);
  });

  it("refuses options that do not exist, and orders and limits that make no sense", async () => {
    await refused((db) => orders.get(db, NOBODY, { includes: {} } as never));
    await refused((db) => orders.find(db, {}, { limits: 1 } as never));
    await refused((db) => orders.findOne(db, {}, { limit: 1 } as never));
    await refused((db) => orders.count(db, {}, { with: true } as never));
    await refused((db) => orders.page(db, { wher: { status: "paid" }, limit: 1 } as never));
    await refused((db) => orders.find(db, undefined as never));
    await refused((db) => orders.page(db, { where: undefined, limit: 1 } as never));
    for (const limit of [-1, 1.5, Number.NaN, "1", null]) {
      await refused((db) => orders.find(db, {}, { limit } as never));
    }
    for (const orderBy of [
      "total",
      ["total"],
      ["total", "down"],
      [["total"]],
      [["a", "asc"]],
      [["total", "asc", 1]],
      {},
    ]) {
      await refused((db) => orders.find(db, {}, { orderBy } as never));
    }
    await refused((db) =>
      orders.find(
        db,
        {},
        {
          orderBy: [
            ["total", "asc"],
            ["total", "desc"],
          ],
        },
      ),
    );
  });
});

describe("a page", () => {
  it("has what is included, on every page and for the rows of the page alone", async () => {
    const request = {
      orderBy: ["placedAt", "asc"],
      limit: 2,
      include: { customer: Order.customer, lines: Order.lines },
    } as const;
    const first = await run((db) => orders.page(db, request));
    const second = await run((db) => orders.page(db, { ...request, after: first.nextCursor! }));
    const shown = [first, second].map(({ items }) =>
      items.map(({ total, customer, lines }) => [total, customer.name, lines.map(({ count }) => count).sort()]),
    );
    expect(shown).toEqual([
      [
        ["20.00", "Ada", [10, 2]],
        ["30.00", "Ada", [10, 3]],
      ],
      [
        ["40.00", "Bo", [10, 4]],
        ["10.00", "Ada", [1, 10]],
      ],
    ]);
    await run((db) => {
      second.items[0]!.status = "draft";
      return db.save(second.items[0]!);
    });
    expect(await run((db) => orders.count(db, { status: "draft", total: "40.00" }))).toBe(1);
    await refused((db) => orders.page(db, { limit: 2, include: { total: Order.customer } }));
    await refused((db) => orders.page(db, { limit: 2, include: { customer: Line.product } }));
  });
});

describe("creating", () => {
  it("creates one row, and many in one call", async () => {
    const made = await run((db) => products.create(db, { id: 10, name: "Bench" }));
    expect(made).toBeInstanceOf(Product);
    expect(made.colours).toEqual([]);
    const more = await run((db) =>
      products.createMany(
        db,
        Array.from({ length: 1000 }, (_, i) => ({ id: 100 + i, name: `p${i}` })),
      ),
    );
    expect(more).toHaveLength(1000);
    expect(more[999]).toBeInstanceOf(Product);
    expect(await run((db) => products.count(db, {}))).toBe(1004);
    expect(await run((db) => products.createMany(db, []))).toEqual([]);
    await refused((db) => products.create(db, { id: 11, name: "x", nope: 1 } as never));
    await refused((db) => products.createMany(db, [{ id: 11, name: { a: 1 } }] as never));
  });
});

/** Waits until the millisecond of a time is over, which is all that a Date tells it by. */
const passed = (time: Date): Promise<boolean> => vi.waitUntil(() => Date.now() > time.getTime(), { interval: 1 });

describe("changing", () => {
  it("updates one row and returns it; undefined when it is not there", async () => {
    await passed(ada.updatedAt);
    const changed = await run((db) => customers.update(db, ada.id, { name: sql`upper(name)`, referrerId: undefined }));
    expect(changed).toBeInstanceOf(Customer);
    expect(changed).toMatchObject({ name: "ADA", referrerId: null });
    expect(changed!.updatedAt.getTime()).toBeGreaterThan(ada.updatedAt.getTime());
    expect(await run((db) => customers.update(db, NOBODY, { name: "x" }))).toBeUndefined();
    await refused((db) => customers.update(db, ada.id, {}));
    await refused((db) => customers.update(db, ada.id, { nam: "x" } as never));
    await refused((db) => customers.update(db, ada.id, { name: "x" }, { versions: 1 } as never));
    expect(await run((db) => customers.count(db, { name: "ADA" }))).toBe(1);
  });

  it("updates and deletes all rows that match, and says how many", async () => {
    expect(await run((db) => orders.updateMany(db, { status: "paid" }, { status: "shipped" }))).toBe(2);
    expect(await run((db) => orders.updateMany(db, { customer: { name: "Bo" } }, { total: "1.00" }))).toBe(1);
    await refused((db) => lines.deleteMany(db, { order: { total: "1.00" } } as never));
    expect(await run((db) => lines.deleteMany(db, { position: 2, product: { name: "Chalk" } }))).toBe(4);
    expect(await run((db) => lines.deleteMany(db, { count: { in: [] } }))).toBe(0);
    expect(await run((db) => lines.deleteMany(db, "all"))).toBe(4);
  });

  it("never changes every row by accident", async () => {
    for (const where of [
      {},
      undefined,
      null,
      [],
      "ALL",
      { status: undefined },
      { and: [] },
      { not: {} },
      { stats: "x" },
    ]) {
      await refused((db) => orders.updateMany(db, where as never, { total: "0.00" }));
      await refused((db) => orders.deleteMany(db, where as never));
      await refused((db) => orders.softDeleteMany(db, where as never));
      await refused((db) => orders.restoreMany(db, where as never));
    }
    expect(await run((db) => orders.count(db, { total: { gt: "0.00" } }))).toBe(4);
    for (const options of [{}, { olderThan: undefined }, { olderThan: 3 }, { older: "1 day" }]) {
      await refused((db) => orders.purge(db, options as never));
    }
  });

  it("deletes one row for good", async () => {
    const order = (await run((db) => orders.findOne(db, { status: "shipped" })))!;
    const key = { orderId: order.id, position: 1 };
    expect(await run((db) => lines.delete(db, key))).toBe(true);
    expect(await run((db) => lines.delete(db, key))).toBe(false);
    expect(await run((db) => lines.count(db, {}))).toBe(7);
  });
});

describe("a version", () => {
  it("that the row does not have any more keeps it from being changed", async () => {
    const { id, revision } = await run((db) => accounts.create(db, { owner: "Ada", balance: "10.00" }));
    expect(revision).toBe(1);
    const changed = await run((db) => accounts.update(db, id, { balance: "20.00" }, { version: revision }));
    expect(changed).toMatchObject({ balance: "20.00", revision: 2 });
    const tooLate: readonly ((db: Session) => Promise<unknown>)[] = [
      (db) => accounts.update(db, id, { balance: "99.00" }, { version: revision }),
      (db) => accounts.delete(db, id, { version: revision }),
      (db) => accounts.update(db, NOBODY, { balance: "99.00" }, { version: 1 }),
    ];
    for (const late of tooLate) {
      const failed = run(late);
      await expect(failed).rejects.toBeInstanceOf(errors.StaleRow);
      await expect(failed).rejects.toMatchObject({ model: "Account" });
    }
    expect(await run((db) => accounts.update(db, id, { owner: "Bo" }))).toMatchObject({
      balance: "20.00",
      revision: 3,
    });
    expect(await run((db) => accounts.delete(db, id, { version: 3 }))).toBe(true);
  });

  it("lets one of two through who read the same", async () => {
    const { id, revision } = await run((db) => accounts.create(db, { owner: "Ada", balance: "0.00" }));
    const add = (): Promise<unknown> =>
      run((db) => accounts.update(db, id, { balance: sql`balance + 1` }, { version: revision }));
    const results = await Promise.allSettled([add(), add(), add()]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await run((db) => accounts.get(db, id))).toMatchObject({ balance: "1.00", revision: 2 });
  });

  it("is refused where the model has none, or one of another type", async () => {
    await refused((db) => customers.update(db, ada.id, { name: "x" }, { version: 1 }));
    await refused((db) => accounts.update(db, NOBODY, { owner: "x" }, { version: "1" as never }));
  });
});

describe("upsert", () => {
  const seat = { row: 1, place: 2, label: "1-2", guest: "Ada" };
  const on = ["row", "place"] as const;

  it("inserts a row, or writes what is given into the one that is there", async () => {
    const made = await run((db) => seats.upsert(db, seat, { on }));
    expect(made).toBeInstanceOf(Seat);
    await passed(made.updatedAt);
    const again = await run((db) => seats.upsert(db, { ...seat, guest: "Bo" }, { on }));
    expect(again).toMatchObject({ id: made.id, guest: "Bo", visits: 1, createdAt: made.createdAt });
    expect(again.updatedAt.getTime()).toBeGreaterThan(made.updatedAt.getTime());
    const kept = await run((db) => seats.upsert(db, { row: 1, place: 2, label: "1-2" }, { on }));
    expect(kept).toMatchObject({ id: made.id, guest: "Bo" });
    expect(await run((db) => seats.count(db, {}))).toBe(1);
  });

  it("takes lists, and what to write", async () => {
    const list = [1, 2, 3].map((place) => ({ row: 1, place, label: `1-${place}`, guest: `guest ${place}` }));
    expect(await run((db) => seats.upsert(db, list.slice(0, 2), { on }))).toHaveLength(2);
    const stored = await run((db) =>
      seats.upsert(
        db,
        list.map((each) => ({ ...each, guest: "other" })),
        { on, set: (excluded) => ({ guest: excluded.guest, visits: Seat.c.visits.plus(1) }) },
      ),
    );
    expect(stored.map(({ place, guest, visits }) => [place, guest, visits])).toEqual([
      [1, "other", 2],
      [2, "other", 2],
      [3, "other", 1],
    ]);
    const [first] = await run((db) =>
      seats.upsert(db, [{ ...list[0]!, guest: "x", visits: 9 }], { on, set: ["visits"] }),
    );
    expect(first).toMatchObject({ guest: "other", visits: 9 });
    expect(await run((db) => seats.upsert(db, [], { on }))).toEqual([]);
  });

  it("gives back the row that is there when there is nothing to write", async () => {
    const { id } = await run((db) =>
      customers.upsert(db, { email: "ada@example.com", name: "x" }, { on: ["email"], set: [] }),
    );
    expect(id).toBe(ada.id);
    expect(await run((db) => customers.get(db, id))).toMatchObject({ name: "Ada" });
  });

  it("counts the version up", async () => {
    const { id } = await run((db) => accounts.create(db, { owner: "Ada", balance: "1.00" }));
    const stored = await run((db) => accounts.upsert(db, { id, owner: "Bo", balance: "2.00" }, { on: ["id"] }));
    expect(stored).toMatchObject({ id, owner: "Bo", revision: 2 });
  });

  it("makes a new row beside a deleted one, and does not touch a deleted one that is in the way", async () => {
    const made = await run((db) => seats.upsert(db, seat, { on }));
    await run((db) => seats.softDelete(db, made.id));
    const next = await run((db) => seats.upsert(db, { ...seat, label: "new" }, { on }));
    expect(next.id).not.toBe(made.id);
    const inTheWay = run((db) => seats.upsert(db, { ...seat, row: 7, guest: "x" }, { on: ["label"] }));
    await expect(inTheWay).rejects.toBeInstanceOf(errors.NotFound);
    const list = run((db) =>
      seats.upsert(
        db,
        [
          { ...seat, row: 7 },
          { ...seat, row: 8, label: "8" },
        ],
        { on: ["label"] },
      ),
    );
    await expect(list).rejects.toBeInstanceOf(errors.NotFound);
    expect(await run((db) => seats.get(db, made.id, { withDeleted: true }))).toMatchObject({ guest: "Ada", row: 1 });
    expect(await run((db) => seats.count(db, {}, { withDeleted: true }))).toBe(2);
  });

  it("stores all rows of a list or none, on a manager too", async () => {
    const { id } = await seats.create(manager, seat);
    await seats.softDelete(manager, id);
    const list = [
      { ...seat, row: 7 },
      { ...seat, row: 8, label: "8" },
    ];
    await expect(seats.upsert(manager, list, { on: ["label"] })).rejects.toBeInstanceOf(errors.NotFound);
    expect(await seats.count(manager, {}, { withDeleted: true })).toBe(1);
    expect(await seats.upsert(manager, list.slice(1), { on: ["label"] })).toMatchObject([{ row: 8 }]);
    await seats.restore(manager, id);
    expect(await seats.upsert(manager, list, { on: ["label"] })).toHaveLength(2);
  });

  it("refuses what would overwrite by accident, or goes by nothing", async () => {
    await refused((db) => seats.upsert(db, [seat, { row: 1, place: 3, label: "x" }], { on }));
    await refused((db) => seats.upsert(db, seat, { on: [] }));
    await refused((db) => seats.upsert(db, seat, {} as never));
    await refused((db) => seats.upsert(db, seat, { on: ["rows"] } as never));
    await refused((db) => seats.upsert(db, seat, { on, set: ["nope"] } as never));
    await refused((db) => seats.upsert(db, seat, { on, sets: [] } as never));
    const noIndex = run((db) => seats.upsert(db, seat, { on: ["guest"] }));
    await expect(noIndex).rejects.toMatchObject({ sqlState: "42P10" });
  });
});

describe("soft delete", () => {
  it("marks one row or many, and takes it back", async () => {
    const [first] = await run((db) => orders.find(db, { status: "paid" }, { orderBy: ["total", "asc"] }));
    expect(await run((db) => orders.softDelete(db, first!.id))).toBe(true);
    expect(await run((db) => orders.softDelete(db, first!.id))).toBe(false);
    expect(await run((db) => orders.softDelete(db, NOBODY))).toBe(false);
    const marked = await run((db) => orders.getOrThrow(db, first!.id, { withDeleted: true }));
    expect(marked.isDeleted).toBe(true);
    expect(marked.deletedAt).toBeInstanceOf(Date);
    expect(await run((db) => orders.restore(db, first!.id))).toBe(true);
    expect(await run((db) => orders.restore(db, first!.id))).toBe(false);
    expect(await run((db) => orders.get(db, first!.id))).toMatchObject({ isDeleted: false, deletedAt: null });

    expect(await run((db) => orders.softDeleteMany(db, { customer: { name: "Ada" } }))).toBe(3);
    expect(await run((db) => orders.softDeleteMany(db, "all"))).toBe(1);
    expect(await run((db) => orders.restoreMany(db, { status: "draft" }))).toBe(1);
    expect(await run((db) => orders.restoreMany(db, "all"))).toBe(4);
    expect(await run((db) => orders.count(db, {}))).toBe(5);
  });

  it("is purged when it is old enough, by a moment or by how long ago it was", async () => {
    await shop.database.query("delete from lines");
    await run((db) => orders.softDeleteMany(db, "all"));
    await shop.database.query("update orders set deleted_at = now() - interval '40 days' where status = 'paid'");
    await shop.database.query("update orders set deleted_at = '2026-01-01' where status = 'draft'");
    expect(await run((db) => orders.purge(db, { olderThan: new Date("2026-01-01") }))).toBe(0);
    expect(await run((db) => orders.purge(db, { olderThan: new Date("2026-01-02") }))).toBe(1);
    expect(await run((db) => orders.purge(db, { olderThan: "41 days" }))).toBe(0);
    expect(await run((db) => orders.purge(db, { olderThan: "1 month" }))).toBe(3);
    expect(await run((db) => orders.find(db, {}, { withDeleted: true }))).toHaveLength(1);
    const nonsense = run((db) => orders.purge(db, { olderThan: "long ago" }));
    await expect(nonsense).rejects.toBeInstanceOf(errors.DataError);
  });

  it("leaves living rows to themselves when it purges", async () => {
    expect(await run((db) => orders.purge(db, { olderThan: new Date("2999-01-01") }))).toBe(1);
    expect(await run((db) => orders.count(db, {}))).toBe(4);
  });

  it("is nothing that other models have", async () => {
    const plain = customers as unknown as typeof orders;
    for (const call of [
      (db: Session) => plain.softDelete(db, ada.id),
      (db: Session) => plain.softDeleteMany(db, "all"),
      (db: Session) => plain.restore(db, ada.id),
      (db: Session) => plain.restoreMany(db, "all"),
      (db: Session) => plain.purge(db, { olderThan: "0 days" }),
    ]) {
      await refused(call);
    }
  });

  it("keeps a row out of every call, unless deleted ones are asked for", async () => {
    const { database } = shop;
    await run((db) => orders.softDeleteMany(db, "all"));
    const [tag] = await run((db) => repository(Tag).find(db, { word: "heavy" }));
    await run((db) => repository(Tag).softDelete(db, tag!.id));
    const [gone] = await run((db) => orders.find(db, { status: "shipped" }, { withDeleted: true }));
    const { id } = gone!;
    const hidden: readonly (readonly [
      unknown,
      (db: Session, options: { withDeleted?: boolean }) => Promise<unknown>,
    ])[] = [
      [undefined, (db, options) => orders.get(db, id, options)],
      [undefined, (db, options) => orders.getOrThrow(db, id, options).catch(() => undefined)],
      [[], (db, options) => orders.find(db, {}, options)],
      [[], (db, options) => orders.find(db, { id }, options)],
      [undefined, (db, options) => orders.findOne(db, { id: { in: [id] } }, options)],
      [[], async (db, options) => (await orders.page(db, { limit: 5, ...options })).items],
      [0, (db, options) => orders.count(db, { id }, options)],
      [false, (db, options) => orders.exists(db, { id }, options)],
      [0, (db, options) => customers.count(db, { orders: { some: { id } } }, options)],
      [0, (db, options) => customers.count(db, { not: { orders: { none: {} } } }, options)],
      [0, (db, options) => customers.count(db, { not: { orders: { every: { status: "draft" } } } }, options)],
      [0, (db, options) => products.count(db, { tags: { some: { word: "heavy" } } }, options)],
      [0, (db, options) => products.count(db, { tags: { some: { products: { some: { id: 3 } } } } }, options)],
      [undefined, (db, options) => orders.update(db, id, { total: "5.00" }, options)],
      [0, (db, options) => orders.updateMany(db, { id }, { total: "5.00" }, options)],
      [0, (db, options) => customers.updateMany(db, { orders: { some: { id } } }, { name: "x" }, options)],
    ];
    for (const [nothing, call] of hidden) {
      expect(await run((db) => call(db, {}))).toEqual(nothing);
      expect(await run((db) => call(db, { withDeleted: false }))).toEqual(nothing);
      expect(await run((db) => call(db, { withDeleted: true }))).not.toEqual(nothing);
    }
    await database.query("delete from lines");
    expect(await run((db) => orders.delete(db, id))).toBe(false);
    expect(await run((db) => orders.deleteMany(db, { total: "5.00" }))).toBe(0);
    expect(await run((db) => orders.delete(db, id, { withDeleted: true }))).toBe(true);
    expect(await run((db) => orders.deleteMany(db, "all", { withDeleted: true }))).toBe(4);
  });

  it("leaves them out of relations to many rows that are loaded", async () => {
    const found = await run((db) => customers.get(db, ada.id, { include: { orders: Customer.orders } }));
    expect(found!.orders).toHaveLength(3);
  });
});

describe("hooks", () => {
  it("run around what is done to one row, and see it", async () => {
    const made = await run((db) => notes.create(db, { body: "new" }));
    const changed = await run((db) => notes.update(db, made.id, { body: "  changed ", stars: sql`stars + 1` }));
    expect(changed).toMatchObject({ id: made.id, body: "changed", stars: 1 });
    expect(await run((db) => notes.update(db, made.id, { body: "again" }))).toMatchObject({ body: "again", stars: 1 });
    expect(await run((db) => notes.softDelete(db, made.id))).toBe(true);
    expect(await run((db) => notes.softDelete(db, made.id))).toBe(false);
    expect(await run((db) => notes.restore(db, made.id))).toBe(true);
    expect(await run((db) => notes.delete(db, made.id))).toBe(true);
    expect(called).toEqual([
      "beforeInsert new",
      "afterInsert new",
      "beforeUpdate   changed ",
      "afterUpdate changed",
      "beforeUpdate again",
      "afterUpdate again",
      "beforeUpdate again",
      "afterUpdate again",
      "beforeUpdate again",
      "afterUpdate again",
      "beforeDelete again",
      "afterDelete again",
    ]);
    expect(await run((db) => notes.count(db, {}, { withDeleted: true }))).toBe(0);
  });

  it("get a row that nobody else changes meanwhile", async () => {
    const { id } = await run((db) => tallies.create(db, { body: "x" }));
    const add = (): Promise<unknown> => run((db) => tallies.update(db, id, { count: sql`count + 1` }));
    await Promise.all([add(), add(), add(), add()]);
    expect(await run((db) => tallies.get(db, id))).toMatchObject({ count: 4, revision: 5 });
  });

  it("do not run where there is no row, nor for many", async () => {
    expect(await run((db) => notes.update(db, NOBODY, { body: "x" }))).toBeUndefined();
    expect(await run((db) => notes.delete(db, NOBODY))).toBe(false);
    await refused((db) => notes.update(db, NOBODY, {}));
    await refused((db) => notes.update(db, NOBODY, { nope: 1 } as never));
    await run(async (db) => {
      await notes.createMany(db, [{ body: "a" }, { body: "b" }]);
      await notes.updateMany(db, "all", { body: "c" });
      await notes.softDeleteMany(db, "all");
      await notes.restoreMany(db, "all");
      await notes.deleteMany(db, "all");
    });
    expect(called).toEqual([]);
  });
});

it("works on a manager, where each statement is a transaction of its own", async () => {
  const made = await accounts.create(manager, { owner: "Ada", balance: "1.00" });
  expect(await accounts.update(manager, made.id, { balance: "2.00" }, { version: 1 })).toMatchObject({ revision: 2 });
  expect((await accounts.page(manager, { limit: 1 })).items).toHaveLength(1);
  expect(await accounts.delete(manager, made.id)).toBe(true);
});

it("does not page by a key that is hidden", async () => {
  class Token extends Model.define({ token: text().primaryKey().hidden(), use: text() }) {}
  await refused((db) => repository(Token).page(db, { limit: 1, orderBy: ["use", "asc"] }));
});

it("says so when a model has no primary key", async () => {
  class Log extends Model.define({ line: text() }) {}
  await createModels(shop.database, [Log]);
  const logs = repository(Log);
  await run((db) => logs.createMany(db, [{ line: "a" }, { line: "b" }]));
  expect(await run((db) => logs.find(db, { line: "a" }))).toHaveLength(1);
  await refused((db) => logs.get(db, "a" as never));
  await refused((db) => logs.page(db, { limit: 1 }));
});

it("is a model's repository, with its queries beside it", async () => {
  expect(orders.model).toBe(Order);
  const ids = await run((db) => db.all(select(orders.model).where(Order.c.status.eq("paid"))));
  expect(ids).toHaveLength(2);
});
