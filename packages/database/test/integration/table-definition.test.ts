import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  array,
  BaseModel,
  type Condition,
  check,
  citext,
  DatabaseManager,
  daterange,
  defineSchema,
  foreignKey,
  index,
  insert,
  integer,
  jsonb,
  Model,
  numeric,
  pgEnum,
  Range,
  type Session,
  SoftDeleteModel,
  select,
  smallint,
  sql,
  text,
  timestamptz,
  tsvector,
  unique,
  update,
  uuid,
  varchar,
} from "../../src/index.ts";
import { uuidv7 } from "../../src/model/uuid.ts";
import { createEnum, createModels } from "./create-table.ts";

const status = pgEnum("order_status", ["draft", "paid", "cancelled"], { schema: "billing" });

class Tenant extends Model.define({
  region: text().primaryKey().collate("C"),
  number: integer().primaryKey(),
  parentRegion: text().nullable().collate("C"),
  parentNumber: integer().nullable(),
}) {
  static override readonly constraints = [
    foreignKey(
      () => [Tenant.c.parentRegion, Tenant.c.parentNumber],
      () => [Tenant.c.region, Tenant.c.number],
      { onDelete: "set null", onUpdate: "cascade", deferrable: "initially deferred" },
    ),
  ];
}

class Customer extends SoftDeleteModel.define({
  email: citext().unique(),
  number: integer().identity("always").unique({ includeDeleted: true }),
  secret: text().hidden().default("s3cret"),
}) {}

class Order extends BaseModel.define({
  number: integer().identity("by default"),
  customerId: uuid()
    .index()
    .references(() => Customer.c.id, { onDelete: "restrict" }),
  status: status().default("draft"),
  history: array(status()).default(["draft"]),
  price: numeric(12, 2)
    .default("0")
    .check((price) => price.gte("0")),
  count: smallint().default(1).check("some", sql`count > 0`),
  total: numeric().generated(() => sql`${Order.c.price} * ${Order.c.count}`),
  note: text().nullable().collate("C").comment("what the customer's said"),
  tags: array(text()).default([]).index({ method: "gin" }),
  content: jsonb<{ size: number }>()
    .default({ size: 1 })
    .index({ method: "gin", opclass: "jsonb_path_ops", name: "ix_content" }),
  search: tsvector()
    .generated(() => sql`to_tsvector('simple', coalesce(${Order.c.note}, ''))`)
    .index({ method: "gin" }),
  stay: daterange().nullable().index({ method: "gist" }),
  code: varchar(36).nullable().default(uuidv7).unique({ nullsNotDistinct: true, name: "one_code" }),
  paidAt: timestamptz()
    .nullable()
    .index({ order: "desc", nulls: "last", where: (paidAt) => sql`${paidAt} is not null` }),
}) {
  static override readonly schema = "billing";
  static override readonly comment = "What was ordered; it's all here";
  static override readonly indexes = [
    index(() => [Order.c.code, { on: Order.c.createdAt, order: "desc" }], {
      unique: true,
      nullsNotDistinct: true,
      include: () => [Order.c.status, Order.c.price],
      where: () => sql`${Order.c.status} <> ${"cancelled"}`,
    }),
    index(() => ({ on: sql`lower(${Order.c.note})`, opclass: "text_pattern_ops", collation: "POSIX" }), {
      name: "ix_lower_note",
      with: { fillfactor: 70 },
    }),
  ];
  static override readonly constraints = [
    unique(() => [Order.c.number, Order.c.status], { deferrable: "initially immediate" }),
    check("note", () => sql`${Order.c.note} <> ${"it's"}`),
  ];
}

let database: TestDatabase;
let manager: DatabaseManager;
const run = <T>(work: (db: Session) => Promise<T>): Promise<T> => manager.session(work);

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("create extension citext; create schema billing");
  const schema = defineSchema({ Tenant, Customer, Order });
  for (const enumeration of schema.enums) await database.query(createEnum(enumeration));
  await createModels(database, schema.models);
  manager = new DatabaseManager({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await manager.close();
  await database.drop();
});

