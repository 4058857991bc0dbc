import type { Connection } from "../connection/connection.ts";
import { quote } from "../identifier.ts";
import { runOnce } from "./sql.ts";

/** Objects that somebody has made since the cluster was, and no extension has. */
const made = (kind: string, catalog: string, name: string, condition = "true"): string =>
  `select '${kind} ' || ${name} from ${catalog} o where o.oid >= 16384 and ${condition}
     and not exists (select from pg_depend where classid = '${catalog}'::regclass and objid = o.oid and deptype in ('e', 'i', 'a'))`;

const inOwnSchema = (column: string): string => `${column}::regnamespace::text !~ '^pg_'`;

const THERE = [
  made("schema", "pg_namespace", "nspname", "nspname !~ '^pg_' and nspname <> 'public'"),
  made(
    "relation",
    "pg_class",
    "o.oid::regclass::text",
    `relkind not in ('i', 'I', 't') and ${inOwnSchema("relnamespace")}`,
  ),
  made("routine", "pg_proc", "o.oid::regproc::text", inOwnSchema("pronamespace")),
  made("type", "pg_type", "format_type(o.oid, null)", `typtype in ('e', 'd', 'r') and ${inOwnSchema("typnamespace")}`),
  made("event trigger", "pg_event_trigger", "evtname"),
  made("publication", "pg_publication", "pubname"),
].join(" union all ");

/** What a database holds already; empty: nothing but what comes with one, and extensions. */
export async function whatIsThere(connection: Connection): Promise<readonly string[]> {
  const { rows } = await runOnce(connection, `${THERE} order by 1`);
  return rows.map(([name]) => name as string);
}

/** The roles that the server does not have. */
export async function missingRoles(connection: Connection, roles: readonly string[]): Promise<readonly string[]> {
  const { rows } = await connection.query("select rolname::text from pg_roles");
  const there = new Set(rows.map(([name]) => name));
  return roles.filter((role) => !there.has(role));
}

/** In this order: what depends on nothing that comes later. Schemas take along what is in them. */
const DROPS: readonly (readonly [query: string, drop: (name: string) => string])[] = [
  ["select evtname::text from pg_event_trigger", (name) => `drop event trigger ${name}`],
  ["select pubname::text from pg_publication", (name) => `drop publication ${name}`],
  ["select extname::text from pg_extension where extname <> 'plpgsql'", (name) => `drop extension ${name} cascade`],
  ["select fdwname::text from pg_foreign_data_wrapper", (name) => `drop foreign data wrapper ${name} cascade`],
  ["select lanname::text from pg_language where oid >= 16384", (name) => `drop language ${name} cascade`],
  [
    "select nspname::text from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'",
    (name) => `drop schema ${name} cascade`,
  ],
];

/** Drops everything that a database holds, and gives it the schema public of a new one. */
export async function emptyDatabase(connection: Connection): Promise<void> {
  for (const [query, drop] of DROPS) {
    const { rows } = await connection.query(query);
    for (const [name] of rows) await runOnce(connection, drop(quote(name as string)));
  }
  await runOnce(connection, "create schema public");
  for (const text of NEW_PUBLIC) await runOnce(connection, text);
  await runOnce(connection, "comment on schema public is 'standard public schema'");
}

/** As initdb makes it (since PostgreSQL 15). */
const NEW_PUBLIC = [
  "alter schema public owner to pg_database_owner",
  "revoke all on schema public from public",
  "grant usage on schema public to public",
];

/**
 * Makes the schema public of an older server what it is on newer ones, where the role may: a newer pg_dump says the
 * difference to that alone, so that rights would come back that had been taken away.
 */
export async function renewPublic(connection: Connection): Promise<void> {
  const { rows } = await runOnce(
    connection,
    `select from pg_namespace where nspname = 'public' and pg_has_role(nspowner, 'usage')
       and current_setting('server_version_num')::int < 150000`,
  );
  if (rows.length > 0) for (const text of NEW_PUBLIC) await runOnce(connection, text);
}
