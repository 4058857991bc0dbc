import { readFileSync } from "node:fs";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/database.ts";
import { FULL, sample } from "../../../../test/sample.ts";
import { splitStatements } from "../../src/migrations/index.ts";
import { vectorFile } from "./graph-cases.ts";
import { CASES } from "./operations-cases/all.ts";
import { facts } from "./operations-cases/facts.ts";

const texts = (sql: string): string[] => splitStatements(sql).map(({ text }) => text);

/** Each is one statement, whatever semicolons are in it. PostgreSQL runs all of them one after another. */
const PITFALLS: readonly string[] = [
  "select 1",
  "select ';', 'it''s; ok', ''",
  "select 'back\\', ';\\'",
  "select e'it\\'s; ok', E'\\\\', e'a''b;'",
  "select e'one'\n  'tw\\'o;'",
  "select E'one' -- and on;\n -- again;\n 'tw\\'o;'",
  'select U&\'d\\0061t;a\', U&"c;ol" from (select 1 as "c;ol") s',
  "select b'01', x'1F', n'a;b\\', date'2026-01-01'",
  'select 1 as "a;b", 2 as "say ""hi;"""',
  "select $$;$$, $a$;$$;$b$;$a$, $ünï_1$;$x$;$ünï_1$",
  "select a$b$c from (select 1 as a$b$c) s",
  "select $q$it's; /* not a comment */ -- nor this$q$",
  "select 1 /* ; /* nested; ' \" $$ */ ; */ + 1",
  "select 1 -- ; ' \" $$ /*\n + 2",
  "select 5 -/* ; */ 3, 7 -- ;\n - 2",
  "select 2 <> 1, 3*-1, @ -4, 8/2",
  'create table t (a int, b text default \';\', "c;d" int check ("c;d" > 0))',
  "create rule r as on insert to t do also (delete from t where b = 'x;'; update t set a = (a + 1))",
  "create function f() returns int language plpgsql as $$ begin return 1; end; $$",
  "create or replace function g(n int) returns int begin atomic select 1; select case when n > 1 then 2 end; select 3; end",
  "CREATE PROCEDURE p() BEGIN ATOMIC INSERT INTO t (a) VALUES (1); DELETE FROM t WHERE a = CASE 1 WHEN 1 THEN 2 ELSE 3 END; END",
  "create function h(a int default (case when true then 1 end)) returns int begin atomic select a as end; select (1); end",
  "create function begin_() returns int language sql as 'select 1; select 2'",
  "create function k() returns int return case when true then 1 end",
  "do $do$ begin perform 1; if true then perform ';'; end if; end $do$",
  "comment on table t is E'line\\n; \\'two\\''",
  "insert into t (b) values ('a;'\n'b;')",
  "savepoint s",
  "rollback to s",
  "rollback work to savepoint s",
  "rollback transaction to savepoint s",
  "release savepoint s",
  "select 1e5, 0x1F, 1_000, .5, 1.",
  "select array[1, 2], '{;}'::text[], ('{\"a\": \";\"}'::jsonb) ->> 'a'",
  "copy t to '/dev/null'",
  "prepare transaction_ as select 1",
  "select 'ﬁ; 名前; 🙂;', 1 as \"名;前\"",
];

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  client.on("notice", () => {});
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** What the server says it did: a command for each statement that it saw. */
async function commands(sql: string): Promise<string[]> {
  const results = (await client.query(sql)) as unknown as pg.QueryResult | pg.QueryResult[];
  return [results].flat().map(({ command }) => command);
}

/** Runs work in a transaction that is rolled back. */
async function inside<T>(work: () => Promise<T>): Promise<T> {
  await client.query("begin");
  try {
    return await work();
  } finally {
    await client.query("rollback");
    const { rows } = await client.query<{ name: string }>("select name from pg_prepared_statements where from_sql");
    for (const { name } of rows) await client.query(`deallocate ${name}`); // they outlive a transaction
  }
}

