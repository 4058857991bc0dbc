import { ofExtension, RELATIONS, SCHEMAS } from "./fragments.ts";

/** What no operation makes. */
export interface OtherRow {
  readonly catalog: string;
  readonly id: string;
  /** For people: `collation public.de`. */
  readonly what: string;
  /** In SQL: `collation`, `public.de`. */
  readonly kind: string;
  readonly identity: string;
  readonly create: string | null;
  readonly drop: string | null;
  readonly text: string | null;
  readonly table: string | null;
}

interface Kind {
  readonly catalog: string;
  /** The table and what is joined to it; \`o\` is its row. */
  readonly from: string;
  readonly where?: string;
  readonly create?: string;
  /** Default: DROP with the kind and the identity. */
  readonly drop?: string;
  readonly text?: string;
  readonly table?: string;
}

const inSchemas = (column: string): string => `join n on n.oid = o.${column}`;

/** \` when …\`, where it is so: for the pieces of a statement. */
const given = (condition: string, text: string): string => `case when ${condition} then ${text} else '' end`;

const COLLATION = `format('create collation %I.%I (provider = %s%s%s%s)', n.nspname, o.collname,
  case o.collprovider when 'i' then 'icu' else 'libc' end,
  case when o.collprovider = 'i' then format(', locale = %L', coalesce(to_jsonb(o)->>'colliculocale', to_jsonb(o)->>'colllocale'))
       else format(', lc_collate = %L, lc_ctype = %L', o.collcollate, o.collctype) end,
  coalesce(', rules = ' || quote_literal(to_jsonb(o)->>'collicurules'), ''),
  ${given("not o.collisdeterministic", "', deterministic = false'")})`;

const RULE = `pg_get_ruledef(o.oid) || ${given(
  "o.ev_enabled <> 'O'",
  `format(E'\\nalter table %I.%I %s rule %I', r.nspname, r.relname, ${enabled("o.ev_enabled")}, o.rulename)`,
)}`;

const EVENT_TRIGGER = `format('create event trigger %I on %s%s execute function %s()%s', o.evtname, o.evtevent,
  coalesce(' when tag in (' || (select string_agg(quote_literal(tag), ', ') from unnest(o.evttags) tag) || ')', ''),
  o.evtfoid::regproc, ${given(
    "o.evtenabled <> 'O'",
    `format(E';\\nalter event trigger %I %s', o.evtname, ${enabled("o.evtenabled")})`,
  )})`;

/** Its commutator and its negator may come later; PostgreSQL links them then. */
const OPERATOR = `format('create operator %I.%s (function = %s%s%s%s%s%s%s%s%s)', n.nspname, o.oprname, o.oprcode::regproc,
  ${given("o.oprleft <> 0", "', leftarg = ' || format_type(o.oprleft, null)")},
  ${given("o.oprright <> 0", "', rightarg = ' || format_type(o.oprright, null)")},
  coalesce((select format(', commutator = operator(%I.%s)', other_n.nspname, other.oprname) ${otherOperator("oprcom")}), ''),
  coalesce((select format(', negator = operator(%I.%s)', other_n.nspname, other.oprname) ${otherOperator("oprnegate")}), ''),
  ${given("o.oprrest <> 0", "', restrict = ' || o.oprrest::regproc")}, ${given("o.oprjoin <> 0", "', join = ' || o.oprjoin::regproc")},
  ${given("o.oprcanhash", "', hashes'")}, ${given("o.oprcanmerge", "', merges'")})`;

function otherOperator(column: string): string {
  return `from pg_operator other join pg_namespace other_n on other_n.oid = other.oprnamespace where other.oid = o.${column}`;
}

function enabled(column: string): string {
  return `case ${column} when 'A' then 'enable always' when 'R' then 'enable replica' else 'disable' end`;
}

