import { bothWays, pairs } from "./pair.ts";

const USES = `create table t (id int primary key, mood mood not null default 'ok', moods mood[] default '{ok}', check (mood <> 'sad'));
  create index i on t (mood) where mood = 'ok'; create view v as select id from t where mood = 'ok';
  create function f(m mood) returns bool language sql as $$ select m = 'ok' $$`;
const ROWS = "insert into t (id, mood, moods) values (1, 'ok', '{ok,happy}'), (2, 'happy', '{happy}')";
const KEPT = `do $$ begin
  assert (select array_agg(mood::text order by id) = '{ok,happy}' from t);
  assert (select array_agg(moods::text order by id) = '{"{ok,happy}","{happy}"}' from t); end $$`;

export const enums = pairs("enums", [
  ...bothWays([
    [
      "a value at a position, used all over",
      `create type mood as enum ('sad', 'ok', 'happy'); ${USES}; ${ROWS}`,
      `create type mood as enum ('sad', 'so-so', 'ok', 'fine', 'happy'); ${USES}; ${ROWS}`,
    ],
    [
      "another order, used all over",
      `create type mood as enum ('sad', 'ok', 'happy'); ${USES}; ${ROWS}`,
      `create type mood as enum ('happy', 'ok', 'sad'); ${USES}; ${ROWS}`,
    ],
  ]).map(([name, from, to]) => [name, from, to, { after_up: KEPT, after_down: KEPT }] as const),

  [
    "a value goes that no row has",
    `create type mood as enum ('sad', 'ok', 'happy', 'mad'); ${USES}; ${ROWS}`,
    `create type mood as enum ('sad', 'ok', 'happy'); ${USES}`,
    { after_up: KEPT, after_down: KEPT },
  ],
  ...bothWays([
    [
      "another order in a domain",
      "create type e as enum ('a', 'b'); create domain d as e default 'a'; create table t (x d)",
      "create type e as enum ('b', 'a'); create domain d as e default 'a'; create table t (x d)",
    ],
  ]).map(
    ([name, from, to]) => [name, from, to, { refused: /has .*\bd\b.* as its type, which would be made anew/ }] as const,
  ),
  ...bothWays([
    [
      "another order in an unused composite type",
      "create type e as enum ('a', 'b'); create type c as (x e, y int)",
      "create type e as enum ('b', 'a'); create type c as (x e, y int)",
    ],
    [
      "another order in an unused domain",
      "create type e as enum ('a', 'b'); create domain d as e default 'a'",
      "create type e as enum ('b', 'a'); create domain d as e default 'a'",
    ],
    [
      "an enum becomes text",
      "create type e as enum ('a', 'b'); create table t (x e default 'a'); insert into t values ('b')",
      "create table t (x text default 'a')",
    ],

    [
      "values with quotes and capitals",
      `create type "My Enum" as enum ('it''s', 'A "b"'); create table t (a "My Enum" default 'it''s')`,
      `create type "My Enum" as enum ('it''s', 'ünï', 'A "b"', '\\n'); create table t (a "My Enum" default 'it''s')`,
    ],
    [
      "in a generated column, a materialized view and a policy",
      `create type e as enum ('a', 'b'); create table t (x e, y bool generated always as (x = 'a') stored);
       create materialized view m as select x from t; create unique index mi on m (x); create policy p on t using (x = 'a')`,
      `create type e as enum ('b', 'a'); create table t (x e, y bool generated always as (x = 'a') stored);
       create materialized view m as select x from t; create unique index mi on m (x); create policy p on t using (x = 'a')`,
    ],
    [
      "in a trigger's condition and an exclusion constraint",
      `create type e as enum ('a', 'b'); create table t (x e, exclude (x with =)); create function f() returns trigger language plpgsql as $$ begin return new; end $$;
       create trigger g before update on t for each row when (new.x = 'a') execute function f()`,
      `create type e as enum ('b', 'a'); create table t (x e, exclude (x with =)); create function f() returns trigger language plpgsql as $$ begin return new; end $$;
       create trigger g before update on t for each row when (new.x = 'a') execute function f()`,
    ],
    [
      "as a key of two tables",
      "create type e as enum ('a', 'b'); create table t (x e primary key); create table u (x e references t)",
      "create type e as enum ('b', 'a'); create table t (x e primary key); create table u (x e references t)",
    ],
  ]),
]);

export const otherTypes = pairs("types", [
  ...bothWays([
    [
      "a composite type comes with its uses",
      "",
      "create type c as (a int, b text collate \"C\"); create table t (x c, y c[]); create function f(c) returns int language sql as 'select $1.a'",
    ],
    [
      "a composite type's attributes, unused",
      "create type c as (a int, b text)",
      "create type c as (a bigint, d date, b text)",
    ],
    [
      "a composite type's new attribute, used by a column",
      "create type c as (a int); create table t (x c); insert into t values (row(1))",
      "create type c as (a int, b text); create table t (x c)",
    ],
    [
      "a composite type used by a function and a view",
      "create type c as (a int); create function f() returns setof c language sql as 'select 1'; create view v as select * from f()",
      "create type c as (a int, b int); create function f() returns setof c language sql as 'select 1, 2'; create view v as select * from f()",
    ],
    [
      "a range type comes with a table",
      "",
      "create type fr as range (subtype = float8, subtype_diff = float8mi); create table t (a fr, exclude using gist (a with &&))",
    ],
    [
      "a range type's subtype, unused",
      "create type r as range (subtype = int)",
      "create type r as range (subtype = bigint, multirange_type_name = rs)",
    ],
    [
      "an enum becomes a domain of the same name, unused",
      "create type x as enum ('a')",
      "create domain x as text check (value = 'a')",
    ],
    ["a composite becomes an enum, unused", "create type x as (a int)", "create type x as enum ('a')"],

    [
      "a composite on a composite",
      "create type a as (x int)",
      "create type a as (x int, y int); create type b as (a a, d int); create domain bs as b[]",
    ],
    [
      "a type moves to another schema",
      "create schema s; create type s.e as enum ('a'); create table t (x s.e)",
      "create schema s; create type e as enum ('a'); create table t (x e)",
    ],
  ]),
  [
    "a range type's subtype, used by a column",
    "create type r as range (subtype = int); create table t (a r)",
    "create type r as range (subtype = bigint); create table t (a r)",
    { refused: /has .*\br\b.* as its type, which would be made anew/ },
  ],
]);
