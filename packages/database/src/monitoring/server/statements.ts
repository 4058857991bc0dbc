import { normalise } from "../../session/normalise.ts";
import type { Ask } from "./side-connection.ts";

/** What the server has counted of statements of one kind, by whoever sent them (PostgreSQL, `pg_stat_statements`). */
export interface StatementTotals {
  readonly text: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly meanMs: number;
  readonly longestMs: number;
  readonly rows: number;
  /** Share of blocks that were found in shared buffers; null when it read none. */
  readonly cacheHit: number | null;
}

const LOADED = `
  select quote_ident(n.nspname) as schema
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace
   where e.extname = 'pg_stat_statements'
     and current_setting('shared_preload_libraries') ~ '\\mpg_stat_statements\\M'`;

const TOP = (schema: string): string => `
  select left(query, 8000) as text, calls::float8 as calls, total_exec_time as "totalMs", mean_exec_time as "meanMs",
         max_exec_time as "longestMs", rows::float8 as rows,
         shared_blks_hit::float8 / nullif(shared_blks_hit + shared_blks_read, 0) as "cacheHit"
    from ${schema}.pg_stat_statements
   where dbid = (select oid from pg_database where datname = current_database()) and query is not null
   order by total_exec_time desc
   limit $1`;

/**
 * The statements that have taken most time in all. Undefined where `pg_stat_statements` is not loaded:
 * `shared_preload_libraries`, then CREATE EXTENSION.
 */
export async function readStatements(ask: Ask, limit = 50): Promise<readonly StatementTotals[] | undefined> {
  const [extension] = await ask<{ schema: string }>(LOADED);
  if (extension === undefined) return undefined;
  const rows = await ask<StatementTotals>(TOP(extension.schema), [limit]);
  return rows.map((row) => ({ ...row, text: normalise(row.text) }));
}
