import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  BaseModel,
  boolean,
  DatabaseManager,
  errors,
  integer,
  Model,
  mixin,
  SoftDeleteModel,
  select,
  text,
  uuid,
  varchar,
} from "../../src/index.ts";
import { assertStatements, beginTest, defineFactory, type TestTransaction } from "../../src/testing/index.ts";

const Lowercase = mixin(
  { email: varchar(255).unique() },
  {},
  {
    beforeInsert(user) {
      user.email = user.email.toLowerCase();
    },
  },
);
class User extends BaseModel.with(Lowercase).define({
  fullName: varchar(255).nullable(),
  isActive: boolean().default(true),
}) {}
class Order extends SoftDeleteModel.define({
  customerId: uuid().references(() => User.c.id),
  sellerId: uuid()
    .nullable()
    .references(() => User.c.id),
  note: text().default("none"),
}) {
  get title(): string {
    return `order: ${this.note}`;
  }
}
class Item extends BaseModel.define({ orderId: uuid().references(() => Order.c.id), count: integer() }) {}
class Membership extends Model.define({ userId: uuid().primaryKey(), groupId: uuid().primaryKey() }) {}

const users = defineFactory(User, (n) => ({ email: `user${n}@example.com` }));
const inactive = users.state({ isActive: false });
const orders = defineFactory(Order, () => ({ customerId: users }));
const items = defineFactory(Item, (n) => ({ orderId: orders, count: n }));

let database: TestDatabase;
let manager: DatabaseManager;
let test: TestTransaction;

beforeAll(async () => {
  database = await createTestDatabase();
  const base =
    "id uuid primary key, created_at timestamptz not null default now(), updated_at timestamptz not null default now()";
  await database.query(`
    create table users (${base}, email varchar(255) not null unique, full_name varchar(255), is_active boolean not null default true);
    create table orders (${base}, is_deleted boolean not null default false, deleted_at timestamptz,
      customer_id uuid not null references users, seller_id uuid references users, note text not null default 'none');
    create table items (${base}, order_id uuid not null references orders, count int not null)`);
  manager = new DatabaseManager({ url: database.url });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});
beforeEach(async () => {
  test = await beginTest(manager);
});
afterEach(() => test.rollback());

const numberOf = (email: string): number => Number(/\d+/.exec(email)![0]);

