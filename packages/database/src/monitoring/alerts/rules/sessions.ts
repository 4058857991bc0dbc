import { type AlertRule, bySql } from "../rule.ts";

/** Rules about what sessions of the server do just now (PostgreSQL, "The Cumulative Statistics System"). */
export const SESSION_RULES: readonly AlertRule[] = [
  {
    id: "connections",
    title: "The server's connections are nearly used up",
    meaning: "When none is left, connects are refused (53300), of the application's processes and of everybody else.",
    remedy:
      "Look who has them (hypertroq doctor). Lower DB_POOL_SIZE, stop processes that are not needed, put a pooler between, " +
      "or raise max_connections, which needs a restart and memory.",
    unit: "ratio",
    warning: 0.8,
    critical: 0.95,
    measure: bySql(`
      with usable as (
        select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                 - coalesce(current_setting('reserved_connections', true)::int, 0) as count
      )
      select 'the server' as subject, count(*)::float8 / greatest(usable.count, 1) as value,
             format('%s of %s usable connections are open.', count(*), usable.count) as detail
        from usable left join pg_stat_activity on datid is not null
         and coalesce(backend_type, 'client backend') = 'client backend'
       group by usable.count`),
  },
  {
    id: "idle-in-transaction",
    title: "A transaction is open and nobody works in it",
    meaning:
      "Its locks are held and VACUUM keeps every row that it could still see; its connection serves nobody else meanwhile.",
    remedy:
      "Look in the application for a session that waits for something else, a request to another service for one, before it " +
      "commits. idle_in_transaction_session_timeout ends such sessions; pg_terminate_backend(pid) ends one.",
    unit: "s",
    warning: 60,
    critical: 300,
    measure: bySql(`
      select format('session %s', pid) as subject,
             extract(epoch from clock_timestamp() - state_change)::float8 as value,
             format('%s (%s) has been idle in its transaction for %s s.', coalesce(nullif(application_name, ''), 'A session'),
                    usename, round(extract(epoch from clock_timestamp() - state_change))) as detail
        from pg_stat_activity
       where datname = current_database() and state in ('idle in transaction', 'idle in transaction (aborted)')
         and pid <> pg_backend_pid()
       order by 2 desc limit 20`),
  },
  {
    id: "long-transaction",
    title: "A transaction has been open for long",
    meaning: "VACUUM keeps every row that it could still see, in all tables, and what it has locked is locked.",
    remedy:
      "Do less in one transaction, or in batches. statement_timeout ends long statements; pg_cancel_backend(pid) ends one.",
    unit: "s",
    warning: 300,
    critical: 3600,
    measure: bySql(`
      select format('session %s', pid) as subject,
             extract(epoch from clock_timestamp() - xact_start)::float8 as value,
             format('A transaction of %s (%s) has been open for %s s, %s.',
                    coalesce(nullif(application_name, ''), 'a session'), usename,
                    round(extract(epoch from clock_timestamp() - xact_start)), state) as detail
        from pg_stat_activity
       where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()
         and backend_type = 'client backend'
       order by 2 desc limit 20`),
  },
  {
    id: "lock-wait",
    title: "A statement waits for a lock",
    meaning: "Everybody who asks for the same lock later stands behind it.",
    remedy:
      "The finding says who holds it: commit or end that session (pg_terminate_backend). Take locks in one order, keep " +
      "transactions short, and give DDL a lock_timeout; hypertroq's migrations have one.",
    unit: "s",
    warning: 10,
    critical: 60,
    measure: bySql(`
      select format('session %s', a.pid) as subject,
             extract(epoch from clock_timestamp() - l.waitstart)::float8 as value,
             format('%s waits for %s%s, which is held by %s.', coalesce(nullif(a.application_name, ''), 'A session'), l.mode,
                    coalesce(' on ' || l.relation::regclass::text, ''),
                    coalesce((select string_agg(format('session %s (%s, %s)', b.pid,
                                                       coalesce(nullif(b.application_name, ''), 'no name'), b.state), ', ')
                                from pg_stat_activity b where b.pid = any (pg_blocking_pids(a.pid))),
                             'a prepared transaction')) as detail
        from pg_locks l join pg_stat_activity a using (pid)
       where not l.granted and l.waitstart is not null and a.datname = current_database()
       order by 2 desc limit 20`),
  },
];
