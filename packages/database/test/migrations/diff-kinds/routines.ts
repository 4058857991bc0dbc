import { bothWays, pairs } from "./pair.ts";

const NEW = "returns trigger language plpgsql as $$ begin return new; end $$";
const ok = (body: string, more = "immutable"): string =>
  `create function ok(int) returns bool language sql ${more} as '${body}'`;
const USED = `create table t (id int primary key, a int default 1 check (ok(a)), b bool generated always as (ok(a)) stored);
  create index i on t (ok(a)); create view v as select id from t where ok(a); create policy p on t using (ok(a)); insert into t (id, a) values (1, 5)`;

export const routines = pairs("routines", [
  ...bothWays([
    ["a body that all use", `${ok("select $1 > 0")}; ${USED}`, `${ok("select $1 > 1")}; ${USED}`],
    [
      "the language of one that all use",
      `${ok("select $1 > 0")}; ${USED}`,
      `create function ok(int) returns bool language plpgsql immutable as $$ begin return $1 > 0; end $$; ${USED}`,
    ],
    [
      "a signature that all use",
      `${ok("select $1 > 0")}; ${USED}`,
      `create function ok(bigint) returns bool language sql immutable as 'select $1 > 0'; ${USED}`,
    ],
    [
      "a result type that a check and a default use",
      "create function f(int) returns int language sql immutable as 'select $1'; create table t (a int default f(1), check (f(a) > 0)); create index i on t (f(a))",
      "create function f(int) returns bigint language sql immutable as 'select $1::bigint'; create table t (a int default f(1), check (f(a) > 0)); create index i on t (f(a))",
    ],
    [
      "a parameter's name, of one that a view uses",
      "create function f(a int) returns int language sql as 'select 1'; create view v as select f(1) x; create view w as select * from v",
      "create function f(b int) returns int language sql as 'select 1'; create view v as select f(1) x; create view w as select * from v",
    ],
    [
      "volatility, strictness, security, cost, settings",
      "create function f(a int) returns int language sql as 'select 1'",
      "create function f(a int) returns int language sql stable strict security definer leakproof parallel safe cost 7 set search_path = public, pg_temp set work_mem = '8MB' as 'select 1'",
    ],
    [
      "SQL-standard bodies",
      "create table t (a int, b int); create function f() returns bigint begin atomic select sum(a) from t; end",
      "create table t (a int, b int, c int); create function f() returns bigint begin atomic select sum(a + c) from t; end",
    ],
    [
      "a standard body's table loses a column",
      "create table t (a int, b int); create function f() returns bigint begin atomic select sum(b) from t; end",
      "create table t (a int); create function f() returns bigint begin atomic select sum(a) from t; end",
    ],
    [
      "a standard body's column is retyped",
      "create table t (a int); create function f() returns bigint begin atomic select sum(a) from t; end",
      "create table t (a bigint); create function f() returns bigint begin atomic select sum(a)::bigint from t; end",
    ],
    [
      "a procedure",
      "",
      "create table t (a int); create procedure p(x int, inout y int default 3) language sql as 'insert into t values (x); select y'",
    ],
    [
      "a procedure's body",
      "create procedure p() language plpgsql as $$ begin null; end $$",
      "create procedure p() language plpgsql as $$ begin commit; end $$",
    ],

    [
      "overloads",
      "create function f(int) returns int language sql as 'select 1'; create function f(text) returns int language sql as 'select 2'",
      "create function f(text) returns int language sql as 'select 3'; create function f(text, int) returns int language sql as 'select 4'; create function f() returns int language sql as 'select 5'",
    ],
    [
      "default arguments are taken away",
      "create function f(a int, b int default 2, c text default 'x') returns int language sql as 'select 1'; create view v as select f(1)",
      "create function f(a int, b int, c text default 'y') returns int language sql as 'select 1'; create view v as select f(1, 2)",
    ],
    [
      "OUT parameters and a table's result",
      "create function f(out a int, out b text) language sql as $$ select 1, 'x' $$; create function g() returns table (a int) language sql as 'select 1'",
      "create function f(out a int, out b text, out c int) language sql as $$ select 1, 'x', 2 $$; create function g() returns table (a int, b int) language sql as 'select 1, 2'",
    ],

    [
      "a result that is a table's row",
      "create table t (a int)",
      "create table t (a int, b int); create function f() returns setof t language sql as 'select * from t'; create view v as select * from f()",
    ],
    [
      "a function on a row whose table goes",
      "create table t (a int); create function f(t) returns int language sql as 'select $1.a'",
      "create table u (a int); create function f(u) returns int language sql as 'select $1.a'",
    ],
    [
      "functions that call each other by text",
      "create function g() returns int language sql as 'select 1'",
      "create function z() returns int language sql as 'select 1'; create function a() returns int language sql as 'select z()'; create view v as select a()",
    ],

    [
      "an aggregate's start",
      "create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0'); create view v as select total(1)",
      "create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '1'); create view v as select total(1)",
    ],
    [
      "a default that a new function gives to an old column",
      "create table t (a int)",
      "create function f() returns int language sql as 'select 1'; create table t (a int default f())",
    ],
    [
      "dollars and quotes in a body",
      "create function f() returns text language sql as $x$ select $$a'b$$ $x$",
      "create function f() returns text language plpgsql as $x$ begin return $$a'b\"\\ $function$ $$; end $x$",
    ],
  ]),
]);

