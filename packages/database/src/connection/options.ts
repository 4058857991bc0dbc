import { type Logger, silentLogger } from "../logger.ts";
import type { DatabaseSettings, Pooler } from "../settings.ts";
import { parseUrl, type SslMode, splitUrls } from "../url.ts";
import type { ConnectOptions } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { type CredentialsFunction, CredentialsSource } from "./credentials.ts";
import { checkOptions, SETTING_OF } from "./option-checks.ts";
import type { PoolHooks } from "./pool/hooks.ts";
import type { PoolOptions, ResetOnReturn } from "./pool/options.ts";

/** What a `DatabaseManager` is made from. Durations are in seconds and may be fractions. */
export interface DatabaseOptions {
  /**
   * `postgresql://user:password@host:port/database`; a driver suffix (`postgresql+asyncpg://`) is ignored. Several hosts
   * (`h1:5432,h2:5432`) are tried in turn.
   */
  readonly url: string;
  /**
   * Streaming replicas of the server (PostgreSQL, "Hot Standby"), each by a URL of its own that leads to one server: reads of
   * read-only sessions go there (`SessionOptions.replica`). One that is away, behind by more than `replicaMaxLag`, or no
   * replica of this server is left out until it can serve. Each has a pool with the same options. `url` with
   * target_session_attrs any means primary then. Default: none.
   */
  readonly replicas?: readonly string[] | undefined;
  /**
   * Seconds that a replica may be behind the primary; looked at every second, so that what is read may be older by one or
   * two. Default 10.
   */
  readonly replicaMaxLag?: number | undefined;
  /** Connections kept open, each opened when first needed. 0: no limit. SQLAlchemy's `pool_size`; default 20. */
  readonly poolSize?: number | undefined;
  /** Connections beyond `poolSize`, closed when returned. -1: no limit. SQLAlchemy's `max_overflow`; default 0. */
  readonly maxOverflow?: number | undefined;
  /** Longest wait for a connection; 0 fails at once. SQLAlchemy's `pool_timeout`; default 30. */
  readonly poolTimeout?: number | undefined;
  /**
   * Age at which a connection is replaced, at its next checkout or while it is idle; one in use is never touched. Each
   * connection's own is up to 10 % less, above 10 s, so that those opened together do not die together (HikariCP's
   * variance of `maxLifetime`). -1: never. SQLAlchemy's `pool_recycle`; default 3600.
   */
  readonly poolRecycle?: number | undefined;
  /**
   * Lend the connection that was returned last, so that surplus ones stay idle and are closed; false: the one that has
   * been idle for longest, so that the load spreads over servers behind a balancer. SQLAlchemy's `pool_use_lifo`;
   * default true.
   */
  readonly poolLifo?: boolean | undefined;
  /**
   * What ends a transaction left open on a returned connection; "none" leaves it to the next owner. A connection whose
   * reset fails is closed. SQLAlchemy's `pool_reset_on_return`; default rollback.
   */
  readonly resetOnReturn?: ResetOnReturn | undefined;
  /** Connections kept ready, once the pool is in use, however long they are idle. HikariCP's `minimumIdle`; default 0. */
  readonly minIdle?: number | undefined;
  /** A connection beyond `minIdle` is closed after being idle for this; 0 never. HikariCP's `idleTimeout`; default 600. */
  readonly idleTimeout?: number | undefined;
  /**
   * An idle connection is asked for a sign of life after this, so that firewalls do not forget it; 0 never. HikariCP's
   * `keepaliveTime`; default 120.
   */
  readonly keepalive?: number | undefined;
  /** Connections opened at the same time, so that a server that has just come back is not stormed. Default 4. */
  readonly maxConnecting?: number | undefined;
  /**
   * How long connecting is tried again when it fails for a reason that passes (the server restarts, refuses, is full),
   * and `poolTimeout` at most; 0 fails at once. Default 5.
   */
  readonly connectRetry?: number | undefined;
  /**
   * A connection held for longer is reported to the logger, once, with the stack of its checkout; taking the stack costs
   * each checkout some microseconds. 0: off. HikariCP's `leakDetectionThreshold`; default 0.
   */
  readonly leakThreshold?: number | undefined;
  /** What is to happen on a connection's way through the pool: SQLAlchemy's pool events. */
  readonly hooks?: PoolHooks<Connection> | undefined;
  /**
   * The first statement on a pooled connection is its test: when the connection turns out to be dead, it is replaced and
   * the statement sent again, unless it may have been committed. Costs no round trip. SQLAlchemy's `pool_pre_ping`;
   * default true.
   */
  readonly prePing?: boolean | undefined;
  /** Longest wait for one host, TLS and authentication included; wins over the URL's `connect_timeout`. Default 30. */
  readonly connectTimeout?: number | undefined;
  /** Longest wait, when the application starts, for a server that is not there yet; 0 fails at once. Default 10. */
  readonly startTimeout?: number | undefined;
  /** The server cancels statements that run longer; 0 never. Default 0. */
  readonly statementTimeout?: number | undefined;
  /** The server stops waiting for a lock after this; 0 never. Default 0. */
  readonly lockTimeout?: number | undefined;
  /**
   * Settings that every connection begins with, by name: `{ search_path: "app", TimeZone: "UTC" }`. asyncpg's
   * `server_settings`. Those that decide how values are written on the wire (DateStyle, client_encoding …) stay the
   * library's.
   */
  readonly serverSettings?: Readonly<Record<string, string>> | undefined;
  /**
   * Most bytes that one round trip may answer: a statement whose rows are more is cancelled, and fails with
   * `ResultTooLarge`, before they fill the memory. 0: no limit. Default 0.
   */
  readonly maxResultBytes?: number | undefined;
  /**
   * Gives the password for each connection that is made, or user and password, instead of the URL's: for passwords that are
   * rotated, and tokens of a cloud's identity service. What it returns is kept for `validFor` seconds, and in no log or
   * message; what the server refuses is asked for anew. Its time counts to `connectTimeout`.
   */
  readonly credentials?: CredentialsFunction | undefined;
  /**
   * What stands between the application and the server: `"transaction"`, a pooler that lends a server for one transaction,
   * as PgBouncer does by `pool_mode = transaction`; `"transaction-prepared"`, such a one that looks after prepared
   * statements (PgBouncer from 1.21 with `max_prepared_statements`); `"session"`, one that lends servers for whole sessions.
   * Default: found out at connecting; a pooler that is found counts as `"transaction"`.
   */
  readonly pooler?: Pooler | undefined;
  /**
   * Where the server is reached past a pooler, for `listen`. Default: `url`.
   */
  readonly directUrl?: string | undefined;
  /**
   * Statements that each connection keeps prepared, none with a text above 16 KB; none behind a pooler that is not
   * `"transaction-prepared"`. Default 512.
   */
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
  /**
   * Milliseconds from which on a statement counts as slow: it is logged as a warning, with the place in the code that waited
   * for it and with its plan, and told to observers. 0: all of them; -1: none, as in PostgreSQL's
   * `log_min_duration_statement`. Default 200.
   */
  readonly slowQueryMs?: number | undefined;
  /** `application_name` in pg_stat_activity; wins over the URL's. Default hypertroq. */
  readonly applicationName?: string | undefined;
  /** Where the layer logs to; by default nowhere. */
  readonly logger?: Logger | undefined;
}