describe("a table made of its definition", () => {
  it("has its columns", async () => {
    const columns = await database.query(`
      select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required,
        pg_get_expr(adbin, adrelid) as expression, concat(attidentity, attgenerated) as kind, collname as collation,
        col_description(attrelid, attnum) as comment
      from pg_attribute
      left join pg_attrdef on adrelid = attrelid and adnum = attnum
      left join pg_collation on pg_collation.oid = attcollation and collname <> 'default'
      where attrelid = 'billing.orders'::regclass and attnum > 0 order by attnum`);
    const plain = { required: true, expression: null, kind: "", collation: null, comment: null };
    expect(columns).toEqual([
      { ...plain, name: "id", type: "uuid" },
      { ...plain, name: "created_at", type: "timestamp with time zone", expression: "now()" },
      { ...plain, name: "updated_at", type: "timestamp with time zone", expression: "now()" },
      { ...plain, name: "number", type: "integer", kind: "d" },
      { ...plain, name: "customer_id", type: "uuid" },
      { ...plain, name: "status", type: "billing.order_status", expression: "'draft'::billing.order_status" },
      { ...plain, name: "history", type: "billing.order_status[]", expression: "'{draft}'::billing.order_status[]" },
      { ...plain, name: "price", type: "numeric(12,2)", expression: "0" },
      { ...plain, name: "count", type: "smallint", expression: "1" },
      { ...plain, name: "total", type: "numeric", kind: "s", expression: "(price * (count)::numeric)" },
      {
        ...plain,
        name: "note",
        type: "text",
        required: false,
        collation: "C",
        comment: "what the customer's said",
      },
      { ...plain, name: "tags", type: "text[]", expression: "'{}'::text[]" },
      { ...plain, name: "content", type: "jsonb", expression: `'{"size": 1}'::jsonb` },
      {
        ...plain,
        name: "search",
        type: "tsvector",
        kind: "s",
        expression: "to_tsvector('simple'::regconfig, COALESCE(note, ''::text))",
      },
      { ...plain, name: "stay", type: "daterange", required: false },
      { ...plain, name: "code", type: "character varying(36)", required: false },
      { ...plain, name: "paid_at", type: "timestamp with time zone", required: false },
    ]);
    expect(await database.query("select obj_description('billing.orders'::regclass) as comment")).toEqual([
      { comment: "What was ordered; it's all here" },
    ]);
  });

  it("has its constraints", async () => {
    const constraints = async (table: string): Promise<Record<string, string>> => {
      const rows = await database.query<{ name: string; text: string }>(
        `select conname as name, pg_get_constraintdef(oid) as text from pg_constraint where conrelid = $1::regclass`,
        [table],
      );
      return Object.fromEntries(rows.map(({ name, text }) => [name, text]));
    };
    expect(await constraints("billing.orders")).toEqual({
      orders_pkey: "PRIMARY KEY (id)",
      one_code: "UNIQUE NULLS NOT DISTINCT (code)",
      uq_orders_number_status: "UNIQUE (number, status) DEFERRABLE",
      ck_orders_price: "CHECK ((price >= '0'::numeric))",
      ck_orders_some: "CHECK ((count > 0))",
      ck_orders_note: "CHECK ((note <> 'it''s'::text))",
      fk_orders_customer_id_customers: "FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE RESTRICT",
    });
    expect(await constraints("tenants")).toEqual({
      tenants_pkey: "PRIMARY KEY (region, number)",
      fk_tenants_parent_region_parent_number_tenants:
        "FOREIGN KEY (parent_region, parent_number) REFERENCES tenants(region, number) " +
        "ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
    });
  });

  it("has its indexes", async () => {
    const rows = await database.query<{ name: string; text: string }>(`
      select indexname as name, regexp_replace(indexdef, '^.* USING ', case when indexdef ~ '^CREATE UNIQUE' then 'unique ' else '' end) as text
      from pg_indexes where tablename in ('orders', 'customers', 'tenants')`);
    expect(Object.fromEntries(rows.map(({ name, text }) => [name, text]))).toEqual({
      tenants_pkey: "unique btree (region, number)",
      customers_pkey: "unique btree (id)",
      uq_customers_email: "unique btree (email) WHERE (NOT is_deleted)",
      uq_customers_number: "unique btree (number)",
      ix_customers_is_deleted: "btree (is_deleted)",
      orders_pkey: "unique btree (id)",
      one_code: "unique btree (code) NULLS NOT DISTINCT",
      uq_orders_number_status: "unique btree (number, status)",
      ix_orders_customer_id: "btree (customer_id)",
      ix_orders_tags: "gin (tags)",
      ix_content: "gin (content jsonb_path_ops)",
      ix_orders_search: "gin (search)",
      ix_orders_stay: "gist (stay)",
      ix_orders_paid_at: "btree (paid_at DESC NULLS LAST) WHERE (paid_at IS NOT NULL)",
      ix_orders_code_created_at:
        "unique btree (code, created_at DESC) INCLUDE (status, price) NULLS NOT DISTINCT " +
        "WHERE (status <> 'cancelled'::billing.order_status)",
      ix_lower_note: `btree (lower(note) COLLATE "POSIX" text_pattern_ops) WITH (fillfactor='70')`,
    });
  });
});

