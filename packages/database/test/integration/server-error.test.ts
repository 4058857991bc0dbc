import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { connect } from "../../src/connection/connect.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { connectOptions } from "../../src/connection/options.ts";
import * as errors from "../../src/errors.ts";

let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(`
    create extension btree_gist;
    create table parents (id int primary key);
    create table rows (
      id int primary key,
      email text not null,
      "Odd ""Name""" int,
      parent_id int references parents,
      room int, during int4range,
      constraint even check (id % 2 = 0),
      unique (email, "Odd ""Name"""),
      exclude using gist (room with =, during with &&)
    );
    create unique index rows_lower on rows (lower(email), coalesce(room, 0), id);
    insert into rows (id, email, "Odd ""Name""", room, during) values (2, 's3cret', 7, 1, '[1,5)');
    create function refuse(who text) returns void language plpgsql as
      $$ begin raise exception 'no account %', upper(who) using detail = who, hint = who, column = 'who'; end $$;
    create function build(name text) returns void language plpgsql as
      $$ begin execute 'select from ' || name; end $$;
  `);
  connection = await connect(connectOptions({ url: database.url }));
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

async function failure(text: string, values: readonly unknown[] = []): Promise<errors.StatementFailed> {
  return await connection.query(text, values).then(
    () => expect.unreachable("the statement succeeded"),
    (error) => error,
  );
}

const INSERT = `insert into rows (id, email, "Odd ""Name""", parent_id, room, during) values ($1, $2, $3, $4, $5, $6)`;

it.each([
  [
    errors.UniqueViolation,
    INSERT,
    [4, "s3cret", 7, null, null, null],
    {
      code: "UNIQUE_VIOLATION",
      sqlState: "23505",
      constraint: 'rows_email_Odd "Name"_key',
      columns: ["email", 'Odd "Name"'],
    },
  ],
  [
    errors.UniqueViolation,
    INSERT,
    [2, "S3CRET", 8, null, 1, null],
    { constraint: "rows_pkey", table: "rows", schema: "public", columns: ["id"] },
  ],
  [
    errors.ForeignKeyViolation,
    INSERT,
    [4, "x", 1, 99, null, null],
    { code: "FOREIGN_KEY_VIOLATION", sqlState: "23503", constraint: "rows_parent_id_fkey", columns: ["parent_id"] },
  ],
  [
    errors.NotNullViolation,
    INSERT,
    [4, null, 1, null, null, null],
    { code: "NOT_NULL_VIOLATION", sqlState: "23502", column: "email", columns: ["email"] },
  ],
  [
    errors.CheckViolation,
    INSERT,
    [5, "s3cret (a)=(b)", 1, null, null, null],
    { code: "CHECK_VIOLATION", sqlState: "23514", constraint: "even", columns: [] },
  ],
  [
    errors.ExclusionViolation,
    INSERT,
    [4, "x", 1, null, 1, "[4,9)"],
    { code: "EXCLUSION_VIOLATION", sqlState: "23P01", columns: ["room", "during"] },
  ],
  [errors.DataError, "select $1::text::int", ["s3cret"], { code: "DATA_ERROR", sqlState: "22P02" }],
  [errors.DataError, "select 1 / $1::int", [0], { sqlState: "22012", message: "division by zero" }],
  [errors.InvalidSyntax, "selct 1", [], { code: "INVALID_SYNTAX", position: 1 }],
  [errors.UndefinedTable, "select * from nowhere", [], { code: "UNDEFINED_TABLE", position: 15 }],
  [errors.UndefinedColumn, "select nothing from rows", [], { code: "UNDEFINED_COLUMN" }],
  [errors.UndefinedFunction, "select nothing(1)", [], { code: "UNDEFINED_FUNCTION" }],
  [errors.UndefinedFunction, "select 1 || 2", [], { code: "UNDEFINED_FUNCTION" }],
  [errors.StatementFailed, "select refuse($1)", ["s3cret"], { code: "STATEMENT_FAILED", message: "no account …" }],
] as const)("%o", async (type, text, values, facts) => {
  const error = await failure(text, values);
  expect(error.constructor).toBe(type);
  expect(error).toMatchObject(facts);
  expect(inspect(error)).not.toMatch(/s3cret/i);
  expect(inspect(error)).not.toContain("undefined");
});

