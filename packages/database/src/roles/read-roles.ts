import type { Connection } from "../connection/connection.ts";
import { LOG_TABLE } from "../migrations/runner/log-table.ts";
import type { RolePlan } from "./role-plan.ts";

/** What the database has, as far as the plan is about it. */
export interface RolesState {
  readonly database: string;
  /** Roles of the plan that there are, by name. */
  readonly roles: ReadonlyMap<string, RoleState>;
  readonly objects: readonly ObjectState[];
}

export interface RoleState {
  /** CREATEROLE's words, as they are: `LOGIN`, `NOSUPERUSER` … */
  readonly attributes: readonly string[];
  readonly memberOf: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  /** The verifier; null: it has none. Undefined: this user may not see it. */
  readonly password: string | null | undefined;
}

export type ObjectKind =
  | "database"
  | "schema"
  | "table"
  | "stateTable"
  | "sequence"
  | "routine"
  | "column"
  | "type"
  | "defaultTables"
  | "defaultSequences"
  | "defaultRoutines"
  | "everyRoutine";

export interface ObjectState {
  readonly kind: ObjectKind;
  /** As SQL writes it; of defaults, the schema, which is empty for what holds in every schema. */
  readonly name: string;
  /** As SQL writes it, where privileges are on a column of the table. */
  readonly column?: string;
  readonly owner: string | undefined;
  /** What ALTER … OWNER TO calls it; empty where its owner is not the plan's affair. */
  readonly word: string;
  /** Who may do what: of those whom the plan names, and `public` for all. */
  readonly privileges: Readonly<Record<string, readonly string[]>>;
}

const ROLES = `
  select r.rolname,
         array[case when rolcanlogin then 'LOGIN' else 'NOLOGIN' end, case when rolsuper then 'SUPERUSER' else 'NOSUPERUSER' end,
               case when rolcreatedb then 'CREATEDB' else 'NOCREATEDB' end,
               case when rolcreaterole then 'CREATEROLE' else 'NOCREATEROLE' end,
               case when rolreplication then 'REPLICATION' else 'NOREPLICATION' end,
               case when rolbypassrls then 'BYPASSRLS' else 'NOBYPASSRLS' end],
         array(select distinct pg_get_userbyid(roleid)::text from pg_auth_members where member = r.oid order by 1),
         array(select unnest(setconfig) from pg_db_role_setting join pg_database d on d.oid = setdatabase
               where setrole = r.oid and datname = current_database())
  from pg_roles r where rolname = any($1)`;

/** Privileges of an access list, by grantee, for those who matter. */
const privileges = (acl: string): string => `(
  select coalesce(jsonb_object_agg(grantee, granted), '{}')
  from (select coalesce(rolname, 'public') as grantee, jsonb_agg(privilege_type order by privilege_type) as granted
        from aclexplode(${acl}) left join pg_roles on pg_roles.oid = grantee
        where grantee = 0 or rolname = any($1) group by 1) each)`;

const isOwn = (catalog: string, id: string): string =>
  `not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${id} and e.deptype = 'e')`;

const OBJECTS = `
  with schemas as (select * from pg_namespace where nspname = any($2))
  select 'database', quote_ident(datname), pg_get_userbyid(datdba), '',
         ${privileges("coalesce(datacl, acldefault('d', datdba))")}
  from pg_database where datname = current_database()
  union all
  select 'schema', quote_ident(nspname), pg_get_userbyid(nspowner), 'schema',
         ${privileges("coalesce(nspacl, acldefault('n', nspowner))")}
  from schemas
  union all
  select case when relkind = 'S' then 'sequence'
              when relname in ('alembic_version', '${LOG_TABLE}') then 'stateTable' else 'table' end,
         format('%I.%I', nspname, relname), pg_get_userbyid(relowner),
         case when relkind = 'S' and exists (
           select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype in ('a', 'i')
         ) then '' else 'table' end,
         ${privileges(`coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))`)}
  from pg_class c join schemas s on s.oid = relnamespace
  where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${isOwn("pg_class", "c.oid")}
  union all
  select 'routine', p.oid::regprocedure::text, pg_get_userbyid(proowner), 'routine',
         ${privileges("coalesce(proacl, acldefault('f', proowner))")}
  from pg_proc p join schemas s on s.oid = pronamespace where ${isOwn("pg_proc", "p.oid")}
  union all
  select 'column', format('%I.%I', nspname, relname), pg_get_userbyid(relowner), quote_ident(attname), ${privileges("attacl")}
  from pg_attribute join pg_class c on c.oid = attrelid join schemas s on s.oid = relnamespace
  where attacl is not null and not attisdropped and ${isOwn("pg_class", "c.oid")}
  union all
  select 'type', t.oid::regtype::text, pg_get_userbyid(typowner), 'type', '{}'
  from pg_type t join schemas s on s.oid = typnamespace left join pg_class c on c.oid = typrelid
  where (typtype in ('e', 'd', 'r') or relkind = 'c') and ${isOwn("pg_type", "t.oid")}
  union all
  select 'default' || kind, quote_ident(nspname), null, '', ${privileges("defaclacl")}
  from (values ('Tables', 'r'), ('Sequences', 'S'), ('Routines', 'f')) as kinds (kind, letter) cross join schemas s
  left join pg_default_acl on defaclnamespace = s.oid and defaclobjtype = letter::"char"
    and defaclrole = (select oid from pg_roles where rolname = $3)
  union all
  select 'everyRoutine', '', null, '', ${privileges(`coalesce((
    select defaclacl from pg_default_acl where defaclnamespace = 0 and defaclobjtype = 'f' and defaclrole = (
      select oid from pg_roles where rolname = $3)), acldefault('f', 10))`)}
  order by 1, 2, 4`;

/** Reads what there is, in one transaction with what follows. */
export async function readRoles(connection: Connection, plan: RolePlan): Promise<RolesState> {
  const names = plan.roles.map(({ name }) => name);
  const { rows: facts } = await connection.query(
    "select current_database(), has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'select')",
  );
  const [database, seesPasswords] = facts[0] as [string, boolean];
  const passwords = new Map<string, string | null>();
  if (seesPasswords) {
    const { rows } = await connection.query("select rolname, rolpassword from pg_authid where rolname = any($1)", [
      names,
    ]);
    for (const [name, password] of rows as [string, string | null][]) passwords.set(name, password);
  }
  const { rows: roles } = await connection.query(ROLES, [names]);
  const { rows: objects } = await connection.query(OBJECTS, [names, plan.schemas, plan.owner]);
  return {
    database,
    roles: new Map(
      (roles as [string, string[], string[], string[]][]).map(([name, attributes, memberOf, settings]) => [
        name,
        {
          attributes,
          memberOf,
          settings: Object.fromEntries(settings.map((text) => text.split(/=(.*)/s, 2))),
          password: passwords.get(name),
        },
      ]),
    ),
    objects: (objects as [ObjectKind, string, string | null, string, ObjectState["privileges"]][]).map(
      ([kind, name, owner, word, privileges]) => {
        const object = { kind, name, owner: owner ?? undefined, privileges };
        return kind === "column" ? { ...object, word: "", column: word } : { ...object, word };
      },
    ),
  };
}
