import { newer, type Qualified, RELATIONS, SCHEMAS } from "./fragments.ts";

/** An index, that of a constraint too. */
export interface IndexRow {
  readonly id: string;
  readonly table: string;
  readonly schema: string;
  readonly name: string;
  /** Null: it is a constraint's. */
  readonly text: string | null;
  readonly unique: boolean;
  readonly method: string;
  readonly where: string | null;
  readonly nullsNotDistinct: boolean;
  readonly with: readonly string[] | null;
  readonly tablespace: string | null;
  readonly valid: boolean;
  readonly clustered: boolean;
  readonly replica: boolean;
  /** Of its keys and then of what it includes; 0: an expression. */
  readonly numbers: readonly number[];
  readonly keyCount: number;
  /** Bits: 1 descending, 2 nulls first. */
  readonly options: readonly number[];
  /** Of the keys of which more is to be said. */
  readonly special: readonly SpecialKey[] | null;
  /** The index of the partitioned table that it is a part of. */
  readonly parent: string | null;
}

export interface SpecialKey {
  /** From 1. */
  readonly place: number;
  readonly expression: string | null;
  readonly opclass: readonly [schema: string, name: string, options: readonly string[] | null] | null;
  readonly collation: Qualified | null;
}

export const INDEXES_QUERY = `
  with ${SCHEMAS}, ${RELATIONS}, special as (
    select i.indexrelid, json_agg(json_build_object('place', k.place,
        'expression', case when k.number = 0 then pg_get_indexdef(i.indexrelid, k.place::int, false) end,
        'opclass', case when not o.opcdefault or own.attoptions is not null
                        then json_build_array(o_n.nspname, o.opcname, own.attoptions) end,
        'collation', case when k.collate_by not in (0, coalesce(u.attcollation, 100))
                          then json_build_array(co_n.nspname, co.collname) end) order by k.place) as keys
    from r join pg_index i on i.indrelid = r.oid
    cross join lateral unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[])
      with ordinality k (number, opclass, collate_by, place)
    join pg_attribute own on own.attrelid = i.indexrelid and own.attnum = k.place
    join pg_opclass o on o.oid = k.opclass join pg_namespace o_n on o_n.oid = o.opcnamespace
    left join pg_attribute u on u.attrelid = i.indrelid and u.attnum = k.number and k.number > 0
    left join pg_collation co on co.oid = k.collate_by left join pg_namespace co_n on co_n.oid = co.collnamespace
    where k.number = 0 or not o.opcdefault or own.attoptions is not null
      or k.collate_by not in (0, coalesce(u.attcollation, 100))
    group by i.indexrelid)
  select json_build_object('id', c.oid, 'table', r.oid, 'schema', r.nspname, 'name', c.relname,
    'text', case when k.oid is null then pg_get_indexdef(c.oid) end, 'unique', i.indisunique, 'method', am.amname,
    'where', pg_get_expr(i.indpred, i.indrelid), 'nullsNotDistinct', coalesce(${newer("i", "indnullsnotdistinct", "bool")}, false), 'with', c.reloptions,
    'tablespace', space.spcname, 'valid', i.indisvalid, 'clustered', i.indisclustered, 'replica', i.indisreplident,
    'numbers', i.indkey::int2[], 'keyCount', i.indnkeyatts, 'options', i.indoption::int2[], 'special', special.keys,
    'parent', h.inhparent)
  from r join pg_index i on i.indrelid = r.oid join pg_class c on c.oid = i.indexrelid join pg_am am on am.oid = c.relam
  left join special on special.indexrelid = c.oid left join pg_inherits h on h.inhrelid = c.oid
  left join pg_constraint k on k.conindid = c.oid and k.contype in ('p', 'u', 'x') and k.conrelid = r.oid
  left join pg_tablespace space on space.oid = c.reltablespace
  order by r.oid, c.oid`;