describe("one statement each", () => {
  test.each(PITFALLS)("%s", (statement) => {
    expect(texts(statement)).toEqual([statement]);
    expect(texts(`${statement};`)).toEqual([statement]);
    expect(texts(`${statement};${statement}`)).toEqual([statement, statement]);
  });

  test("PostgreSQL sees as many as are cut, and makes the same of them", async () => {
    const whole = `${PITFALLS.join(";\n")};`;
    const [seen, made] = await inside(async () => [await commands(whole), await facts(client)]);
    const [cut, remade] = await inside(async () => {
      const all: string[] = [];
      for (const text of texts(whole)) all.push(...(await commands(text)));
      return [all, await facts(client)];
    });
    expect(cut).toEqual(seen);
    expect(cut).toHaveLength(PITFALLS.length);
    expect(remade).toEqual(made);
  });
});

const vectors = vectorFile("diff-cases.json");
const corpus =
  vectors === undefined ? "our own operations (the vectors are absent)" : "our own operations and the vectors";

/** Schemas, and the roles that they need. */
function schemas(): ReadonlyMap<string, readonly string[]> {
  const own = CASES.filter(({ recovery }) => recovery === undefined);
  const all = new Map(own.map(({ before, sql }): [string, string[]] => [`${before};\n${sql}`, ["operations_role"]]));
  if (vectors === undefined) return all;
  type Case = { from_sql: string; to_sql: string; roles?: string[] };
  for (const { from_sql, to_sql, roles = [] } of JSON.parse(readFileSync(vectors, "utf8")) as Case[]) {
    for (const sql of [from_sql, to_sql]) all.set(sql, roles);
  }
  return all;
}

test(`PostgreSQL sees as many statements in the schemas of ${corpus}`, async () => {
  const wrong: string[] = [];
  for (const [sql, roles] of sample([...schemas()], 200)) {
    const run = (parts: readonly string[]): Promise<string[]> =>
      inside(async () => {
        for (const role of roles) {
          await client.query(
            `do $$ begin create role "${role}"; exception when duplicate_object or unique_violation then null; end $$`,
          );
        }
        const done: string[] = [];
        for (const part of parts) done.push(...(await commands(part)));
        return done.filter((command) => command !== null);
      });
    if ((await run(texts(sql))).join() !== (await run([sql])).join()) wrong.push(sql);
  }
  expect(wrong).toEqual([]);
});

