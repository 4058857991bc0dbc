import { normalise } from "../../session/normalise.ts";
import type { Ask } from "./side-connection.ts";

/** A session of the server's. */
export interface Activity {
  readonly pid: number;
  readonly application: string;
  readonly user: string | null;
  readonly database: string;
  /** Null where the monitor's user may not see it. */
  readonly state: string | null;
  /** Seconds in that state. */
  readonly seconds: number | null;
  readonly transactionSeconds: number | null;
  /** What it waits for: `Lock: transactionid`. */
  readonly wait: string | null;
  /** What it runs, or ran last, with `?` for literals. */
  readonly query: string;
}

const ACTIVITY = `
  select pid, application_name as application, usename::text as user, datname::text as database, state,
         extract(epoch from clock_timestamp() - state_change)::float8 as seconds,
         extract(epoch from clock_timestamp() - xact_start)::float8 as "transactionSeconds",
         nullif(concat_ws(': ', wait_event_type, wait_event), '') as wait, left(query, 4000) as query
    from pg_stat_activity
   where datid is not null and coalesce(backend_type, 'client backend') = 'client backend' and pid <> pg_backend_pid()
   order by state = 'idle', xact_start nulls last, pid
   limit $1`;

/** What sessions do now, those with the oldest transactions first, idle ones last. */
export async function readActivity(ask: Ask, limit = 200): Promise<readonly Activity[]> {
  const rows = await ask<Activity>(ACTIVITY, [limit]);
  return rows.map((row) => ({ ...row, query: normalise(row.query ?? "") }));
}
