/** What {@link STATEMENTS} are run on. */
export const SETUP = `
  create schema audit;
  create domain amount as numeric(10, 2) check (value >= 0);
  create domain word as text;
  create type mood as enum ('a', 'b');
  create type pair as (x int, y int);
  create function trgf() returns trigger language plpgsql as 'begin return new; end';
  create function once() returns int language sql stable as 'select 1';
  create function roll() returns int language plpgsql volatile as 'begin return 1; end';
  create table empty (id int);
  create table team (id int primary key, name text);
  create table member (id bigint primary key, team_id int references team (id), email varchar(50), age smallint, bio text,
    tags text[], codes varchar(5)[], mood mood, paid amount, nick word, born timestamp, code char(4), bits bit varying(8),
    num numeric, at time(3), span interval(2), ip cidr, doc jsonb, constraint adult check (age > 17),
    constraint email_there check (email is not null), constraint young check (age < 150) not valid);
  create index member_email on member (email);
  create index member_born on member (born);
  create index member_lower on member (lower(bio)) where bio is not null;
  create index member_codes on member (codes);
  create table audit.log (id bigint generated always as identity primary key, line text, member bigint);
  create index log_member on audit.log (member);
  create table parent (a int, b int);
  create table child (c int) inherits (parent);
  create table loose (a int, b int);
  create table part (id int not null, day date not null, note varchar(10), constraint small check (id < 1000000)) partition by range (day);
  create table part_1 partition of part for values from ('2026-01-01') to ('2026-02-01');
  create table part_2 partition of part for values from ('2026-02-01') to ('2026-03-01');
  create table part_rest partition of part default;
  create index part_id on part (id);
  create table free (id int not null, day date not null, note varchar(10), constraint small check (id < 1000000),
    constraint bound check (day >= '2027-01-01' and day < '2027-02-01'));
  create table unproven (id int not null, day date not null, note varchar(10), constraint small check (id < 1000000));
  create table kinds (k text, v int) partition by list (k);
  create table kinds_a partition of kinds for values in ('a');
  create view adults as select id, email from member where age > 17;
  create view few as select * from adults;
  create materialized view counts as select team_id, count(*) as n from member group by team_id;
  create unique index counts_team on counts (team_id);
  create sequence numbers;
  create trigger watch before insert on member for each row execute function trgf();
  create policy own on member using (true);
  create rule nothing as on delete to loose do instead nothing;
  create statistics both_columns on a, b from loose;
  insert into team select i, 'x' from generate_series(1, 500) i;
  insert into member select i, i, 'e' || i, 20, 'bio', '{}', '{}', 'a', 1, 'n', now(), 'c', '1', 1, now()::time, '1s', '10.0.0.0/8', '{}'
    from generate_series(1, 500) i;
  insert into audit.log (line, member) select 'x', i from generate_series(1, 500) i;
  insert into parent select i, i from generate_series(1, 500) i;
  insert into child select i, i from generate_series(1, 500) i;
  insert into loose select i, i from generate_series(1, 500) i;
  insert into part select i, '2026-01-05', 'n' from generate_series(1, 500) i;
  insert into part select i, '2026-02-05', 'n' from generate_series(1, 500) i;
  insert into free select i, '2027-01-05', 'n' from generate_series(1, 500) i;
  insert into unproven select i, '2028-01-05', 'n' from generate_series(1, 500) i;
  insert into kinds select 'a', i from generate_series(1, 500) i;
  refresh materialized view counts;
  analyze`;

