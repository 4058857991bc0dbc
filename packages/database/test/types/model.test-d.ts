/** Compiled with the rest; a wrong type here is a failing build. Nothing in this file runs. */
import {
  BaseModel,
  defineSchema,
  del,
  type Inserted,
  index,
  insert,
  integer,
  jsonb,
  mixin,
  numeric,
  repository,
  type Session,
  SoftDeleteModel,
  select,
  sql,
  text,
  update,
  uuid,
  varchar,
} from "../../src/index.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_T extends true>(): void => {};

class Customer extends BaseModel.define({
  email: varchar(255).index({ unique: true }),
  hashedPassword: varchar(255).hidden(),
  referrerId: uuid()
    .nullable()
    .references(() => Customer.c.id),
}) {
  static override readonly indexes = [index(() => Customer.c.id)];
}

class Order extends SoftDeleteModel.define({
  customerId: uuid().references(() => Customer.c.id),
  status: text<"draft" | "paid" | "shipped">().default("draft"),
  total: numeric(12, 2),
  tags: jsonb<string[]>().nullable(),
}) {
  get isPaid(): boolean {
    return this.status !== "draft";
  }
}

const Counted = mixin(
  { hits: integer().default(0) },
  {
    get isPopular(): boolean {
      return this.hits > 100;
    },
  },
);
class Page extends BaseModel.with(Counted).define({ title: text() }) {
  static override readonly table = "pages_of_the_book";
}

declare const db: Session;
declare const order: Order;
declare const page: Page;

is<Equal<Order["status"], "draft" | "paid" | "shipped">>();
is<Equal<Order["id"], string>>();
is<Equal<Order["createdAt"], Date>>();
is<Equal<Order["deletedAt"], Date | null>>();
is<Equal<Order["tags"], string[] | null>>();
is<Equal<typeof page.isPopular, boolean>>();
is<
  Equal<
    ReturnType<Customer["toDict"]>,
    { id: string; createdAt: Date; updatedAt: Date; email: string; referrerId: string | null }
  >
>();
is<
  Equal<
    Inserted<Order>,
    {
      customerId: string;
      total: string;
      id?: string;
      createdAt?: Date;
      updatedAt?: Date;
      isDeleted?: boolean;
      deletedAt?: Date | null;
      status?: "draft" | "paid" | "shipped";
      tags?: string[] | null;
    }
  >
>();

const rows = await db.all(select(Order));
is<Equal<typeof rows, Order[]>>();
const first = await db.first(select(Order).where(Order.c.total.gte("100.00")).orderBy(Order.c.createdAt.desc()));
is<Equal<typeof first, Order | undefined>>();
const made = await db.add(new Order({ customerId: "c", total: "1.00" }));
is<Equal<typeof made, Order>>();
const created = await repository(Order).create(db, { customerId: "c", total: "1.00", createdAt: sql`now()` });
is<Equal<typeof created, Order>>();
is<Equal<Awaited<ReturnType<typeof order.softDelete>>, void>>();
const counts = await db.sql<{ total: bigint }>`select count(*) as total from ${sql.id("orders")}`;
is<Equal<typeof counts, { total: bigint }[]>>();
defineSchema({ Customer, Order, Page });
order.status = "paid";
insert(Order, [{ customerId: "c", total: "1" }]);
update(Order).set({ status: "paid", total: sql`total + 1` });
del(Order).where(Order.c.status.in(["draft"]));
repository(Order).page(db, {
  where: { status: "paid", total: { gte: "1" } },
  orderBy: ["createdAt", "desc"],
  limit: 20,
});

// @ts-expect-error total is required
new Order({ customerId: "c" });
// @ts-expect-error not a column
new Order({ customerId: "c", total: "1", nope: 1 });
// @ts-expect-error not a status
Order.c.status.eq("lost");
// @ts-expect-error null never equals anything: isNull()
Order.c.tags.eq(null);
// @ts-expect-error unknown column
Order.c.nope;
// @ts-expect-error customers are not soft deleted
new Customer({ email: "", hashedPassword: "" }).softDelete(db);
// @ts-expect-error abstract bases cannot be built
new BaseModel({});
// @ts-expect-error a hidden column would show in the cursor
repository(Customer).page(db, { orderBy: ["hashedPassword", "desc"], limit: 20 });
// @ts-expect-error wrong type of value in a filter
repository(Order).page(db, { where: { total: { gte: 10 } }, limit: 20 });
// @ts-expect-error hidden columns are not in the dict
new Customer({ email: "", hashedPassword: "" }).toDict().hashedPassword;
// @ts-expect-error text has no like for numbers
Page.c.hits.like("1%");
