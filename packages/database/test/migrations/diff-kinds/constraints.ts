import { bothWays, pairs } from "./pair.ts";

const TWO = "create table a (id int primary key); create table b (id int primary key, a_id int)";

export const constraints = pairs(
  "constraints",
  bothWays([
    [
      "an exclusion constraint with an operator and a predicate",
      "create table t (id int, during int4range, gone bool)",
      "create table t (id int, during int4range, gone bool, constraint t_no_overlap exclude using gist (during with &&) where (not gone) deferrable)",
    ],
    [
      "an exclusion constraint's method and expressions",
      "create table t (a int4range, b int, constraint x exclude using gist (a with &&))",
      "create table t (a int4range, b int, constraint x exclude using btree (lower(a) with =, b with =))",
    ],
    [
      "an exclusion constraint becomes an index of the same name",
      "create table t (a int4range, constraint x exclude using gist (a with &&))",
      "create table t (a int4range); create index x on t using gist (a)",
    ],
    [
      "a unique constraint's INCLUDE",
      "create table t (a int, b int, c int, constraint u unique (a))",
      "create table t (a int, b int, c int, constraint u unique (a) include (b, c))",
    ],
    [
      "a primary key's INCLUDE",
      "create table t (a int primary key, b int); create table r (a int references t)",
      "create table t (a int, b int, constraint t_pkey primary key (a) include (b)); create table r (a int references t)",
    ],
    [
      "NULLS NOT DISTINCT of a constraint and an index",
      "create table t (a int, b int, constraint u unique (a)); create unique index i on t (b)",
      "create table t (a int, b int, constraint u unique nulls not distinct (a)); create unique index i on t (b) nulls not distinct",
    ],
    [
      "when keys are looked at",
      `${TWO}; alter table b add constraint f foreign key (a_id) references a; alter table b add constraint u unique (a_id)`,
      `${TWO}; alter table b add constraint f foreign key (a_id) references a deferrable initially deferred;
       alter table b add constraint u unique (a_id) deferrable`,
    ],
    [
      "from deferrable to initially deferred",
      `${TWO}; alter table b add constraint f foreign key (a_id) references a deferrable`,
      `${TWO}; alter table b add constraint f foreign key (a_id) references a deferrable initially deferred`,
    ],
    [
      "a foreign key's actions and what it refers to",
      "create table a (id int primary key, code int unique); create table b (a_id int constraint f references a (id) on delete cascade)",
      "create table a (id int primary key, code int unique); create table b (a_id int constraint f references a (code) match full on update set null)",
    ],
    [
      "SET NULL of some columns",
      "create table a (x int, y int, primary key (x, y)); create table b (x int, y int, constraint f foreign key (x, y) references a)",
      "create table a (x int, y int, primary key (x, y)); create table b (x int, y int, constraint f foreign key (x, y) references a on delete set null (y))",
    ],
    [
      "constraints that are not yet valid",
      "create table a (id int primary key); create table b (a_id int, constraint f foreign key (a_id) references a, constraint c check (a_id > 0))",
      `create table a (id int primary key); create table b (a_id int);
       alter table b add constraint f foreign key (a_id) references a not valid; alter table b add constraint c check (a_id > 0) not valid`,
    ],
    [
      "a check that children do not have",
      "create table p (a int, constraint c check (a > 0)); create table k () inherits (p)",
      "create table p (a int, constraint c check (a > 0) no inherit); create table k () inherits (p)",
    ],
    [
      "a primary key's columns, which foreign keys need",
      "create table t (a int primary key, b int not null unique); create table r (a int references t)",
      "create table t (a int unique, b int not null primary key, constraint t_b_key unique (b)); create table r (a int references t (a))",
    ],
    [
      "foreign keys in a circle of two new tables",
      "create table z (id int)",
      `create table z (id int); create table a (id int primary key, b_id int); create table b (id int primary key, a_id int references a);
       alter table a add foreign key (b_id) references b`,
    ],
    [
      "foreign keys in a circle of three new tables, and one to itself",
      "",
      `create table a (id int primary key, n int, self int references a); create table b (id int primary key, a_id int references a);
       create table c (id int primary key, b_id int references b); alter table a add foreign key (n) references c`,
    ],
    [
      "the names of an index and a constraint, and a constraint's index",
      "create table t (a int, b int, constraint x unique (a)); create unique index y on t (b)",
      "create table t (a int, b int, constraint y unique (b)); create unique index x on t (a)",
    ],
    [
      "partial, covering and ordered indexes",
      "create table t (a int, b text, c int); create index i on t (a); create index j on t (b); create index k on t (c)",
      `create table t (a int, b text, c int); create index i on t (a) include (c) where b <> 'x';
       create index j on t (b collate "C" text_pattern_ops desc nulls last); create index k on t ((c + 1), lower(b)) with (fillfactor = 70)`,
    ],
    [
      "an index's method and parameters",
      "create table t (a int[], b int); create index i on t using gin (a); create index j on t (b)",
      `create table t (a int[], b int); create index i on t using gin (a) with (fastupdate = off);
       create index j on t using brin (b) with (pages_per_range = 8)`,
    ],
    [
      "a check of the same name that says something else",
      "create table t (a int, constraint c check (a > 0))",
      "create table t (a int, constraint c check (a > 1 and a < 10))",
    ],
    [
      "two constraints exchange their names",
      "create table t (a int, b int, constraint x check (a > 0), constraint y check (b > 0))",
      "create table t (a int, b int, constraint x check (b > 0), constraint y check (a > 0))",
    ],
    [
      "two indexes of two tables exchange their names",
      "create table t (a int); create table u (a int); create index x on t (a); create index y on u (a)",
      "create table t (a int); create table u (a int); create index y on t (a); create index x on u (a)",
    ],
    [
      "statistics of an index's expression",
      "create table t (a int, b int); create index i on t ((a + b))",
      "create table t (a int, b int); create index i on t ((a + b)); alter index i alter column 1 set statistics 500",
    ],

    [
      "keys of the same columns, of which CREATE TABLE makes one",
      "create table z (a int)",
      `create table z (a int); create table t (a int, b int); alter table t add primary key (a); alter table t add constraint u unique (a);
       alter table t add constraint v unique (b); alter table t add constraint w unique (b); comment on constraint u on t is 'u'`,
    ],
    [
      "BETWEEN beside other conditions",
      "create table t (a int, b text, c int4range)",
      `create table t (a int, b text, c int4range, constraint k check (a between 1 and 2 + 3 and b <> '' and b not between 'x' and 'y'), constraint n check (a not between 1 and 2 or b < '') );
       create index i on t (a) where b > '' and a between -5 and 7; create policy p on t using (a + 1 between 0 and 9 and b <> ''); create view v as select * from t where a between 1 and 2 and b between '(' and ')' or a is null`,
    ],
    [
      "a unique index that a foreign key uses",
      "create table a (x int, y int); create unique index i on a (x); create table b (x int references a (x))",
      "create table a (x int, y int); create unique index i on a (x) include (y); create table b (x int references a (x))",
    ],
  ]),
);

