import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import type { Catalog } from "../../src/migrations/catalog/catalog.ts";
import { catalogOf, find } from "./catalog-of.ts";
import { CREATE_ROLES } from "./catalog-sample.ts";

const database = await createTestDatabase();
let catalog: Catalog;
beforeAll(async () => {
  await database.query(`${CREATE_ROLES};
    create schema app;
    create extension citext schema app;
    create type mood as enum ('b', 'it''s', 'a');
    alter type mood add value 'between' before 'it''s';
    create domain score as int default 5 not null constraint low check (value > 0) constraint high check (value < 10);
    alter domain score add constraint later check (value <> 7) not valid;
    create domain app.code as varchar(5) collate "C" check (value <> '');
    create domain nested as score[];
    create type address as (street varchar(20), city text collate "C", gone int, m mood[]);
    alter type address drop attribute gone;
    create type float_range as range (subtype = float8, subtype_diff = float8mi);
    create type spans as range (subtype = text, subtype_opclass = text_pattern_ops, collation = "C", multirange_type_name = many);
    create type short as range (subtype = int4);
    create sequence counter as smallint increment 5 minvalue 2 maxvalue 99 start 7 cache 3 cycle;
    create sequence down increment -2; create sequence huge start 9007199254740993;
    create function touch() returns trigger language plpgsql as $$ begin return null; end $$;
    create function app.add(a int, b int default 1, variadic c int[] default '{}') returns int
      language sql immutable strict parallel safe cost 7 leakproof return a + b;
    create function outs(x int, out y int, out z text) language sql as 'select 1, ''a''';
    create function ways(inout x int) returns setof int language sql rows 7 as 'select 1';
    create function tab(m mood) returns table (id int, who text) language sql stable begin atomic select 1, 'a'; end;
    create function "do (it)"("Arg" mood[]) returns setof mood language plpgsql security definer
      set search_path = app, "$user", "Odd.One" set work_mem = '64MB' set statement_timeout = 5000 set search_path to ''
      as 'begin end';
    create function lists() returns int language sql set search_path = pg_catalog, "$user", "Od""d" as 'select 1';
    create procedure p(inout a int, b text default 'x,y)') language plpgsql as 'begin a := 1; end';
    create function one() returns int language internal immutable strict as 'int4pl';
    create function odd() returns void language sql as '';
    create table t (id int primary key);
    create collation de (provider = icu, locale = 'de-DE', deterministic = false);
    create aggregate total (int) (sfunc = int4pl, stype = int, initcond = '0', combinefunc = int4pl, parallel = safe);
    create aggregate ordered (float8 order by anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
    create rule "R" as on delete to t where old.id = 1 do instead nothing; alter table t disable rule "R";
    create function ev() returns event_trigger language plpgsql as 'begin end';
    create event trigger "log DDL" on ddl_command_end when tag in ('CREATE AGGREGATE', 'DROP AGGREGATE') execute function ev();
    create operator app.=== (leftarg = int, rightarg = int, function = int4eq, commutator = operator(app.===),
      negator = operator(app.!==), restrict = eqsel, join = eqjoinsel, hashes, merges);
    create operator app.@@@ (rightarg = int, function = int4abs);
    create text search dictionary words (template = simple, stopwords = english);
    create foreign data wrapper catalog_fdw; create server catalog_server foreign data wrapper catalog_fdw;
    create foreign table far (a int default 1) server catalog_server;
    comment on type mood is 'it''s'; comment on function touch() is 'touches';
    comment on rule "R" on t is 'ru'; comment on collation de is 'co';
    comment on schema app is 'sc'; comment on sequence counter is 'se';
  `);
  catalog = await catalogOf(database);
});
afterAll(() => database.drop());

