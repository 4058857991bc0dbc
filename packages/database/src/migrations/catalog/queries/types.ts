import { type AclRow, acl, collation, ofExtension, type Qualified, SCHEMAS } from "./fragments.ts";

/** An enum, a domain, a composite or a range type. */
export interface TypeRow {
  readonly id: string;
  readonly kind: "e" | "d" | "c" | "r";
  readonly schema: string;
  readonly name: string;
  readonly type: string;
  readonly owner: string;
  readonly acl: AclRow;
  readonly values: readonly string[] | null;
  readonly domain: {
    readonly type: string;
    readonly base: string;
    readonly collation: Qualified | null;
    readonly default: string | null;
    readonly notNull: boolean;
    readonly checks: readonly (readonly [name: string, expression: string, valid: boolean, id: string])[] | null;
  } | null;
  readonly attributes:
    | readonly (readonly [name: string, type: string, collation: Qualified | null, relation: string, number: number])[]
    | null;
  readonly range: {
    readonly subtype: string;
    readonly opclass: Qualified | null;
    readonly collation: Qualified | null;
    readonly canonical: Qualified | null;
    readonly subtypeDiff: Qualified | null;
    readonly multirange: Qualified;
  } | null;
}

const routine = (oid: string): string => `(select json_build_array(pn.nspname, p.proname)
        from pg_proc p join pg_namespace pn on pn.oid = p.pronamespace where p.oid = ${oid})`;

export const TYPES_QUERY = `
  with ${SCHEMAS}
  select json_build_object('id', y.oid, 'kind', y.typtype, 'schema', n.nspname, 'name', y.typname,
    'type', format_type(y.oid, null), 'owner', pg_get_userbyid(y.typowner), 'acl', ${acl("T", "y.typacl", "y.typowner")},
    'values', case y.typtype when 'e' then (
      select coalesce(json_agg(v.enumlabel order by v.enumsortorder), '[]') from pg_enum v where v.enumtypid = y.oid) end,
    'domain', case y.typtype when 'd' then json_build_object(
      'type', format_type(y.typbasetype, y.typtypmod), 'base', format_type(y.typbasetype, null),
      'collation', ${collation("y.typcollation", "base.typcollation")},
      'default', pg_get_expr(y.typdefaultbin, 0), 'notNull', y.typnotnull,
      'checks', (select json_agg(json_build_array(k.conname, pg_get_expr(k.conbin, 0), k.convalidated, k.oid) order by k.conname)
                 from pg_constraint k where k.contypid = y.oid and k.contype = 'c')) end,
    'attributes', case y.typtype when 'c' then (
      select coalesce(json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod),
        ${collation("a.attcollation", "t.typcollation")}, a.attrelid, a.attnum) order by a.attnum), '[]')
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = y.typrelid and a.attnum > 0 and not a.attisdropped) end,
    'range', (select json_build_object(
        'subtype', format_type(g.rngsubtype, null),
        'opclass', case when not o.opcdefault then json_build_array(o_n.nspname, o.opcname) end,
        'collation', ${collation("g.rngcollation", "t.typcollation")},
        'canonical', ${routine("g.rngcanonical")}, 'subtypeDiff', ${routine("g.rngsubdiff")},
        'multirange', json_build_array(m_n.nspname, m.typname))
      from pg_range g join pg_type t on t.oid = g.rngsubtype
      join pg_opclass o on o.oid = g.rngsubopc join pg_namespace o_n on o_n.oid = o.opcnamespace
      join pg_type m on m.oid = g.rngmultitypid join pg_namespace m_n on m_n.oid = m.typnamespace
      where g.rngtypid = y.oid))
  from pg_type y join n on n.oid = y.typnamespace
  left join pg_type base on base.oid = y.typbasetype left join pg_class c on c.oid = y.typrelid
  where (y.typtype in ('e', 'd', 'r') or (y.typtype = 'c' and c.relkind = 'c')) and not ${ofExtension("pg_type", "y.oid")}
  order by y.oid`;
