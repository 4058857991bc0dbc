import { bothWays, pairs } from "./pair.ts";

const TRIGGER = "create function f() returns trigger language plpgsql as 'begin return new; end'";
const PARTS =
  "create table p (a int, b int) partition by list (a); create table p1 partition of p for values in (1) partition by list (b); create table p11 partition of p1 for values in (1)";

/** What was overlooked once, as small as it can be. */
export const found = pairs("found", [
  ...bothWays([
    [
      "what is said of a procedure without a body, and who may call it",
      "create procedure p() language sql as ''",
      "create procedure p() language sql as ''; comment on procedure p() is 'p'; grant execute on procedure p() to kind_reader",
    ],
    [
      "what is said of a domain's condition",
      "create domain d as int constraint p check (value > 0)",
      "create domain d as int constraint p check (value > 0); comment on constraint p on domain d is 'positive'",
    ],
    [
      "a condition comes with what is said of it",
      "create domain d as int",
      `create domain d as int constraint "p q" check (value > 0); comment on constraint "p q" on domain d is 'it''s positive'`,
    ],
    [
      "what is said of an attribute",
      "create type c as (a int)",
      `create type c as (a int, "B b" text); comment on column c.a is 'a'; comment on column c."B b" is 'b'`,
    ],
    [
      "what is said of an aggregate, and who may call it",
      "",
      `create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0'); comment on aggregate total(int) is 't';
       revoke execute on function total(int) from public; grant execute on function total(int) to kind_reader with grant option`,
    ],
    [
      "what is said of the index of a constraint",
      "create table t (a int, constraint u unique (a))",
      "create table t (a int, constraint u unique (a)); comment on index u is 'two'; create table s (a int, constraint v primary key (a)); comment on index v is 'v'",
    ],
    [
      "a trigger that is disabled in one partition",
      `${TRIGGER}; ${PARTS}`,
      `${TRIGGER}; ${PARTS}; create trigger g after insert on p for each row execute function f(); alter table p11 disable trigger g`,
    ],
    [
      "a trigger that fires otherwise in other partitions",
      `${TRIGGER}; ${PARTS}; create trigger g after insert on p for each row execute function f(); alter table p11 disable trigger g`,
      `${TRIGGER}; ${PARTS}; create trigger g after insert on p for each row execute function f(); alter table p1 enable always trigger g`,
    ],
    [
      "a function becomes a procedure",
      "create function p(a int) returns void language sql as 'select 1'",
      "create procedure p(a int) language sql as 'select 1'",
    ],
    [
      "how a column is stored",
      "create table t (b text)",
      "create table t (b text); alter table t alter b set storage external",
    ],
    ["an index of partitions of partitions", PARTS, `${PARTS}; create index i on p (b)`],
    [
      "whose a sequence is that is its default",
      "create sequence s; create table t (a int default nextval('s')); alter sequence s owned by t.a",
      "create sequence s; create table t (a int default nextval('s'))",
    ],
    [
      "a sequence that a date owns",
      "create table t (a date)",
      "create table t (a date); create sequence s owned by t.a",
    ],
    [
      "a column of a condition and an index that were written with BETWEEN gets another type",
      `create table t (a numeric(12,2), b text, constraint c check (a between 0 and 500 and b <> 'd')); comment on constraint c on t is 'c';
       create index i on t (b) where a not between 0 and 500 or b <> 'd'; comment on index i is 'i'`,
      `create table t (a numeric, b text, constraint c check (a between 0 and 500 and b <> 'd')); comment on constraint c on t is 'c';
       create index i on t (b) where a not between 0 and 500 or b <> 'd'; comment on index i is 'i'`,
    ],
    [
      "an enum with fewer values, of a column that the body of a function reads",
      "create type e as enum ('a', 'b'); create table t (a e); create function f() returns bigint begin atomic select count(a) from t; end",
      "create type e as enum ('a'); create table t (a e); create function f() returns bigint begin atomic select count(a) from t; end",
    ],
    [
      "an enum with fewer values, of a column that the body of a function reads from a partition",
      "create type e as enum ('a', 'b'); create table p (a e, b int) partition by list (b); create table p1 partition of p default; create function f() returns bigint begin atomic select count(a) from p1; end",
      "create type e as enum ('a'); create table p (a e, b int) partition by list (b); create table p1 partition of p default; create function f() returns bigint begin atomic select count(a) from p1; end",
    ],
    [
      "the type of a column that the body of a function reads from a partition",
      "create table p (a int, b int) partition by list (a); create table p1 partition of p default; create function f() returns bigint begin atomic select count(b) from p1; end",
      "create table p (a int, b bigint) partition by list (a); create table p1 partition of p default; create function f() returns bigint begin atomic select count(b) from p1; end",
    ],
    [
      "a column that the body of a function reads from a partition",
      "create table p (a int, b int) partition by list (a); create table p1 partition of p default; create function f() returns bigint begin atomic select count(b) from p1; end",
      "create table p (a int) partition by list (a); create table p1 partition of p default",
    ],
    [
      "the type of a column that keys hold besides, to which others refer",
      `create table t (a int, b int, c int, constraint p primary key (a) include (b), constraint u unique (c) include (b));
       create unique index i on t (a, c) include (b);
       create table s (a int references t (a), c int references t (c), foreign key (a, c) references t (a, c) not valid)`,
      `create table t (a int, b bigint, c int, constraint p primary key (a) include (b), constraint u unique (c) include (b));
       create unique index i on t (a, c) include (b);
       create table s (a int references t (a), c int references t (c), foreign key (a, c) references t (a, c) not valid)`,
    ],
    ...["constraint c check (a > 0)", "", "constraint c check (a > 1)", "constraint d check (a > 0)"].map(
      (own): [string, string, string] => [
        `a partition of a table with a condition stands alone with ${own || "none"}`,
        "create table p (a int, constraint c check (a > 0)) partition by list (a); create table p1 partition of p for values in (1)",
        `create table p (a int, constraint c check (a > 0)) partition by list (a); create table p1 (a int${own && `, ${own}`})`,
      ],
    ),
    [
      "a partition of a table with a foreign key stands alone with another",
      "create table o (b int primary key); create table p (a int, b int references o) partition by list (a); create table p1 partition of p for values in (1)",
      "create table o (b int primary key); create table p (a int, b int references o) partition by list (a); create table p1 (a int, b int, constraint f foreign key (b) references o)",
    ],
    [
      "a partition of a table that gets a condition stands alone",
      "create table p (a int) partition by list (a); create table p1 (a int)",
      "create table p (a int, constraint c check (a between 0 and 5 and a > 1)) partition by list (a); create table p1 partition of p for values in (1)",
    ],
    [
      "a sequence that others count by gets a column that is new",
      "create sequence s; create table t (a int)",
      "create sequence s; create table t (a int); create table u (b bigint default nextval('s')); alter table t add c int default nextval('s'); alter sequence s owned by t.c",
    ],
    ["an enum with a value that is empty", "", "create type e as enum ('', 'a'); create table t (a e default '')"],
    [
      "indexes of partitions to which PostgreSQL gives other names",
      "create table p (a int, b int) partition by list (a); create table p1 partition of p for values in (1); create index i on p (a); create index j on p (a)",
      "create table p (a int, b int) partition by list (a); create table p1 partition of p for values in (1); create index i on p (a, b); create index j on p (a)",
    ],
    [
      "the type of a column of a partitioned table whose condition was written with BETWEEN",
      "create table p (a int, b int, constraint c check (a between 0 and 500 and b > 0)) partition by list (b); create table p1 partition of p default",
      "create table p (a bigint, b int, constraint c check (a between 0 and 500 and b > 0)) partition by list (b); create table p1 partition of p default",
    ],
  ]),
  ...bothWays([
    [
      "conditions that PostgreSQL makes of rows of values and of lists of columns",
      "create table t (a int, b int, c int, d int, e int generated always as (a) stored)",
      `create table t (a int, b int, c int, d int, e int generated always as (case when a in (b, c) or d > 0 then 1 end) stored,
         constraint r check ((a, b) = (c, d) and a > 0), constraint l check (a in (b, c) or d > 0),
         constraint n check ((a, b) in ((1, c), (2, d)) or d > 0), constraint y check (a between symmetric b and c or d > 0));
       create index i on t (a) where (a, b) = (c, d) and a > 0;
       create policy p on t using (a not in (b, c) and d > 0 and b > 0);
       create view v as select a from t where (a, b) = (c, d) and (a in (b, c) or d > 0 or a > 0);
       create function f() returns int begin atomic select 1 from t where (a, b) = (c, d) and a between 1 and 2 and b > 0; end;
       create domain n as int check (value not between 1 and 2 and value > 0 and value < 9);
       create trigger g before update on t for each row when (new.a between 1 and 2 and new.b > 0 or (new.a, new.b) <> (new.c, new.d) or new.a > 0)
         execute function suppress_redundant_updates_trigger()`,
    ],
  ]).map(([name, from, to]) => [name, from, to, { nested: true }] as const),
  ...[
    {
      name: "a cast and an operator",
      from: "create type c as (a int)",
      to: `create type c as (a int); create function to_int(c) returns int language sql as 'select $1.a'; create cast (c as int) with function to_int(c);
        create function eq(c, c) returns bool language sql as 'select $1.a = $2.a'; create operator === (leftarg = c, rightarg = c, function = eq)`,
      says: /cast .*differs: change it by hand/,
    },
    {
      name: "a column of one's own becomes the parent's",
      from: "create table p (a int); create table k (a int, b int)",
      to: "create table p (a int); create table k (b int) inherits (p)",
      says: /k\.a cannot become its parent's alone/,
    },
  ].flatMap(({ name, from, to, says }) =>
    bothWays([[name, from, to]]).map((pair) => [pair[0], pair[1], pair[2], { refused: says }] as const),
  ),
]);