it("has classes for what happens to transactions", async () => {
  const inTransaction = async (...statements: string[]): Promise<unknown> => {
    try {
      let last: unknown;
      for (const statement of statements) last = await failure(statement).catch(() => undefined);
      return last;
    } finally {
      await connection.query("rollback");
    }
  };
  expect(await inTransaction("begin read only", "delete from rows")).toBeInstanceOf(errors.ReadOnlyTransaction);
  expect(await inTransaction("begin", "select 1/0", "select 1")).toBeInstanceOf(errors.InFailedTransaction);
  await connection.query("set statement_timeout = 20");
  expect(await failure("select pg_sleep(10)")).toBeInstanceOf(errors.QueryCanceled);
  await connection.query("set statement_timeout = 0");
});

it("has classes for locks, conflicts and privileges", async () => {
  const other = await connect(connectOptions({ url: database.url }));
  try {
    await other.query("begin");
    await other.query("lock table parents");
    await connection.query("begin");
    expect(await failure("lock table parents nowait")).toBeInstanceOf(errors.LockNotAvailable);
    for (const each of [connection, other]) await each.query("rollback");

    for (const each of [connection, other]) await each.query("begin isolation level serializable");
    for (const each of [connection, other]) await each.query("select sum(id) from parents");
    await connection.query("insert into parents values (10)");
    await other.query("insert into parents values (11)");
    await connection.query("commit");
    const conflict = await other.query("commit").catch((error) => error);
    expect(conflict).toBeInstanceOf(errors.SerializationFailure);
    expect(conflict).toBeInstanceOf(errors.TransactionConflict);
    expect(errors.isRetryable(conflict)).toBe(true);

    for (const each of [connection, other]) await each.query("begin");
    await connection.query("select * from parents where id = 10 for update");
    await other.query("insert into parents values (12)");
    const waiting = connection.query("insert into parents values (12)").catch((error) => error);
    const crossing = other.query("select * from parents where id = 10 for update").catch((error) => error);
    const outcomes = await Promise.race([waiting, crossing]);
    expect(outcomes).toBeInstanceOf(errors.DeadlockDetected);
    expect(errors.isRetryable(outcomes)).toBe(true);
    for (const each of [connection, other]) await each.query("rollback").catch(() => undefined);
  } finally {
    await other.close();
  }
  await connection.query("create role nobody_special");
  try {
    await connection.query("set role nobody_special");
    expect(await failure("select * from rows")).toBeInstanceOf(errors.InsufficientPrivilege);
  } finally {
    await connection.query("reset role");
    await connection.query("drop role nobody_special");
  }
});

describe("the message", () => {
  it.each([
    ["a value with quotation marks", "select $1::text::int", ['a"b"s3cret']],
    ["a value out of range", "select $1::text::int", ["99999999991234"]],
    ["a date", "select $1::text::date", ["s3cret"]],
    ["a made date", "select make_date($1, 13, 45)", [991234]],
    ["an enum's or JSON's input", "select $1::text::jsonb", ["{s3cret}"]],
    ["an array's input", "select $1::text::int[]", ["{s3cret"]],
    ["what a function raises", "select refuse($1)", ["s3cret"]],
    ["SQL that a function builds", "select build($1)", ["rows wherex s3cret s3cret s3cret"]],
    ["a table that a function looks for", "select build($1)", ["s3cret"]],
    ["a text search", "select to_tsquery($1)", ["s3cret s3cret"]],
    ["a setting", "select set_config('work_mem', $1, true)", ["s3cret"]],
    ["a unit", "select date_part($1, now())", ["s3cret"]],
    ["a regular expression", "select 'x' ~ $1", ["s3cret("]],
    ["a number of a statement", "select 's3cret'::int", []],
  ])("repeats nothing of %s", async (_, text, values) => {
    const error = await failure(text, values);
    expect(error).toBeInstanceOf(errors.StatementFailed);
    expect(inspect(error, { depth: 9 })).not.toMatch(/s3cret|991234/i);
  });
});

it("tells why the server ended a connection, and that nothing was sent on a dead one", async () => {
  const victim = await connect(connectOptions({ url: database.url }));
  const running = victim.query("select pg_sleep(60)").catch((error) => error);
  await database.query("select pg_terminate_backend($1)", [victim.processId]);
  const lost = await running;
  expect(lost).toBeInstanceOf(errors.ConnectionLost);
  expect(lost).toMatchObject({ sqlState: "57P01" });
  expect(errors.isRetryable(lost)).toBe(false);
  const later = await victim.query("select 1").catch((error) => error);
  expect(later).toMatchObject({ code: "CONNECTION_LOST", wasSent: false });
  expect(errors.isRetryable(later)).toBe(true);
});
