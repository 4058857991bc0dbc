import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type DataConnection,
  type Operations,
  type RecordedStep,
  record,
  reverseOf,
} from "../../src/migrations/index.ts";
import { RENDERERS } from "../../src/migrations/operations/record.ts";

const sqlOf = (steps: readonly RecordedStep[]): string[] =>
  steps.map((step) => (step.kind === "sql" ? step.statement.text : "data"));

/** What a file without a type check can say. */
const untyped = (op: Operations): Record<string, (...given: unknown[]) => void> =>
  op as unknown as Record<string, (...given: unknown[]) => void>;

describe("refused before anything is sent", () => {
  test.each<[string, (op: Operations) => unknown, string]>([
    ["a name beyond 63 bytes", (op) => op.dropTable("ü".repeat(32)), "longer than PostgreSQL's 63 bytes"],
    ["an empty name", (op) => op.dropTable(""), 'op.dropTable("", …): A name is empty'],
    ["an empty part of a name", (op) => op.dropTable("audit."), "A name is empty"],
    ["a name that is none", (op) => untyped(op)["dropTable"]!(7), "A name is empty or no text"],
    ["a name of no parts", (op) => op.dropTable([]), "A name is empty"],
    ["a name of three parts", (op) => op.dropTable("a.b.c"), 'write it as ["a","b.c"]'],
    ["an index's name with a schema", (op) => op.createIndex("s.i", "t", ["a"]), 'write it as ["s.i"]'],
    ["a new name with a schema", (op) => op.renameTable("a", "s.b"), "cannot have here"],
    ["a zero byte", (op) => op.dropColumn("t", "a\0b"), "zero byte"],
    ["an index without columns", (op) => op.createIndex("i", "t", []), "list of columns is empty"],
    ["no columns at all", (op) => untyped(op)["createIndex"]!("i", "t"), "list of columns is no array"],
    ["a key of nothing", (op) => op.createUniqueConstraint("u", "t", []), "wrong columns"],
    ["a column without a type", (op) => op.addColumn("t", "a", {} as never), 'Column "a" has no type'],
    ["no column at all", (op) => untyped(op)["addColumn"]!("t", "a"), 'Column "a" must be an object'],
    [
      "a misspelt key",
      (op) => op.addColumn("t", "a", { type: "int", nulable: true } as never),
      "not nulable. Did you mean nullable?",
    ],
    [
      "a key of Object",
      (op) => untyped(op)["addColumn"]!("t", "a", { type: "int", constructor: 1 }),
      "not constructor",
    ],
    [
      "a wrong kind",
      (op) => untyped(op)["createIndex"]!("i", "t", ["a"], { unique: "yes" }),
      "wrong unique: it must be true or false",
    ],
    [
      "a wrong word",
      (op) => untyped(op)["addColumn"]!("t", "a", { type: "text", storage: "far" }),
      'wrong storage: it must be "plain" or',
    ],
    [
      "a misspelt option",
      (op) => untyped(op)["createIndex"]!("ix", "t", ["a"], { concurently: true }),
      'op.createIndex("ix", …): It takes unique, method, include, nullsNotDistinct, where, with, tablespace, only, concurrently, not concurently. Did you mean concurrently?',
    ],
    [
      "two sources of a value",
      (op) => op.addColumn("t", "a", { type: "int", default: "1", generated: "2" }),
      "more than one of",
    ],
    [
      "an identity of nothing",
      (op) => untyped(op)["addColumn"]!("t", "a", { type: "int", identity: { start: 1 } }),
      "identity without generated",
    ],
    [
      "an identity whose sequence is misspelt",
      (op) => untyped(op)["addColumn"]!("t", "Id", { type: "int", identity: { generated: "always", strat: 1 } }),
      'The identity of column "Id"',
    ],
    ["a table without columns", (op) => op.createTable("t", {}), "A table has columns"],
    [
      "a constraint of no kind",
      (op) => untyped(op)["dropConstraint"]!("c", "t", { was: { chek: "a > 0" } }),
      "none of primaryKey, unique",
    ],
    ["a change of nothing", (op) => op.alterColumn("t", "a", {}), "changes nothing"],
    ["using without a type", (op) => op.alterColumn("t", "a", { using: "a::int" }), "without a type"],
    [
      "an identity that cannot be set",
      (op) => op.alterColumn("t", "a", { identity: { generated: "always", start: 1 }, was: { identity: "always" } }),
      "alterSequence",
    ],
    [
      "a was that says too little",
      (op) => op.alterTable("t", { unlogged: true, with: { fillfactor: 1 }, was: { unlogged: false } }),
      "does not say what with was",
    ],
    [
      "a was that is wrong",
      (op) => op.dropTable("t", { was: { columns: { a: {} as never } } }),
      'op.dropTable("t", …): op.createTable("t", …): Column "a" has no type',
    ],
    [
      "a was that misspells",
      (op) => untyped(op)["dropIndex"]!("i", { was: { table: "t", keys: ["a"], uniqe: true } }),
      "Did you mean unique?",
    ],
    ["a was of an index without its table", (op) => untyped(op)["dropIndex"]!("i", { was: {} }), "has no table"],
    ["a kind of object", (op) => untyped(op)["comment"]!("tabel", "t", "x"), 'Did you mean "table"?'],
    ["a constraint's comment without its table", (op) => op.comment("constraint", "c", "x"), "needs on: its table"],
    ["a table's comment with a table", (op) => op.comment("table", "c", "x", { on: "t" }), "takes no on"],
    ["an enum with a value twice", (op) => op.createEnum("e", ["a", "a"]), "a value twice"],
    ["a value beyond 63 bytes", (op) => op.createEnum("e", ["x".repeat(64)]), "63 bytes"],
    [
      "a value both before and after",
      (op) => op.addEnumValue("e", "a", { before: "b", after: "c" }),
      "both before and after",
    ],
    [
      "an enum's column without a table",
      (op) => op.replaceEnum("e", ["a"], { columns: ["mood"] }),
      "no table before it",
    ],
    ["a routine without a body", (op) => op.createFunction("f()", { returns: "int" }), "a body or a sqlBody"],
    ["a routine with a half signature", (op) => op.dropFunction("f(int"), "does not end with a parenthesis"],
    [
      "an event of no kind",
      (op) => untyped(op)["createTrigger"]!("g", "t", { timing: "before", events: ["upsert"], function: "f" }),
      "An event is",
    ],
    ["privileges on nothing", (op) => untyped(op)["grant"]!(["select"], { tabel: "t" }, ["r"]), "one key of: table"],
    ["no role", (op) => op.grant(["select"], { table: "t" }, []), "The roles are an array"],
    ["a target of no kind", (op) => untyped(op)["reindex"]!("t"), "what is indexed anew"],
    ["op.sql called like a function", (op) => op.sql("select 1" as never), "template tag"],
    ["op.outside called like a function", (op) => op.outside("vacuum" as never), "op.outside is a template tag"],
    ["a broken escape", (op) => op.sql`select '\x'`, "broken escape"],
    ["no SQL", (op) => op.sql` -- nothing`, "holds no statement"],
    ["values in several statements", (op) => op.sql`select ${1}; select 2`, "only one statement can have values"],
    ["several statements outside", (op) => op.outside`vacuum a; vacuum b`, "holds one statement"],
    [
      "values outside",
      (op) => (op.outside as (t: TemplateStringsArray, v: unknown) => void)`vacuum ${1}`,
      "takes no values",
    ],
    ["a commit", (op) => op.sql`commit`, "must not begin or end"],
    [
      "an operation that there is not",
      (op) => untyped(op)["createTabel"]!("t"),
      "op.createTabel. Did you mean op.createTable?",
    ],
    ["an operation like no other", (op) => untyped(op)["constructor"]!("t"), "SQL does, in op.sql`…`"],
    ["data without work", (op) => untyped(op)["data"]!("fill"), "takes an async function"],
    ["an async function", async (op) => op.dropTable("t"), "async"],
  ])("%s", (_, describe_, reason) => {
    expect(() => record(describe_)).toThrow(expect.objectContaining({ code: "DEFINITION_INVALID" }));
    expect(() => record(describe_)).toThrow(reason);
  });
});

