import type { Connection } from "../../connection/connection.ts";
import { searchPath } from "../catalog/reflect.ts";

/** What a scratch database has to have so that models mean the same in it as in the live one. */
export interface Surroundings {
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** The schemas of the search path that are there. */
  readonly path: readonly string[];
  /** Other schemas that are to be there. */
  readonly schemas: readonly string[];
  readonly extensions: readonly { readonly name: string; readonly schema: string; readonly version: string }[];
  /** Functions and sequences that defaults and conditions may use, as SQL. */
  readonly definitions: readonly string[];
}

/** Those of a new database on the same server, in which a name without a schema means `public`. */
export function bareSurroundings(known: Surroundings): Surroundings {
  return { ...known, path: ["public"], schemas: [], extensions: [], definitions: [] };
}

/** The schemas of a database but for PostgreSQL's own. */
export async function userSchemas(connection: Connection, signal?: AbortSignal): Promise<readonly string[]> {
  const query =
    "select nspname::text from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by oid";
  const { rows } = await connection.query(query, [], signal);
  return rows.map(([name]) => name as string);
}

export async function readSurroundings(live: Connection): Promise<Surroundings> {
  const [[database] = [], extensions, definitions] = [
    (await live.query(DATABASE)).rows,
    (await live.query(EXTENSIONS)).rows,
    (await live.query(DEFINITIONS)).rows,
  ];
  const [encoding, collate, ctype] = database as readonly [string, string, string];
  return {
    encoding,
    collate,
    ctype,
    path: await searchPath(live),
    schemas: [],
    extensions: extensions.map(
      ([name, schema, version]) => ({ name, schema, version }) as Surroundings["extensions"][0],
    ),
    definitions: definitions.map(([sql]) => sql as string),
  };
}

const DATABASE = `select pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text from pg_database
  where datname = current_database()`;

/** In the order in which they were made, which one that needs another comes after. */
const EXTENSIONS = `select extname::text, nspname::text, extversion::text
  from pg_extension e join pg_namespace n on n.oid = extnamespace where extname <> 'plpgsql' order by e.oid`;

const DEFINITIONS = `
  with n as (select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')
  select sql from (
    select 1 as turn, c.oid, format('create sequence %I.%I as %s', n.nspname, c.relname, format_type(s.seqtypid, null)) as sql
    from pg_class c join n on n.oid = c.relnamespace join pg_sequence s on s.seqrelid = c.oid
    where not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                      and (d.deptype in ('i', 'e') or (d.deptype = 'a' and n.nspname || '.' || c.relname
                           = (select rn.nspname || '.' || r.relname || '_' || a.attname || '_seq'
                              from pg_class r join pg_attribute a on a.attrelid = r.oid and a.attnum = d.refobjsubid
                              join pg_namespace rn on rn.oid = r.relnamespace where r.oid = d.refobjid))))
    union all
    select 2, p.oid, pg_get_functiondef(p.oid) from pg_proc p join n on n.oid = p.pronamespace
    where p.prokind in ('f', 'p')
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  ) definitions order by turn, oid`;
