import { type AclRow, acl, ofExtension, SCHEMAS } from "./fragments.ts";
import { HAS_OTHERS } from "./others.ts";

/** What is to be known of the database as a whole. */
export interface FactsRow {
  readonly role: string;
  readonly schemas: readonly { id: string; name: string; owner: string; acl: AclRow }[];
  readonly extensions: readonly { id: string; name: string; schema: string; version: string }[];
  /** Names that PostgreSQL's own objects have as well, so that they need their schema. */
  readonly hidden: Readonly<Record<"relation" | "type" | "routine", readonly string[]>>;
  /** Whether OTHERS_QUERY may find something. */
  readonly hasOthers: boolean;
}

const hidden = (catalog: string, name: string, schema: string): string => `(
    select coalesce(json_agg(distinct c.${name}), '[]') from ${catalog} c join ${catalog} own on own.${name} = c.${name}
    where c.oid >= 16384 and c.${schema} <> 'pg_catalog'::regnamespace and own.${schema} = 'pg_catalog'::regnamespace)`;

/** plpgsql is in every database. */
export const FACTS_QUERY = `
  with ${SCHEMAS}
  select json_build_object(
    'role', current_user,
    'schemas', (select coalesce(json_agg(json_build_object('id', n.oid, 'name', n.nspname,
        'owner', pg_get_userbyid(n.nspowner), 'acl', ${acl("n", "n.nspacl", "n.nspowner")}) order by n.oid), '[]')
      from n where not ${ofExtension("pg_namespace", "n.oid")}),
    'extensions', (select coalesce(json_agg(json_build_object('id', x.oid, 'name', x.extname, 'schema', s.nspname,
        'version', x.extversion) order by x.oid), '[]')
      from pg_extension x join pg_namespace s on s.oid = x.extnamespace where x.extname <> 'plpgsql'),
    'hidden', json_build_object('relation', ${hidden("pg_class", "relname", "relnamespace")},
      'type', ${hidden("pg_type", "typname", "typnamespace")}, 'routine', ${hidden("pg_proc", "proname", "pronamespace")}),
    'hasOthers', ${HAS_OTHERS})`;

/** \`[class, oid, part, text]\`: all comments on what is not PostgreSQL's own. */
export type CommentRow = readonly [catalog: string, id: string, part: number, text: string];

export const COMMENTS_QUERY = `
  select json_build_array(d.classoid, d.objoid, d.objsubid, d.description) from pg_description d
  where (d.objoid >= 16384 or d.classoid = 'pg_namespace'::regclass) and d.description <> 'standard public schema'
    and not exists (select from pg_depend e where e.classid = d.classoid and e.objid = d.objoid and e.deptype = 'e')`;
