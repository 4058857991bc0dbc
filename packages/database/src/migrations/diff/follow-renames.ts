import type { Connection } from "../../connection/connection.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { nameIn } from "../catalog/words.ts";
import { type Call, call, isSame, keyOf } from "../compare/call.ts";
import { bareOf } from "../operations/identifier.ts";

/** One side of a comparison. */
export interface Side {
  readonly catalog: Catalog;
  readonly connection: Connection;
}

/**
 * The renames that follow from others: PostgreSQL named constraints, indexes and sequences after a table and a column, and
 * they keep those names when it is renamed. What is the same but for its name is renamed too, so that nothing is built anew
 * and no sequence begins again.
 */
export async function followRenames(from: Side, to: Side): Promise<readonly Call[]> {
  const tables = new Map(to.catalog.tables.map((table) => [keyOf(table.name), table]));
  const calls: Call[] = [];
  for (const { name, constraints, indexes } of from.catalog.tables) {
    const other = tables.get(keyOf(name));
    if (other === undefined) continue;
    for (const [one, { name: now }] of pairs(constraints, other.constraints)) {
      calls.push(call("renameConstraint", one.name, name, now));
    }
    for (const [one, { name: now }] of pairs(indexes, other.indexes)) {
      calls.push(call("renameIndex", one.name, bareOf(now)));
    }
  }
  const { defaultSchema } = from.catalog;
  const now = new Map((await ownedSequences(to.connection)).map((sequence) => [sequence.of, sequence]));
  for (const { of, schema, name } of await ownedSequences(from.connection)) {
    const other = now.get(of);
    if (other === undefined || other.schema !== schema || other.name === name) continue;
    calls.push(call("rename", "sequence", nameIn(schema, name, defaultSchema), bareOf([other.name])));
  }
  return calls;
}

interface Part {
  readonly name: Parameters<typeof keyOf>[0];
  readonly definition: object;
}

/** Those of one list whose names the other does not have, with those there that are the same and new by name. */
function pairs<Kind extends Part>(from: readonly Kind[], to: readonly Kind[]): readonly (readonly [Kind, Kind])[] {
  const names = (parts: readonly Kind[]): ReadonlySet<string> => new Set(parts.map(({ name }) => keyOf(name)));
  const [before, after] = [names(from), names(to)];
  const free = to.filter(({ name }) => !before.has(keyOf(name)));
  return from.flatMap((one) => {
    if (after.has(keyOf(one.name))) return [];
    const at = free.findIndex(({ definition }) => isSame(definition, one.definition));
    return at === -1 ? [] : [[one, free.splice(at, 1)[0]!] as const];
  });
}

async function ownedSequences(
  connection: Connection,
): Promise<readonly { readonly of: string; readonly schema: string; readonly name: string }[]> {
  const { rows } = await connection.query(`
    select format('%I.%I.%I', tn.nspname, t.relname, attname), n.nspname::text, s.relname::text
    from pg_class s join pg_namespace n on n.oid = s.relnamespace
    join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.oid and d.deptype in ('a', 'i')
      and d.refclassid = 'pg_class'::regclass
    join pg_class t on t.oid = d.refobjid join pg_namespace tn on tn.oid = t.relnamespace
    join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
    where s.relkind = 'S' order by s.oid`);
  return rows.map(([of, schema, name]) => ({ of: of as string, schema: schema as string, name: name as string }));
}
