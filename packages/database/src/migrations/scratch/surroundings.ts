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
}

/** Those of a new database on the same server, in which a name without a schema means `public`. */
export function bareSurroundings(known: Surroundings): Surroundings {
  return { ...known, path: ["public"], schemas: [], extensions: [] };
}

/** The schemas of a database but for PostgreSQL's own. */
export async function userSchemas(connection: Connection, signal?: AbortSignal): Promise<readonly string[]> {
  const query =
    "select nspname::text from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by oid";
  const { rows } = await connection.query(query, [], signal);
  return rows.map(([name]) => name as string);
}

export async function readSurroundings(live: Connection): Promise<Surroundings> {
  const [[database] = [], extensions] = [(await live.query(DATABASE)).rows, (await live.query(EXTENSIONS)).rows];
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
  };
}

const DATABASE = `select pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text from pg_database
  where datname = current_database()`;

/** In the order in which they were made, which one that needs another comes after. */
const EXTENSIONS = `select extname::text, nspname::text, extversion::text
  from pg_extension e join pg_namespace n on n.oid = extnamespace where extname <> 'plpgsql' order by e.oid`;