test("nothing is left out but semicolons, space and comments", () => {
  const space = fc.constantFrom(" ", "\n", "\t", "\r\n", "-- a; 'comment\n", "/* ; /* ' */ $$ */", ";", "\uFEFF");
  const gap = fc.array(space, { maxLength: 4 }).map((parts) => parts.join(""));
  const text = fc.tuple(gap, fc.array(fc.tuple(fc.constantFrom(...PITFALLS), gap), { maxLength: 6 }));
  fc.assert(
    fc.property(text, ([first, pairs]) => {
      const sql = first + pairs.map(([statement, after]) => `${statement}\n;${after}`).join("");
      const statements = splitStatements(sql);
      let at = 0;
      let between = "";
      for (const { text, line } of statements) {
        const found = sql.indexOf(text, at);
        expect(found).toBeGreaterThanOrEqual(at);
        expect(line).toBe(sql.slice(0, found).split("\n").length);
        between += sql.slice(at, found);
        at = found + text.length;
      }
      between += sql.slice(at);
      expect(between.replace(/--[^\n]*\n|\/\* ; \/\* ' \*\/ \$\$ \*\/|[;\s\uFEFF]/g, "")).toBe("");
      const bare = statements.map(({ text }) =>
        text.replace(/^(?:--[^\n]*\n|\/\* ; \/\* ' \*\/ \$\$ \*\/|[\s\uFEFF])*/, ""),
      );
      expect(bare.map((one) => one.trimEnd())).toEqual(pairs.map(([statement]) => statement.trimEnd()));
    }),
  );
});

test("PostgreSQL makes the same of the whole and of the pieces, however they are joined", async () => {
  const free = PITFALLS.filter((statement) => !/\bt\b|savepoint|rollback/i.test(statement));
  const gap = fc.constantFrom("", "\n", "-- a; 'comment\n", "/* ; /* ' */ $$ */", ";;\n", "\t\r\n");
  const text = fc
    .tuple(fc.shuffledSubarray(free), fc.array(gap, { minLength: free.length, maxLength: free.length }))
    .map(([statements, gaps]) => statements.map((statement, index) => `${gaps[index]}${statement}\n;`).join(""));
  await fc.assert(
    fc.asyncProperty(text, async (sql) => {
      const whole = await inside(async () => [await commands(sql), await facts(client)]);
      const pieces = await inside(async () => {
        const done: string[] = [];
        for (const piece of texts(sql)) done.push(...(await commands(piece)));
        return [done.length === 0 ? [null] : done, await facts(client)];
      });
      expect(pieces).toEqual(whole);
    }),
    { numRuns: FULL ? 100 : 10 },
  );
});

test.each([
  ["", []],
  [" ;; -- nothing\n ; /* at all */", []],
  ["\uFEFFselect 1", ["select 1"]],
  ["-- why\nselect 1; -- after\nselect 2", ["-- why\nselect 1", "-- after\nselect 2"]],
  ["select (1;2); select 3", ["select (1;2)", "select 3"]],
])("%j", (sql, expected) => {
  expect(texts(sql)).toEqual(expected);
});

test("the line is that of the statement, with the comment before it", () => {
  const sql = "\n-- one\nselect 1;\r\n\nselect\n2;select 3";
  expect(splitStatements(sql).map(({ line }) => line)).toEqual([2, 5, 6]);
});

test.each([
  ["select 'a", "Line 1 of the SQL: a text or name in quotes that never ends"],
  ["select 1;\nselect e'a\\'", "Line 2"],
  ['select "a', "a text or name in quotes"],
  ["select\n$x$ a $y$", "Line 2 of the SQL: a text in $x$"],
  ["select 1 /* /* */", "a comment that never ends"],
  ["select 1;\n\nselect (1", "Line 3 of the SQL: a parenthesis"],
  ["create function f() returns int begin atomic select 1;", "BEGIN ATOMIC has no END"],
  ["\\connect other", "a command of psql"],
  ["select 1;\n\\restrict abc", "Line 2"],
  ["select 1 \\gset", "a command of psql"],
  ["copy t from stdin;", "COPY FROM STDIN"],
  ["COPY t (a, b) FROM STDIN WITH (format csv);\n1,2\n", "COPY FROM STDIN"],
  ["begin", "must not begin or end a transaction"],
  ["/* a */ -- b\n Begin", "must not begin or end a transaction"],
  ["select 1; START  transaction", "must not begin or end a transaction"],
  ["select 1;\ncommit;", "Line 2"],
  ["end", "must not begin or end a transaction"],
  ["abort", "must not begin or end a transaction"],
  ["rollback", "must not begin or end a transaction"],
  ["rollback and chain", "must not begin or end a transaction"],
  ["prepare transaction 'a'", "must not begin or end a transaction"],
  ["commit prepared 'a'", "must not begin or end a transaction"],
])("refused: %j", (sql, reason) => {
  expect(() => splitStatements(sql)).toThrow(expect.objectContaining({ code: "DEFINITION_INVALID" }));
  expect(() => splitStatements(sql)).toThrow(reason);
});

test("a long text takes time in proportion to its length", () => {
  const statement = `insert into t values ('${"it''s ".repeat(200)}', $$${"x;".repeat(100)}$$); -- a comment\n`;
  expect(splitStatements(statement.repeat(2000))).toHaveLength(2000);
});
