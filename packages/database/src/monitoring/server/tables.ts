import type { Ask } from "./side-connection.ts";

/** A table and what it costs. */
export interface TableSize {
  readonly schema: string;
  readonly name: string;
  /** With its indexes and TOAST. */
  readonly totalBytes: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
  /** As the statistics have them. */
  readonly rows: number;
  readonly deadRows: number;
  readonly lastVacuum: Date | null;
  readonly lastAnalyze: Date | null;
  readonly sequentialScans: number;
  readonly indexScans: number;
}

const TABLES = `
  select schemaname::text as schema, relname::text as name, pg_total_relation_size(relid)::float8 as "totalBytes",
         pg_table_size(relid)::float8 as "tableBytes", pg_indexes_size(relid)::float8 as "indexBytes",
         n_live_tup::float8 as rows, n_dead_tup::float8 as "deadRows",
         greatest(last_vacuum, last_autovacuum) as "lastVacuum", greatest(last_analyze, last_autoanalyze) as "lastAnalyze",
         seq_scan::float8 as "sequentialScans", coalesce(idx_scan, 0)::float8 as "indexScans"
    from pg_stat_user_tables
   order by pg_total_relation_size(relid) desc nulls last, 1, 2
   limit $1`;

/** The largest tables of the database. A partitioned one has no size; its partitions have. */
export async function readTables(ask: Ask, limit = 100): Promise<readonly TableSize[]> {
  return await ask<TableSize>(TABLES, [limit]);
}
