import { readFileSync } from "node:fs";
import pg from "pg";
import { vectorFile } from "./graph-cases.ts";

/** Where the vectors are not: relations, columns, constraints and indexes, which is what these tests change. */
const OWN = `
  select 'rel ' || oid::regclass || ' ' || relkind::text from pg_class where relnamespace = 'public'::regnamespace
  union all
  select 'col ' || attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull
         || ' ' || coalesce(pg_get_expr(adbin, adrelid), '')
  from pg_attribute join pg_class c on c.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where c.relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped
  union all
  select 'con ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
  from pg_constraint where connamespace = 'public'::regnamespace
  union all
  select 'idx ' || pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indrelid
  where c.relnamespace = 'public'::regnamespace`;

/**
 * One line per fact of a database's catalog; equal lists mean equal catalogs. Roles belong to the whole server, and our own
 * log comes with the first revision and stays. Privileges that are those that there are anyway are said by nobody.
 */
export async function fingerprint(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await factsOf(client);
  } finally {
    await client.end();
  }
}

/** What nobody has said of privileges, written out as PostgreSQL does once it has been said and taken back. */
const DEFAULTS = `select acldefault(kind::"char", oid)::text from pg_roles, unnest('{r,s,f,n,T}'::text[]) kind`;

/** The same on a connection; its search path is empty afterwards. */
export async function factsOf(client: pg.Client): Promise<string[]> {
  const file = vectorFile("fingerprint.sql");
  await client.query("set search_path = ''");
  const text = file === undefined ? OWN : readFileSync(file, "utf8");
  const { rows } = await client.query<[string]>({ text, rowMode: "array" });
  const defaults = new Set((await client.query<[string]>({ text: DEFAULTS, rowMode: "array" })).rows.flat());
  return rows
    .map(([fact]) => fact.replace(/ acl=(\{.*?\})(?= |$)/g, (words, acl) => (defaults.has(acl) ? " acl=" : words)))
    .filter((fact) => !fact.startsWith("role ") && !fact.includes("hypertroq_migration_log"))
    .sort();
}
