import { operationCase } from "./operation-case.ts";

const TOUCH = "create function touch() returns trigger language plpgsql as 'begin return new; end'; ";

export const PROGRAMS = [
  operationCase({
    name: "createView",
    before: "create table t (a int, b text)",
    up: (op) => {
      op.createView("v", "select a, b from t where a > 0", {
        columns: ["x", "Y"],
        with: { security_barrier: true },
        checkOption: "local",
      });
      op.createView("w", "select * from v");
    },
    sql: `create view v (x, "Y") with (security_barrier = true) as select a, b from t where a > 0 with local check option;
      create view w as select * from v`,
  }),
  operationCase({
    name: "replaceView",
    before: "create table t (a int); create view v as select a from t",
    up: (op) => op.replaceView("v", "select a from t where a > 1", { was: { query: "select a from t" } }),
    sql: "create or replace view v as select a from t where a > 1",
  }),
  operationCase({
    name: "dropView",
    before: "create table t (a int); create view v with (security_invoker = true) as select a from t",
    up: (op) => op.dropView("v", { was: { query: "select a from t", with: { security_invoker: true } } }),
    sql: "drop view v",
  }),
  operationCase({
    name: "createMaterializedView",
    before: "create table t (a int)",
    up: (op) => {
      op.createMaterializedView("m", "select a from t", { columns: ["x"], with: { fillfactor: 70 } });
      op.createMaterializedView("n", "select a from t", { withData: false });
    },
    sql: `create materialized view m (x) with (fillfactor = 70) as select a from t;
      create materialized view n as select a from t with no data`,
  }),
  operationCase({
    name: "dropMaterializedView",
    before: "create table t (a int); create materialized view m as select a from t",
    up: (op) => op.dropMaterializedView("m", { was: { query: "select a from t" } }),
    sql: "drop materialized view m",
  }),
  operationCase({
    name: "refreshMaterializedView",
    before: `create table t (a int); create materialized view m as select a from t; create unique index i on m (a)`,
    up: (op) => {
      op.refreshMaterializedView("m");
      op.refreshMaterializedView("m", { concurrently: true });
    },
    sql: "",
  }),
  operationCase({
    name: "createFunction",
    before: "create schema s",
    up: (op) => {
      op.createFunction("s.add(a integer, b numeric(4, 2) default 1, out c integer)", {
        language: "sql",
        body: "select a + b::int -- $$ it's $body$",
        volatility: "immutable",
        strict: true,
        parallel: "safe",
        cost: 5,
        set: { search_path: "pg_catalog, public" },
      });
      op.createFunction("rows(n integer = 3)", {
        returns: "setof integer",
        sqlBody: "begin atomic select 1; select case when n > 1 then 2 end; end",
        rows: 10,
        leakproof: true,
      });
      op.createFunction("touch()", { returns: "trigger", body: "begin return new; end", securityDefiner: true });
    },
    sql: `create function s.add(a integer, b numeric(4, 2) default 1, out c integer) language sql immutable strict
        parallel safe cost 5 set search_path = pg_catalog, public as 'select a + b::int -- $$ it''s $body$';
      create function rows(n integer = 3) returns setof integer rows 10 leakproof
        begin atomic select 1; select case when n > 1 then 2 end; end;
      create function touch() returns trigger language plpgsql security definer as 'begin return new; end'`,
  }),
  operationCase({
    name: "replaceFunction",
    before: "create function f(a int) returns int language sql as 'select 1'",
    up: (op) =>
      op.replaceFunction("f(a int)", {
        returns: "int",
        language: "sql",
        body: "select 2",
        was: { returns: "int", language: "sql", body: "select 1" },
      }),
    sql: "create or replace function f(a int) returns int language sql as 'select 2'",
  }),
  operationCase({
    name: "dropFunction",
    before: "create function f(a int default 1) returns int language sql as 'select 1'",
    up: (op) => op.dropFunction("f(a int default 1)", { was: { returns: "int", language: "sql", body: "select 1" } }),
    sql: "drop function f(int)",
  }),
  operationCase({
    name: "createProcedure",
    before: "",
    up: (op) => op.createProcedure("p(a int)", { body: "begin null; end" }),
    sql: "create procedure p(a int) language plpgsql as 'begin null; end'",
  }),
  operationCase({
    name: "replaceProcedure",
    before: "create procedure p() language plpgsql as 'begin null; end'",
    up: (op) => op.replaceProcedure("p()", { body: "begin perform 1; end", was: { body: "begin null; end" } }),
    sql: "create or replace procedure p() language plpgsql as 'begin perform 1; end'",
  }),
  operationCase({
    name: "dropProcedure",
    before: "create procedure p() language plpgsql as 'begin null; end'",
    up: (op) => op.dropProcedure("p()", { was: { body: "begin null; end" } }),
    sql: "drop procedure p()",
  }),
  operationCase({
    name: "createTrigger",
    before: `${TOUCH} create table t (a int, b int); create table p (id int)`,
    up: (op) => {
      op.createTrigger("before_it", "t", {
        timing: "before",
        events: ["insert", { updateOf: ["a", "b"] }],
        forEach: "row",
        when: "new.a > 0",
        function: "public.touch",
        arguments: ["it's", "b"],
      });
      op.createTrigger("After It", "t", {
        timing: "after",
        events: ["update"],
        oldTable: "gone",
        newTable: "come",
        function: "touch",
      });
      op.createTrigger("held", "t", {
        timing: "after",
        events: ["insert", "delete"],
        constraint: true,
        deferrable: "initially deferred",
        from: "p",
        function: "touch",
      });
    },
    sql: `create trigger before_it before insert or update of a, b on t for each row when (new.a > 0)
        execute function touch('it''s', 'b');
      create trigger "After It" after update on t referencing old table as gone new table as come execute function touch();
      create constraint trigger held after insert or delete on t from p deferrable initially deferred for each row
        execute function touch()`,
  }),
  operationCase({
    name: "dropTrigger",
    before: `${TOUCH} create table t (a int); create trigger g before insert on t for each row execute function touch()`,
    up: (op) =>
      op.dropTrigger("g", "t", { was: { timing: "before", events: ["insert"], forEach: "row", function: "touch" } }),
    sql: "drop trigger g on t",
  }),
  operationCase({
    name: "renameTrigger",
    before: `${TOUCH} create table t (a int); create trigger g before insert on t for each row execute function touch()`,
    up: (op) => op.renameTrigger("g", "t", "h"),
    sql: "alter trigger g on t rename to h",
  }),
  operationCase({
    name: "enableTrigger",
    before: `${TOUCH} create table t (a int); create trigger g before insert on t for each row execute function touch();
      alter table t disable trigger g`,
    up: (op) => op.enableTrigger("g", "t", { fires: "always" }),
    sql: "alter table t enable always trigger g",
  }),
  operationCase({
    name: "disableTrigger",
    before: `${TOUCH} create table t (a int); create trigger g before insert on t for each row execute function touch();
      alter table t enable replica trigger g`,
    up: (op) => op.disableTrigger("g", "t", { fires: "replica" }),
    sql: "alter table t disable trigger g",
  }),
];
