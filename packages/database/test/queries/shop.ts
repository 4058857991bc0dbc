import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  array,
  BaseModel,
  belongsTo,
  DatabaseManager,
  hasMany,
  hasOne,
  insert,
  integer,
  jsonb,
  Model,
  manyToMany,
  numeric,
  type Query,
  type Session,
  SoftDeleteModel,
  text,
  timestamptz,
  tsvector,
  uuid,
  varchar,
} from "../../src/index.ts";
import { createModels } from "../integration/create-table.ts";

/** A shop: what the tests of queries work on. */
export class Customer extends BaseModel.define({
  email: varchar(255).index({ unique: true }),
  name: text(),
  referrerId: uuid()
    .nullable()
    .references(() => Customer.c.id),
}) {
  static readonly orders = hasMany(
    () => Order,
    () => Order.c.customerId,
  );
  static readonly referrer = belongsTo(
    () => Customer,
    () => Customer.c.referrerId,
  );
  static readonly referred = hasMany(
    () => Customer,
    () => Customer.c.referrerId,
  );
  static readonly profile = hasOne(
    () => Profile,
    () => Profile.c.customerId,
  );
}

export class Profile extends Model.define({
  customerId: uuid()
    .primaryKey()
    .references(() => Customer.c.id),
  settings: jsonb<{ theme: string; tags: string[]; size: { width: number } }>(),
}) {}

export class Order extends SoftDeleteModel.define({
  customerId: uuid().references(() => Customer.c.id),
  status: text<"draft" | "paid" | "shipped">().default("draft"),
  total: numeric(12, 2),
  placedAt: timestamptz().nullable(),
}) {
  static readonly customer = belongsTo(
    () => Customer,
    () => Order.c.customerId,
  );
  static readonly lines = hasMany(
    () => Line,
    () => Line.c.orderId,
  );

  get isPaid(): boolean {
    return this.status !== "draft";
  }
}

export class Line extends Model.define({
  orderId: uuid()
    .primaryKey()
    .references(() => Order.c.id),
  position: integer().primaryKey(),
  productId: integer().references(() => Product.c.id),
  count: integer(),
}) {
  static readonly product = belongsTo(
    () => Product,
    () => Line.c.productId,
  );
}

export class Product extends Model.define({
  id: integer().primaryKey(),
  name: text(),
  colours: array(text()).default([]),
  search: tsvector().nullable(),
}) {
  static readonly tags = manyToMany(() => Tag, {
    from: () => ProductTag.c.productId,
    to: () => ProductTag.c.tagId,
  });
}

export class Tag extends SoftDeleteModel.define({ word: text() }) {
  static readonly products = manyToMany(() => Product, {
    from: () => ProductTag.c.tagId,
    to: () => ProductTag.c.productId,
  });
}

export class ProductTag extends Model.define({
  productId: integer()
    .primaryKey()
    .references(() => Product.c.id),
  tagId: uuid()
    .primaryKey()
    .references(() => Tag.c.id),
}) {}

export const MODELS = [Customer, Profile, Product, Order, Line, Tag, ProductTag];

export interface Shop {
  readonly database: TestDatabase;
  readonly manager: DatabaseManager;
  run<T>(work: (db: Session) => Promise<T>): Promise<T>;
  all<T>(query: Query<T>): Promise<T[]>;
  close(): Promise<void>;
}

/** An empty shop in a database of its own. */
export async function openShop(): Promise<Shop> {
  const database = await createTestDatabase();
  await createModels(database, MODELS);
  const manager = new DatabaseManager({ url: database.url, poolSize: 4 });
  return {
    database,
    manager,
    run: (work) => manager.session(work),
    all: (query) => manager.session((db) => db.all(query)),
    close: async () => {
      await manager.close();
      await database.drop();
    },
  };
}

/** Customers Ada and Bo, whom Ada brought; orders of both, one of Ada's deleted; three products. */
export async function stock({ database, run }: Shop): Promise<{ ada: Customer; bo: Customer }> {
  await database.query("truncate customers, products, tags cascade");
  return await run(async (db) => {
    const ada = await db.add(new Customer({ email: "ada@example.com", name: "Ada" }));
    const bo = await db.add(new Customer({ email: "bo@example.com", name: "Bo", referrerId: ada.id }));
    await db.add(
      new Profile({ customerId: ada.id, settings: { theme: "dark", tags: ["a", "b"], size: { width: 3 } } }),
    );
    await db.execute(
      insert(Product, [
        { id: 1, name: "Barbell", colours: ["black", "silver"] },
        { id: 2, name: "Chalk", colours: ["white"] },
        { id: 3, name: "Rack" },
      ]),
    );
    const day = (n: number): Date => new Date(Date.UTC(2026, 0, n, 12));
    const orders: Order[] = [];
    for (const [customer, total, status, placedAt] of [
      [ada, "10.00", "draft", null],
      [ada, "20.00", "paid", day(1)],
      [ada, "30.00", "paid", day(2)],
      [bo, "40.00", "shipped", day(3)],
    ] as const) {
      orders.push(await db.add(new Order({ customerId: customer.id, total, status, placedAt })));
    }
    const gone = await db.add(new Order({ customerId: ada.id, total: "99.00", status: "paid", placedAt: day(9) }));
    await gone.softDelete(db);
    await db.execute(
      insert(
        Line,
        orders.flatMap(({ id }, i) => [
          { orderId: id, position: 1, productId: 1, count: i + 1 },
          { orderId: id, position: 2, productId: 2, count: 10 },
        ]),
      ),
    );
    const [heavy, dusty, old] = await db.all(insert(Tag, [{ word: "heavy" }, { word: "dusty" }, { word: "old" }]));
    await old!.softDelete(db);
    await db.execute(
      insert(ProductTag, [
        { productId: 1, tagId: heavy!.id },
        { productId: 1, tagId: old!.id },
        { productId: 2, tagId: dusty!.id },
        { productId: 3, tagId: heavy!.id },
      ]),
    );
    return { ada, bo };
  });
}
