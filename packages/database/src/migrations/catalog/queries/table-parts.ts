import { type Qualified, RELATIONS, SCHEMAS } from "./fragments.ts";

/** A trigger of a table or a view. */
export interface TriggerRow {
  readonly id: string;
  readonly table: string;
  readonly name: string;
  readonly text: string;
  /** pg_trigger.tgtype. */
  readonly bits: number;
  readonly numbers: readonly number[];
  readonly function: Qualified;
  /** In hexadecimal digits; a byte 0 ends each. */
  readonly arguments: string;
  readonly oldTable: string | null;
  readonly newTable: string | null;
  readonly constraint: boolean;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly from: Qualified | null;
  readonly enabled: "O" | "A" | "R" | "D";
  /** Partitions, those of partitions too, where it is enabled otherwise. */
  readonly partitions: readonly (readonly [...Qualified, enabled: "O" | "A" | "R" | "D"])[] | null;
}

export const TRIGGERS_QUERY = `
  with ${SCHEMAS}, ${RELATIONS}
  select json_build_object('id', g.oid, 'table', r.oid, 'name', g.tgname, 'text', pg_get_triggerdef(g.oid),
    'bits', g.tgtype, 'numbers', g.tgattr::int2[], 'function', json_build_array(p_n.nspname, p.proname),
    'arguments', encode(g.tgargs, 'hex'), 'oldTable', g.tgoldtable, 'newTable', g.tgnewtable,
    'constraint', g.tgconstraint <> 0, 'deferrable', g.tgdeferrable, 'deferred', g.tginitdeferred,
    'from', case when f.oid is not null then json_build_array(f_n.nspname, f.relname) end, 'enabled', g.tgenabled,
    'partitions', case r.relkind when 'p' then (
      with recursive clone as (
        select k.oid, k.tgrelid, k.tgenabled, g.tgenabled as usual from pg_trigger k where k.tgparentid = g.oid
        union all select k.oid, k.tgrelid, k.tgenabled, clone.tgenabled from pg_trigger k join clone on k.tgparentid = clone.oid)
      select json_agg(json_build_array(k_n.nspname, k.relname, clone.tgenabled) order by clone.oid)
      from clone join pg_class k on k.oid = clone.tgrelid join pg_namespace k_n on k_n.oid = k.relnamespace
      where clone.tgenabled <> clone.usual) end)
  from r join pg_trigger g on g.tgrelid = r.oid join pg_proc p on p.oid = g.tgfoid
  join pg_namespace p_n on p_n.oid = p.pronamespace
  left join pg_class f on f.oid = g.tgconstrrelid left join pg_namespace f_n on f_n.oid = f.relnamespace
  where not g.tgisinternal and g.tgparentid = 0
  order by r.oid, g.oid`;

export interface PolicyRow {
  readonly id: string;
  readonly table: string;
  readonly name: string;
  readonly command: "*" | "r" | "a" | "w" | "d";
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
}

export const POLICIES_QUERY = `
  with ${SCHEMAS}, ${RELATIONS}
  select json_build_object('id', p.oid, 'table', r.oid, 'name', p.polname, 'command', p.polcmd,
    'permissive', p.polpermissive, 'using', pg_get_expr(p.polqual, r.oid), 'check', pg_get_expr(p.polwithcheck, r.oid),
    'roles', (select json_agg(case role when 0 then 'public' else pg_get_userbyid(role) end) from unnest(p.polroles) role))
  from r join pg_policy p on p.polrelid = r.oid
  order by r.oid, p.oid`;

/** Extended statistics. */
export interface StatisticsRow {
  readonly id: string;
  readonly table: string;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly text: string;
  readonly numbers: readonly number[];
  readonly expressions: readonly string[] | null;
  /** d: ndistinct, f: dependencies, m: mcv, e: of expressions. */
  readonly kinds: readonly string[];
  readonly target: number | null;
}

export const STATISTICS_QUERY = `
  with ${SCHEMAS}, ${RELATIONS}
  select json_build_object('id', s.oid, 'table', r.oid, 'schema', s_n.nspname, 'name', s.stxname,
    'owner', pg_get_userbyid(s.stxowner), 'text', pg_get_statisticsobjdef(s.oid), 'numbers', s.stxkeys::int2[],
    'expressions', pg_get_statisticsobjdef_expressions(s.oid), 'kinds', s.stxkind,
    'target', case when s.stxstattarget >= 0 then s.stxstattarget end)
  from r join pg_statistic_ext s on s.stxrelid = r.oid join pg_namespace s_n on s_n.oid = s.stxnamespace
  order by s.oid`;