/** Of each kind that PostgreSQL has; all can run in a transaction. */
export const STATEMENTS: readonly string[] = `
alter table team add column x int
alter table if exists team add column if not exists x text default 'a' not null
alter table empty add x int not null
alter table member add column x amount
alter table member add column x amount default 1
alter table member add column x word
alter table member add column x pair
alter table member add column x mood default 'a'
alter table member add column x int default once()
alter table member add column x int default roll()
alter table member add column x int default case when 1 is not null then roll() end
alter table member add column x timestamptz default clock_timestamp()
alter table member add column x varchar(20) default 'a'::varchar(20)
alter table member add column x timestamptz default now() - interval '1 day'
alter table member add column x int default 1 + 1 check (x > 0)
alter table member add column x int unique
alter table member add column x int default 5 references team (id)
alter table member add column x text collate "C" default null
alter table member add column x bigserial
alter table member add column x int generated by default as identity (start with 5)
alter table member add column x text generated always as (bio || '!') stored
alter table member add column x int, add column y int default 1, drop column bio
alter table parent add column x int
alter table only loose add column x int
alter table part add column x int default random()
alter table part add column x int
alter table team drop column name
alter table member drop column tags
alter table audit.log drop column member
alter table member drop column if exists age cascade
alter table parent drop column b
alter table part drop column note
alter table team drop column id cascade
alter table team rename to squad
alter table team rename column name to title
alter table parent rename column b to bb
alter table part rename note to notes
alter table member rename constraint adult to grown
alter table part rename constraint small to tiny
alter table member alter column bio set default 'x'
alter table member alter bio drop default
alter table parent alter column a set default 1
alter table only parent alter column a set default 1
alter table member alter column bio set not null
alter table member alter column email set not null
alter table member alter column id set not null
alter table part alter column note set not null
alter table parent alter column a set not null
alter table part alter column id drop not null
alter table member alter column bio type varchar
alter table member alter column bio set data type varchar(500)
alter table member alter column email set not null, alter column bio type text
alter table loose alter column a type bigint
alter table loose alter column a type bigint using a::bigint
alter table loose alter column a type int using b
alter table loose alter column a type int
alter table loose alter column a type int using (a)
alter table loose alter column a type oid
alter table loose alter column a type numeric(10,2)
alter table member alter column mood type mood
alter table member alter column tags type varchar[] using tags::varchar[]
alter table member alter column codes type varchar(8)[]
alter table member alter column codes type text[]
alter table member alter column mood type text using mood::text
alter table member alter column paid type numeric(10,2)
alter table member alter column paid type numeric(12,2)
alter table member alter column nick type text
alter table member alter column nick type varchar(5)
alter table member alter column bio type word
alter table member alter column born type timestamp(3)
alter table member alter column born type timestamptz
alter table member alter column born type date
alter table member alter column code type char(8)
alter table member alter column code type varchar(8)
alter table member alter column code type char(4)
alter table member alter column bits type bit varying(16)
alter table member alter column bits type bit varying
alter table member alter column num type numeric(12,2)
alter table member alter column num type double precision
alter table member alter column at type time(6)
alter table member alter column at type time(1)
alter table member alter column at type time
alter table member alter column span type interval
alter table member alter column ip type inet
alter table member alter column doc type text using doc::text
alter table member alter column doc type json
alter table member alter column bio type text collate "C"
alter table member alter column codes type varchar(5)[] collate "C"
alter table part alter column note type varchar(20)
alter table part alter column note type text
alter table part alter column note type varchar(5)
alter table parent alter column b type bigint
alter table audit.log alter column id set generated by default
alter table audit.log alter column id drop identity
alter table audit.log alter column id restart with 1000
alter table team alter column id add generated always as identity
alter table loose alter column a set statistics 100
alter table parent alter column a set statistics 100
alter table loose alter column a set (n_distinct = 5)
alter table loose alter column a reset (n_distinct)
alter table member alter column bio set storage main
alter table member alter column bio set compression pglz
alter table loose add constraint k check (a > 0)
alter table loose add check (a > 0) not valid
alter table parent add constraint k check (a > 0)
alter table parent add constraint k check (a > 0) no inherit
alter table part add constraint k check (id > 0)
alter table loose add unique (a)
alter table loose add constraint k unique nulls not distinct (a) include (b)
alter table part add constraint k unique (id, day)
alter table loose add primary key (a)
alter table part add primary key (id, day)
alter table loose add constraint k exclude using btree (a with =)
alter table loose add constraint k foreign key (a) references team
alter table loose add foreign key (a) references team (id) on delete cascade not valid
alter table audit.log add constraint k foreign key (member) references public.member (id)
alter table member validate constraint young
alter table member drop constraint adult
alter table member drop constraint if exists member_team_id_fkey
alter table member drop constraint member_pkey
alter table team drop constraint team_pkey cascade
alter table part drop constraint small
alter table member alter constraint member_team_id_fkey deferrable
alter table member disable trigger all
alter table member enable trigger watch
alter table member enable always trigger watch
alter table member disable trigger user
alter table loose disable rule nothing
alter table loose enable replica rule nothing
alter table member enable row level security
alter table member force row level security
alter table member no force row level security
alter table member cluster on member_email
alter table member set without cluster
alter table loose set (fillfactor = 80, autovacuum_enabled = false)
alter table loose set (parallel_workers = 4)
alter table loose set (toast.autovacuum_enabled = false)
alter table loose set (user_catalog_table = true)
alter table loose reset (fillfactor)
alter table loose set unlogged
alter table loose set tablespace pg_default
alter table loose set access method heap
alter table loose set schema audit
alter table loose owner to current_user
alter table loose replica identity nothing
alter table loose inherit parent
alter table child no inherit parent
alter table part attach partition free for values from ('2027-01-01') to ('2027-02-01')
alter table part attach partition unproven for values from ('2028-01-01') to ('2028-02-01')
alter table part detach partition part_1
alter table kinds detach partition kinds_a
create table fresh (id int primary key, a int check (a > 0))
create table fresh (id int, foreign key (id) references team (id) on delete cascade)
create table fresh (id int references public.team, name text unique)
create table if not exists team (id int)
create table fresh (like member including all)
create table audit.fresh (x int) inherits (parent)
create table part_3 partition of part for values from ('2026-03-01') to ('2026-04-01')
create table kinds_b partition of kinds for values in ('b')
create table fresh as select * from team
create table fresh as select * from team with no data
create table fresh (id, n) as select t.id, m.age from team t join member m on m.team_id = t.id
create unlogged table fresh (x pair)
create temporary table fresh (x int)
create index on loose (a)
create unique index if not exists u on loose (a, b)
create index i on audit.log (line)
create index i on loose using hash (a)
create index i on parent (a)
create index i on part (day)
create index i on only part (day)
create index i on member (lower(email)) where age > 20
drop index member_email
drop index if exists audit.log_member
drop index part_id
reindex index member_email
reindex table member
reindex (verbose) table loose
alter index member_email rename to e
alter index member_email set (fillfactor = 80)
alter index member_email set tablespace pg_default
alter index member_lower alter column 1 set statistics 100
create view v as select * from team
create or replace view v as select t.id from team t, member
create or replace view adults as select id, email from member where age > 20
create view v as with x as (select id from team) select * from x join member using (id)
create view v as select * from few
create recursive view v (n) as values (1) union all select n + 1 from v where n < 3
alter view adults alter column email set default 'x'
alter view adults rename to grown
alter view adults rename column email to mail
alter view adults set (security_barrier = true)
alter view adults set schema audit
alter view adults owner to current_user
drop view few
drop view adults cascade
drop view if exists few, adults
create materialized view m as select * from team
create materialized view m as select * from team with no data
refresh materialized view counts
refresh materialized view concurrently counts
alter materialized view counts rename to totals
alter materialized view counts set (fillfactor = 80)
alter materialized view counts set schema audit
drop materialized view counts
create sequence s
create sequence s owned by loose.a
alter sequence numbers increment by 5
alter sequence numbers restart
alter sequence numbers owned by loose.a
alter sequence numbers rename to n
alter sequence numbers owner to current_user
alter sequence numbers set schema audit
drop sequence numbers
create function f() returns int language sql as 'select 1'
create or replace function trgf() returns trigger language plpgsql as 'begin return null; end'
create procedure f() language sql as 'select 1'
alter function once() volatile
drop function roll()
create trigger k after update of a on loose for each row execute function trgf()
create constraint trigger k after insert on loose deferrable for each row execute function trgf()
create trigger k after insert on part for each row execute function trgf()
create or replace trigger watch before insert on member for each row execute function trgf()
alter trigger watch on member rename to w
drop trigger watch on member
create policy k on member for select using (age > 0)
create policy k on loose using (a in (select id from team))
alter policy own on member using (false)
alter policy own on member rename to theirs
drop policy own on member
drop policy if exists own on member
create rule k as on insert to loose do also nothing
drop rule nothing on loose
alter rule nothing on loose rename to n
create statistics s (dependencies) on a, b from loose
alter statistics both_columns set statistics 100
drop statistics both_columns
comment on table team is 'x'
comment on column audit.log.line is 'x'
comment on constraint adult on member is 'x'
comment on index member_email is 'x'
comment on trigger watch on member is 'x'
comment on policy own on member is 'x'
comment on rule nothing on loose is 'x'
comment on view adults is 'x'
comment on column adults.email is 'x'
comment on materialized view counts is 'x'
comment on sequence numbers is 'x'
comment on type mood is 'x'
comment on domain amount is 'x'
comment on function once() is 'x'
comment on schema audit is 'x'
grant select, insert on team to public
grant usage on schema audit to public
grant select (id) on member to public
grant all on all tables in schema public to public
revoke all on member from public
alter default privileges in schema audit grant select on tables to public
create type t as enum ('x')
create type t as (a int)
create type t as range (subtype = int)
alter type mood add value 'c'
alter type mood add value if not exists 'c' before 'a'
alter type mood rename value 'a' to 'aa'
alter type mood rename to temper
alter type mood owner to current_user
alter type mood set schema audit
drop type pair
create domain d as int check (value > 0)
alter domain amount add constraint k check (value < 1000000)
alter domain amount add constraint k check (value < 1000000) not valid
alter domain amount validate constraint amount_check
alter domain amount set not null
alter domain amount drop not null
alter domain amount set default 1
alter domain amount drop constraint amount_check
alter domain amount rename constraint amount_check to c
alter domain amount rename to sum
drop domain if exists nothing
create schema s
alter schema audit rename to a
drop schema audit cascade
drop schema if exists s
drop table loose
drop table member cascade
drop table if exists team cascade
drop table part
drop table loose, kinds
drop table parent cascade
truncate loose
truncate table team, member restart identity
truncate team cascade
truncate part
truncate only loose
lock table loose
lock table loose, team in share row exclusive mode nowait
lock adults in access share mode
cluster member using member_email
cluster (verbose) audit.log using log_member
analyze loose
analyze member (age)
insert into loose values (1, 1)
insert into loose select id, id from team
update loose set b = a
update loose set b = 1 from team where team.id = loose.a
delete from loose where a = 5
delete from loose using team where team.id = loose.a
select 1
select * from team
with x as (delete from kinds returning v) insert into loose select v, v from x
set local lock_timeout = '5s'
set local search_path = audit, public
set constraints all immediate
do $$ begin perform 1; end $$
`
  .split("\n")
  .filter((line) => line !== "");

