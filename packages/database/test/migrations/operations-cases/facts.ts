import { readFileSync } from "node:fs";
import type pg from "pg";
import { vectorFile } from "../graph-cases.ts";

/** What operations can change, a line for each fact, with names and never with the numbers that the server gives. */
const OWN = `
  with schema as (select * from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'),
  class as (select * from pg_class where relnamespace in (select oid from schema)),
  kind as (select * from pg_type where typnamespace in (select oid from schema))
  select concat_ws(' | ', 'schema', nspname, nspacl, nspowner::regrole) from schema
  union all select concat_ws(' | ', 'class', c.oid::regclass, c.relkind, c.relpersistence, c.relrowsecurity,
      c.relforcerowsecurity, c.reloptions, t.reloptions, pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid),
      c.relreplident, c.relacl, c.relowner::regrole, c.relispopulated, c.reltablespace)
    from class c left join pg_class t on t.oid = c.reltoastrelid
  union all select concat_ws(' | ', 'inherits', inhrelid::regclass, inhparent::regclass, inhdetachpending)
    from pg_inherits where inhrelid in (select oid from class)
  union all select concat_ws(' | ', 'column', attrelid::regclass, attname,
      rank() over (partition by attrelid order by attnum), format_type(atttypid, atttypmod), attnotnull, attidentity,
      attgenerated, pg_get_expr(adbin, adrelid), attcollation::regcollation, attislocal, attinhcount, attstorage,
      attcompression, attstattarget, attacl)
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid in (select oid from class) and attnum > 0 and not attisdropped
  union all select concat_ws(' | ', 'constraint', conrelid::regclass, contypid::regtype, conname, pg_get_constraintdef(oid),
      convalidated, condeferrable, condeferred, connoinherit) from pg_constraint where connamespace in (select oid from schema)
  union all select concat_ws(' | ', 'index', pg_get_indexdef(indexrelid), indisvalid, indisreplident)
    from pg_index where indrelid in (select oid from class)
  union all select concat_ws(' | ', 'sequence', seqrelid::regclass, seqtypid::regtype, seqstart, seqincrement, seqmin,
      seqmax, seqcache, seqcycle, (select pg_describe_object(refclassid, refobjid, refobjsubid) from pg_depend
        where classid = 'pg_class'::regclass and objid = seqrelid and deptype in ('a', 'i')))
    from pg_sequence where seqrelid in (select oid from class)
  union all select concat_ws(' | ', 'view', oid::regclass, pg_get_viewdef(oid)) from class where relkind in ('v', 'm')
  union all select concat_ws(' | ', 'enum', enumtypid::regtype, enumlabel, rank() over (partition by enumtypid order by enumsortorder))
    from pg_enum where enumtypid in (select oid from kind)
  union all select concat_ws(' | ', 'type', oid::regtype, typtype, format_type(typbasetype, typtypmod), typnotnull, typdefault,
      typcollation::regcollation, typacl, typowner::regrole) from kind
  union all select concat_ws(' | ', 'range', rngtypid::regtype, rngmultitypid::regtype, rngsubtype::regtype,
      rngcollation::regcollation, opcname, rngcanonical, rngsubdiff)
    from pg_range join pg_opclass o on o.oid = rngsubopc where rngtypid in (select oid from kind)
  union all select concat_ws(' | ', 'routine', pg_get_functiondef(oid), proacl, proowner::regrole)
    from pg_proc where pronamespace in (select oid from schema) and prokind in ('f', 'p')
  union all select concat_ws(' | ', 'trigger', pg_get_triggerdef(oid), tgenabled)
    from pg_trigger where not tgisinternal and tgrelid in (select oid from class)
  union all select concat_ws(' | ', 'policy', polrelid::regclass, polname, polcmd, polpermissive, polroles::regrole[],
      pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) from pg_policy
  union all select concat_ws(' | ', 'statistics', pg_get_statisticsobjdef(oid), stxstattarget) from pg_statistic_ext
  union all select concat_ws(' | ', 'extension', extname, extversion, extnamespace::regnamespace) from pg_extension
  union all select concat_ws(' | ', 'comment', pg_describe_object(classoid, objoid, objsubid), description)
    from pg_description where objoid >= 16384`;

/** One line per fact of the catalog, as this connection sees it, its transaction included. */
export async function facts(client: pg.Client): Promise<readonly string[]> {
  const vectors = vectorFile("fingerprint.sql");
  const queries = vectors === undefined ? [OWN] : [OWN, readFileSync(vectors, "utf8")];
  const all: string[] = [];
  await client.query("set search_path = ''");
  for (const [nth, text] of queries.entries()) {
    // Kept prepared: to plan them takes longer than to run them.
    const { rows } = await client.query<[string]>({ name: `facts ${nth}`, text, rowMode: "array" });
    // Roles belong to the whole server, where other tests make them too.
    all.push(
      ...rows
        .map(([fact]) => fact)
        .filter((fact) => !fact.startsWith("role "))
        .sort(),
    );
  }
  await client.query("reset search_path");
  return all;
}
