/** Compiled with the rest; a wrong type here is a failing build. Nothing in this file runs. */
import {
  array,
  BaseModel,
  belongsTo,
  boolean,
  type Executor,
  type Filter,
  hasMany,
  hasOne,
  integer,
  jsonb,
  Model,
  manyToMany,
  numeric,
  type Range,
  Repository,
  repository,
  type Session,
  SoftDeleteModel,
  sql,
  text,
  timestamptz,
  tstzrange,
  uuid,
  varchar,
} from "../../src/index.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_T extends true>(): void => {};

class Customer extends BaseModel.define({
  email: varchar(255).index({ unique: true }),
  passwordHash: varchar(255).hidden(),
  bossId: uuid()
    .nullable()
    .references(() => Customer.c.id),
}) {
  static readonly boss = belongsTo(
    () => Customer,
    () => Customer.c.bossId,
  );
  static readonly orders = hasMany(
    () => Order,
    () => Order.c.customerId,
  );
  static readonly profile = hasOne(
    () => Profile,
    () => Profile.c.customerId,
  );
}
class Profile extends Model.define({ customerId: uuid().primaryKey(), likes: jsonb<{ colour: string }>() }) {}
class Order extends SoftDeleteModel.define({
  customerId: uuid().references(() => Customer.c.id),
  status: text<"draft" | "paid">().default("draft"),
  total: numeric(12, 2),
  weight: integer().nullable(),
  tags: array(text()),
  isGift: boolean(),
  stay: tstzrange().nullable(),
  placedAt: timestamptz(),
}) {
  static readonly customer = belongsTo(
    () => Customer,
    () => Order.c.customerId,
  );
  static readonly lines = hasMany(
    () => Line,
    () => Line.c.orderId,
  );
  static readonly labels = manyToMany(() => Label, {
    from: () => OrderLabel.c.orderId,
    to: () => OrderLabel.c.labelId,
  });
}
class Line extends Model.define({ orderId: uuid().primaryKey(), position: integer().primaryKey(), sku: text() }) {
  static readonly order = belongsTo(
    () => Order,
    () => Line.c.orderId,
  );
}
class Label extends Model.define({ id: integer().primaryKey(), word: text() }) {}
class OrderLabel extends Model.define({ orderId: uuid().primaryKey(), labelId: integer().primaryKey() }) {}

declare const db: Session;
const orders = repository(Order);
const customers = repository(Customer);
const lines = repository(Line);

// ---- results ------------------------------------------------------------------------------------------------------------

const got = await orders.get(db, "id");
is<Equal<typeof got, Order | undefined>>();
const gotWith = await orders.get(db, "id", { include: { customer: Order.customer }, withDeleted: true });
is<Equal<typeof gotWith, (Order & { readonly customer: Customer }) | undefined>>();
const thrown = await orders.getOrThrow(db, "id");
is<Equal<typeof thrown, Order>>();
const foundAll = await orders.find(db, { status: "paid" }, { orderBy: ["weight", "asc"], limit: 3 });
is<Equal<typeof foundAll, Order[]>>();
const foundWith = await customers.find(db, {}, { include: { boss: Customer.boss, open: Customer.orders.limit(3) } });
is<Equal<typeof foundWith, (Customer & { readonly boss: Customer | null; readonly open: readonly Order[] })[]>>();
const one = await customers.findOne(db, { email: "x" }, { orderBy: [["email", "desc"]] });
is<Equal<typeof one, Customer | undefined>>();
const page = await orders.page(db, {
  where: { status: "paid", total: { gte: "1" } },
  orderBy: [
    ["status", "asc"],
    ["deletedAt", "desc"],
  ],
  limit: 20,
  after: "cursor",
  include: { lines: Order.lines },
});
is<Equal<(typeof page.items)[number], Order & { readonly lines: readonly Line[] }>>();
is<Equal<typeof page.nextCursor, string | null>>();
const made = await orders.create(db, {
  customerId: "c",
  total: "1",
  tags: [],
  isGift: false,
  placedAt: sql`now()`,
});
is<Equal<typeof made, Order>>();
const many = await lines.createMany(db, [{ orderId: "o", position: 1, sku: "s" }]);
is<Equal<typeof many, Line[]>>();
const changed = await orders.update(db, "id", { status: "paid", weight: sql`weight + 1` }, { version: 3 });
is<Equal<typeof changed, Order | undefined>>();
is<Equal<Awaited<ReturnType<typeof orders.updateMany>>, number>>();
const stored = await customers.upsert(db, { email: "x", passwordHash: "y" }, { on: ["email"] });
is<Equal<typeof stored, Customer>>();
const storedAll = await customers.upsert(db, [{ email: "x", passwordHash: "y" }], { on: ["email"], set: ["bossId"] });
is<Equal<typeof storedAll, Customer[]>>();
await customers.upsert(db, [], { on: ["email"], set: (excluded) => ({ bossId: excluded.bossId }) });
is<Equal<Awaited<ReturnType<typeof orders.delete>>, boolean>>();
is<Equal<Awaited<ReturnType<typeof orders.softDelete>>, boolean>>();
is<Equal<Awaited<ReturnType<typeof orders.restoreMany>>, number>>();
await orders.softDeleteMany(db, { status: "draft" });
await orders.purge(db, { olderThan: "30 days" });

