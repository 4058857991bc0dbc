import type { Result, Step } from "../connection/flight.ts";
import { encodeParameters } from "../connection/parameters.ts";

/** Seconds after which what is known of a table is asked again. */
const FRESH = 60;

/**
 * Of each name: is it a permanent or unlogged table of this server's own, without row security, rules or inheritance,
 * with columns of built-in types and enums only, in a database where nobody has put comparison operators of their own on
 * built-in types? Then reading its columns runs nobody's code: a view, a policy, a foreign table, a domain or an operator
 * might, and might write (PostgreSQL, "Rules and Privileges", "Row Security Policies").
 */
const PROBE = `select n, coalesce(c.relkind = 'r' and c.relpersistence <> 't' and not c.relrowsecurity
    and not c.relhasrules and not c.relhassubclass
    and not exists (
      select from pg_attribute a
      join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and t.oid >= 16384 and t.typtype <> 'e')
    and not exists (
      select from pg_operator o
      where o.oid >= 16384 and o.oprname in ('=', '<>', '<', '<=', '>', '>=', '~~', '~~*')
        and o.oprleft < 16384 and o.oprright < 16384), false)
  from unnest($1::text[]) n left join pg_class c on c.oid = to_regclass(n)`;

/** What is known of the tables that queries read: whether a read of them can do without a transaction. */
export class PlainTables {
  readonly #known = new Map<string, { readonly isPlain: boolean; readonly askedAt: number }>();

  /** Whether all of these are plain; undefined when one of them was never asked about. */
  arePlain(names: readonly string[]): boolean | undefined {
    let all: boolean | undefined = true;
    for (const name of names) {
      const table = this.#known.get(name);
      if (table === undefined) all = undefined;
      else if (!table.isPlain) return false;
    }
    return all;
  }

  /** What to send along with a read of these tables, when it is time to ask (again). */
  probe(names: readonly string[]): Step | undefined {
    const now = Date.now();
    for (const name of names) {
      if (now - (this.#known.get(name)?.askedAt ?? 0) < FRESH * 1000) continue;
      return { text: PROBE, values: encodeParameters([names]) };
    }
    return undefined;
  }

  /** Takes on the answer to `probe`. */
  learn({ rows }: Result): void {
    const askedAt = Date.now();
    for (const [name, isPlain] of rows) this.#known.set(name as string, { isPlain: isPlain === true, askedAt });
  }
}
