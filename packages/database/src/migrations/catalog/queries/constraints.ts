import { newer, type Qualified, RELATIONS, SCHEMAS } from "./fragments.ts";

/** A constraint of a table, or what is to be known of one that comes from a parent alone. */
export type ConstraintRow = FromParent | OwnConstraint;

export interface FromParent {
  readonly id: string;
  readonly table: string;
  readonly index: string;
  /** The constraint of the partitioned table; 0: the parent is no such table. */
  readonly parent: string;
}

export interface OwnConstraint {
  readonly id: string;
  readonly table: string;
  /** That which it has, or relies on; 0: none. */
  readonly index: string;
  readonly parent: null;
  readonly name: string;
  readonly kind: "p" | "u" | "c" | "x" | "f";
  readonly text: string;
  readonly numbers: readonly number[] | null;
  readonly expression: string | null;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly valid: boolean;
  readonly noInherit: boolean;
  readonly inherited: boolean;
  readonly operators: readonly string[] | null;
  readonly reference: {
    readonly onDelete: string;
    readonly onUpdate: string;
    readonly match: string;
    readonly onDeleteNumbers: readonly number[] | null;
    readonly id: string;
    readonly target: Qualified;
    readonly columns: readonly string[];
    readonly numbers: readonly number[];
  } | null;
}

export const CONSTRAINTS_QUERY = `
  with ${SCHEMAS}, ${RELATIONS}
  select case when k.coninhcount > 0 and not k.conislocal
    then json_build_object('id', k.oid, 'table', r.oid, 'index', k.conindid, 'parent', k.conparentid)
    else json_build_object('id', k.oid, 'table', r.oid, 'index', k.conindid, 'parent', null, 'name', k.conname,
      'kind', k.contype, 'text', pg_get_constraintdef(k.oid), 'numbers', k.conkey,
      'expression', pg_get_expr(k.conbin, k.conrelid), 'deferrable', k.condeferrable, 'deferred', k.condeferred,
      'valid', k.convalidated, 'noInherit', k.connoinherit, 'inherited', k.coninhcount > 0,
      'operators', case k.contype when 'x' then (
        select json_agg(case when o_n.nspname = 'pg_catalog' then o.oprname
                             else format('operator(%I.%s)', o_n.nspname, o.oprname) end order by e.place)
        from unnest(k.conexclop) with ordinality e (oid, place) join pg_operator o on o.oid = e.oid
        join pg_namespace o_n on o_n.oid = o.oprnamespace) end,
      'reference', case k.contype when 'f' then json_build_object(
        'onDelete', k.confdeltype, 'onUpdate', k.confupdtype, 'match', k.confmatchtype,
        'onDeleteNumbers', ${newer("k", "confdelsetcols", "int2[]")}, 'id', k.confrelid, 'target', json_build_array(f_n.nspname, f.relname),
        'columns', (select json_agg(a.attname order by e.place) from unnest(k.confkey) with ordinality e (number, place)
                    join pg_attribute a on a.attrelid = k.confrelid and a.attnum = e.number),
        'numbers', k.confkey) end) end
  from r join pg_constraint k on k.conrelid = r.oid
  left join pg_class f on f.oid = k.confrelid left join pg_namespace f_n on f_n.oid = f.relnamespace
  where k.contype in ('p', 'u', 'c', 'x', 'f')
  order by r.oid, array_position(array['p', 'u', 'c', 'x', 'f']::"char"[], k.contype), k.oid`;
