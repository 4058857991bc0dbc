import { type AclRow, acl, ofExtension, SCHEMAS } from "./fragments.ts";

/** A function or a procedure. */
export interface RoutineRow {
  readonly id: string;
  readonly kind: "f" | "p" | "w";
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly acl: AclRow;
  /** By which calls are told apart. */
  readonly types: string;
  /** With names, modes and defaults. */
  readonly arguments: string;
  /** Without defaults. */
  readonly identity: string;
  readonly returns: string | null;
  readonly language: string;
  readonly body: string;
  readonly sqlBody: string | null;
  readonly volatility: "i" | "s" | "v";
  readonly strict: boolean;
  readonly leakproof: boolean;
  readonly parallel: "u" | "r" | "s";
  readonly cost: number;
  readonly rows: number;
  readonly securityDefiner: boolean;
  readonly set: readonly string[] | null;
  readonly text: string;
  /** Whether it is something that op.createFunction has no word for: C, a window function, a support function. */
  readonly isSpecial: boolean;
}

/** Without those that a range type brings. */
export const ROUTINES_QUERY = `
  with ${SCHEMAS}
  select json_build_object('id', p.oid, 'kind', p.prokind, 'schema', n.nspname, 'name', p.proname,
    'owner', pg_get_userbyid(p.proowner), 'acl', ${acl("f", "p.proacl", "p.proowner")},
    'types', oidvectortypes(p.proargtypes), 'arguments', pg_get_function_arguments(p.oid),
    'identity', pg_get_function_identity_arguments(p.oid), 'returns', pg_get_function_result(p.oid),
    'language', l.lanname, 'body', p.prosrc, 'sqlBody', pg_get_function_sqlbody(p.oid), 'volatility', p.provolatile,
    'strict', p.proisstrict, 'leakproof', p.proleakproof, 'parallel', p.proparallel, 'cost', p.procost, 'rows', p.prorows,
    'securityDefiner', p.prosecdef, 'set', p.proconfig, 'text', pg_get_functiondef(p.oid),
    'isSpecial', p.prokind = 'w' or p.probin is not null or p.prosupport <> 0 or p.protrftypes is not null
      or (p.prosqlbody is null and p.prosrc = ''))
  from pg_proc p join n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
  where p.prokind in ('f', 'p', 'w')
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype in ('e', 'i'))
  order by p.oid`;

/** An aggregate; see the parameters of CREATE AGGREGATE. Functions and types are SQL. */
export interface AggregateRow {
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly acl: AclRow;
  readonly types: string;
  readonly arguments: string;
  readonly parameters: Readonly<Record<string, string | null>>;
}

const call = (oid: string): string => `nullif(${oid}::regproc::text, '-')`;
const modify = (letter: string, usual: string): string => `case ${letter} when ${usual} then null
      when 'r' then 'read_only' when 's' then 'shareable' else 'read_write' end`;

export const AGGREGATES_QUERY = `
  with ${SCHEMAS}
  select json_build_object('id', p.oid, 'schema', n.nspname, 'name', p.proname,
    'acl', ${acl("f", "p.proacl", "p.proowner")}, 'types', oidvectortypes(p.proargtypes),
    'arguments', pg_get_function_arguments(p.oid), 'parameters', json_build_object(
      'sfunc', ${call("a.aggtransfn")}, 'stype', format_type(a.aggtranstype, null), 'sspace', nullif(a.aggtransspace, 0)::text,
      'finalfunc', ${call("a.aggfinalfn")}, 'finalfunc_extra', case when a.aggfinalextra then '' end,
      'finalfunc_modify', ${modify("a.aggfinalmodify", "case a.aggkind when 'n' then 'r' else 'w' end")},
      'combinefunc', ${call("a.aggcombinefn")}, 'serialfunc', ${call("a.aggserialfn")},
      'deserialfunc', ${call("a.aggdeserialfn")}, 'initcond', quote_literal(a.agginitval),
      'msfunc', ${call("a.aggmtransfn")}, 'minvfunc', ${call("a.aggminvtransfn")},
      'mstype', case a.aggmtranstype when 0 then null else format_type(a.aggmtranstype, null) end,
      'msspace', nullif(a.aggmtransspace, 0)::text, 'mfinalfunc', ${call("a.aggmfinalfn")},
      'mfinalfunc_extra', case when a.aggmfinalextra then '' end,
      'mfinalfunc_modify', case when a.aggmfinalfn <> 0
        then ${modify("a.aggmfinalmodify", "case a.aggkind when 'n' then 'r' else 'w' end")} end,
      'minitcond', quote_literal(a.aggminitval),
      'sortop', case when o.oid is not null then format('operator(%I.%s)', o_n.nspname, o.oprname) end,
      'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' end,
      'hypothetical', case a.aggkind when 'h' then '' end))
  from pg_proc p join n on n.oid = p.pronamespace join pg_aggregate a on a.aggfnoid = p.oid
  left join pg_operator o on o.oid = a.aggsortop left join pg_namespace o_n on o_n.oid = o.oprnamespace
  where not ${ofExtension("pg_proc", "p.oid")}
  order by p.oid`;
