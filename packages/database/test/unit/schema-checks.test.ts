import { describe, expect, it } from "vitest";
import {
  array,
  BaseModel,
  belongsTo,
  bigint,
  defineSchema,
  errors,
  foreignKey,
  index,
  integer,
  Model,
  type ModelClass,
  manyToMany,
  pgEnum,
  SoftDeleteModel,
  sql,
  text,
  uuid,
} from "../../src/index.ts";

describe("defineSchema", () => {
  class Customer extends BaseModel.define({ code: text().unique(), name: text() }) {}
  class Pair extends Model.define({ a: integer().primaryKey(), b: text().primaryKey() }) {}
  class Hidden extends SoftDeleteModel.define({ code: text().unique() }) {}

  class Late extends Model.define({ code: text().unique({ deferrable: "initially deferred" }) }) {}
  class Link extends Model.define({ orderId: uuid(), customerId: text() }) {}

  it("takes a reference to whatever is unique", () => {
    class Order extends BaseModel.define({
      customerId: uuid().references(() => Customer.c.id),
      code: text().references(() => Customer.c.code),
      a: integer(),
      b: text(),
    }) {
      static override readonly constraints = [
        foreignKey(
          () => [Order.c.b, Order.c.a],
          () => [Pair.c.b, Pair.c.a],
        ),
      ];
    }
    expect(defineSchema({ Customer, Pair, Order }).models).toEqual([Customer, Pair, Order]);
  });

  it("collects the enums of columns and of arrays, each once", () => {
    const mood = pgEnum("mood", ["sad"]);
    const color = pgEnum("color", ["red"], { schema: "paint" });
    class Cat extends BaseModel.define({ mood: mood(), before: array(mood()), colors: array(array(color())) }) {}
    class Dog extends BaseModel.define({ mood: mood() }) {}
    expect(defineSchema({ Cat, Dog }).enums).toEqual([
      { name: "mood", schema: undefined, values: ["sad"] },
      { name: "color", schema: "paint", values: ["red"] },
    ]);
  });

  it("takes tables and indexes of the same name in two schemas", () => {
    class Client extends BaseModel.define({ code: text().index() }) {
      static override readonly table = "customers";
      static override readonly schema = "old";
    }
    class Buyer extends BaseModel.define({ code: text().index() }) {
      static override readonly table = "customers";
    }
    expect(defineSchema({ Client, Buyer }).models).toHaveLength(2);
  });

  const broken: [string, () => Record<string, ModelClass>, string][] = [
    [
      "a reference to a model that is not there",
      () => ({
        Order: class Order extends BaseModel.define({ customerId: uuid().references(() => Customer.c.id) }) {},
      }),
      'Order.customerId references "customers", which is not in the schema. Add its model.',
    ],
    [
      "a reference of another type",
      () => ({
        Customer,
        Order: class Order extends BaseModel.define({ customerId: text().references(() => Customer.c.id) }) {},
      }),
      'Order.customerId is text, but "customers"."id" is uuid.',
    ],
    [
      "a reference of several columns of which one is of another type",
      () => ({
        Pair,
        Order: class Order extends BaseModel.define({ a: bigint(), b: text() }) {
          static override readonly constraints = [
            foreignKey(
              () => [Order.c.b, Order.c.a],
              () => [Pair.c.b, Pair.c.a],
            ),
          ];
        },
      }),
      'Order.a is bigint, but "pairs"."a" is integer.',
    ],
    [
      "a reference to what is not unique",
      () => ({
        Customer,
        Order: class Order extends BaseModel.define({ name: text().references(() => Customer.c.name) }) {},
      }),
      'Order.name references "customers"."name", which is not unique. Make it a primary key or unique().',
    ],
    [
      "a reference to what is unique at the commit only",
      () => ({
        Late,
        Order: class Order extends BaseModel.define({ code: text().references(() => Late.c.code) }) {},
      }),
      'Order.code references "lates"."code", which is not unique.',
    ],
    [
      "a reference to one column of a key of two",
      () => ({ Pair, Order: class Order extends BaseModel.define({ a: integer().references(() => Pair.c.a) }) {} }),
      'Order.a references "pairs"."a", which is not unique.',
    ],
    [
      "a reference to what is unique among living rows only",
      () => ({
        Hidden,
        Order: class Order extends BaseModel.define({ code: text().references(() => Hidden.c.code) }) {},
      }),
      "unique() on a model with soft delete leaves deleted rows out: add includeDeleted: true.",
    ],
    [
      "two properties of one column",
      () => ({ Own: class Own extends Model.define({ userId: integer(), userID: integer() }) {} }),
      '"user_id" is the name of a column of Own twice.',
    ],
    [
      "the same index on the column and on the table",
      () => ({
        Own: class Own extends Model.define({ id: integer().index() }) {
          static override readonly indexes = [index(() => Own.c.id)];
        },
      }),
      '"ix_owns_id" is the name of an index of Own twice.',
    ],
    [
      "two checks of one name",
      () => ({ Own: class Own extends Model.define({ a: integer().check(sql`a > 1`).check(sql`a < 9`) }) {} }),
      '"ck_owns_a" is the name of a constraint of Own twice.',
    ],
    [
      "an index with the name of another table's",
      () => ({
        Customer,
        Own: class Own extends Model.define({ id: integer().index({ name: "customers_pkey" }) }) {},
      }),
      '"customers_pkey" is the name of an index of Customer and an index of Own.',
    ],
    [
      "an enum with the name of a table",
      () => ({ Customer, Own: class Own extends Model.define({ a: pgEnum("customers", ["x"])() }) {} }),
      '"customers" is the name of the table of Customer and an enum.',
    ],
    [
      "a relation by a column of another table",
      () => ({
        Customer,
        Order: class Order extends BaseModel.define({ code: text() }) {
          static readonly customer = belongsTo(
            () => Customer,
            () => Customer.c.id,
          );
        },
      }),
      "The relation Order.customer: A relation of orders goes by customers.id",
    ],
    [
      "a relation of two types",
      () => ({
        Customer,
        Order: class Order extends BaseModel.define({ code: text() }) {
          static readonly customer = belongsTo(
            () => Customer,
            () => Order.c.code,
          );
        },
      }),
      "The relation Order.customer compares orders.code, which is text, with customers.id, which is uuid.",
    ],
    [
      "a relation to a model that is not there",
      () => ({
        Order: class Order extends BaseModel.define({ customerId: uuid() }) {
          static readonly customer = belongsTo(
            () => Customer,
            () => Order.c.customerId,
          );
        },
      }),
      'The relation Order.customer leads to "customers", which is not in the schema.',
    ],
    [
      "a relation through columns of two types",
      () => ({
        Customer,
        Link,
        Order: class Order extends BaseModel.define({}) {
          static readonly customers = manyToMany(() => Customer, {
            from: () => Link.c.orderId,
            to: () => Link.c.customerId,
          });
        },
      }),
      "The relation Order.customers compares links.customer_id, which is text, with customers.id, which is uuid.",
    ],
    [
      "an enum with two lists of values",
      () => ({
        Own: class Own extends Model.define({ a: pgEnum("mood", ["x", "y"])(), b: pgEnum("mood", ["y", "x"])() }) {},
      }),
      'The enum "mood" is defined twice, with different values.',
    ],
  ];
  it.each(broken)("refuses %s", (_, models, message) => {
    expect(() => defineSchema(models())).toThrow(errors.DefinitionError);
    expect(() => defineSchema(models())).toThrow(message);
  });
});
