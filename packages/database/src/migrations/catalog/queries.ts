/*
 * All that is asked of the system catalogs, each for all schemas of $1 at once. An answer is one column of JSON
 * (PostgreSQL, "System Catalogs").
 */

const TABLES = `
  select c.oid, n.nspname as schema, c.relname as name, c.relkind as kind
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1::text[]) and c.relkind in ('r', 'p', 'f')
    and c.relname not in ('alembic_version', 'hypertroq_migration_log')
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

/** The schemas that are there. */
export const SCHEMAS_QUERY = `
  select to_json(nspname) from pg_catalog.pg_namespace where nspname = any ($1::text[]) order by nspname`;

export const TABLES_QUERY = `
  with t as (${TABLES})
  select json_build_object(
    'id', t.oid::text, 'schema', t.schema, 'name', t.name, 'kind', t.kind, 'with', c.reloptions,
    'unlogged', c.relpersistence = 'u', 'comment', pg_catalog.obj_description(t.oid, 'pg_class'),
    'inherits', c.relispartition or exists (select from pg_catalog.pg_inherits i where t.oid in (i.inhrelid, i.inhparent)),
    'typed', c.reloftype <> 0, 'security', c.relrowsecurity)
  from t join pg_catalog.pg_class c on c.oid = t.oid order by t.oid`;

/** A column's default that counts up a sequence which belongs to it is what \`serial\` makes. */
export const COLUMNS_QUERY = `
  with t as (${TABLES})
  select json_build_object(
    'table', t.oid::text, 'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
    'base', pg_catalog.format_type(a.atttypid, null), 'nullable', not a.attnotnull,
    'expression', pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity, 'generated', a.attgenerated,
    'collation', case when a.attcollation <> y.typcollation then json_build_array(cn.nspname, co.collname) end,
    'comment', pg_catalog.col_description(t.oid, a.attnum),
    'enum', case when coalesce(e.typtype, y.typtype) = 'e' then pg_catalog.format_type(coalesce(e.oid, y.oid), null) end,
    'from', (select coalesce(json_agg(distinct other.attname), '[]') from pg_catalog.pg_depend x
             join pg_catalog.pg_attribute other on other.attrelid = x.refobjid and other.attnum = x.refobjsubid
             where a.attgenerated <> '' and x.classid = 'pg_catalog.pg_attrdef'::regclass and x.objid = d.oid
               and x.refclassid = 'pg_catalog.pg_class'::regclass and x.refobjid = t.oid and x.refobjsubid <> a.attnum),
    'sequence', (select json_build_object('kind', x.deptype, 'name', sc.relname, 'type', pg_catalog.format_type(s.seqtypid, null),
                   'start', s.seqstart::text, 'increment', s.seqincrement::text, 'min', s.seqmin::text, 'max', s.seqmax::text,
                   'cache', s.seqcache::text, 'cycle', s.seqcycle)
                 from pg_catalog.pg_depend x join pg_catalog.pg_sequence s on s.seqrelid = x.objid
                 join pg_catalog.pg_class sc on sc.oid = s.seqrelid
                 where x.classid = 'pg_catalog.pg_class'::regclass and x.refclassid = 'pg_catalog.pg_class'::regclass
                   and x.refobjid = t.oid and x.refobjsubid = a.attnum and x.deptype in ('a', 'i') limit 1))
  from t join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type y on y.oid = a.atttypid
  left join pg_catalog.pg_type e on e.oid = y.typelem and y.typcategory = 'A'
  left join pg_catalog.pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
  left join pg_catalog.pg_collation co on co.oid = a.attcollation
  left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
  order by t.oid, a.attnum`;

/** What is to be known of an index, for those of constraints too. \`i\` is the row of pg_index, \`c\` that of pg_class. */
const INDEX_FACTS = `json_build_object(
    'unique', i.indisunique, 'method', am.amname, 'where', pg_catalog.pg_get_expr(i.indpred, i.indrelid),
    'nullsNotDistinct', i.indnullsnotdistinct, 'with', c.reloptions, 'valid', i.indisvalid,
    'columns', (select coalesce(json_agg(distinct u.attname), '[]') from (
        select unnest(i.indkey::int2[]) as number
        union select x.refobjsubid from pg_catalog.pg_depend x where x.classid = 'pg_catalog.pg_class'::regclass
          and x.objid = i.indexrelid and x.refclassid = 'pg_catalog.pg_class'::regclass and x.refobjid = i.indrelid
      ) used join pg_catalog.pg_attribute u on u.attrelid = i.indrelid and u.attnum = used.number and u.attnum > 0),
    'include', (select coalesce(json_agg(u.attname order by k.place), '[]')
      from unnest(i.indkey::int2[]) with ordinality k (number, place)
      join pg_catalog.pg_attribute u on u.attrelid = i.indrelid and u.attnum = k.number where k.place > i.indnkeyatts),
    'keys', (select json_agg(json_build_object(
        'column', u.attname,
        'expression', case when k.number = 0 then pg_catalog.pg_get_indexdef(i.indexrelid, k.place::int, false) end,
        'opclass', case when not o.opcdefault or own.attoptions is not null
                        then json_build_array(o_n.nspname, o.opcname, own.attoptions) end,
        'collation', case when i.indcollation[k.place - 1] not in (0, coalesce(u.attcollation, 100))
                          then json_build_array(co_n.nspname, co.collname) end,
        'desc', i.indoption[k.place - 1] & 1 = 1, 'nullsFirst', i.indoption[k.place - 1] & 2 = 2,
        'operator', (select case when p_n.nspname = 'pg_catalog' then p.oprname
                                 else format('operator(%I.%s)', p_n.nspname, p.oprname) end
                     from pg_catalog.pg_constraint x join pg_catalog.pg_operator p on p.oid = x.conexclop[k.place]
                     join pg_catalog.pg_namespace p_n on p_n.oid = p.oprnamespace
                     where x.conindid = i.indexrelid and x.contype = 'x')
      ) order by k.place)
      from unnest(i.indkey::int2[]) with ordinality k (number, place)
      join pg_catalog.pg_attribute own on own.attrelid = i.indexrelid and own.attnum = k.place
      join pg_catalog.pg_opclass o on o.oid = i.indclass[k.place - 1]
      join pg_catalog.pg_namespace o_n on o_n.oid = o.opcnamespace
      left join pg_catalog.pg_attribute u on u.attrelid = i.indrelid and u.attnum = k.number and k.number > 0
      left join pg_catalog.pg_collation co on co.oid = i.indcollation[k.place - 1]
      left join pg_catalog.pg_namespace co_n on co_n.oid = co.collnamespace
      where k.place <= i.indnkeyatts))`;

const columnNames = (table: string, numbers: string): string => `(
    select coalesce(json_agg(u.attname order by listed.place), '[]')
    from unnest(${numbers}) with ordinality listed (number, place)
    join pg_catalog.pg_attribute u on u.attrelid = ${table} and u.attnum = listed.number)`;

export const CONSTRAINTS_QUERY = `
  with t as (${TABLES})
  select json_build_object(
    'table', t.oid::text, 'name', k.conname, 'kind', k.contype, 'text', pg_catalog.pg_get_constraintdef(k.oid),
    'columns', ${columnNames("t.oid", "k.conkey")}, 'expression', pg_catalog.pg_get_expr(k.conbin, k.conrelid),
    'deferrable', k.condeferrable, 'deferred', k.condeferred, 'valid', k.convalidated, 'noInherit', k.connoinherit,
    'onDelete', k.confdeltype, 'onUpdate', k.confupdtype, 'match', k.confmatchtype,
    'onDeleteColumns', ${columnNames("t.oid", "k.confdelsetcols")},
    'target', (select json_build_array(n.nspname, r.relname) from pg_catalog.pg_class r
               join pg_catalog.pg_namespace n on n.oid = r.relnamespace where r.oid = k.confrelid),
    'targetColumns', ${columnNames("k.confrelid", "k.confkey")},
    'index', case when k.contype in ('p', 'u', 'x') then (select ${INDEX_FACTS}
      from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
      join pg_catalog.pg_am am on am.oid = c.relam where i.indexrelid = k.conindid) end)
  from t join pg_catalog.pg_constraint k on k.conrelid = t.oid
  order by t.oid, array_position(array['p', 'u', 'c', 'x', 'f']::"char"[], k.contype), k.oid`;

export const INDEXES_QUERY = `
  with t as (${TABLES})
  select json_build_object(
    'table', t.oid::text, 'schema', t.schema, 'name', c.relname, 'text', pg_catalog.pg_get_indexdef(i.indexrelid),
    'index', ${INDEX_FACTS})
  from t join pg_catalog.pg_index i on i.indrelid = t.oid join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_am am on am.oid = c.relam
  where not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
  order by t.oid, c.oid`;

const ENUMS = `
  select y.oid, y.typarray, n.nspname as schema, y.typname as name
  from pg_catalog.pg_type y join pg_catalog.pg_namespace n on n.oid = y.typnamespace
  where n.nspname = any ($1::text[]) and y.typtype = 'e'
    and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_type'::regclass and d.objid = y.oid and d.deptype = 'e')`;