// ---- keys ---------------------------------------------------------------------------------------------------------------

await lines.get(db, { orderId: "o", position: 1 });
// @ts-expect-error a key of two columns
await lines.get(db, "o");
// @ts-expect-error a part of it is missing
await lines.delete(db, { orderId: "o" });
// @ts-expect-error a part of it is of another type
await lines.delete(db, { orderId: "o", position: "1" });
// @ts-expect-error a filter is no key
await orders.delete(db, { status: "draft" });
// @ts-expect-error one might be missing
await orders.get(db, undefined);

// ---- filters ------------------------------------------------------------------------------------------------------------

const filters: Filter<Order, typeof Order>[] = [
  { weight: null, status: { ne: "draft", in: ["paid"], like: "p%" }, total: { between: ["1", "2"] } },
  { weight: { isNull: false, not: { in: [1, 2] } }, placedAt: new Date(), isGift: true, tags: { eq: ["a"] } },
  { and: [{ status: "paid" }, { or: [{ weight: 1 }, { not: { weight: { lt: 3 } } }] }] },
  { customer: { email: "x", boss: { orders: { some: { status: "paid" } } } }, lines: { none: {} } },
  { labels: { every: { word: { ilike: "a%" } } }, lines: { some: { order: { status: "draft" } } } },
  { stay: null },
];
await customers.find(db, { boss: null, profile: null, orders: { some: { weight: { gt: 1 } } } });
await repository(Profile).find(db, { likes: { eq: { colour: "red" } } });
declare const stay: Range<Date>;
await orders.count(db, { stay });
await orders.deleteMany(db, "all");

// @ts-expect-error no such column
orders.find(db, { nope: 1 });
// @ts-expect-error no such comparison
orders.find(db, { weight: { above: 1 } });
// @ts-expect-error like is for text
orders.find(db, { weight: { like: "1%" } });
// @ts-expect-error not one of its values
orders.find(db, { status: "lost" });
// @ts-expect-error numeric is text
orders.page(db, { where: { total: { gte: 10 } }, limit: 20 });
// @ts-expect-error never NULL
orders.find(db, { status: null });
// @ts-expect-error an object is compared by eq
repository(Profile).find(db, { likes: { colour: "red" } });
// @ts-expect-error an array is compared by eq
orders.find(db, { tags: ["a"] });
// @ts-expect-error undefined would match everything
orders.find(db, { status: undefined });
// @ts-expect-error hidden columns cannot be asked for
customers.find(db, { passwordHash: "x" });
// @ts-expect-error nor through a relation
orders.find(db, { customer: { passwordHash: "x" } });
// @ts-expect-error a relation to many needs some, none or every
customers.find(db, { orders: { status: "paid" } });
// @ts-expect-error no such column of the related model
orders.find(db, { customer: { boss: { nope: 1 } } });
// @ts-expect-error an order always has a customer
orders.find(db, { customer: null });
// @ts-expect-error a filter is needed; {} is all
orders.find(db);
// @ts-expect-error several keys are a list of pairs
orders.page(db, { orderBy: ["status", "total"], limit: 20 });
// @ts-expect-error a hidden column would show in the cursor
customers.page(db, { orderBy: ["passwordHash", "desc"], limit: 20 });
// @ts-expect-error a page has a limit
orders.page(db, {});
// @ts-expect-error no such option
orders.get(db, "id", { includes: {} });
// @ts-expect-error no such column
customers.upsert(db, { email: "x", passwordHash: "y" }, { on: ["mail"] });
// @ts-expect-error a column is missing
orders.create(db, { customerId: "c" });
// @ts-expect-error not one of its values
orders.updateMany(db, {}, { status: "lost" });
// @ts-expect-error customers are not soft deleted
customers.softDelete(db, "id");
// @ts-expect-error customers are not soft deleted
customers.restore(db, "id");
// @ts-expect-error customers are not soft deleted
customers.purge(db, { olderThan: "1 day" });

// ---- methods of one's own -----------------------------------------------------------------------------------------------

class Orders extends Repository<Order, typeof Order> {
  constructor() {
    super(Order);
  }
  ofCustomer(db: Executor, email: string): Promise<Order[]> {
    return this.find(db, { customer: { email } });
  }
  async archive(db: Executor, id: string): Promise<boolean> {
    return await this.softDelete(db, id);
  }
}
class Customers extends Repository<Customer> {
  constructor() {
    super(Customer);
  }
  byEmail(db: Executor, email: string): Promise<Customer | undefined> {
    return this.findOne(db, { email });
  }
}
await new Orders().softDelete(db, "id");
await new Customers().byEmail(db, "x");
new Orders().find(db, filters[0]!);
// @ts-expect-error not the model that it is a repository of
new Repository<Order>(Customer);
// @ts-expect-error without the class it knows no relations
new Customers().find(db, { boss: null });
