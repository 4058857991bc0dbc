import { normalise } from "../../session/normalise.ts";
import type { Ask } from "./side-connection.ts";

/** A session of the server that waits for a lock, or keeps others waiting. */
export interface LockNode {
  readonly pid: number;
  readonly application: string;
  readonly user: string | null;
  readonly state: string | null;
  /** What it runs, or ran last, with `?` for literals. */
  readonly query: string;
  /** Seconds that it has waited; undefined when it waits for no lock. */
  readonly seconds: number | undefined;
  /** Seconds that its transaction is open. */
  readonly transactionSeconds: number | undefined;
  /** The mode it waits for. */
  readonly mode: string | undefined;
  /** The table it waits for, when it is one. */
  readonly relation: string | undefined;
  /** Who waits for it. */
  readonly blocks: readonly LockNode[];
}

interface Row {
  readonly pid: number;
  readonly application: string | null;
  readonly user: string | null;
  readonly state: string | null;
  readonly query: string | null;
  readonly seconds: number | null;
  readonly age: number | null;
  readonly mode: string | null;
  readonly relation: string | null;
  readonly blockers: readonly number[];
}

/** Those who wait and those they wait for (PostgreSQL, `pg_blocking_pids`). */
const LOCKS = `
  with waiting as (
    select pid, pg_blocking_pids(pid) as blockers from pg_stat_activity where wait_event_type = 'Lock'
  )
  select a.pid, a.application_name as application, a.usename::text as user, a.state, left(a.query, 4000) as query,
         extract(epoch from clock_timestamp() - coalesce(l.waitstart, a.query_start))::float8 * (l.mode is not null)::int
           as seconds,
         extract(epoch from clock_timestamp() - a.xact_start)::float8 as age,
         l.mode, l.relation::regclass::text as relation, coalesce(w.blockers, '{}') as blockers
    from pg_stat_activity a
    left join waiting w on w.pid = a.pid
    left join lateral (
      select mode, relation, waitstart from pg_locks where pid = a.pid and not granted order by waitstart limit 1
    ) l on w.pid is not null
   where w.pid is not null or a.pid in (select unnest(blockers) from waiting)
   order by a.pid`;

/** Who waits for whom, as trees: at the roots are those who wait for nobody. */
export async function readLocks(ask: Ask): Promise<readonly LockNode[]> {
  const rows = await ask<Row>(LOCKS);
  const known = new Set(rows.map(({ pid }) => pid));
  const seen = new Set<number>();
  const node = (row: Row): LockNode => {
    seen.add(row.pid);
    const { pid, application, user, state, query, seconds, age, mode, relation } = row;
    const waiters = rows.filter((each) => each.blockers.includes(pid) && !seen.has(each.pid));
    return {
      pid,
      application: application ?? "",
      user,
      state,
      query: normalise(query ?? ""),
      seconds: mode === null ? undefined : (seconds ?? 0),
      transactionSeconds: age ?? undefined,
      mode: mode ?? undefined,
      relation: relation ?? undefined,
      blocks: waiters.filter((each) => !seen.has(each.pid)).map(node),
    };
  };
  const roots = rows.filter(({ blockers }) => !blockers.some((pid) => known.has(pid))).map(node);
  // What is left waits in a circle, which the server breaks before long.
  return [
    ...roots,
    ...rows.filter(({ pid }) => !seen.has(pid)).map((row) => (seen.has(row.pid) ? undefined : node(row))),
  ].filter((each) => each !== undefined);
}