export const ENUMS_QUERY = `
  with e as (${ENUMS})
  select json_build_object('schema', e.schema, 'name', e.name, 'type', pg_catalog.format_type(e.oid, null),
    'bare', case when not exists (select from pg_catalog.pg_type y where y.typname = e.name
                                  and y.typnamespace = 'pg_catalog'::regnamespace) then quote_ident(e.name) end,
    'values', (select coalesce(json_agg(enumlabel order by enumsortorder), '[]') from pg_catalog.pg_enum where enumtypid = e.oid))
  from e order by e.oid`;

/**
 * What hangs on tables, columns and enums and is itself neither: views, functions, policies, triggers, statistics,
 * publications, domains, composite types, and foreign keys of tables elsewhere.
 */
export const DEPENDENTS_QUERY = `
  with t as (${TABLES}), e as (${ENUMS}), found as (
    select d.classid, d.objid, jsonb_build_array(t.schema, t.name) as "on", a.attname as "column", null as enum
    from t join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = t.oid
    left join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid and a.attnum > 0
    where d.classid = any (array['pg_catalog.pg_proc', 'pg_catalog.pg_policy', 'pg_catalog.pg_statistic_ext',
                                 'pg_catalog.pg_publication_rel']::regclass[])
      or d.classid = 'pg_catalog.pg_rewrite'::regclass
      or (d.classid = 'pg_catalog.pg_trigger'::regclass
          and exists (select from pg_catalog.pg_trigger g where g.oid = d.objid and not g.tgisinternal))
      or (d.classid = 'pg_catalog.pg_constraint'::regclass
          and exists (select from pg_catalog.pg_constraint k where k.oid = d.objid and k.contype = 'f'
                      and k.conrelid not in (select oid from t)))
    union all
    select d.classid, d.objid, null, null, pg_catalog.format_type(e.oid, null)
    from e join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_type'::regclass and d.refobjid in (e.oid, e.typarray)
    where d.classid in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_rewrite'::regclass)
      or (d.classid = 'pg_catalog.pg_type'::regclass and d.objid <> e.typarray)
      or (d.classid = 'pg_catalog.pg_class'::regclass and not exists (select from t where t.oid = d.objid)
          and exists (select from pg_catalog.pg_class c where c.oid = d.objid and c.relkind <> 'i'
                      and c.relname not in ('alembic_version', 'hypertroq_migration_log'))))
  select json_build_object('what', pg_catalog.pg_describe_object(classid, objid, 0), 'on', "on", 'column', "column", 'enum', enum)
  from found group by classid, objid, "on", "column", enum order by classid, objid, "column"`;

/** What lies in the schemas and no model describes. */
export const OTHERS_QUERY = `
  select to_json(what) from (
    select pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, c.oid, 0) as what
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any ($1::text[])
      and (c.relkind in ('v', 'm', 'c') or (c.relkind = 'S' and not exists (
            select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
              and d.deptype in ('a', 'i'))))
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    union all
    select pg_catalog.pg_describe_object('pg_catalog.pg_proc'::regclass, p.oid, 0)
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = any ($1::text[])
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype in ('e', 'i'))
    union all
    select pg_catalog.pg_describe_object('pg_catalog.pg_type'::regclass, y.oid, 0)
    from pg_catalog.pg_type y join pg_catalog.pg_namespace n on n.oid = y.typnamespace
    where n.nspname = any ($1::text[]) and y.typtype in ('d', 'r')
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_type'::regclass and d.objid = y.oid and d.deptype = 'e')
  ) others where $1::text[] is not null order by what`;

export const CASTS_QUERY = `
  select to_json(pg_catalog.format_type(castsource, null) || ' > ' || pg_catalog.format_type(casttarget, null))
  from pg_catalog.pg_cast where castcontext in ('a', 'i') and castsource <> casttarget and $1::text[] is not null`;
