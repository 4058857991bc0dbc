import type { TestDatabase } from "../../../../test/database.ts";
import { CREATE_ROLES, SAMPLE } from "../migrations/catalog-sample.ts";

/** Rows in tables of every kind: partitions, children, odd names and values, a table without columns. */
const rows = (users: number): string => `
insert into users (email, name, mood, age, home, "select", at, stamp, bits, fixed, created, moods)
  select 'user' || i || '@example.com', case when i % 7 = 0 then null else 'Ünï ' || i || E'\\t\\\\\\n' || chr(233) end,
    (array['sad', 'ok', 'it''s']::mood[])[i % 3 + 1], i % 100 + 1,
    row('street ' || i % 90, 'city', 'ok', array['a', null, '"'])::address, i || repeat('x', i % 300),
    '12:00:00.123', '2026-01-01', b'101', 'ab', '2026-01-01'::timestamptz + i * interval '1 minute', array['ok', null]::mood[]
  from generate_series(1, ${users}) i;
insert into audit.log (user_id, "a.b", during, room, other)
  select i, case i % 3 when 0 then null else '\\N' end, tstzrange(now() - i * interval '1 day', null), -i, null
  from generate_series(1, least(${users}, 500)) i;
insert into events select -abs(i), '2025-06-01'::timestamptz + i * interval '1 day', 'ok' from generate_series(-400, 400) i where i <> 0;
insert into event_notes select id, at from events limit 50;
insert into listed values (null), (null);
insert into animals values ('cow', 4);
insert into cats values ('tom', 4, 9), (null, null, null);
insert into persian values ('fluff', 4, 7, 3, 1);
insert into fast values (null), (1);
insert into "Odd.Schema"."Table" values (1, null), (2, 3);
insert into public.pg_class values (1, null), (2, 1);
insert into sorted values (''), ('ä'), (E'\\\\.'), (E'a\\rb');
create table nothing ();
insert into nothing default values;
insert into nothing default values;
create table money_and_names (m money, r regclass, j jsonb, b bytea, f float8, i interval, n numeric, x xml);
insert into money_and_names values ('12.34', 'users', '{"a": [1, null]}', '\\x00ff', 'NaN', '1 mon -2 days', 'Infinity', '<a/>'),
  (null, 'audit.log', 'null', '', 0.1 + 0.2, 'P1Y', 1e-20, null);
create table alembic_version (version_num varchar(32) primary key);
insert into alembic_version values ('ddef93c02177');
select setval('huge', 9007199254740999);
select setval('down', -5, false);
refresh materialized view mv;`;

/** Fills an empty database with an object of every kind, and so many users. */
export async function fillSample(database: TestDatabase, users: number): Promise<void> {
  await database.query(CREATE_ROLES);
  await database.query(SAMPLE);
  await database.query(rows(users));
}
