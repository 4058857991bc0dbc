import { type AclRow, acl, ofExtension, ofLeftOut, type Qualified, RELATIONS, SCHEMAS } from "./fragments.ts";

/** A table or a view. */
export interface RelationRow {
  readonly id: string;
  readonly kind: "r" | "p" | "f" | "v" | "m";
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly acl: AclRow;
  readonly with: readonly string[] | null;
  /** Those of its TOAST table. */
  readonly toast: readonly string[] | null;
  readonly unlogged: boolean;
  readonly tablespace: string | null;
  readonly partitionBy: string | null;
  readonly bound: string | null;
  readonly parents: readonly Qualified[] | null;
  readonly of: string | null;
  readonly security: boolean;
  readonly forced: boolean;
  /** d: by its primary key, n: nothing, f: full, i: by an index. */
  readonly replica: "d" | "n" | "f" | "i";
  readonly query: string | null;
  readonly populated: boolean;
}

export const RELATIONS_QUERY = `
  with ${SCHEMAS}, ${RELATIONS}, parents as (
    select i.inhrelid, json_agg(json_build_array(p_n.nspname, p.relname) order by i.inhseqno) as list
    from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_namespace p_n on p_n.oid = p.relnamespace
    group by i.inhrelid)
  select json_build_object('id', r.oid, 'kind', r.relkind, 'schema', r.nspname, 'name', r.relname,
    'owner', pg_get_userbyid(r.relowner), 'acl', ${acl("r", "r.relacl", "r.relowner")},
    'with', r.reloptions, 'toast', toast.reloptions, 'unlogged', r.relpersistence = 'u', 'tablespace', space.spcname,
    'partitionBy', case r.relkind when 'p' then pg_get_partkeydef(r.oid) end,
    'bound', case when r.relispartition then pg_get_expr(r.relpartbound, r.oid) end, 'parents', parents.list,
    'of', case when r.reloftype <> 0 then format_type(r.reloftype, null) end,
    'security', r.relrowsecurity, 'forced', r.relforcerowsecurity, 'replica', r.relreplident,
    'query', case when r.relkind in ('v', 'm') then pg_get_viewdef(r.oid) end, 'populated', r.relispopulated)
  from r left join pg_class toast on toast.oid = r.reltoastrelid left join parents on parents.inhrelid = r.oid
  left join pg_tablespace space on space.oid = r.reltablespace
  order by r.oid`;

export interface SequenceRow {
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly acl: AclRow;
  readonly type: "smallint" | "integer" | "bigint";
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cache: string;
  readonly cycle: boolean;
  /** a: the column's by OWNED BY, i: of an identity, null: nobody's. */
  readonly kind: "a" | "i" | null;
  readonly table: string | null;
  readonly column: number | null;
}

export const SEQUENCES_QUERY = `
  with ${SCHEMAS}
  select json_build_object('id', c.oid, 'schema', n.nspname, 'name', c.relname,
    'owner', pg_get_userbyid(c.relowner), 'acl', ${acl("s", "c.relacl", "c.relowner")},
    'type', format_type(s.seqtypid, null), 'start', s.seqstart::text, 'increment', s.seqincrement::text,
    'min', s.seqmin::text, 'max', s.seqmax::text, 'cache', s.seqcache::text, 'cycle', s.seqcycle,
    'kind', d.deptype, 'table', d.refobjid, 'column', d.refobjsubid)
  from pg_sequence s join pg_class c on c.oid = s.seqrelid join n on n.oid = c.relnamespace
  left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
    and d.deptype in ('a', 'i') and d.refobjsubid > 0
  where not ${ofExtension("pg_class", "c.oid")} and not ${ofLeftOut("d.refobjid")}
  order by c.oid`;
