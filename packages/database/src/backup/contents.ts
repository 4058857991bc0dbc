import type { Connection } from "../connection/connection.ts";
import { UndefinedTable } from "../errors.ts";
import { quote } from "../identifier.ts";
import { BackupRefused } from "./errors.ts";
import type { BackedUpSequence, BackedUpTable } from "./manifest.ts";
import { runOnce } from "./sql.ts";
import { counted } from "./words.ts";

/** A table or sequence by its schema and name, as SQL. */
export function sqlName({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${quote(schema)}.${quote(name)}`;
}

/** A table as it is found, before it is copied. */
export type FoundTable = Pick<BackedUpTable, "schema" | "name" | "partitionOf" | "columns" | "condition">;

/** What is to be known before a table can be locked. */
interface Relation {
  readonly id: string;
  readonly kind: string;
  readonly schema: string;
  readonly name: string;
}

/** Those of users, and what extensions mark as theirs to keep (PostgreSQL, "Extension Configuration Tables"). */
const OWN = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relpersistence <> 't'
  and (e.oid is null or c.oid = any (e.extconfig))`;
const RELATIONS = `pg_class c join pg_namespace n on n.oid = c.relnamespace
  left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  left join pg_extension e on e.oid = d.refobjid`;

async function relations(connection: Connection): Promise<readonly Relation[]> {
  const { rows } = await connection.query(
    `select c.oid::text, c.relkind::text, n.nspname::text, c.relname::text from ${RELATIONS}
     where c.relkind in ('r', 'p') and ${OWN} order by c.oid`,
  );
  return rows.map(([id, kind, schema, name]) => ({ id, kind, schema, name }) as Relation);
}

/** Tables that are made or dropped while others are locked: how often to begin anew. */
const TRIES = 10;

/**
 * Opens a transaction that sees one moment, with every table locked against changes of its shape, and exports its snapshot.
 * The locks come first: a snapshot that is older than a rewriting ALTER TABLE would find that table empty (PostgreSQL,
 * "Caveats" of concurrency control).
 *
 * @returns the snapshot's name.
 */
export async function beginSnapshot(connection: Connection, signal?: AbortSignal): Promise<string> {
  for (let tries = 1; ; tries++) {
    const found = await relations(connection);
    await connection.query("begin isolation level repeatable read, read only");
    try {
      const list = found.map((table) => `only ${sqlName(table)}`).join(", ");
      if (list !== "") await runOnce(connection, `lock table ${list} in access share mode`, signal);
      const { rows } = await connection.query("select pg_export_snapshot()");
      if (sameTables(found, await relations(connection))) return rows[0]![0] as string;
    } catch (error) {
      if (!(error instanceof UndefinedTable)) throw error;
    }
    await connection.query("rollback");
    if (tries === TRIES) {
      throw new BackupRefused(["Tables were made or dropped all the time. Try again when that is over."]);
    }
  }
}

function sameTables(before: readonly Relation[], after: readonly Relation[]): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

/**
 * The tables that have rows of their own, in the order in which they were made.
 *
 * @throws {BackupRefused} when the database holds large objects, or policies hide rows from this role.
 */
export async function findTables(connection: Connection): Promise<readonly FoundTable[]> {
  const { rows } = await connection.query(TABLES);
  const [objects] = (await connection.query("select count(*)::int from pg_largeobject_metadata")).rows[0]!;
  const reasons: string[] = [];
  if (objects !== 0) {
    reasons.push(
      `The database holds ${counted(objects as number, "large object")}, which these backups do not keep. Move them into ` +
        "bytea columns (lo_get reads one, lo_unlink deletes it), or make backups with pg_dump or pgBackRest.",
    );
  }
  const hidden = rows.filter((row) => row.at(-1) === true);
  if (hidden.length > 0) {
    const names = hidden.map(([schema, name]) => `${schema}.${name}`).join(", ");
    reasons.push(
      `Policies of row security hide rows of ${names} from this role. Make backups as a role with BYPASSRLS.`,
    );
  }
  if (reasons.length > 0) throw new BackupRefused(reasons);
  return rows.map(([schema, name, rootSchema, rootName, columns, condition]) => ({
    schema: schema as string,
    name: name as string,
    ...(rootName === null ? {} : { partitionOf: { schema: rootSchema as string, name: rootName as string } }),
    columns: columns as FoundTable["columns"],
    ...(condition === "" ? {} : { condition: condition as string }),
  }));
}

const TABLES = `select n.nspname::text, c.relname::text, rn.nspname::text, r.relname::text,
    coalesce((select json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod)) order by attnum)
      from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = ''), '[]'),
    coalesce(e.extcondition[array_position(e.extconfig, c.oid)], ''),
    row_security_active(c.oid)
  from ${RELATIONS}
  left join pg_class r on c.relispartition and r.oid = pg_partition_root(c.oid)
  left join pg_namespace rn on rn.oid = r.relnamespace
  where c.relkind = 'r' and ${OWN} order by c.oid`;

/** The text of the COPY that reads a table: only its own rows, not those of tables that inherit from it. */
export function copyTo({ columns, condition, ...table }: FoundTable): string {
  if (condition === undefined) return `copy ${sqlName(table)}${columnList(columns)} to stdout`;
  const list = columns.map(({ name }) => quote(name)).join(", ");
  return `copy (select ${list} from only ${sqlName(table)} ${condition}) to stdout`;
}

/** A table may be without columns, which a list cannot be. */
export function columnList(columns: FoundTable["columns"]): string {
  return columns.length === 0 ? "" : ` (${columns.map(({ name }) => quote(name)).join(", ")})`;
}

/** Sequences and their values. They belong to no snapshot: what they give is later than the rows, or as late. */
export async function findSequences(connection: Connection): Promise<readonly BackedUpSequence[]> {
  const { rows } = await connection.query(SEQUENCES);
  if (rows.length === 0) return [];
  const found = rows.map(([schema, name, ownerSchema, owner]) => ({
    schema: schema as string,
    name: name as string,
    ...(owner === null ? {} : { ownedBy: { schema: ownerSchema as string, name: owner as string } }),
  }));
  const values = found.map((one, i) => `select ${i}, last_value::text, is_called from ${sqlName(one)}`);
  const sorted = `${values.join(" union all ")} order by 1`;
  const { rows: states } = await runOnce(connection, sorted);
  return found.map((one, i) => {
    const [, value, isCalled] = states[i]!;
    return { ...one, value: value as string, isCalled: isCalled as boolean };
  });
}

const SEQUENCES = `select n.nspname::text, c.relname::text, tn.nspname::text, t.relname::text
  from ${RELATIONS}
  left join pg_depend o on o.classid = 'pg_class'::regclass and o.objid = c.oid and o.refclassid = 'pg_class'::regclass
    and o.deptype in ('a', 'i') and o.refobjsubid > 0
  left join pg_class t on t.oid = o.refobjid
  left join pg_namespace tn on tn.oid = t.relnamespace
  where c.relkind = 'S' and ${OWN} order by c.oid`;

export interface DatabaseFacts {
  readonly database: string;
  readonly serverVersion: string;
  /** 160014. */
  readonly versionNumber: number;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly roles: readonly string[];
}

export async function databaseFacts(connection: Connection): Promise<DatabaseFacts> {
  const { rows } = await connection.query(FACTS);
  const [database, serverVersion, versionNumber, encoding, collate, ctype, roles] = rows[0]!;
  return { database, serverVersion, versionNumber, encoding, collate, ctype, roles } as DatabaseFacts;
}

/** The role that made the cluster owns things without being noted as what they depend on. */
const FACTS = `select d.datname::text, split_part(current_setting('server_version'), ' ', 1),
    current_setting('server_version_num')::int, current_setting('server_encoding'), datcollate::text, datctype::text,
    (select coalesce(json_agg(rolname order by rolname), '[]') from pg_roles where rolname !~ '^pg_' and (
      oid in (select refobjid from pg_shdepend where refclassid = 'pg_authid'::regclass
        and dbid = d.oid)
      or oid = 10 and oid in (
        select relowner from pg_class where oid >= 16384 union select proowner from pg_proc where oid >= 16384
        union select typowner from pg_type where oid >= 16384 union select nspowner from pg_namespace where oid >= 16384)))
  from pg_database d where d.datname = current_database()`;

/** The version rows of Alembic's table, wherever it is. */
export async function findRevisions(connection: Connection, tables: readonly FoundTable[]): Promise<readonly string[]> {
  const revisions: string[] = [];
  for (const table of tables) {
    if (table.name !== "alembic_version" || table.columns[0]?.name !== "version_num") continue;
    const { rows } = await connection.query(`select version_num::text from ${sqlName(table)} order by 1`);
    revisions.push(...rows.map(([id]) => id as string));
  }
  return revisions;
}
