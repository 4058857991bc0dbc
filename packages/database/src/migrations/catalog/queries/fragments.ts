/*
 * What several queries say. They run with an empty search path, so that a name without a schema is PostgreSQL's own, and
 * $1 is the schemas to look at, null for all. An answer is one column of JSON; an oid in it is text.
 */

/** Whether it is a table of migrations themselves; one that is only called so has other columns. */
const isLeftOut = (relation: string): string => `(${relation}.relname = 'hypertroq_migration_log'
    or (${relation}.relname = 'alembic_version' and exists (
          select from pg_attribute a where a.attrelid = ${relation}.oid and a.attnum = 1 and a.attname = 'version_num')))`;

/** The schemas that are looked at, for WITH: `n`. */
export const SCHEMAS = `n as (
    select * from pg_namespace where case when $1::text[] is null
      then nspname !~ '^pg_' and nspname <> 'information_schema' else nspname = any ($1::text[]) end)`;

/** Tables and views, for WITH after {@link SCHEMAS}: `r`, as pg_class has them. */
export const RELATIONS = `r as (
    select c.*, n.nspname from pg_class c join n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'f', 'v', 'm') and not ${isLeftOut("c")} and not ${ofExtension("pg_class", "c.oid")})`;

/** Whether an extension has brought it. */
export function ofExtension(catalog: string, oid: string): string {
  return `exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;
}

/** Whether a sequence belongs to one of the tables of migrations; its oid is given. */
export function ofLeftOut(oid: string): string {
  return `exists (select from pg_class l where l.oid = ${oid} and ${isLeftOut("l")})`;
}

/**
 * A column of a catalog that older servers have not yet, where it is null: a name that the inner row does not have is looked
 * for in the rows around it.
 *
 * @param row what the catalog is called in the query.
 */
export function newer(row: string, column: string, type: string): string {
  return `(select (select ${column} from (select ${row}.*) own) from (select null::${type} as ${column}) older)`;
}

/** A collation as `[schema, name]`, where it is not the one that there would be anyway. */
export function collation(oid: string, usual: string): string {
  return `case when ${oid} not in (0, ${usual}) then (select json_build_array(cn.nspname, co.collname)
      from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace where co.oid = ${oid}) end`;
}

/** Privileges where they are said: those that are, and those that there would be anyway. See {@link AclRow}. */
export function acl(kind: "n" | "r" | "s" | "f" | "T" | "c", privileges: string, owner: string): string {
  return `case when ${privileges} is not null
      then json_build_array(${exploded(privileges)}, ${exploded(`acldefault('${kind}', ${owner})`)}) end`;
}

function exploded(privileges: string): string {
  return `(select json_agg(json_build_array(
      case x.grantee when 0 then 'public' else pg_get_userbyid(x.grantee) end, lower(x.privilege_type), x.is_grantable))
      from aclexplode(${privileges}) x)`;
}

export type AclRow = readonly [is: readonly Granted[] | null, usual: readonly Granted[] | null] | null;
type Granted = readonly [role: string, privilege: string, grantable: boolean];

export type Qualified = readonly [schema: string, name: string];