test.each<[key: string, object: object]>([
  ["schema app", { name: "app", comment: "sc" }],
  ["extension citext", { name: "citext", schema: "app", version: expect.stringMatching(/^\d/) }],
  // Types.
  ["type public.mood", { name: "mood", type: "public.mood", values: ["b", "between", "it's", "a"], comment: "it's" }],
  [
    "type public.score",
    {
      definition: {
        type: "integer",
        default: "5",
        notNull: true,
        checks: { high: "VALUE < 10", later: "VALUE <> 7", low: "VALUE > 0" },
      },
      notValid: ["later"],
    },
  ],
  [
    "type app.code",
    {
      name: "app.code",
      definition: { type: "varchar(5)", collation: "C", checks: { code_check: "(VALUE)::text <> ''::text" } },
      notValid: [],
    },
  ],
  ["type public.nested", { definition: { type: "score[]" } }],
  [
    "type public.address",
    { attributes: { street: "varchar(20)", city: { type: "text", collation: "C" }, m: "mood[]" } },
  ],
  ["type public.float_range", { definition: { subtype: "double precision", subtypeDiff: "float8mi" } }],
  [
    "type public.spans",
    { definition: { subtype: "text", opclass: "text_pattern_ops", collation: "C", multirange: "many" } },
  ],
  ["type public.short", { definition: { subtype: "integer" } }],
  // Sequences.
  [
    "sequence public.counter",
    { definition: { type: "smallint", increment: 5, min: 2, max: 99, start: 7, cache: 3, cycle: true }, comment: "se" },
  ],
  ["sequence public.down", { definition: { increment: -2 } }],
  ["sequence public.huge", { definition: { start: 9007199254740993n } }],
  // Routines.
  [
    "function public.touch()",
    {
      kind: "function",
      signature: "touch()",
      definition: { returns: "trigger", body: " begin return null; end " },
      shape: "() returns trigger",
      comment: "touches",
    },
  ],
  [
    "function app.add(integer, integer, integer[])",
    {
      signature: "app.add(a integer, b integer DEFAULT 1, VARIADIC c integer[] DEFAULT '{}'::integer[])",
      shape: "(a integer, b integer, VARIADIC c integer[]) returns integer",
      definition: {
        returns: "integer",
        volatility: "immutable",
        strict: true,
        leakproof: true,
        parallel: "safe",
        cost: 7,
        sqlBody: "RETURN (a + b)",
      },
    },
  ],
  [
    "function public.outs(integer)",
    {
      signature: "outs(x integer, OUT y integer, OUT z text)",
      definition: { returns: "record", language: "sql", body: "select 1, 'a'" },
    },
  ],
  [
    "function public.ways(integer)",
    {
      signature: "ways(INOUT x integer)",
      definition: { returns: "SETOF integer", language: "sql", rows: 7, body: "select 1" },
    },
  ],
  [
    "function public.tab(public.mood)",
    {
      definition: {
        returns: "TABLE(id integer, who text)",
        volatility: "stable",
        sqlBody: "BEGIN ATOMIC\n SELECT 1,\n     'a'::text;\nEND",
      },
    },
  ],
  [
    'function public."do (it)"(public.mood[])',
    {
      signature: { name: "do (it)", arguments: '"Arg" public.mood[]' },
      definition: {
        returns: "SETOF public.mood",
        securityDefiner: true,
        set: { search_path: "''", work_mem: "'64MB'", statement_timeout: "5000" },
        body: "begin end",
      },
    },
  ],
  [
    "function public.lists()",
    {
      definition: {
        returns: "integer",
        language: "sql",
        set: { search_path: `pg_catalog, '$user', 'Od"d'` },
        body: "select 1",
      },
    },
  ],
  [
    "procedure public.p(integer, text)",
    {
      kind: "procedure",
      signature: "p(INOUT a integer, IN b text DEFAULT 'x,y)'::text)",
      definition: { body: "begin a := 1; end" },
    },
  ],
  [
    "function public.one()",
    { definition: { returns: "integer", language: "internal", volatility: "immutable", strict: true, body: "int4pl" } },
  ],
  [
    "function public.odd()",
    {
      what: "function public.odd()",
      drop: 'drop function "public"."odd"()',
      create: expect.stringMatching(/^CREATE OR REPLACE FUNCTION public.odd/),
    },
  ],
  // What no operation makes.
  [
    "collation public.de",
    {
      what: "collation public.de",
      drop: "drop collation public.de",
      create:
        "create collation public.de (provider = icu, locale = 'de-DE', deterministic = false);\n" +
        "comment on collation public.de is 'co'",
    },
  ],
  [
    "function public.total(integer)",
    {
      drop: 'drop aggregate "public"."total"(integer)',
      create: `create aggregate "public"."total"(integer) (sfunc = int4pl, stype = integer, combinefunc = int4pl, initcond = '0', parallel = safe)`,
    },
  ],
  [
    "function public.ordered(double precision, anyelement)",
    {
      create: `create aggregate "public"."ordered"(double precision ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra)`,
    },
  ],
  [
    'rule public.t."R"',
    {
      of: "table public.t",
      drop: 'drop rule "R" on public.t',
      create: expect.stringMatching(
        /DO INSTEAD NOTHING;\nalter table public.t disable rule "R";\ncomment on rule "R" on public.t is 'ru'$/,
      ),
    },
  ],
  [
    'event trigger "log DDL"',
    {
      drop: 'drop event trigger "log DDL"',
      create: `create event trigger "log DDL" on ddl_command_end when tag in ('CREATE AGGREGATE', 'DROP AGGREGATE') execute function public.ev()`,
    },
  ],
  [
    "operator app.===(integer,integer)",
    {
      drop: "drop operator app.===(integer,integer)",
      create:
        "create operator app.=== (function = int4eq, leftarg = integer, rightarg = integer, commutator = operator(app.===), " +
        "negator = operator(app.!==), restrict = eqsel, join = eqjoinsel, hashes, merges)",
    },
  ],
  [
    "operator app.@@@(NONE,integer)",
    {
      drop: "drop operator app.@@@(NONE,integer)",
      create: "create operator app.@@@ (function = int4abs, rightarg = integer)",
    },
  ],
  [
    "text search dictionary public.words",
    { create: "create text search dictionary public.words (template = pg_catalog.simple, stopwords = 'english')" },
  ],
  [
    "table public.far",
    {
      kind: "foreign",
      columns: [expect.objectContaining({ definition: { type: "integer", nullable: true, default: "1" } })],
    },
  ],
  ["server catalog_server", { needs: ["foreign-data wrapper catalog_fdw"] }],
])("%s", (key, object) => {
  expect(find(catalog, key)).toMatchObject(object);
});

test("an operator that another has only announced is not there", () => {
  expect(catalog.others.map(({ key }) => key).filter((key) => key.startsWith("operator"))).toHaveLength(2);
});

test("functions of ranges are the range's", () => {
  expect(
    catalog.routines.map(({ signature }) => signature).filter((name) => /range|spans|many|short/.test(String(name))),
  ).toEqual([]);
});
