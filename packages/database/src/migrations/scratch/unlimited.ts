import type { ConnectOptions } from "../../connection/connect.ts";

/** The catalog's queries, and room for what else is asked again and again. */
const STATEMENTS = 64;

/**
 * For connections that compare databases. Limits are meant for requests. The catalog's queries are kept prepared, because
 * to plan them takes longer than to run them; unless nothing may be, as behind an old PgBouncer.
 */
export function unlimited(options: ConnectOptions): ConnectOptions {
  return {
    ...options,
    serverSettings: { ...options.serverSettings, statement_timeout: "0", idle_session_timeout: "0" },
    statementTimeout: 0,
    maxResultBytes: 0,
    statementCacheSize: Math.min(options.statementCacheSize, STATEMENTS),
  };
}