/** What lies in a schema. */
const IN_SCHEMAS: readonly Kind[] = [
  { catalog: "pg_collation", from: `pg_collation o ${inSchemas("collnamespace")}`, create: COLLATION },
  {
    catalog: "pg_rewrite",
    from: "pg_rewrite o join r on r.oid = o.ev_class",
    where: "o.rulename <> '_RETURN'",
    create: RULE,
    drop: "format('drop rule %I on %I.%I', o.rulename, r.nspname, r.relname)",
    table: "r.oid",
  },
  {
    catalog: "pg_operator",
    from: `pg_operator o ${inSchemas("oprnamespace")}`,
    where: "o.oprcode <> 0", // one that another has announced is not there yet
    create: OPERATOR,
  },
  { catalog: "pg_opclass", from: `pg_opclass o ${inSchemas("opcnamespace")}` },
  { catalog: "pg_opfamily", from: `pg_opfamily o ${inSchemas("opfnamespace")}` },
  { catalog: "pg_conversion", from: `pg_conversion o ${inSchemas("connamespace")}`, text: "o.conproc::text" },
  { catalog: "pg_ts_config", from: `pg_ts_config o ${inSchemas("cfgnamespace")}` },
  {
    catalog: "pg_ts_dict",
    from: `pg_ts_dict o ${inSchemas("dictnamespace")} join pg_ts_template p on p.oid = o.dicttemplate
      join pg_namespace p_n on p_n.oid = p.tmplnamespace`,
    create: `format('create text search dictionary %I.%I (template = %I.%I%s)', n.nspname, o.dictname, p_n.nspname, p.tmplname,
      coalesce(', ' || o.dictinitoption, ''))`,
  },
  { catalog: "pg_ts_parser", from: `pg_ts_parser o ${inSchemas("prsnamespace")}` },
  { catalog: "pg_ts_template", from: `pg_ts_template o ${inSchemas("tmplnamespace")}` },
  {
    catalog: "pg_type",
    from: `pg_type o ${inSchemas("typnamespace")}`,
    where: "(o.typtype = 'p' or (o.typtype = 'b' and o.typcategory <> 'A'))",
  },
];

/** What belongs to the database as a whole. */
const IN_DATABASE: readonly Kind[] = [
  { catalog: "pg_event_trigger", from: "pg_event_trigger o", create: EVENT_TRIGGER },
  {
    catalog: "pg_cast",
    from: "pg_cast o",
    where: `o.oid >= 16384 and not exists (
      select from pg_depend d where d.classid = 'pg_cast'::regclass and d.objid = o.oid and d.deptype = 'i')`,
    text: "format('%s %s %s', o.castfunc::regproc, o.castcontext, o.castmethod)",
  },
  {
    catalog: "pg_publication",
    from: "pg_publication o",
    text: `format('%s %s', o.puballtables, (select string_agg(t.schemaname || '.' || t.tablename, ' ' order by 1)
      from pg_get_publication_tables(o.pubname) g join pg_class c on c.oid = g.relid join pg_tables t
      on t.tablename = c.relname and t.schemaname = c.relnamespace::regnamespace::text))`,
  },
  { catalog: "pg_foreign_data_wrapper", from: "pg_foreign_data_wrapper o", text: "o.fdwoptions::text" },
  { catalog: "pg_foreign_server", from: "pg_foreign_server o", text: "o.srvoptions::text" },
  { catalog: "pg_language", from: "pg_language o", where: "o.oid >= 16384" },
  { catalog: "pg_am", from: "pg_am o", where: "o.oid >= 16384", text: "o.amhandler::text" },
];

const query = ({ catalog, from, where, create, drop, text, table }: Kind, when: string): string => `
  select '${catalog}'::regclass::oid as catalog, o.oid, o.tableoid::regclass::text as turn,
    (${create ?? "null"})::text as "create", ${drop === undefined ? "null" : `${drop}`}::text as "drop",
    (${text ?? "null"})::text as text, ${table ?? "null"}::oid as "table"
  from ${from}
  where ${when} and ${where ?? "true"} and not ${ofExtension(catalog, "o.oid")}`;

/**
 * Whether there may be any. Few databases have, and to plan what asks for all of it takes the server as long as a fourth of
 * all other questions. What has a smaller oid came with PostgreSQL (PostgreSQL, "Object Identifier Types" and
 * FirstNormalObjectId).
 */
export const HAS_OTHERS = [...IN_SCHEMAS, ...IN_DATABASE]
  .map(({ catalog, where = "true" }) => `exists (select from ${catalog} o where o.oid >= 16384 and ${where})`)
  .join(" or ");

/** What belongs to no schema is there only when all are looked at. */
export const OTHERS_QUERY = `
  with ${SCHEMAS}, ${RELATIONS}, o as (${[
    ...IN_SCHEMAS.map((kind) => query(kind, "true")),
    ...IN_DATABASE.map((kind) => query(kind, "$1::text[] is null")),
  ].join(" union all ")})
  select json_build_object('catalog', o.catalog, 'id', o.oid, 'what', pg_describe_object(o.catalog, o.oid, 0),
    'kind', i.type, 'identity', i.identity, 'create', o.create, 'drop', o.drop, 'text', o.text, 'table', o.table)
  from o cross join lateral pg_identify_object(o.catalog, o.oid, 0) i order by o.oid`;
