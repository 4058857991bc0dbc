import { describe, expect, it } from "vitest";
import {
  array,
  BaseModel,
  bigint,
  boolean,
  bytea,
  check,
  date,
  errors,
  foreignKey,
  index,
  integer,
  jsonb,
  Model,
  type ModelClass,
  numeric,
  pgEnum,
  SoftDeleteModel,
  sql,
  text,
  timestamptz,
  unique,
  uuid,
  varchar,
} from "../../src/index.ts";
import type { Column } from "../../src/model/column.ts";
import { describeTable } from "../../src/model/describe-table.ts";

const PLAIN = {
  enum: undefined,
  nullable: false,
  default: undefined,
  identity: undefined,
  counting: undefined,
  generated: undefined,
  collation: undefined,
  comment: undefined,
  isSerial: false,
  storage: undefined,
  compression: undefined,
};
const KEY = { order: "asc", nulls: "last", opclass: undefined, collation: undefined };

describe("describeTable", () => {
  const status = pgEnum("order_status", ["draft", "paid"], { schema: "billing" });

  class Customer extends BaseModel.define({ email: varchar(255).index({ unique: true }) }) {
    static override readonly indexes = [index(() => Customer.c.id)];
  }

  class Order extends Model.define({
    customerId: uuid()
      .primaryKey()
      .references(() => Customer.c.id, { onDelete: "cascade" }),
    number: integer().primaryKey().identity("by default"),
    status: status().default("draft"),
    price: numeric(12, 2)
      .default("0")
      .check((price) => price.gte("0")),
    count: integer().check("some", sql`count > 0`),
    total: numeric().generated(() => sql`${Order.c.price} * ${Order.c.count}`),
    note: text().nullable().collate("C").comment("what the customer says").unique({ nullsNotDistinct: true }),
    createdAt: timestamptz().default(sql`now()`),
    token: uuid().default(() => "x"),
  }) {
    static override readonly schema = "billing";
    static override readonly comment = "What was ordered";
    static override readonly indexes = [
      index(() => [Order.c.customerId, { on: Order.c.createdAt, order: "desc" }], {
        include: () => [Order.c.status],
        where: () => sql`${Order.c.status} = ${"paid"}`,
      }),
      index(() => ({ on: sql`lower(${Order.c.note})`, opclass: "text_pattern_ops", collation: "C", nulls: "first" }), {
        name: "ix_orders_lower_note",
        with: { fillfactor: 70 },
      }),
    ];
    static override readonly constraints = [
      unique(() => [Order.c.customerId, Order.c.createdAt], { deferrable: "initially deferred" }),
      check("cheap", () => sql`${Order.c.price} < ${1000} and ${Order.c.note} <> ${"it's"}`),
    ];
  }

  it("says all of a table, with every name and option", () => {
    expect(describeTable(Order)).toEqual({
      name: "orders",
      schema: "billing",
      comment: "What was ordered",
      columns: [
        { ...PLAIN, name: "customer_id", type: "uuid" },
        { ...PLAIN, name: "number", type: "integer", identity: "by default" },
        {
          ...PLAIN,
          name: "status",
          type: '"billing"."order_status"',
          enum: { name: "order_status", schema: "billing", values: ["draft", "paid"] },
          default: "'draft'",
        },
        { ...PLAIN, name: "price", type: "numeric(12,2)", default: "0" },
        { ...PLAIN, name: "count", type: "integer" },
        { ...PLAIN, name: "total", type: "numeric", generated: '"price" * "count"' },
        {
          ...PLAIN,
          name: "note",
          type: "text",
          nullable: true,
          collation: "C",
          comment: "what the customer says",
        },
        { ...PLAIN, name: "created_at", type: "timestamp with time zone", default: "now()" },
        { ...PLAIN, name: "token", type: "uuid" },
      ],
      primaryKey: { name: "orders_pkey", columns: ["customer_id", "number"] },
      uniques: [
        { name: "uq_orders_note", columns: ["note"], nullsNotDistinct: true, deferrable: undefined },
        {
          name: "uq_orders_customer_id_created_at",
          columns: ["customer_id", "created_at"],
          nullsNotDistinct: false,
          deferrable: "initially deferred",
        },
      ],
      checks: [
        { name: "ck_orders_price", expression: "\"price\" >= '0'" },
        { name: "ck_orders_some", expression: "count > 0" },
        { name: "ck_orders_cheap", expression: "\"price\" < 1000 and \"note\" <> 'it''s'" },
      ],
      foreignKeys: [
        {
          name: "fk_orders_customer_id_customers",
          columns: ["customer_id"],
          target: { schema: undefined, table: "customers", columns: ["id"] },
          onDelete: "cascade",
          onUpdate: "no action",
          deferrable: undefined,
        },
      ],
      indexes: [
        {
          name: "ix_orders_customer_id_created_at",
          unique: false,
          method: "btree",
          keys: [
            { ...KEY, on: { column: "customer_id" } },
            { ...KEY, on: { column: "created_at" }, order: "desc", nulls: "first" },
          ],
          include: ["status"],
          where: "\"status\" = 'paid'",
          nullsNotDistinct: false,
          with: {},
        },
        {
          name: "ix_orders_lower_note",
          unique: false,
          method: "btree",
          keys: [
            {
              on: { expression: 'lower("note")' },
              order: "asc",
              nulls: "first",
              opclass: "text_pattern_ops",
              collation: "C",
            },
          ],
          include: [],
          where: undefined,
          nullsNotDistinct: false,
          with: { fillfactor: "70" },
        },
      ],
      exclusions: [],
      triggers: [],
      policies: [],
      rowSecurity: "disabled",
      partitionBy: undefined,
    });
  });

  it("keeps the names that the seed's table has", () => {
    const { primaryKey, indexes } = describeTable(Customer);
    expect(primaryKey?.name).toBe("customers_pkey");
    expect(indexes.map(({ name, unique }) => [name, unique])).toEqual([
      ["ix_customers_email", true],
      ["ix_customers_id", false],
    ]);
  });

  it.each<[Column<unknown, unknown>, string | undefined]>([
    [boolean().default(false) as Column<unknown, unknown>, "false"],
    [integer().default(-5) as Column<unknown, unknown>, "-5"],
    [bigint().default(9007199254740993n) as Column<unknown, unknown>, "9007199254740993"],
    [numeric(5, 2).default("1.50") as Column<unknown, unknown>, "1.50"],
    [numeric().default("NaN") as Column<unknown, unknown>, "'NaN'"],
    [text().default("it's \\ here") as Column<unknown, unknown>, "'it''s \\ here'"],
    [text().nullable().default(null) as Column<unknown, unknown>, undefined],
    [text().default(() => "x") as Column<unknown, unknown>, undefined],
    [jsonb<unknown>().default({ a: ["x"] }) as Column<unknown, unknown>, `'{"a":["x"]}'`],
    [jsonb<unknown>().default(5) as Column<unknown, unknown>, "'5'"],
    [array(text()).default([]) as Column<unknown, unknown>, "'{}'"],
    [array(text()).default(["a,b"]) as Column<unknown, unknown>, `'{"a,b"}'`],
    [bytea().default(Buffer.from("ff", "hex")) as Column<unknown, unknown>, "'\\xff'"],
    [timestamptz().default(new Date(0)) as Column<unknown, unknown>, "'1970-01-01T00:00:00.000Z'"],
    [date().default(sql`current_date + ${1}`) as Column<unknown, unknown>, "current_date + 1"],
  ])("writes a default as SQL: %#", (value, expected) => {
    class Holder extends Model.define({ value }) {}
    expect(describeTable(Holder).columns[0]?.default).toBe(expected);
  });

  it("refuses a default that its column cannot take, without repeating it", () => {
    class Holder extends Model.define({ value: text().default({ secret: "s3cret" } as never) }) {}
    expect(() => describeTable(Holder)).toThrow(
      new errors.DefinitionError("The default of Holder.value cannot be: it is an object, not text."),
    );
  });

  it("makes of unique() an index over living rows, where deleted ones are kept", () => {
    class Account extends SoftDeleteModel.define({
      email: text().unique(),
      number: integer().unique({ includeDeleted: true }),
      tenant: text().nullable(),
    }) {
      static override readonly constraints = [
        unique(() => [Account.c.tenant, Account.c.number], { name: "one_each", nullsNotDistinct: true }),
      ];
    }
    const { uniques, indexes } = describeTable(Account);
    expect(uniques.map(({ name }) => name)).toEqual(["uq_accounts_number"]);
    expect(indexes.filter((found) => found.unique)).toMatchObject([
      { name: "uq_accounts_email", keys: [{ on: { column: "email" } }], where: 'not "is_deleted"' },
      { name: "one_each", keys: [{}, {}], where: 'not "is_deleted"', nullsNotDistinct: true },
    ]);
  });

  it("names a primary key as one of its columns says", () => {
    class Pair extends Model.define({ a: integer().primaryKey({ name: "pk" }), b: integer().primaryKey() }) {}
    expect(describeTable(Pair).primaryKey).toEqual({ name: "pk", columns: ["a", "b"] });
    class Other extends Model.define({
      a: integer().primaryKey({ name: "x" }),
      b: integer().primaryKey({ name: "y" }),
    }) {}
    expect(() => describeTable(Other)).toThrow("The primary key of Other has two names: x, y.");
  });

  it("names a primary key as PostgreSQL does when the table's name is long", () => {
    class Long extends Model.define({ id: integer().primaryKey() }) {
      static override readonly table = "x".repeat(63);
    }
    expect(describeTable(Long).primaryKey?.name).toBe(`${"x".repeat(58)}_pkey`);
  });

  class Other extends Model.define({ id: integer().primaryKey() }) {}
  const broken: [string, () => ModelClass, RegExp][] = [
    [
      "a column of another table in an index",
      () =>
        class Own extends Model.define({ id: integer() }) {
          static override readonly indexes = [index(() => Other.c.id)];
        },
      /Own has an index that names "others"\."id"/,
    ],
    [
      "a column of another table in a unique constraint",
      () =>
        class Own extends Model.define({ id: integer() }) {
          static override readonly constraints = [unique(() => [Other.c.id])];
        },
      /a unique constraint that names "others"\."id"/,
    ],
    [
      "an index on an expression without a name",
      () =>
        class Own extends Model.define({ id: integer() }) {
          static override readonly indexes = [index(() => sql`abs(id)`)];
        },
      /needs a name/,
    ],
    [
      "an index on nothing",
      () =>
        class Own extends Model.define({ id: integer() }) {
          static override readonly indexes = [index(() => [])];
        },
      /Own has an index without columns/,
    ],
    [
      "a check that is no SQL",
      () => class Own extends Model.define({ id: integer().check(() => "id > 0") }) {},
      /is no SQL/,
    ],
    [
      "a name that would be cut",
      () => class Own extends Model.define({ [`a${"b".repeat(55)}`]: integer().index() }) {},
      /"ix_owns_ab+" is longer than PostgreSQL's 63 bytes/,
    ],
    [
      "a reference to no column",
      () => class Own extends Model.define({ otherId: integer().references(() => Other) }) {},
      /Own\.otherId references no column/,
    ],
    [
      "a foreign key of unequal sides",
      () =>
        class Own extends Model.define({ a: integer(), b: integer() }) {
          static override readonly constraints = [
            foreignKey(
              () => [Own.c.a, Own.c.b],
              () => [Other.c.id],
            ),
          ];
        },
      /The foreign key of Own on a, b needs as many columns/,
    ],
    [
      "a deferrable index over living rows",
      () => class Own extends SoftDeleteModel.define({ a: text().unique({ deferrable: "initially deferred" }) }) {},
      /uq_owns_a is an index over living ones, which cannot be deferrable/,
    ],
  ];
  it.each(broken)("refuses %s", (_, make, message) => {
    const model = make();
    expect(() => describeTable(model)).toThrow(errors.DefinitionError);
    expect(() => describeTable(model)).toThrow(message);
  });
});
