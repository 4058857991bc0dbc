import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import type { Catalog } from "../../src/migrations/catalog/catalog.ts";
import { catalogOf, find } from "./catalog-of.ts";
import { CREATE_ROLES } from "./catalog-sample.ts";

const database = await createTestDatabase();
let catalog: Catalog;
beforeAll(async () => {
  await database.query(`${CREATE_ROLES};
    create schema app authorization catalog_writer; create schema closed;
    create table plain (id int); create table t (id int, "Co l" int, b int generated always as identity, s serial);
    create table mine (id int); create table none (id int); create table said (id int); create table chained (id int);
    create view v as select id from t; create sequence counter;
    create type mood as enum ('a'); create domain score as int; create type pair as (a int); create type span as range (subtype = int4);
    create function f() returns int language sql return 1; create function g(int) returns int language sql return 1;
    create procedure p() language sql as 'select 1'; create function o() returns int language sql return 1;
    grant select, insert on t to catalog_reader; grant update, delete on t to catalog_writer with grant option;
    grant select, update ("Co l") on t to catalog_reader; grant references (id, b) on t to public;
    grant usage on sequence t_b_seq to catalog_reader; grant select on sequence t_s_seq to catalog_reader;
    alter table mine owner to catalog_writer; revoke truncate, trigger on mine from catalog_writer;
    revoke all on none from current_user;
    grant all on said to current_user; grant select on said to public; revoke select on said from public;
    grant select on chained to catalog_writer with grant option; set role catalog_writer; grant select on chained to catalog_reader;
    reset role; grant select on chained to catalog_reader with grant option;
    grant select on v to public; grant select (id) on v to catalog_reader; grant usage, select on sequence counter to catalog_reader;
    grant usage, create on schema closed to catalog_reader; grant usage on schema app to public;
    revoke usage on type mood from public; grant usage on type mood, pair, span, score to catalog_reader;
    revoke execute on function f(), g(int) from public; grant execute on function g(int) to catalog_reader with grant option;
    grant execute on procedure p() to catalog_writer; alter function o() owner to catalog_writer; revoke execute on function o() from catalog_writer;
  `);
  catalog = await catalogOf(database);
});
afterAll(() => database.drop());

const reader = (...privileges: string[]) => ({ role: "catalog_reader", privileges });
const writer = (...privileges: string[]) => ({ role: "catalog_writer", privileges });
const everybody = (...privileges: string[]) => ({ role: "public", privileges });
const ALL = ["delete", "insert", "references", "select", "trigger", "truncate", "update"];

test.each<[key: string, owner: string | undefined, granted?: readonly object[], revoked?: readonly object[]]>([
  ["table public.plain", "postgres"],
  ["table public.said", "postgres"],
  ["table public.t", "postgres", [reader("insert", "select"), { ...writer("delete", "update"), grantable: true }], []],
  ['column public.t."Co l"', undefined, [reader("update")], []],
  ["column public.t.id", undefined, [everybody("references")], []],
  ["table public.mine", "catalog_writer", [], [writer("trigger", "truncate")]],
  ["table public.none", "postgres", [], [{ role: "postgres", privileges: ALL }]],
  [
    "table public.chained",
    "postgres",
    [
      { ...reader("select"), grantable: true },
      { ...writer("select"), grantable: true },
    ],
    [],
  ],
  ["view public.v", "postgres", [everybody("select")], []],
  ["sequence public.counter", "postgres", [reader("select", "usage")], []],
  ["sequence public.t_s_seq", "postgres", [reader("select")], []],
  ["schema app", "catalog_writer", [everybody("usage")], []],
  ["schema closed", "postgres", [reader("create", "usage")], []],
  ["type public.mood", "postgres", [reader("usage")], [everybody("usage")]],
  ["type public.pair", "postgres", [reader("usage")], []],
  ["type public.span", "postgres", [reader("usage")], []],
  ["type public.score", "postgres", [reader("usage")], []],
  ["function public.f()", "postgres", [], [everybody("execute")]],
  ["function public.g(integer)", "postgres", [{ ...reader("execute"), grantable: true }], [everybody("execute")]],
  ["procedure public.p()", "postgres", [writer("execute")], []],
  ["function public.o()", "catalog_writer", [], [writer("execute")]],
])("%s", (key, owner, granted, revoked) => {
  const found = find(catalog, key)!;
  expect(found["owner"]).toBe(owner);
  expect(found["privileges"]).toEqual(granted === undefined ? undefined : { granted, revoked });
});

test("the sequence of an identity column and the columns of a view have privileges too", () => {
  expect(find(catalog, "column public.t.b")).toMatchObject({
    privileges: { granted: [everybody("references")] },
    identityPrivileges: { granted: [reader("usage")], revoked: [] },
  });
  expect(find(catalog, "view public.v")).toMatchObject({
    columns: [{ name: "id", privileges: { granted: [reader("select")], revoked: [] } }],
  });
});
