import { describe, expect, it } from "vitest";
import {
  BaseModel,
  defineSchema,
  errors,
  index,
  insert,
  jsonb,
  Model,
  mixin,
  SoftDeleteModel,
  select,
  text,
  uuid,
} from "../../src/index.ts";
import type { NamedColumn } from "../../src/model/index-definition.ts";
import { plural, snakeCase } from "../../src/model/naming.ts";
import { uuidv7 } from "../../src/model/uuid.ts";

describe("names", () => {
  it.each([
    ["User", "user", "users"],
    ["TrainingProgram", "training_program", "training_programs"],
    ["HTTPRequest", "http_request", "http_requests"],
    ["Category", "category", "categories"],
    ["Day", "day", "days"],
    ["Address", "address", "addresses"],
    ["Box", "box", "boxes"],
    ["Batch", "batch", "batches"],
    ["A1Sauce", "a1_sauce", "a1_sauces"],
  ])("of %s", (name, snake, table) => {
    expect(snakeCase(name)).toBe(snake);
    expect(plural(snakeCase(name))).toBe(table);
  });

  it("of a table can be given", () => {
    class Order extends BaseModel.define({ note: text() }) {
      static override readonly table = "purchase";
    }
    expect(Order.table).toBe("purchase");
    expect(select(Order).compile().text).toContain('"purchase"."note"');
  });

  it("longer than 63 bytes are refused, as PostgreSQL would cut them", () => {
    class A extends BaseModel.define({ ["x".repeat(64)]: text() }) {}
    expect(() => A.c.id).toThrow(errors.DefinitionError);
  });
});

describe("define and with", () => {
  it("inherit columns in order, without touching the base", () => {
    class Animal extends BaseModel.define({ name: text() }) {}
    class Dog extends Animal.define({ breed: text() }) {}
    expect(Object.keys(Dog.columns)).toEqual(["id", "createdAt", "updatedAt", "name", "breed"]);
    expect(Object.keys(Animal.columns)).toEqual(["id", "createdAt", "updatedAt", "name"]);
    expect(select(Dog).compile().text).toContain('"dogs"."name"');
    expect(select(Animal).compile().text).toContain('"animals"."name"');
  });

  it("add a mixin's members", () => {
    const Shouting = mixin(
      { name: text() },
      {
        get loud(): string {
          return this.name.toUpperCase();
        },
      },
    );
    class Crier extends Model.with(Shouting) {}
    expect(new Crier({ name: "ada" }).loud).toBe("ADA");
  });

  it("refuse a column that is there already, or has a method's name", () => {
    expect(() => BaseModel.define({ id: uuid() })).toThrow(/defined twice/);
    expect(() => BaseModel.define({ toDict: text() })).toThrow(/method or getter/);
    expect(() => SoftDeleteModel.define({ softDelete: text() })).toThrow(/method or getter/);
  });
});

describe("defineSchema", () => {
  class Customer extends BaseModel.define({
    email: text(),
    referrerId: uuid()
      .nullable()
      .references(() => Customer.c.id),
  }) {
    static override readonly indexes = [index(() => [Customer.c.email, Customer.c.id], { unique: true })];
  }

  it("takes models that refer to each other and themselves", () => {
    class Order extends BaseModel.define({ customerId: uuid().references(() => Customer.c.id) }) {}
    expect(defineSchema({ Customer, Order }).models).toEqual([Customer, Order]);
    expect(Customer.indexes[0]!.keys().map(({ on }) => (on as NamedColumn).column)).toEqual(["email", "id"]);
  });

  it("refuses two models of one table", () => {
    class Client extends BaseModel.define({}) {
      static override readonly table = "customers";
    }
    expect(() => defineSchema({ Customer, Client })).toThrow(/both map to the table "customers"/);
  });

  it("refuses a foreign key of another type, or to a model that is not there", () => {
    class Order extends BaseModel.define({ customerId: text().references(() => Customer.c.id) }) {}
    expect(() => defineSchema({ Customer, Order })).toThrow('Order.customerId is text, but "customers"."id" is uuid.');
    expect(() => defineSchema({ Order })).toThrow(/not in the schema/);
  });
});

describe("uuidv7", () => {
  it("carries the version, the variant and the time, and never repeats", () => {
    const moment = Date.UTC(2026, 0, 31, 12);
    const made = Array.from({ length: 1000 }, () => uuidv7(moment));
    for (const id of made) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(moment);
    }
    expect(new Set(made).size).toBe(1000);
    expect(uuidv7(moment + 1) > uuidv7(moment)).toBe(true);
  });
});

describe("a jsonb column", () => {
  class Doc extends Model.define({ content: jsonb<unknown>().nullable() }) {}
  const sent = (content: unknown): readonly unknown[] => insert(Doc, { content }).compile().values;
  const self: unknown[] = [];
  self.push({ self });

  it.each([
    [[1, "x", null], '[1,"x",null]'],
    [{ a: [{ b: true }] }, '{"a":[{"b":true}]}'],
    ["text", '"text"'],
    ["", '""'],
    [5, "5"],
    [false, "false"],
    [null, null],
  ])("takes %j", (content, text) => {
    expect(sent(content)).toEqual([text]);
  });

  it.each([
    [{ s3cret: 1n }, "it holds a bigint, for which JSON has no type. Turn it into a number or text."],
    [[1n], "it holds a bigint, for which JSON has no type. Turn it into a number or text."],
    [1n, "it holds a bigint, for which JSON has no type. Turn it into a number or text."],
    [self, "it contains itself, which JSON cannot write."],
    [new Map([["s3cret", 1]]), "a Map is no value. Turn it into text, an array or a plain object."],
    [() => "s3cret", "a function is no value."],
    [Symbol("s3cret"), "a symbol is no value."],
    [{ toJSON: () => undefined }, "it has a toJSON() that returns nothing."],
  ])("refuses %o by its name, and does not repeat it", (content, reason) => {
    const problem = new errors.DefinitionError(`A value of docs.content cannot be sent: ${reason}`);
    expect(() => sent(content)).toThrow(problem);
    expect(() => Doc.c.content.eq(content)).toThrow(problem);
  });
});
