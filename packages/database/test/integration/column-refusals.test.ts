import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import {
  array,
  bigint,
  DatabaseManager,
  daterange,
  defineSchema,
  errors,
  integer,
  Model,
  numeric,
  pgEnum,
  Range,
  select,
  smallint,
  timestamptz,
  varchar,
} from "../../src/index.ts";
import { createEnum, createModels } from "./create-table.ts";

let database: TestDatabase;
let manager: DatabaseManager;

describe("a value that cannot be stored", () => {
  class Limit extends Model.define({
    id: integer().primaryKey().identity("by default"),
    small: smallint().nullable(),
    big: bigint().nullable(),
    exact: numeric(4, 2).nullable(),
    short: varchar(3).nullable(),
    mood: pgEnum("mood", ["sad"])().nullable(),
    moment: timestamptz().nullable(),
    range: daterange().nullable(),
    list: array(integer()).nullable(),
  }) {}
  beforeAll(async () => {
    database = await createTestDatabase();
    manager = new DatabaseManager({ url: database.url, poolSize: 2 });
    await database.query(createEnum(defineSchema({ Limit }).enums[0]!));
    await createModels(database, [Limit]);
  });
  afterAll(async () => {
    await manager.close();
    await database.drop();
  });
  const add = (values: object): Promise<unknown> => manager.session((db) => db.add(new Limit(values as never)));

  it.each<[string, object, string]>([
    ["a number too large", { small: 32768 }, "22003"],
    ["half a number", { small: 1.5 }, "22P02"],
    ["a bigint too large", { big: 9223372036854775808n }, "22003"],
    ["digits too many", { exact: "12345.67" }, "22003"],
    ["text that is no number", { exact: "s3cret" }, "22P02"],
    ["text too long", { short: "s3cret" }, "22001"],
    ["what is not in the enum", { mood: "s3cret" }, "22P02"],
    ["a day that does not exist", { range: new Range("2026-02-30", "2026-03-01") }, "22008"],
    ["ends the wrong way round", { range: new Range("2026-02-02", "2026-02-01") }, "22000"],
    ["a number too large in an array", { list: [2147483648] }, "22003"],
  ])("is refused by the server, and not repeated: %s", async (_, values, sqlState) => {
    const error = await add(values).then(String, (reason: errors.StatementFailed) => reason);
    expect(error).toMatchObject({ sqlState });
    expect(error).toBeInstanceOf(errors.DataError);
    expect((error as Error).message).not.toMatch(/s3cret|32768|1\.5|9223372036854775808|12345|2026|2147483648/);
  });

  it.each<[string, object, string]>([
    ["another kind of value", { small: "s3cret" }, "A value of limits.small cannot be sent: it is text, not a number."],
    ["an object", { short: { s3cret: 1 } }, "A value of limits.short cannot be sent: it is an object, not text."],
    ["a Date for days", { range: new Range(new Date(), null) }, "limits.range cannot be sent: it is a Date, not text."],
    ["null in an array", { list: [1, null] }, "A value of limits.list cannot be sent: it has an element that is null."],
  ])("is refused before anything is sent: %s", async (_, values, message) => {
    await expect(add(values)).rejects.toThrow(errors.DefinitionError);
    await expect(add(values)).rejects.toThrow(message);
    await expect(add(values)).rejects.not.toThrow("s3cret");
    const [[property, value]] = Object.entries(values) as [[keyof typeof Limit.c, never]];
    expect(() => select(Limit).where(Limit.c[property].eq(value)).compile()).toThrow(message);
  });
});
