import type { Connection } from "../../connection/connection.ts";
import { type KnownDomain, type KnownTable, knownTable, type Surroundings } from "./surroundings.ts";

/** What a name without a schema leads to is called without one, and so is all that is in `public`. */
const KEY = (relation: string): string => `
  case when ${relation}.relnamespace = 'public'::regnamespace or pg_catalog.pg_table_is_visible(${relation}.oid)
       then ${relation}.relname else (select nspname from pg_catalog.pg_namespace where oid = ${relation}.relnamespace) || '.' || ${relation}.relname end`;

const RELATIONS = `
  select c.oid, ${KEY("c")} as key, c.relkind as kind from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** Names of columns by their numbers. */
const NAMES = (table: string, numbers: string): string => `
  (select coalesce(json_agg(a.attname order by k.ordinality), '[]') from unnest(${numbers}) with ordinality k (number, ordinality)
   join pg_catalog.pg_attribute a on a.attrelid = ${table} and a.attnum = k.number)`;

const TABLES_QUERY = `
  with recursive t as materialized (${RELATIONS}),
  direct as (
    select distinct r.ev_class as view, d.refobjid as below from pg_catalog.pg_rewrite r
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
     and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> r.ev_class),
  below as (select * from direct union select b.view, d.below from below b join direct d on d.view = b.below)
  select json_build_object(
    'key', t.key, 'kind', t.kind,
    'columns', (select coalesce(json_object_agg(a.attname, json_build_object('type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'isNotNull', a.attnotnull, 'isIdentity', a.attidentity <> '')), '{}')
      from pg_catalog.pg_attribute a where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped),
    'indexes', (select coalesce(json_object_agg(${KEY("ic")}, json_build_object(
        'isPlain', i.indexprs is null and i.indpred is null, 'keys', ${NAMES("t.oid", "(i.indkey::int2[])[0:i.indnkeyatts - 1]")},
        'columns', (select coalesce(json_agg(distinct a.attname), '[]') from pg_catalog.pg_attribute a
                    where a.attrelid = t.oid and (a.attnum = any (i.indkey) or exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = i.indexrelid
                        and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = t.oid and d.refobjsubid = a.attnum)))
      )), '{}') from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid where i.indrelid = t.oid),
    'constraints', (select coalesce(json_object_agg(o.conname, json_build_object('kind', o.contype, 'isValid', o.convalidated,
        'columns', ${NAMES("t.oid", "o.conkey")}, 'expression', pg_catalog.pg_get_expr(o.conbin, o.conrelid),
        'references', (select r.key from t r where r.oid = o.confrelid))), '{}')
      from pg_catalog.pg_constraint o where o.conrelid = t.oid and o.contype in ('c', 'f', 'u', 'p', 'x')),
    'children', (select coalesce(json_agg(c.key), '[]') from pg_catalog.pg_inherits h join t c on c.oid = h.inhrelid
                 where h.inhparent = t.oid),
    'defaultPartition', (select c.key from pg_catalog.pg_partitioned_table p join t c on c.oid = p.partdefid where p.partrelid = t.oid),
    'partitionKey', pg_catalog.pg_get_partkeydef(t.oid),
    'referencedBy', (select coalesce(json_agg(json_build_object('table', c.key, 'columns', ${NAMES("t.oid", "o.confkey")})), '[]')
                     from pg_catalog.pg_constraint o join t c on c.oid = o.conrelid where o.contype = 'f' and o.confrelid = t.oid),
    'reads', (select coalesce(json_agg(r.key), '[]') from below b join t r on r.oid = b.below where b.view = t.oid))
  from t`;

const DOMAINS_QUERY = `
  with recursive d as (
    select y.oid, case when pg_catalog.pg_type_is_visible(y.oid) then y.typname else (select nspname from pg_catalog.pg_namespace where oid = y.typnamespace) || '.' || y.typname end as key,
           y.typbasetype as base, y.typtypmod as modifier,
           y.typnotnull or exists (select from pg_catalog.pg_constraint c where c.contypid = y.oid) as checked
    from pg_catalog.pg_type y where y.typtype = 'd' and y.typnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    union all
    select d.oid, d.key, y.typbasetype, case when d.modifier >= 0 then d.modifier else y.typtypmod end,
           d.checked or y.typnotnull or exists (select from pg_catalog.pg_constraint c where c.contypid = y.oid)
    from d join pg_catalog.pg_type y on y.oid = d.base and y.typtype = 'd'),
  t as materialized (${RELATIONS})
  select json_build_object('key', d.key, 'type', pg_catalog.format_type(d.base, d.modifier), 'isChecked', d.checked,
    'tables', (select coalesce(json_agg(distinct t.key), '[]') from t join pg_catalog.pg_attribute a on a.attrelid = t.oid
               where a.atttypid = d.oid and not a.attisdropped and t.kind in ('r', 'p', 'm')))
  from d join pg_catalog.pg_type b on b.oid = d.base and b.typtype <> 'd'`;

const VOLATILE_QUERY = "select distinct proname from pg_catalog.pg_proc where provolatile = 'v'";

const KINDS = { r: "table", f: "table", p: "partitioned", v: "view", m: "materialized view", S: "sequence" } as const;
const CONSTRAINTS = { c: "check", f: "foreign key", u: "unique", p: "primary key", x: "exclusion" } as const;

type TableRow = Omit<KnownTable, "kind" | "constraints"> & {
  readonly key: string;
  readonly kind: keyof typeof KINDS;
  readonly constraints: Readonly<
    Record<string, Omit<KnownTable["constraints"][string], "kind"> & { readonly kind: keyof typeof CONSTRAINTS }>
  >;
};

/** Reads from a database, by four queries, what {@link factsOf} can make use of. */
export async function readSurroundings(connection: Connection, signal?: AbortSignal): Promise<Required<Surroundings>> {
  const ask = async <Value>(query: string): Promise<readonly Value[]> =>
    (await connection.query(query, [], signal)).rows.map(([value]) => value as Value);
  const tables = await ask<TableRow>(TABLES_QUERY);
  const domains = await ask<KnownDomain & { readonly key: string }>(DOMAINS_QUERY);
  const volatile = await ask<string>(VOLATILE_QUERY);
  const [timeZone] = await ask<string>("select pg_catalog.current_setting('TimeZone')");
  return {
    tables: Object.fromEntries(tables.map((row) => [row.key, readTable(row)])),
    domains: Object.fromEntries(domains.map(({ key, ...domain }) => [key, domain])),
    volatile: new Set(volatile),
    timeZone: timeZone!,
  };
}

function readTable({ key: _, kind, constraints, ...rest }: TableRow): KnownTable {
  const known = Object.entries(constraints).map(([name, { expression, references, ...constraint }]) => [
    name,
    {
      ...constraint,
      kind: CONSTRAINTS[constraint.kind],
      expression: expression ?? undefined,
      references: references ?? undefined,
    },
  ]);
  return knownTable({
    ...rest,
    defaultPartition: rest.defaultPartition ?? undefined,
    partitionKey: rest.partitionKey ?? undefined,
    kind: KINDS[kind],
    constraints: Object.fromEntries(known),
  });
}
