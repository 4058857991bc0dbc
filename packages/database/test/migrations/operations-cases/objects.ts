import { operationCase } from "./operation-case.ts";

const TOUCH = "create function touch() returns trigger language plpgsql as 'begin return new; end'; ";

export const OBJECTS = [
  operationCase({
    name: "enableRowSecurity",
    before: "create table t (a int); create table u (a int)",
    up: (op) => {
      op.enableRowSecurity("t", { force: true });
      op.enableRowSecurity("u");
    },
    sql: "alter table t enable row level security, force row level security; alter table u enable row level security",
  }),
  operationCase({
    name: "disableRowSecurity",
    before: "create table t (a int); alter table t enable row level security, force row level security",
    up: (op) => op.disableRowSecurity("t", { force: true }),
    sql: "alter table t disable row level security, no force row level security",
  }),
  operationCase({
    name: "createPolicy",
    before: "create table t (a int)",
    up: (op) => {
      op.createPolicy("all of it", "t");
      op.createPolicy("p", "t", {
        command: "update",
        permissive: false,
        roles: ["public"],
        using: "a > 0",
        check: "a > 1",
      });
      op.createPolicy("q", "t", { command: "select", roles: ["operations_role"], using: "true" });
    },
    sql: `create policy "all of it" on t;
      create policy p on t as restrictive for update to public using (a > 0) with check (a > 1);
      create policy q on t for select to operations_role using (true)`,
  }),
  operationCase({
    name: "alterPolicy",
    before: "create table t (a int); create policy p on t using (a > 0)",
    up: (op) =>
      op.alterPolicy("p", "t", {
        roles: ["operations_role"],
        using: "a > 5",
        was: { roles: ["public"], using: "a > 0" },
      }),
    sql: "alter policy p on t to operations_role using (a > 5)",
  }),
  operationCase({
    name: "renamePolicy",
    before: "create table t (a int); create policy p on t",
    up: (op) => op.renamePolicy("p", "t", "q"),
    sql: "alter policy p on t rename to q",
  }),
  operationCase({
    name: "dropPolicy",
    before: "create table t (a int); create policy p on t for delete using (a > 0)",
    up: (op) => op.dropPolicy("p", "t", { was: { command: "delete", using: "a > 0" } }),
    sql: "drop policy p on t",
  }),
  operationCase({
    name: "createExtension",
    before: "create schema s",
    up: (op) => op.createExtension("citext", { schema: "s", version: "1.6" }),
    sql: "create extension citext schema s version '1.6'",
  }),
  operationCase({
    name: "createExtension: if there is none",
    before: "create extension citext",
    up: (op) => op.createExtension("citext", { ifNotExists: true }),
    sql: "",
    reverse: "none",
  }),
  operationCase({
    name: "alterExtension",
    before: "create schema s; create extension hstore version '1.7'",
    up: (op) => op.alterExtension("hstore", { schema: "s", version: "1.8", was: { schema: "public", version: "1.8" } }),
    sql: "alter extension hstore update to '1.8'; alter extension hstore set schema s",
    reverse: { leaves: "alter extension hstore set schema public" },
  }),
  operationCase({
    name: "dropExtension",
    before: "create extension citext",
    up: (op) => op.dropExtension("citext", { was: {} }),
    sql: "drop extension citext",
  }),
  operationCase({
    name: "dropExtension: and its columns",
    before: "create extension citext; create table t (a citext)",
    up: (op) => op.dropExtension("citext", { cascade: true }),
    sql: "drop extension citext cascade",
    reverse: "none",
    losses: ["citext"],
  }),
  operationCase({
    name: "rename",
    before: `create schema s; create view s.v as select 1 as a; create materialized view m as select 1 as a;
      create sequence q; create type e as enum ('a'); create domain d as int; create table t (a int, b int);
      create function s.f(a int) returns int language sql as 'select 1'; create procedure p() language sql as '';
      create statistics x on a, b from t`,
    up: (op) => {
      op.rename("view", "s.v", "w");
      op.rename("materialized view", "m", "n");
      op.rename("sequence", "q", "r");
      op.rename("type", "e", "E2");
      op.rename("domain", "d", "d2");
      op.rename("function", "s.f(a int)", "g");
      op.rename("procedure", "p()", "p2");
      op.rename("statistics", "x", "y");
      op.rename("schema", "s", "s2");
    },
    sql: `alter view s.v rename to w; alter materialized view m rename to n; alter sequence q rename to r;
      alter type e rename to "E2"; alter domain d rename to d2; alter function s.f(int) rename to g;
      alter procedure p() rename to p2; alter statistics x rename to y; alter schema s rename to s2`,
  }),
  operationCase({
    name: "setSchema",
    before: `create schema s; create table t (a int, b int); create view v as select 1 as a;
      create type e as enum ('a'); create sequence q; create function f(a int) returns int language sql as 'select 1'`,
    up: (op) => {
      op.setSchema("table", "public.t", "s");
      op.setSchema("view", "public.v", "s");
      op.setSchema("type", "public.e", "s");
      op.setSchema("sequence", "public.q", "s");
      op.setSchema("function", "public.f(a int)", "s");
    },
    sql: `alter table t set schema s; alter view v set schema s; alter type e set schema s; alter sequence q set schema s;
      alter function f(int) set schema s`,
  }),
  operationCase({
    name: "setSchema: of a name without one",
    before: "create schema s; create table t (a int)",
    up: (op) => op.setSchema("table", "t", "s"),
    sql: "alter table t set schema s",
    reverse: "none",
  }),
  operationCase({
    name: "setOwner",
    before: "create table t (a int); create schema s",
    up: (op) => {
      op.setOwner("table", "t", "operations_role", { was: "postgres" });
      op.setOwner("schema", "s", "operations_role", { was: "postgres" });
    },
    sql: "alter table t owner to operations_role; alter schema s owner to operations_role",
  }),
  operationCase({
    name: "comment",
    before: `${TOUCH} create schema s; create table s.t (a int constraint ck check (a > 0)); create index i on s.t (a);
      create type e as enum ('a'); create view v as select 1 as a; create policy pol on s.t;
      create trigger g before insert on s.t for each row execute function touch(); comment on table s.t is 'old'`,
    up: (op) => {
      op.comment("table", "s.t", "it's \\ new", { was: "old" });
      op.comment("constraint", "ck", "c", { on: "s.t", was: null });
      op.comment("trigger", "g", "g", { on: "s.t", was: null });
      op.comment("policy", "pol", "p", { on: "s.t", was: null });
      op.comment("index", "s.i", "i", { was: null });
      op.comment("function", "touch()", "f", { was: null });
      op.comment("type", "e", "e", { was: null });
      op.comment("schema", "s", "s", { was: null });
      op.comment("view", "v", "v", { was: null });
    },
    sql: `comment on table s.t is 'it''s \\ new'; comment on constraint ck on s.t is 'c'; comment on trigger g on s.t is 'g';
      comment on policy pol on s.t is 'p'; comment on index s.i is 'i'; comment on function touch() is 'f';
      comment on type e is 'e'; comment on schema s is 's'; comment on view v is 'v'`,
  }),
  operationCase({
    name: "grant",
    before: `create schema s; create table s.t (a int, b int); create view v as select 1 as a; create sequence q;
      create function f(a int) returns int language sql as 'select 1'; create type e as enum ('a');
      grant all on s.t, v to operations_role; grant all on sequence q to operations_role;
      grant all on schema s to pg_monitor; grant all on function f to pg_monitor; grant usage on type e to pg_monitor`,
    up: (op) => {
      op.grant(["select", "update (b)"], { table: "s.t" }, ["pg_monitor"], { withGrantOption: true });
      op.grant(["select"], { table: ["s.t", "v"] }, ["pg_read_all_stats"]);
      op.grant(["usage"], { sequence: "q" }, ["pg_monitor"]);
      op.grant(["usage"], { schema: "s" }, ["operations_role"]);
      op.grant(["execute"], { function: "f(integer)" }, ["operations_role"]);
      op.grant(["usage"], { type: "e" }, ["operations_role"]);
      op.grant(["insert"], { allTablesIn: "s" }, ["pg_read_all_stats"]);
    },
    sql: `grant select, update (b) on s.t to pg_monitor with grant option; grant select on s.t, v to pg_read_all_stats;
      grant usage on sequence q to pg_monitor; grant usage on schema s to operations_role;
      grant execute on function f to operations_role; grant usage on type e to operations_role;
      grant insert on all tables in schema s to pg_read_all_stats`,
  }),
  operationCase({
    name: "revoke",
    before: "create table t (a int); grant select, insert on t to pg_monitor",
    up: (op) => op.revoke(["insert"], { table: "t" }, ["pg_monitor"]),
    sql: "revoke insert on t from pg_monitor",
  }),
  operationCase({
    name: "sql",
    before: "create table t (a int)",
    up: (op) => {
      op.sql`comment on table t is 'it''s ours'`;
      op.sql`
        create view v as select a + 1 as b from t; -- two; at once
        create function f() returns int begin atomic select 1; select 2; end;
      `;
      op.sql`insert into t select ${1}::int where ${"a"} = ${"b"}`;
    },
    sql: `comment on table t is 'it''s ours'; create view v as select a + 1 as b from t;
      create function f() returns int begin atomic select 1; select 2; end`,
    reverse: "none",
  }),
  operationCase({
    name: "outside",
    before: "create table t (a int)",
    up: (op) => op.outside`vacuum analyze t`,
    sql: "",
    reverse: "none",
    recovery: ["repeat"],
  }),
];
