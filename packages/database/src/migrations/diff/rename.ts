import type { Connection } from "../../connection/connection.ts";
import { nameIn } from "../catalog/words.ts";
import { type Call, call } from "../compare/call.ts";
import { RenameInvalid } from "../errors.ts";
import type { Name } from "../operations/identifier.ts";

/** What can be renamed, in the words that may stand before a rename: `column users.name=users.full_name`. */
const KINDS = [
  "schema",
  "table",
  "column",
  "view",
  "materialized view",
  "sequence",
  "index",
  "constraint",
  "trigger",
  "policy",
  "type",
  "domain",
  "attribute",
  "value",
] as const;

type Kind = (typeof KINDS)[number];

/** `users.name=users.full_name`, read. */
export interface Rename {
  /** As it was given. */
  readonly text: string;
  /** Undefined: whatever has the name. */
  readonly kind: Kind | undefined;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/**
 * Reads `a.b=a.c`: a path with dots on both sides, exact in upper and lower case. A part with a dot, a space or an equals
 * sign in it stands in double quotes, as in SQL. A word may say what it is: `table a=b`.
 *
 * @throws {RenameInvalid}
 */
export function parseRename(text: string): Rename {
  const kind = KINDS.find((word) => text.startsWith(`${word} `));
  const sides = /^((?:"(?:[^"]|"")+"|[^"=])+)=((?:"(?:[^"]|"")+"|[^"=])+)$/.exec(
    text.slice(kind === undefined ? 0 : kind.length + 1),
  );
  const [from, to] = [pathOf(sides?.[1]), pathOf(sides?.[2])];
  if (from === undefined || to === undefined) {
    throw new RenameInvalid(text, "it is no OLD=NEW, such as users.name=users.full_name or table users=people");
  }
  return { text, kind, from, to };
}

/** The parts of `a."b.c"`. */
export function pathOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined || !/^(?:"(?:[^"]|"")+"|[^".]+)(?:\.(?:"(?:[^"]|"")+"|[^".]+))*$/.test(text)) return undefined;
  const parts = text.match(/"(?:[^"]|"")+"|[^".]+/g)!;
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
}

/** The path of a name as {@link parseRename} reads it. */
export function pathText(parts: readonly string[]): string {
  return parts.map((part) => (/^[^".=\s]+$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`)).join(".");
}

/**
 * The calls that do a rename in a database, whose catalog says what it is that has the name. A new schema is created if it
 * is not there.
 *
 * @throws {RenameInvalid} when nothing has the name, several things have, or it cannot become the other.
 */
export async function renameCalls(
  connection: Connection,
  rename: Rename,
  defaultSchema: string,
): Promise<readonly Call[]> {
  const { text, kind: wanted, from, to } = rename;
  const { rows } = await connection.query(NAMED, [from, [defaultSchema, ...from]]);
  const found = (rows as readonly (readonly [Kind, readonly string[]])[]).filter(
    ([kind]) => wanted === undefined || kind === wanted,
  );
  const [first, ...others] = found;
  if (first === undefined)
    throw new RenameInvalid(text, `nothing is called ${wanted === undefined ? "" : `${wanted} `}${pathText(from)}`);
  if (others.length > 0) {
    const paths = found.map(([kind, path]) => `${kind} ${pathText(path)}`).join(", ");
    throw new RenameInvalid(text, `that may be ${paths}. Say which, with the word before it and its whole path`);
  }
  const [kind, old] = first;
  const now = to.length === old.length - 1 ? [defaultSchema, ...to] : to;
  if (now.length !== old.length || (old.length === 3 && (old[0] !== now[0] || old[1] !== now[1]))) {
    throw new RenameInvalid(text, `${kind} ${pathText(old)} cannot become ${pathText(to)}, which is in another place`);
  }
  const name = (path: readonly string[]): Name => nameIn(path[0]!, path[1]!, defaultSchema);
  const [schema, , part] = old as [string, string, string];
  const last = now.at(-1)!;
  const bare: Name = last.includes(".") ? [last] : last;
  switch (kind) {
    case "schema":
      return [call("rename", "schema", schema, bare)];
    case "column":
      return [call("renameColumn", name(old), part, last)];
    case "constraint":
      return [call("renameConstraint", part, name(old), last)];
    case "trigger":
      return [call("renameTrigger", part, name(old), last)];
    case "policy":
      return [call("renamePolicy", part, name(old), last)];
    case "attribute":
      return [call("renameAttribute", name(old), part, last, { cascade: true })];
    case "value":
      return [call("renameEnumValue", name(old), part, last)];
  }
  const moved = [now[0]!, old[1]!];
  const moves: Call[] = [];
  if (schema !== now[0]) {
    if (kind === "index") throw new RenameInvalid(text, "an index is in the schema of its table");
    const { rows: there } = await connection.query("select from pg_namespace where nspname = $1", [now[0]]);
    if (there.length === 0) moves.push(call("createSchema", now[0]!));
    moves.push(call("setSchema", kind, [schema, old[1]!], now[0]!));
  }
  if (old[1] === last) return moves;
  if (kind === "table") return [...moves, call("renameTable", name(moved), bare)];
  if (kind === "index") return [...moves, call("renameIndex", name(moved), bare)];
  return [...moves, call("rename", kind, name(moved), bare)];
}

/** Whether anything has the path, or has it with the default schema before it. */
export async function isNamed(
  connection: Connection,
  path: readonly string[],
  defaultSchema: string,
): Promise<boolean> {
  const { rows } = await connection.query(NAMED, [path, [defaultSchema, ...path]]);
  return rows.length > 0;
}

/** What has a path of $1, or of $2, which has the default schema before it. */
const NAMED = `
  with n as (select oid, nspname::text from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'),
       r as (select c.oid, c.relkind, c.relname::text, n.nspname from pg_class c join n on n.oid = c.relnamespace),
       t as (select t.oid, t.typtype, t.typrelid, t.typname::text, n.nspname from pg_type t join n on n.oid = t.typnamespace)
  select kind, to_json(path) from (
    select 'schema' as kind, array[nspname] as path from n
    union all
    select case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'i' then 'index'
             when 'I' then 'index' else 'table' end, array[nspname, relname]
    from r where relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'i', 'I')
    union all
    select case typtype when 'd' then 'domain' else 'type' end, array[nspname, typname]
    from t where typtype in ('e', 'd', 'r') or typrelid in (select oid from r where relkind = 'c')
    union all
    select case relkind when 'c' then 'attribute' else 'column' end, array[nspname, relname, attname::text]
    from pg_attribute join r on r.oid = attrelid
    where attnum > 0 and not attisdropped and relkind in ('r', 'p', 'f', 'v', 'm', 'c')
    union all
    select 'constraint', array[nspname, relname, conname::text] from pg_constraint join r on r.oid = conrelid
    union all
    select 'trigger', array[nspname, relname, tgname::text] from pg_trigger join r on r.oid = tgrelid where not tgisinternal
    union all
    select 'policy', array[nspname, relname, polname::text] from pg_policy join r on r.oid = polrelid
    union all
    select 'value', array[nspname, typname, enumlabel::text] from pg_enum join t on t.oid = enumtypid
  ) named where path in ($1::text[], $2::text[])`;
