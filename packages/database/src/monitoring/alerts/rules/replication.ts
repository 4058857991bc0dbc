import { type AlertRule, bySql } from "../rule.ts";

/** Rules about what leaves the server: replicas and archived WAL. What the monitor's user may not see, it does not tell. */
export const REPLICATION_RULES: readonly AlertRule[] = [
  {
    id: "replica-lag",
    title: "A replica is behind in time",
    meaning: "Reads on it are old, and a failover to it would lose, or wait for, what it has not got.",
    remedy:
      "Look at its disk and its network, and for a long query on it that holds up replay (max_standby_streaming_delay).",
    unit: "s",
    warning: 30,
    critical: 300,
    measure: bySql(`
      select format('replica %s', application_name) as subject, extract(epoch from replay_lag)::float8 as value,
             format('It is %s s behind.', round(extract(epoch from replay_lag), 1)) as detail
        from pg_stat_replication where replay_lag is not null
      union all
      select 'this replica', extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8,
             format('The last transaction that it has replayed is from %s.', pg_last_xact_replay_timestamp())
       where pg_is_in_recovery() and pg_last_wal_receive_lsn() is distinct from pg_last_wal_replay_lsn()
         and pg_last_xact_replay_timestamp() is not null
       order by 2 desc`),
  },
  {
    id: "replica-lag-bytes",
    title: "A replica is behind in bytes",
    meaning: "The primary keeps the WAL for it, as far as it may, and then the replica has to be made anew.",
    remedy: "As with a lag in time; look also whether wal_keep_size and max_slot_wal_keep_size fit.",
    unit: "bytes",
    warning: 1 << 30,
    critical: 8 * (1 << 30),
    measure: bySql(`
      select format('replica %s', application_name) as subject,
             pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 as value,
             format('%s have not been replayed, state %s.',
                    pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), state) as detail
        from (select * from pg_stat_replication where not pg_is_in_recovery()) replicas
       where replay_lsn is not null
       order by 2 desc`),
  },
  {
    id: "inactive-slot",
    title: "A replication slot is used by nobody",
    meaning: "The server keeps all WAL since then, until its disk is full; a logical one also keeps dead rows.",
    remedy:
      "Bring its consumer back, or drop it: select pg_drop_replication_slot(name). max_slot_wal_keep_size sets a limit.",
    unit: "count",
    warning: 1,
    measure: bySql(`
      select format('slot %s', slot_name) as subject, 1::float8 as value,
             case when restart_lsn is null then 'It holds no WAL.' else format('It holds back %s of WAL.', pg_size_pretty(
               pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end,
                               restart_lsn))) end as detail
        from pg_replication_slots where not active order by 1`),
  },
  {
    id: "archiver",
    title: "WAL cannot be archived",
    meaning: "There is no point-in-time recovery beyond the last archived file, and WAL piles up on the server's disk.",
    remedy: "The server's log says what archive_command answered: its target is full, out of reach, or refuses.",
    unit: "s",
    warning: 0,
    critical: 900,
    measure: bySql(`
      select 'the archiver' as subject,
             extract(epoch from clock_timestamp() - coalesce(last_archived_time, stats_reset))::float8 as value,
             format('%s failed at %s; the last that went well was %s.', last_failed_wal, last_failed_time,
                    coalesce(last_archived_wal, 'none')) as detail
        from pg_stat_archiver
       where last_failed_time > coalesce(last_archived_time, '-infinity')`),
  },
];