export const domains = pairs(
  "domains",
  bothWays([
    [
      "a check comes",
      "create domain d as int; create table t (a d)",
      "create domain d as int constraint p check (value > 0); create table t (a d)",
    ],
    [
      "a check says something else",
      "create domain d as int constraint p check (value > 0); create table t (a d)",
      "create domain d as int constraint p check (value > 1); create table t (a d)",
    ],
    [
      "a check is not valid",
      "create domain d as int constraint p check (value > 0); create table t (a d)",
      "create domain d as int; alter domain d add constraint p check (value > 0) not valid; create table t (a d)",
    ],
    [
      "the default and not null",
      "create domain d as text; create table t (a d)",
      "create domain d as text not null default 'it''s'; create table t (a d)",
    ],
    [
      "a default that calls a function",
      "create function f() returns int language sql as 'select 1'; create domain d as int; create table t (a d)",
      "create function f() returns int language sql as 'select 2'; create domain d as int default f(); create table t (a d)",
    ],
    [
      "a check that calls a function, whose signature changes",
      "create function f(int) returns bool language sql immutable as 'select $1 > 0'; create domain d as int constraint c check (f(value)); create table t (a d)",
      "create function f(bigint) returns bool language sql immutable as 'select $1 > 0'; create domain d as int constraint c check (f(value)); create table t (a d)",
    ],
    [
      "a domain on a domain",
      "create domain d as int",
      "create domain d as int; create domain e as d check (value < 9); create table t (a e)",
    ],
    ["another base type, unused", "create domain d as int", "create domain d as bigint check (value > 0)"],
    ["a collation", "create domain d as text", 'create domain d as text collate "C"'],
    [
      "a column takes a domain",
      "create domain d as int check (value > 0); create table t (a int); insert into t values (1)",
      "create domain d as int check (value > 0); create table t (a d)",
      { after_up: "do $$ begin assert (select a = 1 from t); end $$" },
    ],
  ]),
);

export const domainsUsed = pairs("domains", [
  [
    "another base type, used by a column",
    "create domain d as int; create table t (a d)",
    "create domain d as bigint; create table t (a d)",
    { refused: /has .*\bd\b.* as its type, which would be made anew/ },
  ],
]);
