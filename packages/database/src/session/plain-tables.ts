import type { Result, Step } from "../connection/flight.ts";
import { encodeParameters } from "../connection/parameters.ts";
import type { Source } from "../query/query.ts";

/** Seconds after which what is known of a table is asked again, along with a read of it. */
const FRESH = 60;
/** Seconds after which it does not count any more: the next read is in a transaction, as the first one was. */
const TRUSTED = 600;

/**
 * Is `$1` a permanent or unlogged table of this server's own, without row security, rules or inheritance, with columns of
 * built-in types and enums only, among them all of `$2`, in a database where nobody has put comparison operators of their
 * own on built-in types? Then reading these columns runs nobody's code. A view, a policy, a foreign table, a domain or an
 * operator might, and so might `"t"."f"`, which is a function of t's rows where t has no such column (PostgreSQL, "Rules
 * and Privileges", "Row Security Policies", "Using Composite Types in Queries").
 */
const PROBE = `select exists (
    select from pg_class c
    where c.oid = to_regclass($1) and c.relkind = 'r' and c.relpersistence <> 't' and not c.relrowsecurity
      and not c.relhasrules and not c.relhassubclass
      and $2::text[] <@ array(
        select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
      and not exists (
        select from pg_attribute a join pg_type t on t.oid = a.atttypid
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and t.oid >= 16384 and t.typtype <> 'e'))
  and not exists (
    select from pg_operator o
    where o.oid >= 16384 and o.oprname in ('=', '<>', '<', '<=', '>', '>=', '~~', '~~*')
      and o.oprleft < 16384 and o.oprright < 16384)`;

/** What to send along with a read, and what to do with the answers. */
export interface Question {
  readonly steps: readonly Step[];
  learn(answers: readonly Result[]): void;
}

/** What is known of the tables that queries read: whether a read of them can do without a transaction. */
export class PlainTables {
  readonly #known = new WeakMap<Source, { readonly isPlain: boolean; readonly askedAt: number }>();

  /** Whether all of these are known to be plain. */
  arePlain(sources: readonly Source[]): boolean {
    for (const source of sources) {
      const table = this.#known.get(source);
      if (table === undefined || !table.isPlain || isOlder(table.askedAt, TRUSTED)) return false;
    }
    return true;
  }

  /** What is to be asked about these tables now, if anything. */
  ask(sources: readonly Source[]): Question | undefined {
    let due: Source[] | undefined;
    for (const source of sources) {
      if (isOlder(this.#known.get(source)?.askedAt ?? 0, FRESH)) due = [...(due ?? []), source];
    }
    return due === undefined ? undefined : this.#question(due);
  }

  #question(sources: readonly Source[]): Question {
    return {
      steps: sources.map(({ table, columns }) => ({ text: PROBE, values: encodeParameters([table, columns]) })),
      learn: (answers) => {
        for (const [i, source] of sources.entries()) {
          this.#known.set(source, { isPlain: answers[i]!.rows[0]?.[0] === true, askedAt: Date.now() });
        }
      },
    };
  }
}

function isOlder(time: number, seconds: number): boolean {
  return Date.now() - time > seconds * 1000;
}
