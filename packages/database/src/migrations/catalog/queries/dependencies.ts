/** An edge of pg_depend: the class, the oid and the column of who needs, and of what it needs. */
export type DependencyRow = readonly [string, string, number, string, string, number];

const CLASS = "'pg_class'::regclass";

/** What a part of something else needs is needed by that. */
const SOURCES: readonly string[] = [
  // The default of a column.
  `select ${CLASS} as catalog, x.adrelid as id, x.adnum as part, d.refclassid, d.refobjid, d.refobjsubid
   from pg_attrdef x join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = x.oid
   where d.deptype in ('n', 'a') and not (d.refclassid = ${CLASS} and d.refobjid = x.adrelid and d.refobjsubid = x.adnum)`,
  // The query of a view; a rule stands for itself.
  `select case x.rulename when '_RETURN' then ${CLASS} else 'pg_rewrite'::regclass end,
     case x.rulename when '_RETURN' then x.ev_class else x.oid end, 0, d.refclassid, d.refobjid, d.refobjsubid
   from pg_rewrite x join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = x.oid
   where x.oid >= 16384 and d.deptype = 'n'`,
  // A constraint of a table, whose columns it says itself, or of a domain.
  `select case x.contypid when 0 then 'pg_constraint'::regclass else 'pg_type'::regclass end,
     case x.contypid when 0 then x.oid else x.contypid end, 0, d.refclassid, d.refobjid, d.refobjsubid
   from pg_constraint x join pg_depend d on d.classid = 'pg_constraint'::regclass and d.objid = x.oid
   where d.deptype in ('n', 'a') and not (d.refclassid = ${CLASS} and (x.contype <> 'c' or d.refobjid = x.conrelid))`,
  `select d.classid, d.objid, 0, d.refclassid, d.refobjid, d.refobjsubid
   from pg_trigger x join pg_depend d on d.classid = 'pg_trigger'::regclass and d.objid = x.oid
   where not x.tgisinternal and x.tgparentid = 0 and d.deptype in ('n', 'a')`,
  // Tables and views with their columns, composite types, and sequences but for whose they are; and indexes, which say
  // themselves which columns they are of, but not those of their expressions.
  `select case x.relkind when 'c' then 'pg_type'::regclass else ${CLASS} end,
     case x.relkind when 'c' then x.reltype else x.oid end, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid
   from pg_class x join pg_depend d on d.classid = ${CLASS} and d.objid = x.oid
   left join pg_index i on i.indexrelid = x.oid
   where x.oid >= 16384 and d.deptype in ('n', 'a', 'P') and case when x.relkind in ('i', 'I')
     then d.refclassid <> ${CLASS} or d.deptype = 'P' or i.indexprs is not null or i.indpred is not null
     else x.relkind in ('r', 'p', 'f', 'c') or d.refclassid <> ${CLASS} end`,
  `select d.classid, d.objid, 0, d.refclassid, d.refobjid, d.refobjsubid from pg_depend d
   where d.classid <> all (array['pg_attrdef', 'pg_rewrite', 'pg_constraint', 'pg_trigger', 'pg_class']::regclass[])
     and d.deptype in ('n', 'a')`,
];

/**
 * Of what an extension has brought, the extension is needed; of the type that a table's rows are of, the table; of arrays
 * and multiranges what they are of.
 */
export const DEPENDENCIES_QUERY = `
  with brought as materialized (select classid, objid, refobjid from pg_depend where deptype = 'e'),
  d as (select * from (${SOURCES.join("\n   union all ")}) d
        where d.refobjid >= 16384 and d.refclassid <> 'pg_namespace'::regclass)
  select json_build_array(d.catalog::oid, d.id, d.part,
    case when b.refobjid is not null then 'pg_extension'::regclass when c.relkind <> 'c' then ${CLASS} else d.refclassid end::oid,
    coalesce(b.refobjid, case when c.relkind <> 'c' then c.oid end, g.rngtypid, e.oid, d.refobjid), d.refobjsubid)
  from d left join brought b on b.classid = d.refclassid and b.objid = d.refobjid
  left join pg_type y on d.refclassid = 'pg_type'::regclass and y.oid = d.refobjid
  left join pg_type e on e.oid = y.typelem and y.typcategory = 'A'
  left join pg_class c on c.oid = coalesce(e.typrelid, y.typrelid)
  left join pg_range g on g.rngmultitypid = coalesce(e.oid, y.oid)
  where not exists (select from brought own where own.classid = d.catalog and own.objid = d.id)`;