describe("rows", () => {
  let customer: Customer;
  beforeEach(async () => {
    await database.query("truncate customers, billing.orders, tenants cascade");
    customer = await run((db) => db.add(new Customer({ email: "Ada@Example.com" })));
  });

  it("get the defaults of their columns: constants, SQL and what the client makes", async () => {
    const fresh = new Order({ customerId: customer.id });
    expect(fresh).toMatchObject({ status: "draft", history: ["draft"], price: "0", count: 1, tags: [] });
    expect(fresh.id).toMatch(/^[\da-f-]{36}$/);
    const order = await run((db) => db.add(fresh));
    expect(order.createdAt).toBeInstanceOf(Date);
    expect(order).toMatchObject({ price: "0.00", content: { size: 1 }, note: null });

    await database.query("insert into billing.orders (id, customer_id) values (gen_random_uuid(), $1)", [customer.id]);
    const [other] = await run((db) => db.all(select(Order).where(Order.c.id.ne(order.id))));
    expect(other).toMatchObject({ status: "draft", history: ["draft"], count: 1, tags: [], content: { size: 1 } });
  });

  it("count by identity, and take a number of their own only by default", async () => {
    const [first, second] = await run(async (db) => [
      await db.add(new Order({ customerId: customer.id })),
      await db.add(new Order({ customerId: customer.id })),
    ]);
    expect(second!.number).toBe(first!.number + 1);
    const third = await run((db) => db.add(new Order({ customerId: customer.id, number: 1000 })));
    expect(third.number).toBe(1000);
  });

  it("compute generated columns anew, which are never written", async () => {
    const order = await run((db) =>
      db.add(new Order({ customerId: customer.id, price: "1.50", count: 3, note: "fat cats" })),
    );
    expect(order).toMatchObject({ total: "4.50", search: "'cats':2 'fat':1" });
    order.count = 4;
    await run((db) => db.save(order));
    expect(order.total).toBe("6.00");
    const [row] = await run((db) => db.all(update(Order).set({ note: null }).where(Order.c.id.eq(order.id))));
    expect(row).toMatchObject({ total: "6.00", search: "" });
  });

  it("compare by the column's collation, and citext without regard to case", async () => {
    await run((db) =>
      db.execute(
        insert(
          Order,
          ["b", "B", "a", "_"].map((note) => ({ customerId: customer.id, note })),
        ),
      ),
    );
    const notes = await run((db) => db.all(select(Order).orderBy(Order.c.note.asc())));
    expect(notes.map(({ note }) => note)).toEqual(["B", "_", "a", "b"]);
    expect(await run((db) => db.first(select(Customer).where(Customer.c.email.eq("ada@EXAMPLE.com"))))).toMatchObject({
      email: "Ada@Example.com",
    });
  });

  it("are found by enums, which compare in the order of their values, by arrays and by JSON", async () => {
    await run((db) =>
      db.execute(
        insert(
          Order,
          (["cancelled", "paid", "draft"] as const).map((value, i) => ({
            customerId: customer.id,
            status: value,
            history: [value, "draft" as const],
            content: { size: i },
            stay: new Range("2026-01-01", "2026-02-01"),
            createdAt: new Date(i),
          })),
        ),
      ),
    );
    const found = (condition: Condition): Promise<string[]> =>
      run(async (db) =>
        (await db.all(select(Order).where(condition).orderBy(Order.c.status.asc()))).map((row) => row.status),
      );
    expect(await found(Order.c.status.gt("draft"))).toEqual(["paid", "cancelled"]);
    expect(await found(Order.c.status.in(["draft", "paid"]))).toEqual(["draft", "paid"]);
    expect(await found(Order.c.history.eq(["paid", "draft"]))).toEqual(["paid"]);
    expect(await found(Order.c.content.eq({ size: 1 }))).toEqual(["paid"]);
    expect(await found(Order.c.content.in([{ size: 0 }, { size: 2 }]))).toEqual(["draft", "cancelled"]);
    expect(await found(Order.c.stay.eq(new Range("2026-01-01", "2026-01-31", "[]")))).toHaveLength(3);
  });

  it("keep a hidden column to themselves, defaults and all", async () => {
    expect(customer.secret).toBe("s3cret");
    for (const shown of [inspect(customer), JSON.stringify(customer), inspect(customer.toDict())]) {
      expect(shown).toContain("Ada@Example.com");
      expect(shown).not.toContain("s3cret");
    }
  });

  it("hold what the definition says, or are refused by the constraint's name", async () => {
    const refused = async (values: object, constraint: string): Promise<void> => {
      const adding = run((db) => db.add(new Order({ customerId: customer.id, ...values })));
      await expect(adding).rejects.toMatchObject({ constraint });
    };
    await refused({ price: "-1" }, "ck_orders_price");
    await refused({ count: 0 }, "ck_orders_some");
    await refused({ note: "it's" }, "ck_orders_note");
    await refused({ customerId: "00000000-0000-0000-0000-000000000000" }, "fk_orders_customer_id_customers");
    await run((db) => db.add(new Order({ customerId: customer.id, code: null, status: "cancelled" })));
    await refused({ code: null, createdAt: new Date(0) }, "one_code");
  });

  it("are unique among living ones, and where asked for among all", async () => {
    const again = (): Promise<Customer> => run((db) => db.add(new Customer({ email: "ADA@example.com" })));
    await expect(again()).rejects.toMatchObject({ constraint: "uq_customers_email" });
    await run((db) => customer.softDelete(db));
    const second = await again();
    await expect(run((db) => customer.restore(db))).rejects.toMatchObject({ constraint: "uq_customers_email" });
    await run((db) => second.softDelete(db));
    await run((db) => customer.restore(db));

    const copy = `insert into customers (id, email, number) overriding system value values (gen_random_uuid(), 'x', ${customer.number})`;
    await run((db) => customer.softDelete(db));
    await expect(database.query(copy)).rejects.toMatchObject({ constraint: "uq_customers_number" });
  });

  it("refer to keys of several columns, checked at the commit where so defined", async () => {
    const child = new Tenant({ region: "eu", number: 2, parentRegion: "eu", parentNumber: 1 });
    await run(async (db) => {
      await db.add(child);
      await db.add(new Tenant({ region: "eu", number: 1 }));
    });
    await database.query("update tenants set number = 5 where number = 1");
    await run((db) => db.refresh(child));
    expect(child.parentNumber).toBe(5);
    await database.query("delete from tenants where number = 5");
    await run((db) => db.refresh(child));
    expect(child).toMatchObject({ region: "eu", number: 2, parentRegion: null, parentNumber: null });
  });
});
