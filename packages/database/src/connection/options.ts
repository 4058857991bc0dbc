import { SettingsError } from "../errors.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { DATABASE_SETTINGS, type DatabaseSettings, problemWith } from "../settings.ts";
import { parseUrl, type SslMode } from "../url.ts";
import type { ConnectOptions } from "./connect.ts";

/** What a `DatabaseManager` is made from. Durations are in seconds and may be fractions. */
export interface DatabaseOptions {
  /**
   * `postgresql://user:password@host:port/database`; a driver suffix (`postgresql+asyncpg://`) is ignored. Several hosts
   * (`h1:5432,h2:5432`) are tried in turn.
   */
  readonly url: string;
  /** Connections kept open, each opened when first needed. 0: no limit. SQLAlchemy's `pool_size`; default 20. */
  readonly poolSize?: number | undefined;
  /** Connections beyond `poolSize`, closed when returned. -1: no limit. SQLAlchemy's `max_overflow`; default 0. */
  readonly maxOverflow?: number | undefined;
  /** Longest wait for a connection; 0 fails at once. SQLAlchemy's `pool_timeout`; default 30. */
  readonly poolTimeout?: number | undefined;
  /** Age at which a connection is replaced, at its next checkout; -1 never. `pool_recycle`; default 3600. */
  readonly poolRecycle?: number | undefined;
  /** Test a pooled connection before it is used. SQLAlchemy's `pool_pre_ping`; default true. */
  readonly prePing?: boolean | undefined;
  /** Longest wait for one host, TLS and authentication included; wins over the URL's `connect_timeout`. Default 30. */
  readonly connectTimeout?: number | undefined;
  /** The server cancels statements that run longer; 0 never. Default 0. */
  readonly statementTimeout?: number | undefined;
  /** The server stops waiting for a lock after this; 0 never. Default 0. */
  readonly lockTimeout?: number | undefined;
  /** Statements that each connection keeps prepared; 0 for a PgBouncer older than 1.21. Default 512. */
  readonly statementCacheSize?: number | undefined;
  /**
   * Seconds without a byte after which the connection of a running statement is looked after, so that a peer that is gone
   * without a word is found; 0 never. Default 10.
   */
  readonly watchdog?: number | undefined;
  /** libpq's `sslmode`; wins over the URL's. Default prefer. */
  readonly sslMode?: SslMode | undefined;
  /** PEM file of the certificate authorities to trust. */
  readonly sslRootCert?: string | undefined;
  /** Logs every statement, without its values, at debug level. Default false. */
  readonly echo?: boolean | undefined;
  /** `application_name` in pg_stat_activity; wins over the URL's. Default hypertroq. */
  readonly applicationName?: string | undefined;
  /** Where the layer logs to; by default nowhere. */
  readonly logger?: Logger | undefined;
}

/** Which setting stands for which option, and so what each of them accepts. */
const SETTING_OF = {
  url: "DATABASE_URL",
  poolSize: "DB_POOL_SIZE",
  maxOverflow: "DB_MAX_OVERFLOW",
  poolTimeout: "DB_POOL_TIMEOUT",
  poolRecycle: "DB_POOL_RECYCLE",
  prePing: "DB_POOL_PRE_PING",
  connectTimeout: "DB_CONNECT_TIMEOUT",
  statementTimeout: "DB_STATEMENT_TIMEOUT",
  lockTimeout: "DB_LOCK_TIMEOUT",
  statementCacheSize: "DB_STATEMENT_CACHE_SIZE",
  echo: "DB_ECHO",
  sslMode: "DB_SSL_MODE",
  sslRootCert: "DB_SSL_ROOT_CERT",
} as const satisfies Partial<Record<keyof DatabaseOptions, keyof DatabaseSettings>>;

/** Turns validated settings into options. */
export function optionsFromSettings(settings: DatabaseSettings): DatabaseOptions {
  const options = Object.entries(SETTING_OF).map(([option, setting]) => [option, settings[setting]]);
  return Object.fromEntries(options.filter(([, value]) => value !== undefined)) as DatabaseOptions;
}

/**
 * What one connection needs of the options.
 *
 * @throws {SettingsError} when the URL or another option cannot be used.
 */
export function connectOptions(options: DatabaseOptions): ConnectOptions {
  const problems = Object.entries(SETTING_OF).flatMap(([option, setting]) =>
    problemWith(option, DATABASE_SETTINGS.properties[setting], options[option as keyof typeof SETTING_OF]),
  );
  if (options.url === undefined)
    problems.push("url is not set; expected postgresql://user:password@host:port/database");
  if (problems.length > 0) throw new SettingsError(problems);
  const address = parseUrl(options.url);
  return {
    ...address,
    sslMode: options.sslMode ?? address.sslMode,
    sslRootCert: options.sslRootCert ?? address.sslRootCert,
    applicationName: options.applicationName ?? address.applicationName,
    connectTimeout: options.connectTimeout ?? address.connectTimeout ?? 30,
    statementTimeout: options.statementTimeout ?? 0,
    lockTimeout: options.lockTimeout ?? 0,
    statementCacheSize: options.statementCacheSize ?? 512,
    watchdog: options.watchdog ?? 10,
    logger: options.logger ?? silentLogger,
  };
}