test("an error of the revision's own is left as it is", () => {
  const error = new RangeError("mine");
  expect(() =>
    record(() => {
      throw error;
    }),
  ).toThrow(error);
});

test("the guide's table has every operation", () => {
  const guide = readFileSync(new URL("../../../../docs/migrations.md", import.meta.url), "utf8");
  const [table = ""] = /\n\| Operations \|[\s\S]*?\n\n/.exec(guide) ?? [];
  const listed = new Set([...table.matchAll(/`([a-z]\w+)(?:`|\()/g)].map(([, name]) => name));
  expect(Object.keys(RENDERERS).filter((operation) => !listed.has(operation))).toEqual([]);
});

test("titles say what a step is about", () => {
  const titles = record((op) => {
    op.createIndex("ix_users_email", "audit.users", ["email"]);
    op.dropColumn("users", "nickname");
    op.rename("function", "audit.touch(int)", "touched");
    op.grant(["select"], { table: ["a", "b"] }, ["r"]);
    op.sql`/* why */ select   1 -- ${"a"}
      + ${1}`;
    op.data("fill slugs", async () => {});
    op.data(async () => {});
  }).map(({ title }) => title);
  expect(titles).toEqual([
    "createIndex ix_users_email",
    "dropColumn users.nickname",
    "rename function audit.touch(int)",
    "grant table a, b",
    "sql select 1 + $2",
    "data fill slugs",
    "data",
  ]);
});