/** Turns validated settings into options. */
export function optionsFromSettings(settings: DatabaseSettings): DatabaseOptions {
  const options = Object.entries(SETTING_OF).map(([option, setting]) => [option, settings[setting]]);
  const { REPLICA_URLS } = settings;
  return {
    ...(Object.fromEntries(options.filter(([, value]) => value !== undefined)) as DatabaseOptions),
    ...(REPLICA_URLS === undefined ? {} : { replicas: splitUrls(REPLICA_URLS) }),
  };
}

/**
 * What one connection needs of the options.
 *
 * @throws {SettingsError} when the URL or another option cannot be used.
 */
export function connectOptions(options: DatabaseOptions): ConnectOptions {
  checkOptions(options);
  const address = parseUrl(options.url);
  const isAny = address.targetSessionAttrs === "any";
  return {
    ...address,
    targetSessionAttrs: isAny && (options.replicas ?? []).length > 0 ? "primary" : address.targetSessionAttrs,
    sslMode: options.sslMode ?? address.sslMode,
    sslRootCert: options.sslRootCert ?? address.sslRootCert,
    applicationName: options.applicationName ?? address.applicationName,
    connectTimeout: options.connectTimeout ?? address.connectTimeout ?? 30,
    statementTimeout: options.statementTimeout ?? 0,
    lockTimeout: options.lockTimeout ?? 0,
    statementCacheSize: options.statementCacheSize ?? 512,
    pooler: options.pooler,
    credentials: options.credentials === undefined ? undefined : new CredentialsSource(options.credentials),
    watchdog: options.watchdog ?? 10,
    serverSettings: options.serverSettings ?? {},
    maxResultBytes: options.maxResultBytes ?? 0,
    logger: options.logger ?? silentLogger,
  };
}

/**
 * What the pool needs of the options, besides the way to connect.
 *
 * @throws {SettingsError} when the URL or another option cannot be used.
 */
export function poolOptions(options: DatabaseOptions): Omit<PoolOptions<Connection>, "open"> {
  checkOptions(options);
  return {
    size: options.poolSize ?? 20,
    maxOverflow: options.maxOverflow ?? 0,
    timeout: options.poolTimeout ?? 30,
    recycle: options.poolRecycle ?? 3600,
    lifo: options.poolLifo ?? true,
    resetOnReturn: options.resetOnReturn ?? "rollback",
    minIdle: options.minIdle ?? 0,
    idleTimeout: options.idleTimeout ?? 600,
    keepalive: options.keepalive ?? 120,
    maxConnecting: options.maxConnecting ?? 4,
    connectRetry: options.connectRetry ?? 5,
    leakThreshold: options.leakThreshold ?? 0,
    patience: connectOptions(options).connectTimeout,
    hooks: options.hooks ?? {},
    logger: options.logger ?? silentLogger,
  };
}
