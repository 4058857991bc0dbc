import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/database.ts";
import type { Catalog } from "../../src/migrations/catalog/catalog.ts";
import { catalogOf, find } from "./catalog-of.ts";

const database = await createTestDatabase();
let catalog: Catalog;
beforeAll(async () => {
  await database.query(`
    create extension citext;
    create schema other;
    create type mood as enum ('ok');
    create function is_code(text) returns boolean language sql immutable return $1 <> '';
    create function fallback() returns int language sql immutable return 1;
    create domain positive as int check (value > 0);
    create domain code as text check (is_code(value));
    create domain plenty as positive default fallback();
    create domain codes as code[];
    create type address as (street code, moods mood[]);
    create type coderange as range (subtype = text, multirange_type_name = many_codes);
    create sequence counter;
    create sequence owned;
    create table users (id int primary key, email citext, moods mood[], home address, ranges coderange, many many_codes,
      n int default nextval('counter'), f int default fallback(), p positive, o int default nextval('owned'),
      g int generated always as (p + f) stored, gone int, constraint c check (is_code(email::text) and n > 0));
    alter table users drop column gone;
    alter sequence owned owned by users.o;
    create table other.notes (id int, user_id int, who users, all_of users[], x int, y int, z int,
      constraint fk foreign key (user_id) references users);
    create unique index by_x on other.notes (x, y);
    alter table other.notes add constraint fk2 foreign key (z, y) references other.notes (x, y);
    create index ix on users (cardinality(moods), n) include (f) where fallback() = p;
    create index plain on users (n);
    create collation de (provider = icu, locale = 'de');
    create index by_de on users ((email::text) collate de);
    create view v1 as select id, n as number from users where p > 0;
    create view v2 as select number from v1;
    create view v3 as select count(*) from users;
    create view v4 as select u.id, u.f from users u group by u.id;
    create view v5 as select u as whole from users u;
    create materialized view m as select * from v2;
    create function sql_body(m mood) returns setof v1 language sql begin atomic select id, number from v1; end;
    create function takes(u users[], c many_codes) returns other.notes language sql as 'select null::other.notes';
    create function touch() returns trigger language plpgsql as 'begin end';
    create trigger t before update of n on users for each row when (new.f is null) execute function touch();
    create policy own on users using (exists (select from other.notes where user_id = users.id) and fallback() = 1);
    create statistics s on n, f from users;
    create rule r as on insert to other.notes do also insert into users (id) values (new.id);
    create table parent (a int, b int, primary key (a, b)) partition by range (a);
    create table child partition of parent for values from (0) to (1);
    create index on parent (b);
    create table to_child (a int, b int, constraint fk3 foreign key (a, b) references child);
    create table heir (z int) inherits (users);
    create table typed of address;
    create function adds(int, int) returns int language sql return $1 + $2;
    create aggregate total (int) (sfunc = adds, stype = int);
    create function on_ddl() returns event_trigger language plpgsql as 'begin end';
    create event trigger e on ddl_command_start execute function on_ddl();
  `);
  catalog = await catalogOf(database);
});
afterAll(() => database.drop());

const c = (...columns: string[]): string[] => columns.map((column) => `column public.users.${column}`);

test.each<[key: string, needs: readonly string[]]>([
  // Types.
  ["type public.mood", []],
  ["type public.code", ["function public.is_code(text)"]],
  ["type public.plenty", ["function public.fallback()", "type public.positive"]],
  ["type public.codes", ["type public.code"]],
  ["type public.address", ["type public.code", "type public.mood"]],
  ["type public.coderange", []],
  // Columns: types, arrays and multiranges, defaults, generated ones; an extension stands for what it has brought.
  ["column public.users.id", []],
  ["column public.users.email", ["extension citext"]],
  ["column public.users.moods", ["type public.mood"]],
  ["column public.users.home", ["type public.address"]],
  ["column public.users.ranges", ["type public.coderange"]],
  ["column public.users.many", ["type public.coderange"]],
  ["column public.users.n", ["sequence public.counter"]],
  ["column public.users.f", ["function public.fallback()"]],
  ["column public.users.o", ["sequence public.owned"]],
  ["column public.users.g", c("f", "p")],
  ["column other.notes.who", ["table public.users"]],
  ["column other.notes.all_of", ["table public.users"]],
  ["sequence public.owned", []],
  ["table public.users", []],
  ["table other.notes", []],
  // Constraints and indexes: not the table and its columns that they say themselves.
  ["constraint public.users.users_pkey", []],
  ["constraint public.users.c", ["function public.is_code(text)"]],
  ["constraint other.notes.fk", ["column public.users.id", "constraint public.users.users_pkey"]],
  ["constraint other.notes.fk2", ["column other.notes.x", "column other.notes.y", "index other.by_x"]],
  ["index public.plain", []],
  ["index public.ix", [...c("f", "moods", "n", "p"), "function public.fallback()"]],
  ["index public.by_de", ["collation public.de", "column public.users.email"]],
  // Views: columns, not the whole table.
  ["view public.v1", c("id", "n", "p")],
  ["view public.v2", ["view public.v1"]],
  ["view public.v3", ["table public.users"]],
  ["view public.v4", [...c("f", "id"), "constraint public.users.users_pkey"]],
  ["view public.v5", ["table public.users"]],
  ["view public.m", ["view public.v2"]],
  // Routines.
  ["function public.fallback()", []],
  ["function public.sql_body(public.mood)", ["type public.mood", "view public.v1"]],
  [
    "function public.takes(public.users[], public.many_codes)",
    ["table other.notes", "table public.users", "type public.coderange"],
  ],
  ["function public.total(integer)", ["function public.adds(integer, integer)"]],
  // What hangs on a table.
  ["trigger public.users.t", [...c("f", "n"), "function public.touch()"]],
  ["policy public.users.own", ["column other.notes.user_id", ...c("id"), "function public.fallback()"]],
  ["statistics public.s", c("f", "n")],
  ["rule other.notes.r", ["column other.notes.id", ...c("id")]],
  ["event trigger e", ["function public.on_ddl()"]],
  // Partitions and heirs.
  ["table public.child", ["table public.parent"]],
  ["index public.child_b_idx", ["index public.parent_b_idx"]],
  [
    "constraint public.to_child.fk3",
    ["column public.child.a", "column public.child.b", "constraint public.parent.parent_pkey"],
  ],
  ["table public.heir", ["table public.users"]],
  ["table public.typed", ["type public.address"]],
])("%s", (key, needs) => {
  expect(find(catalog, key)?.needs).toEqual(needs);
});

test("a dropped column is nobody's", () => {
  expect(JSON.stringify(catalog)).not.toMatch(/gone|pg\.dropped/);
});