/** What PostgreSQL refuses in a transaction, and the locks it waits for on tables that somebody else holds. */
export const OUTSIDE: readonly (readonly [sql: string, table: string, mode: string])[] = [
  ["create index concurrently i on loose (a)", "loose", "SHARE UPDATE EXCLUSIVE"],
  ["create unique index concurrently if not exists i on audit.log (line, id)", "audit.log", "SHARE UPDATE EXCLUSIVE"],
  ["reindex index concurrently member_email", "member", "SHARE UPDATE EXCLUSIVE"],
  ["reindex (concurrently) table member", "member", "SHARE UPDATE EXCLUSIVE"],
  ["reindex table concurrently loose", "loose", "SHARE UPDATE EXCLUSIVE"],
  ["alter table kinds detach partition kinds_a concurrently", "kinds", "SHARE UPDATE EXCLUSIVE"],
  ["drop index concurrently member_email", "member", "SHARE UPDATE EXCLUSIVE"],
  ["vacuum loose", "loose", "SHARE UPDATE EXCLUSIVE"],
  ["vacuum (analyze) loose", "loose", "SHARE UPDATE EXCLUSIVE"],
  ["vacuum full loose", "loose", "ACCESS EXCLUSIVE"],
  ["vacuum (full, verbose) loose", "loose", "ACCESS EXCLUSIVE"],
];