const trigger = (rest: string, after = ""): string =>
  `create table t (a int, b int); create function f() ${NEW}; create trigger g ${rest}; ${after}`;

export const triggers = pairs(
  "triggers",
  bothWays([
    [
      "when and of which columns",
      trigger("before update on t for each row execute function f()"),
      trigger("before update of a, b on t for each row when (new.a is distinct from old.a) execute function f()"),
    ],
    [
      "transition tables",
      trigger("after update on t for each row execute function f()"),
      trigger("after update on t referencing old table as o new table as n for each statement execute function f()"),
    ],
    [
      "a constraint trigger",
      trigger("after insert on t for each row execute function f()"),
      "create table t (a int, b int); create function f() " +
        NEW +
        "; create constraint trigger g after insert on t deferrable initially deferred for each row execute function f()",
    ],
    [
      "disabled",
      trigger("before insert on t for each row execute function f()"),
      trigger("before insert on t for each row execute function f()", "alter table t disable trigger g"),
    ],
    [
      "always, from replica",
      trigger("before insert on t for each row execute function f()", "alter table t enable replica trigger g"),
      trigger("before insert on t for each row execute function f()", "alter table t enable always trigger g"),
    ],
    [
      "comes disabled, with a comment",
      "create table t (a int, b int)",
      trigger(
        "before insert on t for each row execute function f()",
        "alter table t disable trigger g; comment on trigger g on t is 'x'",
      ),
    ],
    [
      "arguments",
      trigger("before insert on t for each row execute function f()"),
      trigger("before insert on t for each row execute function f('it''s', 'b\\')"),
    ],
    [
      "a column that it is about is retyped",
      trigger("before update of a on t for each row execute function f()"),
      `create table t (a bigint, b int); create function f() ${NEW}; create trigger g before update of a on t for each row execute function f()`,
    ],

    [
      "another function",
      trigger("before insert on t for each row execute function f()"),
      `create table t (a int, b int); create function h() ${NEW}; create trigger g before insert on t for each row execute function h()`,
    ],
    [
      "instead of, on a view",
      `create table t (a int); create view v as select a from t; create function f() ${NEW}`,
      `create table t (a bigint); create view v as select a from t; create function f() ${NEW}; create trigger g instead of insert on v for each row execute function f()`,
    ],
    [
      "instead of, on a view that changes",
      `create table t (a int); create view v as select a from t; create function f() ${NEW}; create trigger g instead of insert on v for each row execute function f()`,
      `create table t (a int); create view v as select a::text from t; create function f() ${NEW}; create trigger g instead of insert on v for each row execute function f()`,
    ],
    [
      "on a partitioned table",
      `create function f() ${NEW}; create table p (a int) partition by list (a); create table p1 partition of p for values in (1)`,
      `create function f() ${NEW}; create table p (a int) partition by list (a); create table p1 partition of p for values in (1); create trigger g after insert on p for each row execute function f()`,
    ],

    ["truncate", "create table t (a int, b int)", trigger("before truncate on t execute function f()")],
    [
      "an event trigger",
      "",
      "create function e() returns event_trigger language plpgsql as $$ begin end $$; create event trigger et on ddl_command_end when tag in ('CREATE VIEW') execute function e()",
    ],
    [
      "a rule",
      "create table t (a int); create table l (a int)",
      "create table t (a int); create table l (a int); create rule r as on insert to t do also insert into l values (new.a); comment on rule r on t is 'r'",
    ],
    [
      "a rule changes",
      "create table t (a int); create rule r as on delete to t do instead nothing",
      "create table t (a int); create rule r as on delete to t where old.a > 1 do instead nothing; alter table t disable rule r",
    ],
    [
      "a rule's column is retyped",
      "create table t (a int); create table l (a int); create rule r as on insert to t do also insert into l values (new.a)",
      "create table t (a bigint); create table l (a bigint); create rule r as on insert to t do also insert into l values (new.a)",
    ],
  ]),
);