describe("build", () => {
  it("makes an instance that is not stored, with defaults", () => {
    const [first, second] = [users.build(), users.build({ fullName: "Ada" })];
    expect(first).toBeInstanceOf(User);
    expect(first).toMatchObject({ isActive: true });
    expect(second).toMatchObject({ fullName: "Ada", email: `user${numberOf(first.email) + 1}@example.com` });
  });

  it("wants a value where the definition has another factory", () => {
    expect(() => orders.build()).toThrow(/Order.customerId is the key of another factory's row.*create\(\)/);
    expect(orders.build({ customerId: users.build().id }).title).toBe("order: none");
  });

  it("refuses what is no column", () => {
    // @ts-expect-error
    expect(() => users.build({ nickname: "x" })).toThrow(errors.DefinitionError);
  });
});

describe("create", () => {
  it("stores a row, by a session or by the manager, in one statement", async () => {
    const user = await assertStatements(manager, { statements: 1 }, () => users.create(manager, { fullName: "Ada" }));
    expect(await manager.all(select(User))).toEqual([user]);
    await manager.session(async (db) => {
      const other = await users.create(db);
      other.fullName = "Grace";
      await db.save(other);
    });
    expect(await manager.count(select(User))).toBe(2);
  });

  it("runs the model's hooks", async () => {
    expect(await users.create(manager, { email: "ADA@example.com" })).toMatchObject({ email: "ada@example.com" });
  });

  it("stores a row of another factory first, and uses its key", async () => {
    const item = await assertStatements(manager, { statements: 3 }, () => items.create(manager));
    const order = await manager.one(select(Order).where(Order.c.id.eq(item.orderId)));
    expect(order).toMatchObject({ sellerId: null, title: "order: none" });
    expect(await manager.one(select(User))).toMatchObject({ id: order.customerId });
  });

  it("stores none where a value is given, and a row of any other factory that is", async () => {
    const customer = await users.create(manager);
    const order = await orders.create(manager, { customerId: customer.id, sellerId: inactive });
    expect(
      await manager.all(select({ active: User.c.isActive, id: User.c.id }).from(User).orderBy(User.c.isActive)),
    ).toEqual([
      { active: false, id: order.sellerId },
      { active: true, id: customer.id },
    ]);
  });
});

describe("state", () => {
  it("changes what the factory gives, one on top of another, and may be made of the row's number", () => {
    const named = inactive.state((n) => ({ fullName: `Inactive ${n}` }));
    const user = named.build();
    expect(user).toMatchObject({ isActive: false, fullName: `Inactive ${numberOf(user.email)}` });
    expect(named.build({ isActive: true })).toMatchObject({ isActive: true });
    expect(users.build()).toMatchObject({ isActive: true });
  });

  it("counts with the factory it was made of", () => {
    const numbers = [users, inactive, users].map((factory) => numberOf(factory.build().email));
    expect(numbers).toEqual([numbers[0], numbers[0]! + 1, numbers[0]! + 2]);
  });
});

describe("createMany", () => {
  it("stores rows in one statement, in order", async () => {
    const created = await assertStatements(manager, { statements: 1, roundTrips: 1 }, () =>
      users.createMany(manager, 50, (n) => ({ fullName: `User ${n}` })),
    );
    expect(created.map(({ email }) => email)).toEqual(
      created.map((_, i) => `user${numberOf(created[0]!.email) + i}@example.com`),
    );
    expect(created.every(({ fullName, email }) => fullName === `User ${numberOf(email)}`)).toBe(true);
    expect(created[0]).toBeInstanceOf(User);
    expect(await manager.count(select(User))).toBe(50);
  });

  it("stores rows of other factories in one statement each", async () => {
    const created = await assertStatements(manager, { statements: 3 }, () => items.createMany(manager, 10));
    expect(new Set(created.map(({ orderId }) => orderId)).size).toBe(10);
    expect(await manager.count(select(User))).toBe(10);
  });

  it("stores one for all of them where its key is given", async () => {
    const customer = await users.create(manager);
    await assertStatements(manager, { statements: 1 }, () =>
      orders.createMany(manager, 3, { customerId: customer.id }),
    );
    expect(await manager.count(select(Order))).toBe(3);
  });

  it("stores none when there are to be none, and refuses what is no number of rows", async () => {
    expect(await assertStatements(manager, { statements: 0 }, () => users.createMany(manager, 0))).toEqual([]);
    await expect(users.createMany(manager, 1.5)).rejects.toThrow(errors.DefinitionError);
    await expect(users.createMany(manager, -1)).rejects.toThrow(errors.DefinitionError);
  });
});

it("a model with a key of several columns is no value", async () => {
  const memberships = defineFactory(Membership, () => ({ userId: users, groupId: users }));
  await manager.sql`create table memberships (user_id uuid, group_id uuid, primary key (user_id, group_id))`;
  const key = memberships as never;
  await expect(orders.create(manager, { customerId: key })).rejects.toThrow(/no primary key of one column/);
});

describe("types:", () => {
  it("what a definition leaves out, and values and factories that do not fit, are errors", () => {
    // @ts-expect-error email is missing
    defineFactory(User, () => ({ fullName: "Ada" }));
    // @ts-expect-error a number is no email
    defineFactory(User, (n) => ({ email: n }));
    // @ts-expect-error a factory whose key is a uuid is no number
    defineFactory(Item, () => ({ orderId: orders, count: orders }));
    // @ts-expect-error the key of this one is no value of one column
    defineFactory(Order, () => ({ customerId: defineFactory(Membership, () => ({ userId: users, groupId: users })) }));
    // @ts-expect-error isActive is a boolean
    users.state({ isActive: "no" });
    const user: User = users.build();
    expect(user.email).toEqual(expect.any(String));
  });
});