test("an operation of several statements is several steps, of which the first takes all back", () => {
  const up = (op: Operations): void =>
    op.createTable("t", { columns: { a: { type: "int", comment: "x" } }, comment: "y" });
  const steps = record(up);
  expect(steps.map(({ operation }) => operation)).toEqual(["createTable", "createTable", "createTable"]);
  expect(sqlOf(record(reverseOf(up)))).toEqual(['drop table "t"']);
});

test("op.sql takes values in one statement, and any number of statements without", () => {
  const steps = record((op) => {
    op.sql`insert into t values (${1}, ${"'); drop table t; --"})`;
    op.sql`savepoint a; select ';' -- not here;
      ; rollback to savepoint a;`;
  });
  expect(steps.map((step) => step.kind === "sql" && step.statement)).toEqual([
    { text: "insert into t values ($1, $2)", values: [1, "'); drop table t; --"] },
    { text: "savepoint a", values: [] },
    { text: "select ';' -- not here;", values: [] },
    { text: "rollback to savepoint a", values: [] },
  ]);
});

test("of several statements each is looked at for what no transaction may hold", () => {
  const steps = record((op) => {
    op.sql`create table t (id int); create index concurrently i on t (id); analyze t; vacuum t`;
    op.sql`vacuum`;
  });
  const kinds = steps.map((step) => (step.kind === "sql" ? step.recovery?.kind : "data"));
  expect(kinds).toEqual([undefined, "createIndex", undefined, "repeat", "repeat"]);
});

test("nothing is recorded any more when the function has returned", () => {
  let kept: Operations | undefined;
  const steps = record((op) => {
    kept = op;
    op.sql`select 1`;
  });
  expect(() => kept?.dropTable("t")).toThrow('op.dropTable("t", …): It comes after the function had returned');
  expect(steps).toHaveLength(1);
});

describe("the way back", () => {
  test("goes last first", () => {
    const up = (op: Operations): void => {
      op.createTable("a", { columns: {} });
      op.renameTable("a", "b");
      op.createIndex("i", "b", ["x"], { concurrently: true });
    };
    expect(sqlOf(record(reverseOf(up)))).toEqual([
      'drop index concurrently "i"',
      'alter table "b" rename to "a"',
      'drop table "a"',
    ]);
  });

  test("names all that nothing takes back", () => {
    const downgrade = reverseOf((op) => {
      op.dropTable("users");
      op.createTable("a", { columns: {} });
      op.sql`select 1`;
      op.addEnumValue("mood", "sad");
    });
    expect(() => record(downgrade)).toThrow(
      expect.objectContaining({
        code: "IRREVERSIBLE_OPERATION",
        operations: ["dropTable users", "sql select 1", "addEnumValue mood.sad"],
      }),
    );
  });

  test("of data is what it was given", () => {
    const fill = async (_: DataConnection): Promise<void> => {};
    const empty = async (_: DataConnection): Promise<void> => {};
    const [there] = record((op) => op.data("fill", fill, { reverse: empty }));
    const [back] = record(reverseOf((op) => op.data("fill", fill, { reverse: empty })));
    expect(there).toMatchObject({ kind: "data", run: fill, title: "data fill" });
    expect(back).toMatchObject({ kind: "data", run: empty, title: "data fill" });
    const [again] = record(reverseOf(reverseOf((op) => op.data(fill, { reverse: empty }))));
    expect(again).toMatchObject({ run: fill, title: "data" });
    expect(() => record(reverseOf((op) => op.data(fill)))).toThrow("data");
  });

  test("of a change of a column needs all that changes", () => {
    const changes: [Parameters<Operations["alterColumn"]>[2], boolean][] = [
      [{ nullable: true }, true],
      [{ identity: "always" }, true],
      [{ nullable: true, default: "1" }, false],
      [{ nullable: true, default: "1", was: { default: null } }, true],
      [{ type: "bigint", was: { nullable: true } }, false],
      [{ comment: "x", was: { comment: null } }, true],
      [{ generated: null }, false],
    ];
    for (const [change, isReversible] of changes) {
      const [step] = record((op) => op.alterColumn("t", "a", change));
      expect([change, step!.reverse !== undefined]).toEqual([change, isReversible]);
    }
  });
});
