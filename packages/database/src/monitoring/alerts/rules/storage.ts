import { type AlertRule, bySql } from "../rule.ts";

/** Rules about what is stored: tables, indexes, sequences, transaction ids. */
export const STORAGE_RULES: readonly AlertRule[] = [
  {
    id: "wraparound",
    title: "Transaction ids are running out",
    meaning:
      "Rows have to be frozen before two billion ids have passed; short of that the server takes no more writes (PostgreSQL, " +
      '"Preventing Transaction ID Wraparound Failures").',
    remedy:
      "Find out why autovacuum does not get there: an old transaction, an inactive replication slot, a prepared transaction; " +
      "end it, then VACUUM (FREEZE) the oldest tables.",
    unit: "transactions",
    warning: 500_000_000,
    critical: 1_000_000_000,
    measure: bySql(`
      select format('database %s', datname) as subject, greatest(age(datfrozenxid), mxid_age(datminmxid))::float8 as value,
             format('The oldest transaction id in %s is %s old, the oldest multixact id %s.', datname, age(datfrozenxid),
                    mxid_age(datminmxid)) as detail
        from pg_database order by 2 desc limit 20`),
  },
  {
    id: "dead-tuples",
    title: "A table holds many dead rows",
    meaning: "Scans read them all the same, and the table and its indexes grow.",
    remedy:
      "VACUUM it. Find out why autovacuum does not: a long transaction, or a scale factor that is too large for this table " +
      "(autovacuum_vacuum_scale_factor, by ALTER TABLE … SET).",
    unit: "ratio",
    warning: 0.2,
    floor: 10_000,
    measure: bySql(`
      select format('table %I.%I', schemaname, relname) as subject,
             n_dead_tup::float8 / greatest(n_live_tup + n_dead_tup, 1) as value,
             format('%s of %s rows are dead.', n_dead_tup, n_live_tup + n_dead_tup) as detail
        from pg_stat_user_tables where n_dead_tup >= $1::float8 and n_dead_tup > 0
       order by 2 desc limit 20`),
  },
  {
    id: "sequence",
    title: "A sequence is nearly used up",
    meaning:
      "When it is, every insert that asks it for a value fails (2200H), or the column takes none any more (22003).",
    remedy: "Make the column a bigint and its sequence too: alterColumn, then ALTER SEQUENCE … AS bigint.",
    unit: "ratio",
    warning: 0.7,
    critical: 0.9,
    measure: bySql(`
      with used as (
        select format('%I.%I', s.schemaname, s.sequencename) as name, s.last_value::float8 as last, s.cycle,
               s.increment_by,
               case when s.increment_by > 0 then least(s.max_value::float8, coalesce(case t.typname when 'int2' then 32767
                 when 'int4' then 2147483647 end, s.max_value::float8)) else s.min_value::float8 end as most
          from pg_sequences s
          join pg_class c on c.relname = s.sequencename
          join pg_namespace n on n.oid = c.relnamespace and n.nspname = s.schemaname
          left join pg_depend d on d.objid = c.oid and d.classid = 'pg_class'::regclass
            and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0
          left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
          left join pg_type t on t.oid = a.atttypid
         where s.last_value is not null
      )
      select format('sequence %s', name) as subject, last / most as value,
             format('It is at %s of %s.', last, most) as detail
        from used where not cycle and most <> 0 and sign(last) = sign(most)
       order by 2 desc limit 20`),
  },
  {
    id: "invalid-index",
    title: "An index is invalid",
    meaning:
      "Writes keep it up, and no query uses it: a CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY did not finish.",
    remedy: "DROP INDEX CONCURRENTLY it and make it again; for a unique one, remove the duplicates first.",
    unit: "count",
    warning: 1,
    measure: bySql(`
      select format('index %s', i.indexrelid::regclass) as subject, 1::float8 as value,
             format('It is on %s.', i.indrelid::regclass) as detail
        from pg_index i
       where not i.indisvalid and not exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)
         and not exists (select from pg_class c where c.oid = i.indexrelid and c.relkind = 'I')
       order by 1 limit 20`),
  },
  {
    id: "unvalidated-constraint",
    title: "A constraint was never validated",
    meaning: "New rows keep it, old ones may not, and the planner does not rely on it.",
    remedy: "ALTER TABLE … VALIDATE CONSTRAINT …, which takes no lock that keeps others from writing.",
    unit: "count",
    warning: 1,
    measure: bySql(`
      select format('constraint %I on %s', conname, coalesce(nullif(conrelid, 0)::regclass::text, contypid::regtype::text))
               as subject,
             1::float8 as value, 'It is NOT VALID.' as detail
        from pg_constraint where not convalidated order by 1 limit 20`),
  },
  {
    id: "checksum-failures",
    title: "Pages on disk are damaged",
    meaning: "A page's checksum did not match what was read: the disk, its controller or the memory has changed data.",
    remedy:
      "Take the machine out of use, and restore from a backup that was verified. pg_stat_reset() clears the count, not the " +
      "damage; amcheck looks for more.",
    unit: "count",
    critical: 1,
    measure: bySql(`
      select coalesce('database ' || datname, 'shared tables') as subject, checksum_failures::float8 as value,
             format('%s failures, the last %s.', checksum_failures, checksum_last_failure) as detail
        from pg_stat_database where checksum_failures > 0 order by 1`),
  },
];
